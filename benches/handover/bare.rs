//! The yardstick: one connection, the commands of one letter after the other,
//! and one committed update when the server has it.

use std::str::FromStr;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Bytes of a letter, about those of a rendered one.
const BYTES: usize = 6_000;

/// A database with one row a letter.
pub enum Bare {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bare {
    /// Safe durability on both; the rows are there.
    pub async fn open(url: &str, letters: usize) -> Self {
        let mut bare = if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)
                .unwrap()
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full);
            Self::Sqlite(options.connect().await.unwrap())
        } else {
            Self::Postgres(PgConnection::connect(url).await.unwrap())
        };
        bare.run("CREATE TABLE letter (id INTEGER PRIMARY KEY, state TEXT NOT NULL)".to_owned())
            .await;
        let rows: Vec<String> = (0..letters).map(|id| format!("({id},'available')")).collect();
        bare.run(format!("INSERT INTO letter (id, state) VALUES {}", rows.join(","))).await;
        bare
    }

    async fn run(&mut self, text: String) {
        match self {
            Self::Sqlite(connection) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.unwrap();
            }
            Self::Postgres(connection) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(connection).await.unwrap();
            }
        }
    }

    async fn settle(&mut self, id: usize) {
        let id = i64::try_from(id).unwrap();
        let text = "UPDATE letter SET state = 'handed_over' WHERE id = $1";
        match self {
            Self::Sqlite(connection) => {
                sqlx::query(text).bind(id).execute(connection).await.unwrap();
            }
            Self::Postgres(connection) => {
                sqlx::query(text).bind(id).execute(connection).await.unwrap();
            }
        }
    }
}

/// Hands so many letters over.
pub async fn run(port: u16, database: &mut Bare, letters: usize) {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    let payload =
        format!("{}\r\n.\r\n", "a line of the letter, as long as any.\r\n".repeat(BYTES / 39));
    answer(&mut stream).await;
    say(&mut stream, "EHLO mail.example.com\r\n").await;
    for id in 0..letters {
        say(&mut stream, "MAIL FROM:<care@example.com>\r\n").await;
        say(&mut stream, &format!("RCPT TO:<borrower{id}@example.net>\r\n")).await;
        say(&mut stream, "DATA\r\n").await;
        say(&mut stream, &payload).await;
        database.settle(id).await;
    }
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
    answer(stream).await;
}

async fn answer(stream: &mut BufReader<TcpStream>) {
    let mut line = String::new();
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        assert!(line.starts_with(['2', '3']), "{line}");
        if line.as_bytes().get(3) != Some(&b'-') {
            return;
        }
    }
}
