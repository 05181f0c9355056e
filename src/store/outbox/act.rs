//! What persons do with letters, and the addresses that take none any more.

use jiff::{SignedDuration, Timestamp};
use sea_orm::{DatabaseTransaction, Value};
use serde_json::json;
use uuid::Uuid;

use super::settle::{HandOver, settle};
use crate::domain::event::Event;
use crate::domain::id::LetterId;
use crate::domain::letter::LetterState;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, get, get_instant, micros, one, values};

/// A letter sent again by hand has as long as a new one.
const ANOTHER: SignedDuration = SignedDuration::from_hours(48);

/// An address that bounced for good. It is kept as an index: nobody can list
/// whose it is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SuppressedAddress {
    /// Since when.
    pub since_at: Timestamp,
    /// What said so: `bounced` or `refused_at_rcpt`.
    pub reason: String,
    /// The letter that did not arrive.
    pub letter: Option<LetterId>,
}

impl Store {
    /// Sends a retryable or discarded letter now, with the bytes it has. `false`:
    /// it is in no such state, was held when it was given up, or has no bytes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn retry_letter(
        &self,
        id: LetterId,
        actor: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let expires_at = now.saturating_add(ANOTHER).unwrap_or(Timestamp::MAX);
        let tx = self.begin_write().await?;
        let written = async {
            if !goes_again(&tx, id).await? {
                return Ok(false);
            }
            let text = "UPDATE outbox SET state = 'available', reason = NULL, \
                        not_before_at = $2, expires_at = $3 \
                        WHERE id = $1 AND state IN ('retryable','discarded') \
                        AND sealed_bytes IS NOT NULL RETURNING ticket_id";
            let values = values![id.0, micros(now), micros(expires_at)];
            let Some(row) = one(&tx, text, values).await? else { return Ok(false) };
            tell(&tx, get(&row, "ticket_id")?, "letter_retried", actor, now, json!({"letter": id}))
                .await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Gives up a letter that has not left; its task asks a person to reach the
    /// borrower. `false`: it has left, or is on its way.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn discard_letter(
        &self,
        id: LetterId,
        reason: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let text = "SELECT ticket_id FROM outbox WHERE id = $1";
            let Some(row) = one(&tx, text, values![id.0]).await? else { return Ok(false) };
            let discarded = HandOver::Discarded {
                reason: "by_a_person".to_owned(),
                code: None,
                reply: String::new(),
            };
            if !settle(&tx, self.vault(), id.0, None, &discarded, now).await? {
                return Ok(false);
            }
            let particulars = json!({"letter": id, "reason": reason});
            let ticket: Uuid = get(&row, "ticket_id")?;
            tell(&tx, ticket, "letter_given_up", actor, now, particulars).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Addresses that take no mail, newest first; only `address` when given.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn suppressed_addresses(
        &self,
        address: Option<&str>,
    ) -> Result<Vec<SuppressedAddress>, StoreError> {
        let (only, values): (&str, Vec<Value>) = match address {
            Some(address) => {
                ("WHERE address_index = $1", values![self.vault().blind_index(address).to_vec()])
            }
            None => ("", Vec::new()),
        };
        let text = format!(
            "SELECT since_at, reason, letter_id FROM suppressed_address {only} \
             ORDER BY since_at DESC LIMIT 1000"
        );
        let rows = sql::all(self.readers(), &text, values).await?;
        rows.iter()
            .map(|row| {
                Ok(SuppressedAddress {
                    since_at: get_instant(row, "since_at")?,
                    reason: get(row, "reason")?,
                    letter: get::<Option<Uuid>>(row, "letter_id")?.map(LetterId),
                })
            })
            .collect()
    }

    /// Writes to an address again. `false`: it was not suppressed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unsuppress(
        &self,
        address: &str,
        actor: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let index = self.vault().blind_index(address).to_vec();
        let tx = self.begin_write().await?;
        let written = async {
            let text = "DELETE FROM suppressed_address WHERE address_index = $1";
            if sql::run(&tx, text, values![index]).await? == 0 {
                return Ok(false);
            }
            let event = Event {
                stream: "addresses".to_owned(),
                at: now,
                actor: actor.to_owned(),
                kind: "address_unsuppressed".to_owned(),
                particulars: json!({}),
            };
            record::append_one(&tx, &event).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }
}

async fn goes_again(tx: &DatabaseTransaction, id: LetterId) -> Result<bool, StoreError> {
    let lock = sql::lock_clause(tx, "FOR UPDATE");
    let text = format!("SELECT state, reason FROM outbox WHERE id = $1 {lock}");
    let Some(row) = one(tx, &text, values![id.0]).await? else { return Ok(false) };
    let state = sql::get_word(&row, "state", LetterState::from_word)?;
    Ok(state.goes_again(get::<Option<String>>(&row, "reason")?.as_deref()))
}

/// The recipient of `letter` takes no mail any more (12 CFR 1006.42, comment
/// 42(a)(1)-2: what bounced was not sent).
pub(in crate::store) async fn suppress(
    tx: &DatabaseTransaction,
    letter: Uuid,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = "INSERT INTO suppressed_address (address_index, reason, letter_id, since_at) \
                SELECT recipient_index, $2, id, $3 FROM outbox WHERE id = $1 \
                ON CONFLICT (address_index) DO NOTHING";
    sql::run(tx, text, values![letter, reason, micros(now)]).await.map(|_| ())
}

async fn tell(
    tx: &DatabaseTransaction,
    ticket: Uuid,
    kind: &str,
    actor: &str,
    now: Timestamp,
    particulars: serde_json::Value,
) -> Result<(), StoreError> {
    let event = Event {
        stream: record::ticket_stream(ticket),
        at: now,
        actor: actor.to_owned(),
        kind: kind.to_owned(),
        particulars,
    };
    record::append_one(tx, &event).await
}
