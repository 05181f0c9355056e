//! What would be decided about a mail, with nothing changed: for dry runs and
//! for whoever writes rules.

use jiff::Timestamp;

use super::Standing;
use super::intake::known;
use crate::domain::decision::Decision;
use crate::domain::id::FreshIds;
use crate::domain::mail::InboundMail;
use crate::domain::receive::{self, Known, Understood};
use crate::mailbox::authenticate::{SenderChecks, merged};
use crate::mailbox::mime::{self, MimeLimits};
use crate::store::{Store, StoreError};

/// A mail and what the core wants for it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// As it was read.
    pub mail: InboundMail,
    /// As it was decided, the trace included.
    pub decision: Decision,
}

/// What an explanation rests on besides the mail.
pub struct Looking {
    /// Policy and identities.
    pub standing: Standing,
    /// What senders are checked by.
    pub checks: SenderChecks,
    /// The truth, where there is one: loans, threads, limits.
    pub store: Option<Store>,
}

impl Looking {
    /// Decides `raw`, received at `received_at` by mailbox `via`, whose servers
    /// are `own_hosts`. The same path as intake; without a store no thread, no
    /// loan and no limit is known, and a mail is never its own duplicate.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn explain(
        &self,
        raw: &[u8],
        (via, own_hosts): (&str, &[String]),
        received_at: Timestamp,
        ids: FreshIds,
        now: Timestamp,
    ) -> Result<Explained, StoreError> {
        let by_server = self.checks.by_server(via, raw, own_hosts);
        let by_signatures = match &self.checks.signatures {
            Some(checker) => checker.check(raw).await,
            None => Default::default(),
        };
        let desk = &self.standing.desk;
        let mail = mime::parse(raw, received_at, &MimeLimits::default());
        let understood = Understood::of(desk, &mail, via);
        let mut known = match &self.store {
            Some(store) => {
                let mails = [(&mail, &understood)];
                let mut found = known::find(store, &self.standing, &mails, now).await?;
                found.pop().unwrap_or_default()
            }
            None => Known::default(),
        };
        known.duplicate = None;
        known.authentication = merged(by_server, by_signatures);
        let decision = receive::decide(desk, &known, (&mail, &understood), via, ids, now);
        Ok(Explained { mail, decision })
    }
}
