//! One mail delivered to two mailboxes is one ticket, even when two processes
//! take it in at the same moment.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Value};

use super::{Applied, tuples};
use crate::domain::decision::TicketChange;
use crate::domain::digest::Digest;
use crate::store::error::StoreError;
use crate::store::known::SAME_MAIL_WITHIN;
use crate::store::sql::{self, MOST_KEYS, get, get_instant, micros, placeholders};

/// Refuses a decision that opens a ticket for a mail which, meanwhile, became
/// known by its canonical digest from another copy.
pub(super) async fn refuse(
    tx: &DatabaseTransaction,
    batch: &[Applied<'_>],
    keys: &[Vec<u8>],
) -> Result<(), StoreError> {
    let opening: Vec<(&Applied<'_>, &[u8])> = batch
        .iter()
        .zip(keys)
        .filter(|(item, _)| matches!(item.decision.ticket, TicketChange::Open(_)))
        .map(|(item, key)| (item, key.as_slice()))
        .collect();
    let mut digests = BTreeSet::new();
    for (at, (item, key)) in opening.iter().enumerate() {
        let is_new = digests.insert(item.mail.canonical_sha);
        let same_bytes = |(other, other_key): &(&Applied<'_>, &[u8])| {
            other.mailbox_id == item.mailbox_id && other_key == key
        };
        if !is_new && !opening[..at].iter().any(same_bytes) {
            return Err(StoreError::Stale("two copies of a mail in one batch"));
        }
    }
    let digests: Vec<Digest> = digests.into_iter().collect();
    lock(tx, &digests).await?;
    for part in digests.chunks(MOST_KEYS) {
        let text = format!(
            "SELECT mailbox_id, raw_key, canonical_sha, received_at FROM mail \
             WHERE disposition <> 'duplicate' AND canonical_sha IN ({})",
            placeholders(1, part.len())
        );
        let values = part.iter().map(|digest| Value::from(digest.0.to_vec())).collect();
        for row in sql::all(tx, &text, values).await? {
            refuse_copy(&opening, &row)?;
        }
    }
    Ok(())
}

fn refuse_copy(opening: &[(&Applied<'_>, &[u8])], row: &QueryResult) -> Result<(), StoreError> {
    let mailbox_id: i64 = get(row, "mailbox_id")?;
    let raw_key: Vec<u8> = get(row, "raw_key")?;
    let canonical: Vec<u8> = get(row, "canonical_sha")?;
    let received_at = get_instant(row, "received_at")?;
    for (item, key) in opening {
        let is_this = item.mailbox_id == mailbox_id && *key == raw_key;
        let apart = micros(item.mail.received_at).abs_diff(micros(received_at));
        let is_copy = item.mail.canonical_sha.0.as_slice() == canonical
            && u128::from(apart) <= SAME_MAIL_WITHIN.as_micros();
        if is_copy && !is_this {
            return Err(StoreError::Stale("another copy of the mail came first"));
        }
    }
    Ok(())
}

/// PostgreSQL has many writers: those that bring copies of one mail take turns.
async fn lock(tx: &DatabaseTransaction, digests: &[Digest]) -> Result<(), StoreError> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut keys: Vec<i64> = digests
        .iter()
        .filter_map(|digest| digest.0.first_chunk().map(|head| i64::from_be_bytes(*head)))
        .collect();
    keys.sort_unstable();
    for part in keys.chunks(MOST_KEYS) {
        let text = format!(
            "SELECT COUNT(pg_advisory_xact_lock(k)) FROM (VALUES {}) AS turn (k)",
            tuples(part.len(), 1)
        );
        sql::all(tx, &text, part.iter().map(|key| (*key).into()).collect()).await?;
    }
    Ok(())
}
