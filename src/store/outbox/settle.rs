//! What came of an attempt, written with its events, clocks and tasks in one
//! transaction.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use sea_orm::{DatabaseTransaction, QueryResult};
use serde_json::json;
use uuid::Uuid;

use super::Ending;
use crate::clock;
use crate::domain::clock::settle::handed_over;
use crate::domain::event::Event;
use crate::domain::id::{LetterId, TaskId, TicketId};
use crate::domain::letter::{LetterState, Task};
use crate::store::apply::insert_task;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::letter_row::REPLY;
use crate::store::sql::{self, get, get_count, micros, one, values};
use crate::store::vault::Vault;
use crate::store::{clock_row, record};

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandOver {
    /// The server said 2xx after the final dot.
    HandedOver {
        /// Reply code.
        code: u16,
        /// Its text.
        reply: String,
    },
    /// Refused for now, or the connection died before the payload.
    Retry {
        /// When to try again.
        at: Timestamp,
        /// Reply code, if there was a reply.
        code: Option<u16>,
        /// Its text, or what broke.
        reply: String,
    },
    /// The connection died from the payload on: nobody can know.
    Uncertain {
        /// What broke.
        reply: String,
    },
    /// Given up; a person must look.
    Discarded {
        /// In a closed set of words: `refused_recipient`, `expired` …
        reason: String,
        /// Reply code, if there was a reply.
        code: Option<u16>,
        /// Its text.
        reply: String,
    },
}

impl HandOver {
    const fn state(&self) -> LetterState {
        match self {
            Self::HandedOver { .. } => LetterState::HandedOver,
            Self::Retry { .. } => LetterState::Retryable,
            Self::Uncertain { .. } => LetterState::Uncertain,
            Self::Discarded { .. } => LetterState::Discarded,
        }
    }

    const fn code(&self) -> Option<u16> {
        match self {
            Self::HandedOver { code, .. } => Some(*code),
            Self::Retry { code, .. } | Self::Discarded { code, .. } => *code,
            Self::Uncertain { .. } => None,
        }
    }

    fn reply(&self) -> &str {
        match self {
            Self::HandedOver { reply, .. }
            | Self::Retry { reply, .. }
            | Self::Uncertain { reply }
            | Self::Discarded { reply, .. } => reply,
        }
    }
}

/// A letter as it was settled.
struct Settled {
    id: Uuid,
    ticket_id: TicketId,
    template: String,
    meets: Vec<String>,
    attempts: u64,
    /// Whether the reconciling delay will send it once more.
    goes_again: bool,
}

impl Store {
    /// Writes what came of the attempt under lease `fence`. `false`: the lease
    /// was lost meanwhile, and nothing was written. Senders that end at the same
    /// time share a transaction.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn finish(
        &self,
        id: LetterId,
        fence: u64,
        outcome: &HandOver,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let ending = Ending { id, fence, outcome: outcome.clone(), at: now };
        self.desk().endings.ask(ending, |all| self.finish_all(all)).await
    }

    async fn finish_all(&self, all: Vec<Ending>) -> Result<Vec<bool>, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let mut events = Vec::new();
            let mut are_settled = Vec::with_capacity(all.len());
            for Ending { id, fence, outcome, at } in all {
                let told = settle_row(&tx, self.vault(), id.0, Some(fence), &outcome, at).await?;
                are_settled.push(told.is_some());
                events.extend(told.unwrap_or_default());
            }
            append(&tx, &events).await?;
            Ok(are_settled)
        }
        .await;
        sql::end(tx, written).await
    }
}

/// With a fence, the letter must be under that lease; without one, it must
/// not be under any.
pub(super) async fn settle(
    tx: &DatabaseTransaction,
    vault: &Vault,
    id: Uuid,
    fence: Option<u64>,
    outcome: &HandOver,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(events) = settle_row(tx, vault, id, fence, outcome, now).await? else {
        return Ok(false);
    };
    append(tx, &events).await?;
    Ok(true)
}

async fn append(tx: &DatabaseTransaction, events: &[Event]) -> Result<(), StoreError> {
    let events: Vec<&Event> = events.iter().collect();
    record::append(tx, &events, &BTreeSet::new()).await
}

/// The letter with its clocks and tasks; the events that tell of it are still
/// to be appended.
async fn settle_row(
    tx: &DatabaseTransaction,
    vault: &Vault,
    id: Uuid,
    fence: Option<u64>,
    outcome: &HandOver,
    now: Timestamp,
) -> Result<Option<Vec<Event>>, StoreError> {
    let Some(settled) = update_row(tx, vault, id, fence, outcome, now).await? else {
        return Ok(None);
    };
    let mut events = vec![told(&settled, outcome, now)];
    let kind = match outcome {
        HandOver::HandedOver { .. } => {
            events.extend(meet_clocks(tx, &settled, now).await?);
            None
        }
        HandOver::Discarded { reason, .. } => {
            // RFC 3463 §3.2, status 5.1.x: there is no such address, and the next
            // letter would not arrive either. Other refusals are about us.
            if reason == "refused_at_rcpt_to" && outcome.reply().contains("5.1.") {
                super::suppress(tx, id, reason, now).await?;
            }
            Some("letter_discarded")
        }
        HandOver::Uncertain { .. } if !settled.goes_again => Some("letter_uncertain"),
        HandOver::Uncertain { .. } | HandOver::Retry { .. } => None,
    };
    if let Some(kind) = kind {
        insert_task(tx, &task(tx, &settled, kind, now).await?, micros(now)).await?;
    }
    Ok(Some(events))
}

/// A held letter with bytes keeps the reason it was held for: given up, it is
/// not sent again past what it waited for.
async fn update_row(
    tx: &DatabaseTransaction,
    vault: &Vault,
    id: Uuid,
    fence: Option<u64>,
    outcome: &HandOver,
    now: Timestamp,
) -> Result<Option<Settled>, StoreError> {
    let guard = match fence {
        Some(_) => "state = 'sending' AND fence = $2",
        None => "state IN ('available','retryable','held') AND fence >= $2",
    };
    let text = format!(
        "UPDATE outbox SET state = $3, not_before_at = COALESCE($4, not_before_at), \
         last_code = COALESCE($5, last_code), sealed_reply = $6, \
         reason = CASE WHEN state = 'held' AND sealed_bytes IS NOT NULL \
         THEN COALESCE(reason, $7) ELSE $7 END, \
         handed_over_at = $8, uncertain_at = $9, lease_owner = NULL, lease_until_at = NULL, \
         phase = NULL WHERE id = $1 AND {guard} \
         RETURNING id, ticket_id, template, meets, attempts, is_receipt, resends"
    );
    let (retry_at, reason) = match outcome {
        HandOver::Retry { at, .. } => (Some(micros(*at)), None),
        HandOver::Discarded { reason, .. } => (None, Some(reason.clone())),
        _ => (None, None),
    };
    let values = values![
        id,
        sql::count(fence.unwrap_or(0)),
        outcome.state().word(),
        retry_at,
        outcome.code().map(i64::from),
        vault.seal(REPLY, id.as_bytes(), outcome.reply().as_bytes())?,
        reason,
        matches!(outcome, HandOver::HandedOver { .. }).then(|| micros(now)),
        matches!(outcome, HandOver::Uncertain { .. }).then(|| micros(now)),
    ];
    one(tx, &text, values).await?.map(|row| read_settled(&row)).transpose()
}

fn read_settled(row: &QueryResult) -> Result<Settled, StoreError> {
    let meets: String = get(row, "meets")?;
    Ok(Settled {
        id: get(row, "id")?,
        ticket_id: TicketId(get(row, "ticket_id")?),
        template: get(row, "template")?,
        meets: serde_json::from_str(&meets).map_err(|_| StoreError::Malformed("meets"))?,
        attempts: get_count(row, "attempts")?,
        goes_again: get::<bool>(row, "is_receipt")? && get_count(row, "resends")? == 0,
    })
}

/// Codes and words of ours only: a server's reply may name the recipient.
fn told(settled: &Settled, outcome: &HandOver, now: Timestamp) -> Event {
    let kind = match outcome {
        HandOver::HandedOver { .. } => "letter_handed_over",
        HandOver::Retry { .. } => "letter_retryable",
        HandOver::Uncertain { .. } => "letter_uncertain",
        HandOver::Discarded { .. } => "letter_discarded",
    };
    let mut particulars = json!({
        "letter": settled.id.to_string(),
        "template": settled.template,
        "attempts": settled.attempts,
        "code": outcome.code(),
    });
    if let HandOver::Discarded { reason, .. } = outcome {
        particulars["reason"] = json!(reason);
    }
    Event::by_engine(record::ticket_stream(settled.ticket_id), kind, now, particulars)
}

/// Clocks that the letter satisfies end with it, late ones after their breach.
async fn meet_clocks(
    tx: &DatabaseTransaction,
    settled: &Settled,
    now: Timestamp,
) -> Result<Vec<Event>, StoreError> {
    if settled.meets.is_empty() {
        return Ok(Vec::new());
    }
    let clocks = clock_row::of_ticket(tx, settled.ticket_id.0).await?;
    let met = handed_over(&clocks, &settled.meets, LetterId(settled.id), now);
    for change in &met.changes {
        clock_row::change(tx, change).await?;
    }
    if !met.changes.is_empty() {
        sql::run(
            tx,
            "UPDATE ticket SET version = version + 1, updated_at = $2 WHERE id = $1",
            values![settled.ticket_id.0, micros(now)],
        )
        .await?;
    }
    Ok(met.events)
}

/// Due on the legal day of the clock the letter was to meet, else today (UTC).
async fn task(
    tx: &DatabaseTransaction,
    settled: &Settled,
    kind: &str,
    now: Timestamp,
) -> Result<Task, StoreError> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let due_on: Option<Date> =
        clock_row::first_due_on(tx, settled.ticket_id.0, &settled.meets).await?;
    let mut ids = clock::fresh_ids(now).map_err(crate::store::VaultError::from)?;
    Ok(Task {
        id: TaskId(ids.uuid()),
        ticket_id: settled.ticket_id,
        kind: kind.to_owned(),
        due_on: due_on.unwrap_or(today),
        clock_kind: settled.meets.first().cloned(),
    })
}
