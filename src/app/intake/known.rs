//! What the store knows about each mail of a batch, asked for in a few
//! queries, and how earlier mails of the batch change it for later ones.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Read;
use crate::app::{App, Standing};
use crate::domain::decision::{Decision, Disposition, TicketChange};
use crate::domain::digest::Digest;
use crate::domain::id::{MailId, TicketId};
use crate::domain::mail::InboundMail;
use crate::domain::receive::{Known, Understood};
use crate::domain::thread::{self, OnFile, ThreadEvidence, Token, TokenPlace, TokenVerdict};
use crate::domain::ticket::Status;
use crate::store::known::KnownQuery;
use crate::store::{Store, StoreError};

/// What is known about each mail of a batch.
pub(super) async fn of_batch(
    app: &App,
    standing: &Standing,
    read: &[Arc<Read>],
    now: Timestamp,
) -> Result<Vec<Known>, StoreError> {
    let mails: Vec<_> = read.iter().map(|one| (&one.mail, &one.understood)).collect();
    let mut known = find(&app.store, standing, &mails, now).await?;
    for (known, read) in known.iter_mut().zip(read) {
        known.authentication.clone_from(&read.authentication);
    }
    Ok(known)
}

/// What `store` knows about each of the mails, but for who really sent it.
pub(in crate::app) async fn find(
    store: &Store,
    standing: &Standing,
    mails: &[(&InboundMail, &Understood)],
    now: Timestamp,
) -> Result<Vec<Known>, StoreError> {
    let asked = mails.iter().map(|(mail, understood)| query(standing, mail, understood));
    let (queries, tokens): (Vec<KnownQuery>, Vec<Option<Token>>) = asked.unzip();
    let mut known = store.find_known(&queries, now).await?;
    for ((known, token), query) in known.iter_mut().zip(tokens).zip(&queries) {
        if let Some(token) = token {
            judge(standing, known, &token, &query.sender);
        }
    }
    Ok(known)
}

fn query(
    standing: &Standing,
    mail: &InboundMail,
    understood: &Understood,
) -> (KnownQuery, Option<Token>) {
    let host = &standing.desk.own.mail_host;
    let seen = thread::find_tokens(mail, host);
    let (bounced, answered): (Vec<_>, Vec<_>) =
        seen.into_iter().partition(|seen| seen.place == TokenPlace::BounceAddress);
    let token = answered.iter().find_map(|seen| seen.token);
    let bounce_addresses = bounced
        .iter()
        .filter_map(|seen| seen.token)
        .map(|token| thread::bounce_address(&token, host))
        .collect();
    let query = KnownQuery {
        canonical_sha: mail.canonical_sha,
        sender: mail.single_sender().map(|from| from.address.clone()).unwrap_or_default(),
        token: token.map(|token| token.handle),
        loan_numbers: understood.loan_numbers(mail),
        sender_name: mail.single_sender().map(|from| from.name.clone()).unwrap_or_default(),
        bounce_addresses,
        message_ids: mail
            .in_reply_to
            .iter()
            .chain(&mail.references)
            .cloned()
            .chain(thread::returned_ids(mail, host))
            .collect(),
        received_at: mail.received_at,
    };
    (query, token)
}

/// The handle is on file for this sender; now the tag must be the one that was
/// made for them.
fn judge(standing: &Standing, known: &mut Known, token: &Token, sender: &str) {
    if !matches!(known.thread, ThreadEvidence::Ours { .. }) {
        return;
    }
    let keys = &standing.desk.reply_keys;
    if thread::verify(keys, token, sender, OnFile::Recipient(sender)) != TokenVerdict::Good {
        known.thread = ThreadEvidence::BadToken;
    }
}

/// What the earlier mails of a batch change, before they are committed.
#[derive(Default)]
pub(super) struct Earlier {
    by_content: HashMap<Digest, (MailId, Option<TicketId>)>,
    by_sender: HashMap<String, SenderCounts>,
    tickets: HashMap<TicketId, (u64, Option<Status>)>,
    letters: u32,
}

#[derive(Default)]
struct SenderCounts {
    tickets: u32,
    letters: u32,
}

impl Earlier {
    /// Corrects `known` for the next mail of the batch.
    pub(super) fn correct(&self, known: &mut Known, mail: &InboundMail) {
        if known.duplicate.is_none() {
            known.duplicate = self.by_content.get(&mail.canonical_sha).copied();
        }
        let sender = mail.single_sender().map_or("", |from| from.address.as_str());
        if let Some(counts) = self.by_sender.get(sender) {
            known.tickets_in_hour += counts.tickets;
            known.acknowledged_in_day += counts.letters;
            known.acknowledged_in_week += counts.letters;
        }
        known.acknowledged_by_all_in_hour += self.letters;
        if let ThreadEvidence::Ours { ticket_id, status, version }
        | ThreadEvidence::OtherSender { ticket_id, status, version } = &mut known.thread
            && let Some((updates, changed)) = self.tickets.get(ticket_id)
        {
            *version += updates;
            *status = changed.unwrap_or(*status);
        }
    }

    /// Remembers a decision for the mails after it.
    pub(super) fn remember(&mut self, mail: &InboundMail, decision: &Decision) {
        let record = &decision.mail;
        if record.disposition != Disposition::Duplicate {
            self.by_content.entry(mail.canonical_sha).or_insert((record.id, record.ticket_id));
        }
        let letters = u32::try_from(decision.letters.len()).unwrap_or(u32::MAX);
        self.letters += letters;
        if let Some(from) = mail.single_sender() {
            let counts = self.by_sender.entry(from.address.clone()).or_default();
            counts.tickets += u32::from(matches!(decision.ticket, TicketChange::Open(_)));
            counts.letters += letters;
        }
        if let TicketChange::Update(update) = &decision.ticket {
            let change = self.tickets.entry(update.id).or_default();
            change.0 += 1;
            change.1 = update.status.or(change.1);
        }
    }
}
