//! Lines of the record, found by who, what, where and when, newest first, each
//! with what proves its place in its chain.

use jiff::Timestamp;
use sea_orm::{QueryResult, Value};
use serde_json::json;

use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::id::PersonId;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, get, get_count, get_instant, micros, values};

/// Stream of what left the record as a file.
const EXPORTS: &str = "exports";

/// Which lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// Only what this actor did: `engine`, `person:<id>`.
    pub actor: Option<String>,
    /// Only kinds that begin so.
    pub kind: Option<String>,
    /// Only this stream.
    pub stream: Option<String>,
    /// Only what happened at this instant or later.
    pub from: Option<Timestamp>,
    /// Only what happened before this instant.
    pub before: Option<Timestamp>,
    /// Only lines that were written before the one of this number.
    pub below: Option<i64>,
    /// At most so many.
    pub limit: u64,
}

/// One line as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLine {
    /// Its number over all streams: later lines have greater ones.
    pub number: i64,
    /// Its stream.
    pub stream: String,
    /// Its place in the stream, from 1.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What happened.
    pub kind: String,
    /// Particulars, as they were hashed.
    pub particulars: String,
    /// Hash of the line before it.
    pub previous: Digest,
    /// Its own.
    pub hash: Digest,
    /// Last line of its stream: place and hash.
    pub head: (u64, Digest),
}

impl RecordLine {
    /// Whether the hash is the one of these words at this place.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let event = Event {
            stream: self.stream.clone(),
            at: self.at,
            actor: self.actor.clone(),
            kind: self.kind.clone(),
            particulars: serde_json::Value::Null,
        };
        event.chained_as(self.seq, self.previous, &self.particulars) == self.hash
    }
}

impl Store {
    /// Lines of the record, the one written last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_record(&self, filter: &RecordFilter) -> Result<Vec<RecordLine>, StoreError> {
        let (wheres, values) = conditions(filter);
        let text = format!(
            "SELECT event.id, event.stream, event.seq, event.at, event.actor, event.kind, \
             event.particulars, event.previous, event.hash, stream_head.seq AS head_seq, \
             stream_head.hash AS head_hash FROM event \
             LEFT JOIN stream_head ON stream_head.stream = event.stream \
             WHERE event.seq >= 1 {wheres} ORDER BY event.id DESC LIMIT $1"
        );
        sql::all(self.readers(), &text, values).await?.iter().map(read).collect()
    }

    /// Puts on record that a person took a part of the record, or a pack made
    /// of it, away as a file: what was asked for, and the digest of the file.
    ///
    /// # Errors
    /// When the database does not answer: then nothing leaves.
    pub async fn note_export(
        &self,
        by: PersonId,
        kind: &str,
        particulars: serde_json::Value,
        sha256: Digest,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut particulars = particulars;
        particulars["sha256"] = json!(sha256);
        let event = Event {
            stream: EXPORTS.to_owned(),
            at: now,
            actor: format!("person:{by}"),
            kind: kind.to_owned(),
            particulars,
        };
        let tx = self.begin_write().await?;
        let written = record::append_one(&tx, &event).await;
        sql::end(tx, written).await
    }
}

fn conditions(filter: &RecordFilter) -> (String, Vec<Value>) {
    let mut values = values![sql::count(filter.limit)];
    let mut wheres = String::new();
    let mut with = |condition: &str, value: Value| {
        values.push(value);
        wheres.push_str(" AND ");
        wheres.push_str(&condition.replace("$a", &format!("${}", values.len())));
    };
    if let Some(actor) = &filter.actor {
        // The second half says to the database what the index is for.
        let condition = match actor.as_str() {
            "engine" => "event.actor = $a",
            _ => "event.actor = $a AND event.actor <> 'engine'",
        };
        with(condition, actor.as_str().into());
    }
    if let Some(kind) = &filter.kind {
        let length = kind.chars().count();
        with(&format!("substr(event.kind, 1, {length}) = $a"), kind.as_str().into());
    }
    if let Some(stream) = &filter.stream {
        with("event.stream = $a", stream.as_str().into());
    }
    if let Some(from) = filter.from {
        with("event.at >= $a", micros(from).into());
    }
    if let Some(before) = filter.before {
        with("event.at < $a", micros(before).into());
    }
    if let Some(below) = filter.below {
        with("event.id < $a", below.into());
    }
    (wheres, values)
}

fn read(row: &QueryResult) -> Result<RecordLine, StoreError> {
    let digest = |column: &'static str| -> Result<Digest, StoreError> {
        // A hash of another length is no hash of ours: it will not match.
        Ok(Digest::from_slice(&get::<Vec<u8>>(row, column)?).unwrap_or(Digest([0xff; 32])))
    };
    let head = match get::<Option<i64>>(row, "head_seq")? {
        Some(_) => (get_count(row, "head_seq")?, digest("head_hash")?),
        None => (0, Digest::default()),
    };
    Ok(RecordLine {
        number: get(row, "id")?,
        stream: get(row, "stream")?,
        seq: get_count(row, "seq")?,
        at: get_instant(row, "at")?,
        actor: get(row, "actor")?,
        kind: get(row, "kind")?,
        particulars: get(row, "particulars")?,
        previous: digest("previous")?,
        hash: digest("hash")?,
        head,
    })
}
