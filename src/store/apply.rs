//! The one writer: decisions on a batch of mails become rows in one
//! transaction, or not at all.

mod insert;
mod sibling;

pub(super) use insert::{FLAG, TOKEN, TRACE, insert as insert_rows, insert_task, token_row};

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::ledger::commit_refs;
use super::sql::{self, placeholders, values};
use super::{clock_row, record, ticket_row};
use crate::domain::clock::settle;
use crate::domain::decision::{Decision, Disposition, TicketChange};
use crate::domain::event::Event;
use crate::domain::id::{LetterId, MailId, TicketId};
use crate::domain::letter::FrozenLetter;
use crate::domain::mail::InboundMail;
use crate::fault;

/// Random part of a reply token.
pub type Handle = [u8; 10];

/// A reply token that a letter of this decision carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReplyToken {
    /// Its random part.
    pub handle: Handle,
    /// The ticket a reply belongs to.
    pub ticket_id: TicketId,
    /// The one address it is written to.
    pub recipient: String,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// A decision with all that it is applied to. Not printable: the mail is private.
#[derive(Clone, Copy)]
pub struct Applied<'a> {
    /// Source references of the mail.
    pub source_ref_ids: &'a [i64],
    /// The mailbox it came in by.
    pub mailbox_id: i64,
    /// The mail.
    pub mail: &'a InboundMail,
    /// What the core wants.
    pub decision: &'a Decision,
    /// Its letters, rendered.
    pub letters: &'a [FrozenLetter],
    /// Reply tokens of those letters.
    pub reply_tokens: &'a [NewReplyToken],
}

/// What became of one decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is the truth now.
    Committed,
    /// The same bytes were committed before, as this mail; nothing of the
    /// decision was written, and the source references point there.
    AlreadyKnown(MailId),
}

impl Store {
    /// Applies a batch in one transaction; answers in its order.
    ///
    /// # Errors
    /// `Stale` when a ticket or clock changed since the decision was taken, or
    /// the same mail became a ticket elsewhere meanwhile: nothing was written;
    /// load and decide again, one by one.
    pub async fn apply(&self, batch: &[Applied<'_>]) -> Result<Vec<Outcome>, StoreError> {
        let keys: Vec<Vec<u8>> = batch
            .iter()
            .map(|item| self.vault().content_key(&item.mail.raw_sha).to_vec())
            .collect();
        // Sealed before the lock is taken: no one waits for the cipher.
        let sealed = insert::seal(self.vault(), batch, &keys)?;
        let tx = self.begin_write().await?;
        let written = write(&tx, batch, &keys, sealed).await;
        fault::during("c6", sql::end(tx, written)).await
    }
}

async fn write(
    tx: &DatabaseTransaction,
    batch: &[Applied<'_>],
    keys: &[Vec<u8>],
    sealed: Vec<insert::Sealed>,
) -> Result<Vec<Outcome>, StoreError> {
    if !fault::is_broken("forget_identity") {
        sibling::refuse(tx, batch, keys).await?;
    }
    let mut parts = insert::Parts::default();
    let (mails, sealed): (Vec<_>, Vec<_>) = sealed.into_iter().map(insert::Sealed::split).unzip();
    let outcomes = claim(tx, batch, keys, mails).await?;
    let mut links = Vec::new();
    let mut winners = Vec::new();
    for ((item, outcome), rows) in batch.iter().zip(&outcomes).zip(sealed) {
        let owner = match outcome {
            Outcome::Committed => {
                parts.take(rows);
                winners.push(*item);
                item.decision.mail.id.0
            }
            Outcome::AlreadyKnown(first) => first.0,
        };
        links.extend(item.source_ref_ids.iter().map(|id| (*id, owner)));
    }
    parts.insert(tx).await?;
    hold_unapproved(tx, &winners).await?;
    change_existing(tx, &winners).await?;
    append_events(tx, &winners).await?;
    commit_refs(tx, &links).await?;
    fault::point("c5");
    Ok(outcomes)
}

/// The unique key (mailbox, raw bytes) decides who was first.
async fn claim(
    tx: &DatabaseTransaction,
    batch: &[Applied<'_>],
    keys: &[Vec<u8>],
    mails: Vec<Vec<sea_orm::Value>>,
) -> Result<Vec<Outcome>, StoreError> {
    let mut rows = sql::Rows::new("mail", insert::MAIL_COLUMNS);
    mails.into_iter().for_each(|row| rows.push(row));
    let tail = match fault::is_broken("forget_identity") {
        false => "ON CONFLICT (mailbox_id, raw_key) DO NOTHING RETURNING id",
        true => "RETURNING id",
    };
    let won: BTreeSet<Uuid> = rows
        .insert_returning(tx, tail)
        .await?
        .iter()
        .map(|row| sql::get(row, "id"))
        .collect::<Result<_, _>>()?;
    let lost: Vec<usize> =
        (0..batch.len()).filter(|at| !won.contains(&batch[*at].decision.mail.id.0)).collect();
    let owners = owners(tx, batch, keys, &lost).await?;
    (0..batch.len())
        .map(|at| {
            if won.contains(&batch[at].decision.mail.id.0) {
                return Ok(Outcome::Committed);
            }
            let owner = owners.get(&(batch[at].mailbox_id, keys[at].as_slice()));
            owner.map(|id| Outcome::AlreadyKnown(*id)).ok_or(StoreError::Absent("mail"))
        })
        .collect()
}

async fn owners<'k>(
    tx: &DatabaseTransaction,
    batch: &[Applied<'_>],
    keys: &'k [Vec<u8>],
    lost: &[usize],
) -> Result<BTreeMap<(i64, &'k [u8]), MailId>, StoreError> {
    let mut owners = BTreeMap::new();
    for at in lost {
        let (mailbox_id, key) = (batch[*at].mailbox_id, keys[*at].as_slice());
        let text = "SELECT id FROM mail WHERE mailbox_id = $1 AND raw_key = $2";
        if let Some(row) = sql::one(tx, text, values![mailbox_id, key.to_vec()]).await? {
            owners.insert((mailbox_id, key), MailId(sql::get(&row, "id")?));
        }
    }
    Ok(owners)
}

/// A letter of a version that nobody approved, or that was retired since it
/// was rendered, waits for a person.
async fn hold_unapproved(
    tx: &DatabaseTransaction,
    winners: &[Applied<'_>],
) -> Result<(), StoreError> {
    let letters: Vec<&FrozenLetter> = winners.iter().flat_map(|item| item.letters).collect();
    if letters.is_empty() {
        return Ok(());
    }
    let versions: BTreeSet<Vec<u8>> =
        letters.iter().map(|letter| letter.template_version.0.to_vec()).collect();
    let text = format!(
        "SELECT hash FROM template_version WHERE state = 'approved' AND NOT EXISTS \
         (SELECT 1 FROM template_stop WHERE template_stop.name = template_version.name) \
         AND hash IN ({})",
        placeholders(1, versions.len())
    );
    let approved: BTreeSet<Vec<u8>> =
        sql::all(tx, &text, versions.into_iter().map(Into::into).collect())
            .await?
            .iter()
            .map(|row| sql::get(row, "hash"))
            .collect::<Result<_, _>>()?;
    let is_unapproved =
        |letter: &&&FrozenLetter| !approved.contains(letter.template_version.0.as_slice());
    let ids: Vec<Uuid> =
        letters.iter().filter(is_unapproved).map(|letter| letter.intent.id.0).collect();
    for part in ids.chunks(sql::MOST_KEYS) {
        let text = format!(
            "UPDATE outbox SET state = 'held', reason = 'template_not_approved' \
             WHERE state = 'available' AND id IN ({})",
            placeholders(1, part.len())
        );
        sql::run(tx, &text, part.iter().map(|id| (*id).into()).collect()).await?;
    }
    Ok(())
}

/// Tickets, clocks and letters that were there before.
async fn change_existing(
    tx: &DatabaseTransaction,
    winners: &[Applied<'_>],
) -> Result<(), StoreError> {
    let mut bounced = Vec::new();
    for item in winners {
        if let TicketChange::Update(change) = &item.decision.ticket {
            ticket_row::update(tx, change).await?;
        }
        for change in &item.decision.clocks {
            clock_row::change(tx, change).await?;
        }
        // an automatic answer names the letter too, and says that it arrived
        let record = &item.decision.mail;
        let is_bounce = record.disposition == Disposition::Bounce;
        if let Some(letter) = record.bounced_letter.filter(|_| is_bounce) {
            bounced.push((letter.0, item.mail.received_at, is_for_good(item.mail)));
        }
    }
    for item in winners {
        if let Some(letter) = item.decision.delayed_letter {
            let text = "UPDATE outbox SET delayed_at = COALESCE(delayed_at, $2) WHERE id = $1";
            sql::run(tx, text, values![letter.0, sql::micros(item.mail.received_at)]).await?;
        }
    }
    for (letter, at, is_for_good) in bounced {
        if is_for_good {
            super::outbox::suppress(tx, letter, "bounced", at).await?;
        }
        // A bounce settles what nobody could know: the letter did not arrive.
        sql::run(
            tx,
            "UPDATE outbox SET bounced_at = COALESCE(bounced_at, $2), \
             reason = CASE WHEN state = 'uncertain' THEN 'bounced' ELSE reason END, \
             state = CASE WHEN state = 'uncertain' THEN 'discarded' ELSE state END WHERE id = $1",
            values![letter, sql::micros(at)],
        )
        .await?;
        reopen_clocks(tx, letter, at).await?;
        // Whoever looks at the ticket sees that something happened to it.
        sql::run(
            tx,
            "UPDATE ticket SET version = version + 1 \
             WHERE id = (SELECT ticket_id FROM outbox WHERE id = $1)",
            values![letter],
        )
        .await?;
    }
    for item in winners {
        name_sale(tx, item.decision).await?;
    }
    Ok(())
}

/// The sale date that a mail names decides who comes first.
async fn name_sale(tx: &DatabaseTransaction, decision: &Decision) -> Result<(), StoreError> {
    let Some(ticket_id) = decision.mail.ticket_id else { return Ok(()) };
    let facts = decision.trace.understanding.facts.iter();
    let dates = facts.filter(|fact| fact.fact == "sale_date");
    let first = dates.filter_map(|fact| fact.value.parse::<jiff::civil::Date>().ok()).min();
    if let Some(sale_on) = first {
        let text = "UPDATE ticket SET sale_on = $2 WHERE id = $1";
        sql::run(tx, text, values![ticket_id.0, sale_on.to_string()]).await?;
    }
    Ok(())
}

/// Whether a delivery status says that the address never takes mail: failed,
/// with a permanent code (RFC 3464 §2.3.3, RFC 3463 §3).
fn is_for_good(mail: &InboundMail) -> bool {
    mail.reports.iter().any(|report| {
        let has = |field: &str, begins: &str| {
            report.lines().any(|line| {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                name.trim().eq_ignore_ascii_case(field)
                    && value.trim().to_ascii_lowercase().starts_with(begins)
            })
        };
        has("Action", "failed") && has("Status", "5.1")
    })
}

/// What a letter had met is owed again once it has come back.
async fn reopen_clocks(
    tx: &DatabaseTransaction,
    letter: Uuid,
    at: Timestamp,
) -> Result<(), StoreError> {
    let text = "SELECT ticket_id FROM outbox WHERE id = $1";
    let Some(row) = sql::one(tx, text, values![letter]).await? else { return Ok(()) };
    let ticket_id: Uuid = sql::get(&row, "ticket_id")?;
    let clocks = clock_row::of_ticket(tx, ticket_id).await?;
    let reopened = settle::bounced(&clocks, LetterId(letter), at);
    if reopened.changes.is_empty() {
        return Ok(());
    }
    for change in &reopened.changes {
        clock_row::change(tx, change).await?;
    }
    let text = "UPDATE ticket SET version = version + 1, updated_at = $2 WHERE id = $1";
    sql::run(tx, text, values![ticket_id, sql::micros(at)]).await?;
    let events: Vec<&Event> = reopened.events.iter().collect();
    record::append(tx, &events, &BTreeSet::new()).await
}

async fn append_events(
    tx: &DatabaseTransaction,
    winners: &[Applied<'_>],
) -> Result<(), StoreError> {
    let fresh: BTreeSet<String> = winners
        .iter()
        .filter_map(|item| match &item.decision.ticket {
            TicketChange::Open(ticket) => Some(record::ticket_stream(ticket.id)),
            _ => None,
        })
        .collect();
    let events: Vec<&Event> = winners.iter().flat_map(|item| &item.decision.events).collect();
    record::append(tx, &events, &fresh).await
}

/// `($1,$2),($3,$4)` for two rows of two.
fn tuples(rows: usize, width: usize) -> String {
    let rows: Vec<String> =
        (0..rows).map(|row| format!("({})", placeholders(row * width + 1, width))).collect();
    rows.join(",")
}
