//! The one way out: rows with frozen bytes, claimed under a lease, and never
//! sent twice by chance.

mod act;
mod rescue;
mod settle;
mod watch;

use jiff::Timestamp;
use sea_orm::QueryResult;
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::gathered::Gathered;
use super::letter_row::{BYTES, open_intent};
use super::sql::{self, get, get_count, get_instant, micros, values};
use super::vault::Vault;
use crate::domain::id::{LetterId, TicketId};

pub use act::SuppressedAddress;
pub(super) use act::suppress;
pub use settle::HandOver;
pub use watch::HeldLetter;

/// A letter under lease: what a sender needs, and the fence that proves the
/// lease is still its own.
#[derive(Clone, PartialEq, Eq)]
pub struct ClaimedLetter {
    /// Its id.
    pub id: LetterId,
    /// The ticket it belongs to.
    pub ticket_id: TicketId,
    /// The one recipient.
    pub recipient: String,
    /// Envelope sender.
    pub envelope_from: String,
    /// Message-ID without brackets.
    pub message_id: String,
    /// Exact bytes.
    pub bytes: Vec<u8>,
    /// Attempts, this one included.
    pub attempts: u32,
    /// Number of this lease.
    pub fence: u64,
    /// After this instant it is discarded.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for ClaimedLetter {
    /// Without recipient and bytes: they are private.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClaimedLetter")
            .field("id", &self.id)
            .field("attempts", &self.attempts)
            .field("fence", &self.fence)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Takes up to `limit` letters that may be sent now, by lane, oldest first; their
    /// attempt is counted before anything is sent. A version that is not, or no
    /// longer, approved keeps its letters here; a person's own words need none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn claim_letters(
        &self,
        owner: &str,
        limit: u64,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Vec<ClaimedLetter>, StoreError> {
        let tx = self.begin_write().await?;
        let text = format!(
            "UPDATE outbox SET state = 'sending', phase = 'claimed', attempts = attempts + 1, \
             fence = fence + 1, lease_owner = $1, lease_until_at = $2 WHERE id IN \
             (SELECT id FROM outbox WHERE outbox.state IN ('available','retryable') \
              AND not_before_at <= $3 AND expires_at > $3 \
              AND {} ORDER BY lane, not_before_at LIMIT $4 {}) \
             RETURNING id, ticket_id, sealed_intent, sealed_bytes, attempts, fence, expires_at",
            wording_in_force("$3"),
            sql::lock_clause(&tx, "FOR UPDATE OF outbox SKIP LOCKED"),
        );
        let values = values![owner, micros(lease_until), micros(now), sql::count(limit)];
        let written = sql::all(&tx, &text, values).await;
        let rows = sql::end(tx, written).await?;
        let mut letters = rows
            .iter()
            .map(|row| read_claimed(self.vault(), row))
            .collect::<Result<Vec<_>, _>>()?;
        letters.sort_by_key(|letter| letter.id);
        Ok(letters)
    }

    /// Claimed letters that were not begun (id and fence) wait as before, and
    /// the attempt is not counted: how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn give_back(&self, claims: &[(LetterId, u64)]) -> Result<u64, StoreError> {
        if claims.is_empty() {
            return Ok(0);
        }
        let tx = self.begin_write().await?;
        let written = async {
            let mut given_back = 0;
            for (id, fence) in claims {
                given_back += sql::run(
                    &tx,
                    "UPDATE outbox SET state = CASE WHEN attempts > 1 THEN 'retryable' \
                     ELSE 'available' END, attempts = attempts - 1, phase = NULL, \
                     lease_owner = NULL, lease_until_at = NULL \
                     WHERE id = $1 AND fence = $2 AND state = 'sending' AND phase = 'claimed'",
                    values![id.0, sql::count(*fence)],
                )
                .await?;
            }
            Ok(given_back)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Committed before the first byte of the payload leaves: from here on a
    /// broken connection means `uncertain`. `false`: the lease was lost, or ends
    /// before `ends_at`, by when the attempt is over; send nothing. Senders that
    /// ask at the same time share a transaction.
    ///
    /// # Errors
    /// When the database does not answer; then send nothing either.
    pub async fn mark_payload(
        &self,
        id: LetterId,
        fence: u64,
        ends_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let beginning = Beginning { id, fence, ends_at };
        self.desk().beginnings.ask(beginning, |all| self.mark_payloads(all)).await
    }

    async fn mark_payloads(&self, all: Vec<Beginning>) -> Result<Vec<bool>, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let mut marked = Vec::with_capacity(all.len());
            for Beginning { id, fence, ends_at } in all {
                let text = "UPDATE outbox SET phase = 'payload' WHERE id = $1 AND fence = $2 \
                            AND state = 'sending' AND lease_until_at > $3";
                let values = values![id.0, sql::count(fence), micros(ends_at)];
                marked.push(sql::run(&tx, text, values).await? == 1);
            }
            Ok(marked)
        }
        .await;
        sql::end(tx, written).await
    }
}

/// Whether the wording of a row of the outbox is in force at `now`, a
/// placeholder: the very version it was written in is approved, and its
/// template is not stopped. A person's own words have none.
pub(super) fn wording_in_force(now: &str) -> String {
    format!(
        "((outbox.author IS NOT NULL AND outbox.template = 'reply') OR EXISTS \
         (SELECT 1 FROM template_version AS wording WHERE wording.hash = outbox.template_version \
          AND wording.state = 'approved' \
          AND (wording.effective_from_at IS NULL OR wording.effective_from_at <= {now}) \
          AND (wording.effective_to_at IS NULL OR wording.effective_to_at > {now}) AND NOT EXISTS \
          (SELECT 1 FROM template_stop WHERE template_stop.name = wording.name)))"
    )
}

/// Where the senders of one process meet to commit together.
#[derive(Debug, Default)]
pub(super) struct OutboxDesk {
    beginnings: Gathered<Beginning, bool>,
    endings: Gathered<Ending, bool>,
}

/// A payload about to leave.
#[derive(Clone, Debug)]
struct Beginning {
    id: LetterId,
    fence: u64,
    ends_at: Timestamp,
}

/// An attempt that is over.
#[derive(Clone, Debug)]
struct Ending {
    id: LetterId,
    fence: u64,
    outcome: HandOver,
    at: Timestamp,
}

fn read_claimed(vault: &Vault, row: &QueryResult) -> Result<ClaimedLetter, StoreError> {
    let id: Uuid = get(row, "id")?;
    let intent = open_intent(vault, id, &get::<Vec<u8>>(row, "sealed_intent")?)?;
    let bytes = vault.open(BYTES, id.as_bytes(), &get::<Vec<u8>>(row, "sealed_bytes")?)?;
    Ok(ClaimedLetter {
        id: LetterId(id),
        ticket_id: TicketId(get(row, "ticket_id")?),
        recipient: intent.recipient,
        envelope_from: intent.envelope_from,
        message_id: intent.message_id,
        bytes,
        attempts: u32::try_from(get_count(row, "attempts")?).unwrap_or(u32::MAX),
        fence: get_count(row, "fence")?,
        expires_at: get_instant(row, "expires_at")?,
    })
}
