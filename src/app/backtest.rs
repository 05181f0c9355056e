//! The same mail under two policies, on every core: what would change.

mod source;

use jiff::Timestamp;

use super::Standing;
use super::evaluate::on_every_core;
use crate::domain::backtest::{Outcome, Tally};
use crate::domain::decision::Disposition;
use crate::domain::id::FreshIds;
use crate::domain::mail::InboundMail;
use crate::domain::receive::{self, Known};
use crate::mailbox::mime::{self, MimeLimits};
use crate::store::{Store, StoreError, ledger::KeptMail};

pub use source::{GivenText, list_mails, read_texts};

/// Name under which mail from files is replayed.
const DOOR: &str = "file";

/// Two policies and what became of the mail so far.
pub struct Backtest<'a> {
    before: &'a Standing,
    after: &'a Standing,
    list: usize,
    /// Totals.
    pub tally: Tally,
    /// Mails that were never understood and are not now: struck out, or refused.
    pub skipped: u64,
    /// Files that could not be read.
    pub unreadable: Vec<String>,
}

impl<'a> Backtest<'a> {
    /// `before` against `after`; at most `list` changed mails are kept.
    #[must_use]
    pub fn new(before: &'a Standing, after: &'a Standing, list: usize) -> Self {
        let (tally, unreadable) = (Tally::default(), Vec::new());
        Self { before, after, list, tally, skipped: 0, unreadable }
    }

    /// Replays the mail that the store keeps, received from `since` on;
    /// `seen` is told the count after each page.
    ///
    /// # Errors
    /// When the database does not answer, or kept bytes were changed.
    pub async fn replay_store(
        &mut self,
        store: &Store,
        since: Timestamp,
        seen: impl Fn(u64),
    ) -> Result<(), StoreError> {
        let mut page = store.kept_mails(since, None).await?;
        while !page.is_empty() {
            let outcomes = on_every_core(&page, |kept| {
                let mail = reread(kept)?;
                Some(self.both(&mail, &kept.mailbox))
            });
            for (kept, outcome) in page.iter().zip(outcomes) {
                self.count(&kept.id.to_string(), outcome);
            }
            seen(self.tally.mails + self.skipped);
            page = store.kept_mails(since, page.last()).await?;
        }
        Ok(())
    }

    /// Replays mail files; what cannot be read is named in `unreadable`.
    pub fn replay_files(
        &mut self,
        files: &[std::path::PathBuf],
        own_mx_hosts: &[String],
        now: Timestamp,
    ) {
        for part in files.chunks(512) {
            let outcomes = on_every_core(part, |path| {
                let (raw, changed_at) = source::read_mail(path)?;
                let own_mx = mime::received_by_own_mx(&raw, own_mx_hosts);
                let received_at = mime::receipt(changed_at, own_mx, now);
                let mail = mime::parse(&raw, received_at, &MimeLimits::default());
                Ok::<_, std::io::Error>(self.both(&mail, DOOR))
            });
            for (path, outcome) in part.iter().zip(outcomes) {
                let key = path.display().to_string();
                match outcome {
                    Ok(outcome) => self.count(&key, Some(outcome)),
                    Err(error) => self.unreadable.push(format!("{key}: {error}")),
                }
            }
        }
    }

    /// Replays texts.
    pub fn replay_texts(&mut self, texts: &[GivenText], now: Timestamp) {
        let outcomes = on_every_core(texts, |text| self.both(&text.mail(now), DOOR));
        for (text, outcome) in texts.iter().zip(outcomes) {
            self.count(&text.key, Some(outcome));
        }
    }

    fn count(&mut self, key: &str, outcome: Option<(Outcome, Outcome)>) {
        match outcome {
            Some((before, after)) => self.tally.count(key, &before, &after, self.list),
            None => self.skipped += 1,
        }
    }

    fn both(&self, mail: &InboundMail, via: &str) -> (Outcome, Outcome) {
        (outcome(self.before, mail, via), outcome(self.after, mail, via))
    }
}

/// As `explain`: no thread, no duplicate and no limit is known, so that both
/// policies answer the same question.
fn outcome(standing: &Standing, mail: &InboundMail, via: &str) -> Outcome {
    let ids = FreshIds::new(mail.received_at, mail.raw_sha.0);
    let now = mail.received_at;
    Outcome::of(&receive::receive(&standing.desk, &Known::default(), mail, via, ids, now))
}

/// The mail as intake read it; `None` for what intake did not read.
fn reread(kept: &KeptMail) -> Option<InboundMail> {
    match kept.disposition {
        Disposition::Unparseable | Disposition::Hostile | Disposition::Canary => None,
        Disposition::Oversize => Some(mime::headers_only(&kept.raw, kept.size, kept.received_at)),
        _ => Some(mime::parse(&kept.raw, kept.received_at, &MimeLimits::default())),
    }
}
