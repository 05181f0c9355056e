//! Rows of a loan book in CSV (RFC 4180), each read strictly and compared with
//! the rows before it.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, StringRecord};
use jiff::civil::Date;

use super::LoanBookError;
use crate::domain::digest::Digest;
use crate::domain::loan::{BookRow, Columns, RowProblem};

/// A row that is wrong. Names columns and lines, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Line of the file on which it begins, from 1.
    pub line: u64,
    /// All that is wrong with it.
    pub problem: String,
}

/// What was read so far.
pub(super) struct Outline {
    pub(super) rows: u64,
    pub(super) loans: u64,
}

/// Half a digest is enough to tell rows of one file apart.
type Key = [u8; 16];

/// Reads a book row by row; bounded by the number of rows, about 100 bytes each.
pub(super) struct BookReader {
    csv: csv::Reader<BufReader<File>>,
    columns: Columns,
    width: usize,
    today: Date,
    record: ByteRecord,
    rows: u64,
    /// Loan → line that spoke of it first, and what it said.
    loans: HashMap<Key, (u64, Key)>,
    /// Loan and address → line.
    parties: HashMap<Key, u64>,
}

impl BookReader {
    pub(super) fn open(path: &Path, today: Date) -> Result<Self, LoanBookError> {
        let name = || path.display().to_string();
        let unreadable = |source| LoanBookError::File { path: name(), source };
        let file = File::open(path).map_err(unreadable)?;
        let mut csv = ReaderBuilder::new()
            .flexible(true)
            .from_reader(BufReader::with_capacity(256 * 1024, file));
        let heads = csv.headers().map_err(|error| LoanBookError::Columns {
            path: name(),
            problem: reason(&error).to_owned(),
        })?;
        let width = heads.len();
        let columns = Columns::find(heads.iter()).map_err(|problems| LoanBookError::Columns {
            path: name(),
            problem: listed(&problems),
        })?;
        Ok(Self {
            csv,
            columns,
            width,
            today,
            record: ByteRecord::new(),
            rows: 0,
            loans: HashMap::new(),
            parties: HashMap::new(),
        })
    }

    /// The next row, or what is wrong with it; `None` at the end.
    pub(super) fn next_row(&mut self) -> Option<Result<BookRow, BadRow>> {
        let before = self.csv.position().line();
        let read = self.csv.read_byte_record(&mut self.record);
        let line = self.record.position().map_or(before, csv::Position::line);
        match read {
            Ok(false) => return None,
            Ok(true) => {}
            Err(error) => {
                self.rows += 1;
                // After a fault of the disk the reader is at its end by itself.
                return Some(Err(BadRow { line: before, problem: reason(&error).to_owned() }));
            }
        }
        self.rows += 1;
        Some(self.row(line).map_err(|problem| BadRow { line, problem }))
    }

    pub(super) fn outline(&self) -> Outline {
        Outline { rows: self.rows, loans: self.loans.len() as u64 }
    }

    fn row(&mut self, line: u64) -> Result<BookRow, String> {
        let record = StringRecord::from_byte_record(std::mem::take(&mut self.record))
            .map_err(|_| "is not UTF-8 text".to_owned())?;
        if record.len() != self.width {
            return Err(format!("has {} fields, the first row has {}", record.len(), self.width));
        }
        let row = self
            .columns
            .read(|place| record.get(place), self.today)
            .map_err(|problems| listed(&problems))?;
        self.record = record.into_byte_record();
        self.compare(&row, line)?;
        Ok(row)
    }

    /// A book that says two things about one loan is wrong, whichever is right.
    fn compare(&mut self, row: &BookRow, line: u64) -> Result<(), String> {
        let party = key(&[row.number.as_bytes(), row.email.as_bytes()]);
        if let Some(first) = self.parties.insert(party, line) {
            return Err(format!("is about the loan and address of line {first} again"));
        }
        let flags = [row.is_fdcpa_covered, row.is_represented, row.is_in_bankruptcy].map(u8::from);
        let said = key(&[
            row.property_address.as_bytes(),
            row.state.as_bytes(),
            row.language.as_bytes(),
            &flags,
        ]);
        let (first, earlier) =
            *self.loans.entry(key(&[row.number.as_bytes()])).or_insert((line, said));
        if earlier != said {
            return Err(format!(
                "says other than line {first} about the same loan (property_address, state, \
                 language, fdcpa_covered, represented, bankruptcy)"
            ));
        }
        Ok(())
    }
}

fn key(fields: &[&[u8]]) -> Key {
    let mut half = [0; 16];
    half.copy_from_slice(&Digest::of_fields(fields).0[..16]);
    half
}

fn listed(problems: &[RowProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The library's own text may quote a value of the file.
fn reason(error: &csv::Error) -> &'static str {
    match error.kind() {
        csv::ErrorKind::Io(_) => "cannot be read",
        csv::ErrorKind::Utf8 { .. } => "is not UTF-8 text",
        _ => "is not a row of CSV",
    }
}
