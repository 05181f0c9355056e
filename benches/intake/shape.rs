//! How many rows of which width the engine wrote for a mail: the bare pipeline
//! writes as many, as wide.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

/// Tables that intake writes to; the first two in its first transaction.
const TABLES: &[&str] = &[
    "raw_chunk",
    "source_ref",
    "mail",
    "ticket",
    "matter",
    "clock",
    "task",
    "outbox",
    "reply_token",
    "trace",
    "event",
    "stream_head",
];

/// Rows of one table.
#[derive(Clone, Debug)]
pub struct Shape {
    pub table: &'static str,
    pub rows_per_mail: f64,
    /// Mean bytes of the values of a row.
    pub width: usize,
}

/// The shapes of what `mails` mails left in the database.
pub async fn shapes(url: &str, mails: usize) -> Vec<Shape> {
    let mut shapes = Vec::new();
    for table in TABLES {
        let (rows, bytes) = if let Some(path) = url.strip_prefix("sqlite:") {
            of_sqlite(path, table).await
        } else {
            of_postgres(url, table).await
        };
        let width = usize::try_from(bytes / rows.max(1)).unwrap();
        shapes.push(Shape { table, rows_per_mail: rows as f64 / mails as f64, width });
    }
    shapes
}

async fn of_sqlite(path: &str, table: &str) -> (i64, i64) {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{path}")).await.unwrap();
    let columns =
        sqlx::query(AssertSqlSafe(format!("SELECT name FROM pragma_table_info('{table}')")))
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let lengths: Vec<String> = columns
        .iter()
        .map(|row| format!("COALESCE(LENGTH(CAST({} AS BLOB)), 0)", row.get::<String, _>(0)))
        .collect();
    let sum = lengths.join(" + ");
    read_sqlite(&mut connection, &format!("SELECT COUNT(*), COALESCE(SUM({sum}), 0) FROM {table}"))
        .await
}

async fn read_sqlite(connection: &mut SqliteConnection, text: &str) -> (i64, i64) {
    let row = sqlx::query(AssertSqlSafe(text)).fetch_one(connection).await.unwrap();
    (row.get(0), row.get(1))
}

async fn of_postgres(url: &str, table: &str) -> (i64, i64) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let text =
        format!("SELECT COUNT(*), COALESCE(SUM(pg_column_size(t)), 0)::bigint FROM {table} AS t");
    let row = sqlx::query(AssertSqlSafe(text)).fetch_one(&mut connection).await.unwrap();
    let read = (row.get(0), row.get(1));
    connection.close().await.unwrap();
    read
}
