//! The yardstick: async-imap and sqlx with nothing in between. Fetch a batch,
//! insert as many rows as the engine would in as many transactions, move the
//! batch away. Nothing is parsed, sealed, checked or understood.

use std::str::FromStr;

use async_imap::Session;
use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};
use tierline::app::intake::BATCH;
use tokio::net::TcpStream;

use super::shape::Shape;

/// Rows of one statement, as the engine has it.
const ROWS: usize = 250;
/// Tables of the first transaction.
const RAW_TABLES: usize = 2;

/// A database with look-alike tables: a key and as many bytes.
pub enum Bare {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bare {
    /// Safe durability on both, and an empty table for each shape.
    pub async fn open(url: &str, shapes: &[Shape]) -> Self {
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
        let bytes = if matches!(bare, Self::Sqlite(_)) { "BLOB" } else { "BYTEA" };
        for shape in shapes {
            let table = shape.table;
            bare.run(format!(
                "CREATE TABLE bare_{table} (id {bytes} PRIMARY KEY, state TEXT NOT NULL, \
                 body {bytes} NOT NULL)"
            ))
            .await;
        }
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

    async fn begin(&mut self) {
        let is_sqlite = matches!(self, Self::Sqlite(_));
        self.run(if is_sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }.to_owned()).await;
    }

    async fn commit(&mut self) {
        self.run("COMMIT".to_owned()).await;
    }

    async fn insert(&mut self, table: &str, rows: &[(Vec<u8>, Vec<u8>)]) {
        for part in rows.chunks(ROWS) {
            let places: Vec<String> = (0..part.len()).map(|row| self.places(row)).collect();
            let text = AssertSqlSafe(format!(
                "INSERT INTO bare_{table} (id, state, body) VALUES {}",
                places.join(",")
            ));
            match self {
                Self::Sqlite(connection) => {
                    let mut query = sqlx::query(text);
                    for (id, body) in part {
                        query = query.bind(id).bind(body);
                    }
                    query.execute(connection).await.unwrap();
                }
                Self::Postgres(connection) => {
                    let mut query = sqlx::query(text);
                    for (id, body) in part {
                        query = query.bind(id).bind(body);
                    }
                    query.execute(connection).await.unwrap();
                }
            }
        }
    }

    fn places(&self, row: usize) -> String {
        match self {
            Self::Sqlite(_) => "(?,'stored',?)".to_owned(),
            Self::Postgres(_) => format!("(${},'stored',${})", row * 2 + 1, row * 2 + 2),
        }
    }

    async fn mark(&mut self, ids: &[Vec<u8>]) {
        let is_sqlite = matches!(self, Self::Sqlite(_));
        let place = |at: usize| if is_sqlite { "?".to_owned() } else { format!("${}", at + 1) };
        let places: Vec<String> = (0..ids.len()).map(place).collect();
        let text = AssertSqlSafe(format!(
            "UPDATE bare_source_ref SET state = 'put_away' WHERE id IN ({})",
            places.join(",")
        ));
        match self {
            Self::Sqlite(connection) => {
                let query = ids.iter().fold(sqlx::query(text), |query, id| query.bind(id));
                query.execute(connection).await.unwrap();
            }
            Self::Postgres(connection) => {
                let query = ids.iter().fold(sqlx::query(text), |query, id| query.bind(id));
                query.execute(connection).await.unwrap();
            }
        }
    }
}

/// Moves the whole inbox of `user`; how many mails that were.
pub async fn run(port: u16, user: &str, database: &mut Bare, shapes: &[Shape]) -> usize {
    let mut session = log_in(port, user).await;
    let mut uids: Vec<u32> = session.uid_search("ALL").await.unwrap().into_iter().collect();
    uids.sort_unstable();
    let mut rows = RowMaker::new(shapes);
    for batch in uids.chunks(BATCH) {
        let set = batch.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let mut raws = Vec::with_capacity(batch.len());
        {
            let mut fetched =
                session.uid_fetch(&set, "(UID INTERNALDATE BODY.PEEK[])").await.unwrap();
            while let Some(mail) = fetched.try_next().await.unwrap() {
                raws.push(mail.body().unwrap().to_vec());
            }
        }
        let keys = store(database, shapes, &mut rows, raws).await;
        session.uid_mv(&set, "Processed").await.unwrap();
        database.begin().await;
        database.mark(&keys).await;
        database.commit().await;
    }
    session.logout().await.unwrap();
    uids.len()
}

/// Raw bytes and references first, the rest second, as the engine does.
async fn store(
    database: &mut Bare,
    shapes: &[Shape],
    rows: &mut RowMaker,
    raws: Vec<Vec<u8>>,
) -> Vec<Vec<u8>> {
    let count = raws.len();
    let mut keys = Vec::new();
    database.begin().await;
    let raws: Vec<_> = raws.into_iter().map(|raw| (rows.key(), raw)).collect();
    database.insert("raw_chunk", &raws).await;
    for (at, shape) in shapes.iter().enumerate().skip(1) {
        if at == RAW_TABLES {
            database.commit().await;
            database.begin().await;
        }
        let made = rows.make(at, shape, count);
        if shape.table == "source_ref" {
            keys = made.iter().map(|(key, _)| key.clone()).collect();
        }
        database.insert(shape.table, &made).await;
    }
    database.commit().await;
    keys
}

async fn log_in(port: u16, user: &str) -> Session<TcpStream> {
    let tcp = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    tcp.set_nodelay(true).unwrap();
    let mut client = async_imap::Client::new(tcp);
    client.read_response().await.unwrap().expect("a greeting");
    let mut session = client.login(user, "secret").await.map_err(|(error, _)| error).unwrap();
    session.select("INBOX").await.unwrap();
    session.create("Processed").await.unwrap();
    session
}

/// Makes rows at the engine's rate a mail, fractions carried over.
struct RowMaker {
    owed: Vec<f64>,
    made: u64,
}

impl RowMaker {
    fn new(shapes: &[Shape]) -> Self {
        Self { owed: vec![0.0; shapes.len()], made: 0 }
    }

    fn key(&mut self) -> Vec<u8> {
        self.made += 1;
        // Ascending, as the engine's time-ordered ids are.
        u128::from(self.made).to_be_bytes().to_vec()
    }

    fn make(&mut self, at: usize, shape: &Shape, mails: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.owed[at] += shape.rows_per_mail * mails as f64;
        // A hair more, so that 127.9999 rows are 128.
        let whole = (self.owed[at] + 1e-6).floor();
        self.owed[at] -= whole;
        let width = shape.width.saturating_sub(16);
        (0..whole as usize).map(|_| (self.key(), vec![b'x'; width])).collect()
    }
}
