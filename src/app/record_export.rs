//! A part of the record leaves as a file that proves itself: each line with its
//! hash and the one before it. That it left is on the record first.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::App;
use crate::domain::digest::Digest;
use crate::domain::id::PersonId;
use crate::store::StoreError;
use crate::store::view::{RecordFilter, RecordLine};

/// Most lines of one file.
pub const MOST_LINES: usize = 50_000;

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A table for spreadsheets.
    Csv,
    /// One JSON object a line, the last one the proof.
    Jsonl,
}

impl Format {
    /// As a form names it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::Jsonl),
            _ => None,
        }
    }

    /// Ending of the file's name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// Why nothing left.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// More lines than one file may have.
    #[error("more than {MOST_LINES} lines are like that; choose a shorter time")]
    TooMany,
    /// The table could not be written.
    #[error("the table cannot be written")]
    Table(#[from] csv::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Everything that `filter` finds, the earliest first, as a file.
///
/// # Errors
/// `TooMany` when the file would be too long.
pub async fn export(
    app: &App,
    filter: &RecordFilter,
    format: Format,
    by: PersonId,
) -> Result<Vec<u8>, ExportError> {
    let most = MOST_LINES as u64;
    let filter = RecordFilter { limit: most + 1, below: None, ..filter.clone() };
    let mut lines = app.store.find_record(&filter).await?;
    if lines.len() > MOST_LINES {
        return Err(ExportError::TooMany);
    }
    lines.reverse();
    let bytes = match format {
        Format::Csv => table(&lines)?,
        Format::Jsonl => jsonl(&lines),
    };
    let asked = json!({
        "format": format.word(), "lines": lines.len(), "actor": filter.actor,
        "kind": filter.kind, "stream": filter.stream, "from": filter.from,
        "before": filter.before,
    });
    let sha256 = Digest::of(&bytes);
    app.store.note_export(by, "record_exported", asked, sha256, app.now()).await?;
    Ok(bytes)
}

fn table(lines: &[RecordLine]) -> Result<Vec<u8>, ExportError> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record([
        "stream",
        "seq",
        "at",
        "actor",
        "kind",
        "particulars",
        "previous",
        "hash",
    ])?;
    for line in lines {
        let (seq, at) = (line.seq.to_string(), line.at.to_string());
        let (previous, hash) = (line.previous.hex(), line.hash.hex());
        writer.write_record([
            &line.stream,
            &seq,
            &at,
            &line.actor,
            &line.kind,
            &line.particulars,
            &previous,
            &hash,
        ])?;
    }
    writer.into_inner().map_err(|error| ExportError::Table(error.into_error().into()))
}

/// The particulars stay the text that was hashed: reading and writing a number
/// again may change it.
fn jsonl(lines: &[RecordLine]) -> Vec<u8> {
    let line = |line: &RecordLine| {
        json!({
            "stream": line.stream, "seq": line.seq, "at": line.at,
            "at_us": line.at.as_microsecond(), "actor": line.actor, "kind": line.kind,
            "particulars": line.particulars, "previous": line.previous, "hash": line.hash,
        })
    };
    let mut text: String = lines.iter().map(|one| line(one).to_string() + "\n").collect();
    text.push_str(&proof(lines).to_string());
    text.push('\n');
    text.into_bytes()
}

/// What a reader needs to check the lines: how a hash is made, and where each
/// chain ended when the file was written.
fn proof(lines: &[RecordLine]) -> Value {
    let heads: BTreeMap<&str, (u64, Digest)> =
        lines.iter().map(|line| (line.stream.as_str(), line.head)).collect();
    let heads: Vec<Value> = heads
        .into_iter()
        .map(|(stream, (seq, hash))| json!({ "stream": stream, "seq": seq, "hash": hash }))
        .collect();
    json!({ "proof": {
        "lines": lines.len(),
        "hash": "SHA-256 over the fields previous, seq (8 bytes, big-endian), stream, at_us \
                 (8 bytes, big-endian), actor, kind, particulars; each preceded by its length \
                 (8 bytes, big-endian)",
        "heads": heads,
    } })
}
