//! A loan book goes on file: the whole file is checked first, then all of it is
//! written in one transaction. With one bad row nothing is written.

mod reader;

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use tokio::sync::mpsc;

use super::App;
use crate::domain::event::Event;
use crate::domain::id::PersonId;
use crate::domain::loan::BookRow;
use crate::store::StoreError;
use crate::store::loan::ImportCount;
pub use reader::BadRow;
use reader::{BookReader, Outline};

/// Rows that are sealed and written together.
const CHUNK: usize = 2_000;
/// Bad rows that are listed; the rest is counted.
const MOST_LISTED: usize = 100;

/// Why a loan book was not put on file. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum LoanBookError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Its first row does not name the columns.
    #[error("{path}, line 1: {problem}")]
    Columns {
        /// The file.
        path: String,
        /// All that is wrong with it.
        problem: String,
    },
    /// Some of its rows are wrong.
    #[error("{path}: {total} of {rows} rows are wrong, nothing was put on file")]
    Rows {
        /// The file.
        path: String,
        /// The first of them, in order.
        bad: Vec<BadRow>,
        /// How many there are.
        total: u64,
        /// Rows of the file.
        rows: u64,
    },
    /// It was written to between the check and the import.
    #[error("{0} changed while it was read, nothing was put on file")]
    Changed(String),
    /// A bug in the reader.
    #[error("reading {0} gave up")]
    Reader(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a checked book holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Rows.
    pub rows: u64,
    /// Different loans.
    pub loans: u64,
}

/// Reads the whole of `path` and writes nothing.
///
/// # Errors
/// With every bad row's line and reason.
pub fn check(path: &Path, today: Date) -> Result<Checked, LoanBookError> {
    let mut reader = BookReader::open(path, today)?;
    let (mut bad, mut total) = (Vec::new(), 0);
    while let Some(read) = reader.next_row() {
        if let Err(row) = read {
            total += 1;
            if bad.len() < MOST_LISTED {
                bad.push(row);
            }
        }
    }
    let Outline { rows, loans } = reader.outline();
    if total > 0 {
        return Err(LoanBookError::Rows { path: path.display().to_string(), bad, total, rows });
    }
    Ok(Checked { rows, loans })
}

/// Checks `path`, then puts it on file; `by` is who said so, where that was
/// proven.
///
/// # Errors
/// As [`check`], and when the database does not answer. Nothing has changed then.
pub async fn import(
    app: &App,
    path: &Path,
    by: Option<PersonId>,
) -> Result<(Checked, ImportCount), LoanBookError> {
    let now = app.now();
    let today = app.standing().desk.policy.clocks.local_date(now);
    let name = path.display().to_string();
    let owned: PathBuf = path.to_owned();
    let checking = move || check(&owned, today);
    let checked = tokio::task::spawn_blocking(checking)
        .await
        .map_err(|_| LoanBookError::Reader(name.clone()))??;
    let mut import = app.store.begin_import(now).await?;
    let (send, mut chunks) = mpsc::channel(2);
    let owned = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || read_chunks(&owned, today, &send));
    while let Some(chunk) = chunks.recv().await {
        import.put(&chunk).await?;
    }
    let again = reading.await.map_err(|_| LoanBookError::Reader(name.clone()))??;
    if again != checked {
        return Err(LoanBookError::Changed(name));
    }
    let told = |count: ImportCount| {
        let particulars = serde_json::json!({
            "rows": count.rows, "loans": checked.loans, "on_file": count.on_file,
            "taken_off": count.taken_off,
        });
        let mut event =
            Event::by_engine("loan_book".to_owned(), "loan_book_imported", now, particulars);
        if let Some(person) = by {
            event.actor = format!("person:{person}");
        }
        event
    };
    Ok((checked, import.finish(told).await?))
}

fn read_chunks(
    path: &Path,
    today: Date,
    send: &mpsc::Sender<Vec<BookRow>>,
) -> Result<Checked, LoanBookError> {
    let mut reader = BookReader::open(path, today)?;
    let mut chunk = Vec::with_capacity(CHUNK);
    while let Some(read) = reader.next_row() {
        chunk.push(read.map_err(|_| LoanBookError::Changed(path.display().to_string()))?);
        // Nobody listens any more when the database has failed.
        if chunk.len() == CHUNK && send.blocking_send(std::mem::take(&mut chunk)).is_err() {
            break;
        }
    }
    let _ = send.blocking_send(chunk);
    let Outline { rows, loans } = reader.outline();
    Ok(Checked { rows, loans })
}
