//! How the outbox fares, and what persons do with its rows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sea_orm::DatabaseTransaction;
use serde_json::{Value, json};
use uuid::Uuid;

use super::settle::HandOver;
use super::wording_in_force;
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::id::LetterId;
use crate::domain::letter::{LetterIntent, LetterState};
use crate::domain::receive::APPROVE_TEMPLATE;
use crate::domain::work::SECOND_REVIEW;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::letter_row::{BYTES, open_intent};
use crate::store::record;
use crate::store::sql::{self, find_instant, get, get_count, get_word, micros, one, values};

/// A letter that waits for a named reason.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldLetter {
    /// Its id.
    pub id: LetterId,
    /// Why it is held.
    pub reason: String,
    /// What was wanted: enough to render it again.
    pub intent: LetterIntent,
    /// Whether a person wrote it: then it leaves as it is or not at all.
    pub is_by_person: bool,
}

impl Store {
    /// Rows by state; every state is there.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn outbox_counts(&self) -> Result<BTreeMap<LetterState, u64>, StoreError> {
        let text = "SELECT state, COUNT(*) AS n FROM outbox GROUP BY state";
        let mut counts: BTreeMap<LetterState, u64> =
            LetterState::ALL.iter().map(|state| (*state, 0)).collect();
        for row in sql::all(self.readers(), text, values![]).await? {
            counts.insert(get_word(&row, "state", LetterState::from_word)?, get_count(&row, "n")?);
        }
        Ok(counts)
    }

    /// When the oldest letter that still waits to leave was written.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn outbox_oldest_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let text = "SELECT MIN(written_at) AS oldest FROM outbox \
                    WHERE state IN ('available','retryable','sending')";
        let row = one(self.readers(), text, values![]).await?;
        row.map_or(Ok(None), |row| find_instant(&row, "oldest"))
    }

    /// When a letter may be sent next; `None` when none waits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next_letter_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let text = "SELECT MIN(not_before_at) AS next FROM outbox \
                    WHERE state IN ('available','retryable')";
        let row = one(self.readers(), text, values![]).await?;
        row.map_or(Ok(None), |row| find_instant(&row, "next"))
    }

    /// Letters held for one of `reasons`, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn letters_held_for(
        &self,
        reasons: &[&str],
        limit: u64,
    ) -> Result<Vec<HeldLetter>, StoreError> {
        let text = format!(
            "SELECT id, reason, sealed_intent, author FROM outbox WHERE state = 'held' \
             AND reason IN ({}) ORDER BY written_at LIMIT {limit}",
            sql::placeholders(1, reasons.len()),
        );
        let values = reasons.iter().map(|reason| (*reason).into()).collect();
        let rows = sql::all(self.readers(), &text, values).await?;
        rows.iter()
            .map(|row| {
                let id: Uuid = get(row, "id")?;
                Ok(HeldLetter {
                    id: LetterId(id),
                    reason: get::<Option<String>>(row, "reason")?.unwrap_or_default(),
                    intent: open_intent(self.vault(), id, &get::<Vec<u8>>(row, "sealed_intent")?)?,
                    is_by_person: get::<Option<Uuid>>(row, "author")?.is_some(),
                })
            })
            .collect()
    }

    /// Freezes the bytes of a held letter and lets it go; who was asked to
    /// approve its wording has done so. `false`: it is no longer held, or the
    /// template version is not approved.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn release_held(
        &self,
        id: LetterId,
        bytes: &[u8],
        template_version: Digest,
        actor: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if bytes.is_empty() {
            return Err(StoreError::Refused("a letter without bytes".to_owned()));
        }
        let sealed = self.vault().seal(BYTES, id.0.as_bytes(), bytes)?;
        let tx = self.begin_write().await?;
        let text = "UPDATE outbox SET state = 'available', reason = NULL, sealed_bytes = $2, \
                    template_version = $3, not_before_at = $4, bytes_sha = $5 \
                    WHERE id = $1 AND state = 'held' AND author IS NULL AND EXISTS (SELECT 1 FROM template_version \
                    WHERE hash = $3 AND template_version.state = 'approved' AND NOT EXISTS \
                    (SELECT 1 FROM template_stop WHERE name = template_version.name)) \
                    RETURNING ticket_id";
        let sha = Digest::of(bytes);
        let values =
            values![id.0, sealed, template_version.0.to_vec(), micros(now), sha.0.to_vec()];
        let particulars =
            json!({"letter": id, "template_version": template_version, "sha256": sha});
        let written = async {
            let released = act(&tx, text, values, "letter_released", actor, now, particulars);
            let is_released = released.await?;
            if is_released {
                finish_approval(&tx, id, actor, now).await?;
            }
            Ok(is_released)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Lets a person's letter go again with the bytes it has, once the version it
    /// was written in is in force again: what was written, and what a second
    /// person read, is what leaves. `false`: it does not wait for that.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn release_kept(
        &self,
        id: LetterId,
        actor: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let text = format!(
            "UPDATE outbox SET state = 'available', reason = NULL WHERE id = $1 \
             AND state = 'held' AND reason <> $3 AND author IS NOT NULL \
             AND sealed_bytes IS NOT NULL AND {} RETURNING ticket_id",
            wording_in_force("$2"),
        );
        let values = values![id.0, micros(now), SECOND_REVIEW];
        let written = async {
            let particulars = json!({ "letter": id });
            let released = act(&tx, &text, values, "letter_released", actor, now, particulars);
            let is_released = released.await?;
            if is_released {
                finish_approval(&tx, id, actor, now).await?;
            }
            Ok(is_released)
        }
        .await;
        sql::end(tx, written).await
    }

    /// A person settles an uncertain letter: it arrived, or it did not and is
    /// given up. `false`: it is no longer uncertain.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn settle_uncertain(
        &self,
        id: LetterId,
        has_arrived: bool,
        actor: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        // Back under a lease of this transaction, then settled like any other.
        let tx = self.begin_write().await?;
        let written = async {
            let text = "UPDATE outbox SET state = 'sending', fence = fence + 1 \
                        WHERE id = $1 AND state = 'uncertain' RETURNING ticket_id, fence";
            let Some(row) = one(&tx, text, values![id.0]).await? else { return Ok(false) };
            let event = Event {
                stream: record::ticket_stream(get::<Uuid>(&row, "ticket_id")?),
                at: now,
                actor: actor.to_owned(),
                kind: "uncertain_letter_judged".to_owned(),
                particulars: json!({"letter": id, "has_arrived": has_arrived}),
            };
            record::append_one(&tx, &event).await?;
            let outcome = if has_arrived {
                HandOver::HandedOver { code: 0, reply: String::new() }
            } else {
                HandOver::Discarded {
                    reason: "did_not_arrive".to_owned(),
                    code: None,
                    reply: String::new(),
                }
            };
            let fence = Some(get_count(&row, "fence")?);
            super::settle::settle(&tx, self.vault(), id.0, fence, &outcome, now).await
        }
        .await;
        sql::end(tx, written).await
    }
}

/// The task that asked for the wording of this letter is done.
async fn finish_approval(
    tx: &DatabaseTransaction,
    letter: LetterId,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = "UPDATE task SET done_at = $2, done_by = $3 WHERE kind = $4 AND done_at IS NULL \
                AND ticket_id = (SELECT ticket_id FROM outbox WHERE id = $1) \
                AND NOT EXISTS (SELECT 1 FROM outbox AS other WHERE other.state = 'held' \
                AND other.ticket_id = task.ticket_id) RETURNING ticket_id";
    let values = values![letter.0, micros(now), actor, APPROVE_TEMPLATE];
    let particulars = json!({"kind": APPROVE_TEMPLATE, "letter": letter});
    act(tx, text, values, "task_done", actor, now, particulars).await.map(|_| ())
}

/// A change of one row by a person, with its event; `false` when no row fits.
async fn act(
    tx: &DatabaseTransaction,
    text: &str,
    values: Vec<sea_orm::Value>,
    kind: &str,
    actor: &str,
    now: Timestamp,
    particulars: Value,
) -> Result<bool, StoreError> {
    let Some(row) = one(tx, text, values).await? else { return Ok(false) };
    let event = Event {
        stream: record::ticket_stream(get::<Uuid>(&row, "ticket_id")?),
        at: now,
        actor: actor.to_owned(),
        kind: kind.to_owned(),
        particulars,
    };
    record::append_one(tx, &event).await?;
    Ok(true)
}
