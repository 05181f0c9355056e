//! What can go wrong with the store, in words that hold no private values.

use sea_orm::{DbErr, RuntimeErr};

use super::vault::VaultError;

/// A failure of the store. Its text never holds a value of a row: database
/// messages are cut down to their codes and names.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What the decision relied on has changed: load and decide again.
    #[error("the decision was taken on an older state: {0}")]
    Stale(&'static str),
    /// The database cannot be reached or is too busy; try again later.
    #[error("the database is unavailable ({0})")]
    Unavailable(String),
    /// The database refused a statement.
    #[error("the database refused a statement ({0})")]
    Database(String),
    /// A rule that the database itself keeps was about to be broken.
    #[error("refused: {0}")]
    Refused(String),
    /// A row that must be there is not.
    #[error("there is no such {0}")]
    Absent(&'static str),
    /// A stored value is not what it can be.
    #[error("column {0} holds a value that cannot be read")]
    Malformed(&'static str),
    /// Another process has the database.
    #[error("{path} is in use by {holder}; stop it first, or use another database")]
    InUse {
        /// The lock file.
        path: String,
        /// What the holder wrote into it: process id and host.
        holder: String,
    },
    /// A setting under which a committed mail could be lost.
    #[error(
        "unsafe durability: {setting} is {value}; set it to {wanted} \
         (or database.allow_unsafe_durability = true for a test harness)"
    )]
    UnsafeDurability {
        /// Setting of the database.
        setting: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// The database has not had all migrations.
    #[error("the database schema is behind by {0} migration(s); run `tierline migrate`")]
    SchemaBehind(usize),
    /// The URL names no database we know.
    #[error("the database URL must begin with sqlite: or postgres://")]
    BadUrl,
    /// The bundled SQLite is older than the one this was tested with.
    #[error("SQLite {0} is too old; 3.51 or newer is needed")]
    OldSqlite(String),
    /// A file beside the database could not be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Keys are missing, wrong, or a sealed value was changed.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl StoreError {
    /// Whether the decision must be taken again on the present state.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        matches!(self, Self::Stale(_))
    }

    /// Whether the same call may succeed later without any change.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl From<DbErr> for StoreError {
    fn from(err: DbErr) -> Self {
        match &err {
            DbErr::ConnectionAcquire(_) => Self::Unavailable("no connection".to_owned()),
            DbErr::Conn(RuntimeErr::SqlxError(source))
            | DbErr::Exec(RuntimeErr::SqlxError(source))
            | DbErr::Query(RuntimeErr::SqlxError(source)) => Self::from_sqlx(source),
            DbErr::Type(_) | DbErr::TryIntoErr { .. } => Self::Malformed("(by type)"),
            _ => Self::Database("unexpected answer".to_owned()),
        }
    }
}

impl StoreError {
    fn from_sqlx(err: &sqlx::Error) -> Self {
        match err {
            sqlx::Error::Database(refusal) => {
                let code = refusal.code().unwrap_or_default();
                Self::from_code(&code, refusal.constraint(), refusal.message())
            }
            sqlx::Error::Io(source) => Self::Unavailable(source.kind().to_string()),
            sqlx::Error::PoolTimedOut => Self::Unavailable("no free connection".to_owned()),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable("connection closed".to_owned())
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Malformed("(by type)")
            }
            sqlx::Error::Tls(_) => Self::Unavailable("TLS".to_owned()),
            sqlx::Error::Protocol(_) => Self::Unavailable("protocol".to_owned()),
            _ => Self::Database("client".to_owned()),
        }
    }

    /// SQLSTATE of PostgreSQL (appendix A of its manual) or extended result
    /// code of SQLite. Only constraint names are taken over into the text.
    fn from_code(code: &str, constraint: Option<&str>, message: &str) -> Self {
        match code {
            // PostgreSQL: serialization failure, deadlock, lock timeout, query cancelled
            "40001" | "40P01" | "55P03" => Self::Stale("another transaction came first"),
            "57014" | "57P01" | "57P02" | "57P03" | "53300" => Self::Unavailable(code.to_owned()),
            _ if code.starts_with("08") => Self::Unavailable(code.to_owned()),
            // SQLite: BUSY, LOCKED, BUSY_SNAPSHOT, BUSY_TIMEOUT
            "5" | "6" | "261" | "517" | "773" => Self::Unavailable(format!("SQLite code {code}")),
            // unique, primary key, foreign key, check: named constraint or table.column
            "23505" | "23503" | "23514" | "23502" => {
                Self::Refused(format!("constraint {}", constraint.unwrap_or(code)))
            }
            "275" | "787" | "1299" | "1555" | "2067" | "2579" => {
                // SQLite names the table and column (or the check expression), no values.
                let name = message.rsplit(": ").next().unwrap_or(code);
                Self::Refused(format!("constraint {name}"))
            }
            // our own append-only triggers
            "P0001" | "1811" => Self::Refused("the record is append-only".to_owned()),
            _ => Self::Database(format!("code {code}")),
        }
    }
}
