//! The record: events get their place in the hash chain of their stream,
//! inside the transaction of what they tell.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::DatabaseTransaction;

use super::error::StoreError;
use super::sql::{
    self, MOST_KEYS, Rows, get, get_count, lock_clause, micros, placeholders, values,
};
use crate::domain::digest::Digest;
use crate::domain::event::Event;

/// Last event of a stream: its number and hash.
type Head = (u64, Digest);

/// Stream of one ticket.
#[must_use]
pub(super) fn ticket_stream(id: impl std::fmt::Display) -> String {
    format!("ticket:{id}")
}

/// Appends `events` in their order. Streams in `fresh` are known to be new
/// (a ticket opened in this transaction), so their head is not looked up.
pub(super) async fn append(
    tx: &DatabaseTransaction,
    events: &[&Event],
    fresh: &BTreeSet<String>,
) -> Result<(), StoreError> {
    let old: BTreeSet<&str> = events
        .iter()
        .map(|event| event.stream.as_str())
        .filter(|stream| !fresh.contains(*stream))
        .collect();
    let mut heads = lock_heads(tx, &old).await?;
    let mut rows = Rows::new(
        "event",
        &["stream", "seq", "at", "actor", "kind", "particulars", "previous", "hash"],
    );
    for event in events {
        let (seq, previous) = heads.get(&event.stream).copied().unwrap_or_default();
        let particulars = event.particulars_text();
        let hash = event.chained_as(seq + 1, previous, &particulars);
        heads.insert(event.stream.clone(), (seq + 1, hash));
        rows.push(values![
            event.stream.clone(),
            sql::count(seq + 1),
            micros(event.at),
            event.actor.clone(),
            event.kind.clone(),
            particulars,
            previous.0.to_vec(),
            hash.0.to_vec(),
        ]);
    }
    rows.insert(tx, "").await.map_err(lost_race)?;
    move_heads(tx, heads).await
}

/// One event by itself.
pub(super) async fn append_one(tx: &DatabaseTransaction, event: &Event) -> Result<(), StoreError> {
    append(tx, &[event], &BTreeSet::new()).await
}

async fn lock_heads(
    tx: &DatabaseTransaction,
    streams: &BTreeSet<&str>,
) -> Result<BTreeMap<String, Head>, StoreError> {
    let mut heads = BTreeMap::new();
    let streams: Vec<&str> = streams.iter().copied().collect();
    for part in streams.chunks(MOST_KEYS) {
        // In order, so that two transactions never wait for each other.
        let text = format!(
            "SELECT stream, seq, hash FROM stream_head WHERE stream IN ({}) ORDER BY stream {}",
            placeholders(1, part.len()),
            lock_clause(tx, "FOR UPDATE"),
        );
        let values = part.iter().map(|stream| (*stream).into()).collect();
        for row in sql::all(tx, &text, values).await? {
            let hash = Digest::from_slice(&get::<Vec<u8>>(&row, "hash")?)
                .ok_or(StoreError::Malformed("hash"))?;
            heads.insert(get(&row, "stream")?, (get_count(&row, "seq")?, hash));
        }
    }
    Ok(heads)
}

async fn move_heads(
    tx: &DatabaseTransaction,
    heads: BTreeMap<String, Head>,
) -> Result<(), StoreError> {
    let mut rows = Rows::new("stream_head", &["stream", "seq", "hash"]);
    for (stream, (seq, hash)) in heads {
        rows.push(values![stream, sql::count(seq), hash.0.to_vec()]);
    }
    rows.insert(tx, "ON CONFLICT (stream) DO UPDATE SET seq = excluded.seq, hash = excluded.hash")
        .await?;
    Ok(())
}

/// Two processes that begin the same stream at once: the later must try again.
fn lost_race(err: StoreError) -> StoreError {
    match err {
        StoreError::Refused(_) => StoreError::Stale("an event stream grew"),
        other => other,
    }
}
