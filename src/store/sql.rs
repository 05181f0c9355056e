//! SQL that both databases read alike: `$n` placeholders, rows inserted many
//! at a time, lists cut into pieces below the limits of both.

use std::fmt::Write as _;

use jiff::{Timestamp, civil::Date};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement, TryGetable, Value,
};

use super::error::StoreError;

/// Rows of one statement. Only these few sizes, so that a statement is parsed
/// once and then found in its connection's cache, whatever a batch brings. The
/// widest table stays far below the 32 766 variables of SQLite and the 65 535
/// of PostgreSQL.
const SIZES: [usize; 9] = [256, 128, 64, 32, 16, 8, 4, 2, 1];
/// Keys of one `IN (…)`.
pub(super) const MOST_KEYS: usize = 10_000;

/// Up to so many, SQLite's look-up by number costs nothing.
const FEW_VARIABLES: usize = 24;

/// Values of a statement, each converted by `Value::from`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
pub(super) use values;

/// All rows.
pub(super) async fn all<C: ConnectionTrait>(
    conn: &C,
    text: &str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, StoreError> {
    Ok(conn.query_all_raw(statement(conn, text, values)).await?)
}

/// The first row, if any.
pub(super) async fn one<C: ConnectionTrait>(
    conn: &C,
    text: &str,
    values: Vec<Value>,
) -> Result<Option<QueryResult>, StoreError> {
    Ok(conn.query_one_raw(statement(conn, text, values)).await?)
}

/// Runs a statement; how many rows it touched.
pub(super) async fn run<C: ConnectionTrait>(
    conn: &C,
    text: &str,
    values: Vec<Value>,
) -> Result<u64, StoreError> {
    Ok(conn.execute_raw(statement(conn, text, values)).await?.rows_affected())
}

fn statement<C: ConnectionTrait>(conn: &C, text: &str, values: Vec<Value>) -> Statement {
    let backend = conn.get_database_backend();
    let unnumbered = (backend == DbBackend::Sqlite && values.len() > FEW_VARIABLES)
        .then(|| without_numbers(text, values.len()))
        .flatten();
    let text = unnumbered.unwrap_or_else(|| text.to_owned());
    Statement::from_sql_and_values(backend, text, values)
}

/// `$1 … $2 … $3` as `? … ? … ?`, when each number stands once and in order.
/// SQLite looks a numbered variable up by walking over all of them, so that
/// ten thousand cost a hundred million steps.
fn without_numbers(text: &str, variables: usize) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut parts = text.split('$');
    plain.push_str(parts.next()?);
    let mut expected = 0usize;
    for part in parts {
        expected += 1;
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at_checked(digits)?;
        if number.parse::<usize>().ok()? != expected {
            return None;
        }
        plain.push('?');
        plain.push_str(rest);
    }
    (expected == variables).then_some(plain)
}

/// One column of a row.
pub(super) fn get<T: TryGetable>(row: &QueryResult, column: &'static str) -> Result<T, StoreError> {
    row.try_get_by::<T, _>(column).map_err(|_| StoreError::Malformed(column))
}

/// One column that holds an instant as epoch microseconds.
pub(super) fn get_instant(
    row: &QueryResult,
    column: &'static str,
) -> Result<Timestamp, StoreError> {
    instant(get(row, column)?, column)
}

/// The same, where it may be NULL.
pub(super) fn find_instant(
    row: &QueryResult,
    column: &'static str,
) -> Result<Option<Timestamp>, StoreError> {
    get::<Option<i64>>(row, column)?.map(|micros| instant(micros, column)).transpose()
}

/// One column that holds an ISO date.
pub(super) fn get_date(row: &QueryResult, column: &'static str) -> Result<Date, StoreError> {
    get::<String>(row, column)?.parse().map_err(|_| StoreError::Malformed(column))
}

/// One column that holds a word of a closed set.
pub(super) fn get_word<T>(
    row: &QueryResult,
    column: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    read(&get::<String>(row, column)?).ok_or(StoreError::Malformed(column))
}

/// A count that is never negative.
pub(super) fn get_count(row: &QueryResult, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(get::<i64>(row, column)?).map_err(|_| StoreError::Malformed(column))
}

fn instant(micros: i64, column: &'static str) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Malformed(column))
}

/// Epoch microseconds, as kept.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A `u64` of the domain as kept; beyond `i64::MAX` it stays there.
pub(super) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// `$3,$4,$5` for `start` 3 and `len` 3.
pub(super) fn placeholders(start: usize, len: usize) -> String {
    let mut text = String::with_capacity(len * 6);
    for place in start..start + len {
        if place > start {
            text.push(',');
        }
        // A string takes whatever is written to it.
        let _ = write!(text, "${place}");
    }
    text
}

/// Keys of one `IN (…)` in one of a few lengths, so that its statement is found
/// in the connection's cache: the last key stands as often as it takes.
pub(super) fn padded(part: &[Value]) -> Vec<Value> {
    let mut keys = part.to_vec();
    if let Some(last) = part.last() {
        keys.resize(part.len().next_power_of_two(), last.clone());
    }
    keys
}

/// `FOR UPDATE …` where the database has row locks; SQLite's one writer needs none.
pub(super) fn lock_clause<C: ConnectionTrait>(conn: &C, clause: &'static str) -> &'static str {
    if conn.get_database_backend() == DbBackend::Postgres { clause } else { "" }
}

/// Rows waiting for one table.
pub(super) struct Rows {
    table: &'static str,
    columns: &'static [&'static str],
    values: Vec<Value>,
}

impl Rows {
    /// No rows yet for `columns` of `table`.
    pub(super) fn new(table: &'static str, columns: &'static [&'static str]) -> Self {
        Self { table, columns, values: Vec::new() }
    }

    /// One more row, in the order of the columns.
    pub(super) fn push(&mut self, row: Vec<Value>) {
        debug_assert_eq!(row.len(), self.columns.len(), "{}", self.table);
        self.values.extend(row);
    }

    /// Inserts them all; `tail` follows the values, e.g. `ON CONFLICT DO NOTHING`.
    pub(super) async fn insert<C: ConnectionTrait>(
        self,
        conn: &C,
        tail: &str,
    ) -> Result<u64, StoreError> {
        let mut touched = 0;
        for statement in self.statements(conn.get_database_backend(), tail) {
            touched += conn.execute_raw(statement).await?.rows_affected();
        }
        Ok(touched)
    }

    /// The same, with the rows of a `RETURNING` in `tail`.
    pub(super) async fn insert_returning<C: ConnectionTrait>(
        self,
        conn: &C,
        tail: &str,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let mut rows = Vec::new();
        for statement in self.statements(conn.get_database_backend(), tail) {
            rows.extend(conn.query_all_raw(statement).await?);
        }
        Ok(rows)
    }

    fn statements(self, backend: DbBackend, tail: &str) -> Vec<Statement> {
        let width = self.columns.len().max(1);
        let mut rows = self.values.len() / width;
        let mut rest = self.values.into_iter();
        let mut statements = Vec::new();
        while let Some(size) = SIZES.into_iter().find(|size| *size <= rows) {
            rows -= size;
            let values: Vec<Value> = rest.by_ref().take(size * width).collect();
            let text = insert_text(backend, self.table, self.columns, size, tail);
            statements.push(Statement::from_sql_and_values(backend, text, values));
        }
        statements
    }
}

fn insert_text(
    backend: DbBackend,
    table: &str,
    columns: &[&str],
    rows: usize,
    tail: &str,
) -> String {
    let width = columns.len();
    let places: Vec<String> = if backend == DbBackend::Sqlite {
        // Without numbers, for the reason at `without_numbers`.
        vec![vec!["?"; width].join(","); rows]
    } else {
        (0..rows).map(|row| placeholders(row * width + 1, width)).collect()
    };
    format!("INSERT INTO {table} ({}) VALUES ({}) {tail}", columns.join(","), places.join("),("))
}

/// Commits what went well; rolls back what did not.
pub(super) async fn end<T>(
    tx: DatabaseTransaction,
    written: Result<T, StoreError>,
) -> Result<T, StoreError> {
    match written {
        Ok(value) => {
            tx.commit().await?;
            Ok(value)
        }
        Err(err) => {
            // The first error is the one to tell; a lost connection rolls back by itself.
            let _ = tx.rollback().await;
            Err(err)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_lose_their_numbers_only_when_in_order() {
        assert_eq!(without_numbers("a=$1 AND b IN ($2,$3)", 3).unwrap(), "a=? AND b IN (?,?)");
        assert_eq!(without_numbers("a=$1 OR b=$1", 1), None);
        assert_eq!(without_numbers("a=$2 AND b=$1", 2), None);
        assert_eq!(without_numbers("a=$1", 2), None);
        assert_eq!(without_numbers("a=$x", 1), None);
    }
}
