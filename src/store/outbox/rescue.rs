//! Letters that nobody finishes: leases that ran out, days that passed, and
//! receipts whose fate nobody learned.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::settle::{HandOver, settle};
use crate::domain::event::Event;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, get, get_count, lock_clause, micros, values};

/// Rows settled in one transaction.
const MOST_AT_ONCE: i64 = 200;

impl Store {
    /// Leases that ran out: before the payload the letter is tried again, from
    /// the payload on it is uncertain. How many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rescue_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let text = format!(
                "SELECT id, fence, phase FROM outbox WHERE state = 'sending' \
                 AND lease_until_at <= $1 ORDER BY lease_until_at LIMIT $2 {}",
                lock_clause(&tx, "FOR UPDATE SKIP LOCKED"),
            );
            let mut rescued = 0;
            for row in sql::all(&tx, &text, values![micros(now), MOST_AT_ONCE]).await? {
                let reply = "the lease ran out".to_owned();
                let outcome = match get::<Option<String>>(&row, "phase")?.as_deref() {
                    Some("payload") => HandOver::Uncertain { reply },
                    _ => HandOver::Retry { at: now, code: None, reply },
                };
                let fence = Some(get_count(&row, "fence")?);
                let is_settled =
                    settle(&tx, self.vault(), get(&row, "id")?, fence, &outcome, now).await?;
                rescued += u64::from(is_settled);
            }
            Ok(rescued)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Letters past their last day that were never sent: discarded, and a
    /// person is told. How many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn discard_expired(&self, now: Timestamp) -> Result<u64, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let text = format!(
                "SELECT id FROM outbox WHERE state IN ('available','retryable','held') \
                 AND expires_at <= $1 ORDER BY expires_at LIMIT $2 {}",
                lock_clause(&tx, "FOR UPDATE SKIP LOCKED"),
            );
            let expired = HandOver::Discarded {
                reason: "expired".to_owned(),
                code: None,
                reply: String::new(),
            };
            let mut discarded = 0;
            for row in sql::all(&tx, &text, values![micros(now), MOST_AT_ONCE]).await? {
                let is_settled =
                    settle(&tx, self.vault(), get(&row, "id")?, None, &expired, now).await?;
                discarded += u64::from(is_settled);
            }
            Ok(discarded)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Uncertain receipts and legal notices that nothing settled within
    /// `delay` are sent once more: a lost one is worse than a second copy.
    /// Everything else waits for a person. How many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn resolve_uncertain_due(
        &self,
        now: Timestamp,
        delay: SignedDuration,
    ) -> Result<u64, StoreError> {
        let before = now.checked_sub(delay).unwrap_or(Timestamp::UNIX_EPOCH);
        let tx = self.begin_write().await?;
        let written = async {
            let rows = sql::all(
                &tx,
                "UPDATE outbox SET state = 'retryable', resends = resends + 1, not_before_at = $1 \
                 WHERE state = 'uncertain' AND is_receipt AND resends = 0 \
                 AND uncertain_at <= $2 AND expires_at > $1 RETURNING id, ticket_id",
                values![micros(now), micros(before)],
            )
            .await?;
            let mut events = Vec::new();
            for row in &rows {
                let stream = record::ticket_stream(get::<Uuid>(row, "ticket_id")?);
                let particulars = json!({"letter": get::<Uuid>(row, "id")?.to_string()});
                events.push(Event::by_engine(stream, "letter_sent_once_more", now, particulars));
            }
            let events: Vec<&Event> = events.iter().collect();
            record::append(&tx, &events, &std::collections::BTreeSet::new()).await?;
            Ok(rows.len() as u64)
        }
        .await;
        sql::end(tx, written).await
    }
}
