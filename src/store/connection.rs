//! Opens the database with settings under which a committed mail stays
//! committed, and refuses those under which it may not.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use migrations::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use super::error::StoreError;
use super::lock_file::LockFile;
use super::outbox::OutboxDesk;
use super::sql::{self, get, one, values};
use super::vault::{Purpose, Vault, VaultError};

/// Every process that migrates takes this PostgreSQL advisory lock.
const MIGRATION_LOCK: i64 = 0x7469_6572_6c69_6e65;

/// Statements a connection keeps prepared: the inserts of all tables in all
/// their sizes, and the look-ups.
const STATEMENTS: usize = 200;

/// Pages of SQLite's log (32 MiB) after which it goes into the database. Keys
/// that are hashes touch pages all over; the longer the log, the more often one
/// page is written for many changes. A commit is in the log, synced, before.
const WAL_PAGES: &str = "8192";

/// Where the database is.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// `sqlite:<path>` or `postgres://…`.
    pub url: String,
    /// Accept settings that may lose a committed mail: test harnesses only.
    pub allow_unsafe_durability: bool,
    /// Connections of the pool (PostgreSQL) or of the readers (SQLite).
    pub max_connections: u32,
}

/// The store: cheap to clone, shared by all workers of a process.
#[derive(Clone, Debug)]
pub struct Store {
    writer: DatabaseConnection,
    readers: DatabaseConnection,
    vault: Arc<Vault>,
    desk: Arc<OutboxDesk>,
    _lock: Option<Arc<LockFile>>,
}

impl Store {
    /// Opens a migrated database as its engine: on SQLite, as the only one.
    ///
    /// # Errors
    /// When another engine has the SQLite file, a setting is unsafe, the schema
    /// is behind, or the key ring is not the one the database was sealed with.
    pub async fn open(options: &StoreOptions, vault: Vault) -> Result<Self, StoreError> {
        let lock = match sqlite_path(&options.url) {
            Some(path) => Some(Arc::new(LockFile::take(&path)?)),
            None => None,
        };
        let is_alone = lock.is_some();
        let store = Self::connect(options, vault, lock).await?;
        if is_alone {
            store.end_leases_of_the_dead().await?;
        }
        Ok(store)
    }

    /// The lock file proves that whoever held a lease is gone: nobody need wait
    /// until it runs out.
    async fn end_leases_of_the_dead(&self) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            sql::run(&tx, "UPDATE mailbox SET lease_until_at = 0", values![]).await?;
            let text = "UPDATE outbox SET lease_until_at = 0 WHERE state = 'sending'";
            sql::run(&tx, text, values![]).await
        }
        .await;
        sql::end(tx, written).await.map(|_| ())
    }

    /// Opens the database beside a running engine, for a command that looks
    /// or makes one change: SQLite's own write lock keeps the two apart.
    ///
    /// # Errors
    /// As for [`Store::open`], but for the lock.
    pub async fn open_beside(options: &StoreOptions, vault: Vault) -> Result<Self, StoreError> {
        Self::connect(options, vault, None).await
    }

    /// Brings the schema up to date, each step in a transaction, on a pool of
    /// one connection that is closed afterwards: SQLite would go on with the
    /// old schema on any other connection.
    ///
    /// # Errors
    /// When another engine has the SQLite file, or a step fails.
    pub async fn migrate(options: &StoreOptions) -> Result<(), StoreError> {
        let path = sqlite_path(&options.url);
        let _lock = path.as_deref().map(LockFile::take).transpose()?;
        let mut single = connect_options(options, Use::Migrate)?;
        single.max_connections(1);
        let pool = Database::connect(single).await?;
        if pool.get_database_backend() == DbBackend::Postgres {
            sql::all(&pool, "SELECT pg_advisory_lock($1)", values![MIGRATION_LOCK]).await?;
        }
        let done = Migrator::up(&pool, None).await;
        pool.close().await?;
        Ok(done?)
    }

    /// The vault of this store.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Whether this is PostgreSQL; SQLite otherwise.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.writer.get_database_backend() == DbBackend::Postgres
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        one(&self.readers, "SELECT 1 AS one", values![]).await.map(|_| ())
    }

    /// Closes the pools; what was committed stays.
    ///
    /// # Errors
    /// When a pool cannot be closed.
    pub async fn close(self) -> Result<(), StoreError> {
        self.readers.close_by_ref().await?;
        self.writer.close_by_ref().await?;
        Ok(())
    }

    /// The one door to a write transaction. IMMEDIATE on SQLite: a deferred
    /// one that reads first fails at once when it turns to writing.
    pub(super) async fn begin_write(&self) -> Result<DatabaseTransaction, StoreError> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.writer.begin_with_options(immediate).await?)
    }

    /// Where the senders of this process meet.
    pub(super) fn desk(&self) -> &OutboxDesk {
        &self.desk
    }

    /// Connections that only read.
    pub(super) fn readers(&self) -> &DatabaseConnection {
        &self.readers
    }

    async fn connect(
        options: &StoreOptions,
        vault: Vault,
        lock: Option<Arc<LockFile>>,
    ) -> Result<Self, StoreError> {
        let mut write = connect_options(options, Use::Write)?;
        let (writer, readers) = if sqlite_path(&options.url).is_some() {
            write.max_connections(1);
            let mut read = connect_options(options, Use::Read)?;
            read.max_connections(options.max_connections.max(1));
            let writer = Database::connect(write).await?;
            (writer, Database::connect(read).await?)
        } else {
            write.max_connections(options.max_connections.max(2));
            let pool = Database::connect(write).await?;
            (pool.clone(), pool)
        };
        let store =
            Self { writer, readers, vault: Arc::new(vault), desk: Arc::default(), _lock: lock };
        store.refuse_unsafe(options.allow_unsafe_durability).await?;
        let behind = Migrator::get_pending_migrations_read_only(&store.writer).await?.len();
        if behind > 0 {
            return Err(StoreError::SchemaBehind(behind));
        }
        store.refuse_wrong_keys().await?;
        Ok(store)
    }

    async fn refuse_unsafe(&self, is_allowed: bool) -> Result<(), StoreError> {
        if !self.is_postgres() {
            let row = one(&self.writer, "SELECT sqlite_version() AS v", values![]).await?;
            let version: String = get(&row.ok_or(StoreError::Absent("version"))?, "v")?;
            return if is_new_enough(&version) {
                Ok(())
            } else {
                Err(StoreError::OldSqlite(version))
            };
        }
        if is_allowed {
            return Ok(());
        }
        for (setting, wanted, accepted) in [
            ("fsync", "on", &["on"][..]),
            ("full_page_writes", "on", &["on"]),
            ("synchronous_commit", "on or remote_apply", &["on", "remote_apply"]),
        ] {
            let row = one(&self.writer, "SELECT current_setting($1) AS setting", values![setting])
                .await?;
            let value: String = get(&row.ok_or(StoreError::Absent("setting"))?, "setting")?;
            if !accepted.contains(&value.as_str()) {
                return Err(StoreError::UnsafeDurability { setting, value, wanted });
            }
        }
        Ok(())
    }

    /// Each key leaves a proof in the database when it is first used; a ring
    /// that lacks a proven key, or has another under its id, is refused.
    async fn refuse_wrong_keys(&self) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let mut proven = Vec::new();
        for row in sql::all(&tx, "SELECT kid, proof FROM vault_key", values![]).await? {
            let kid: i64 = get(&row, "kid")?;
            let kid = u8::try_from(kid).map_err(|_| StoreError::Malformed("kid"))?;
            let proof: Vec<u8> = get(&row, "proof")?;
            if self.vault.derive(kid, Purpose::Proof)?.as_slice() != proof {
                return Err(VaultError::WrongKey(kid).into());
            }
            proven.push(kid);
        }
        for kid in self.vault.kids().into_iter().filter(|kid| !proven.contains(kid)) {
            if !proven.is_empty() && kid < proven.iter().copied().min().unwrap_or(0) {
                // An id below the first would become the root of the blind indexes.
                return Err(VaultError::WrongKey(kid).into());
            }
            let proof = self.vault.derive(kid, Purpose::Proof)?.to_vec();
            sql::run(
                &tx,
                "INSERT INTO vault_key (kid, proof) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                values![i64::from(kid), proof],
            )
            .await?;
        }
        Ok(tx.commit().await?)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Write,
    Read,
    Migrate,
}

fn connect_options(options: &StoreOptions, purpose: Use) -> Result<ConnectOptions, StoreError> {
    let is_unsafe = options.allow_unsafe_durability;
    let mut connect = match sqlite_path(&options.url) {
        Some(path) => sqlite_options(&path, purpose, is_unsafe),
        None if options.url.starts_with("postgres") => postgres_options(&options.url, purpose),
        None => return Err(StoreError::BadUrl),
    };
    // Statements hold private values: they are never logged.
    connect
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .connect_timeout(Duration::from_secs(10))
        .acquire_timeout(Duration::from_secs(30));
    Ok(connect)
}

fn sqlite_options(path: &Path, purpose: Use, is_unsafe: bool) -> ConnectOptions {
    let mut connect = ConnectOptions::new("sqlite::memory:");
    let path = path.to_owned();
    // NORMAL may lose the last commits at a power cut; FULL may not.
    let synchronous = if is_unsafe { SqliteSynchronous::Normal } else { SqliteSynchronous::Full };
    // Each connection has a cache of its own, and there are many readers.
    let cache_kib = if purpose == Use::Read { "-4096" } else { "-16384" };
    connect.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = sqlite
            .in_memory(false)
            .shared_cache(false)
            .filename(&path)
            .create_if_missing(purpose == Use::Migrate)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .pragma("trusted_schema", "OFF")
            .pragma("cache_size", cache_kib)
            .pragma("wal_autocheckpoint", WAL_PAGES)
            .pragma("temp_store", "memory")
            .statement_cache_capacity(STATEMENTS);
        if purpose == Use::Read { sqlite.pragma("query_only", "ON") } else { sqlite }
    });
    connect
}

fn postgres_options(url: &str, purpose: Use) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    let (statement, lock) = if purpose == Use::Migrate { ("0", "120s") } else { ("30s", "5s") };
    connect.map_sqlx_postgres_opts(move |postgres| {
        postgres.application_name("tierline").statement_cache_capacity(STATEMENTS).options([
            ("statement_timeout", statement),
            ("lock_timeout", lock),
            ("idle_in_transaction_session_timeout", "60s"),
            // A prepared statement keeps its plan: made while a table was
            // small, it would read the whole of it for ever. Every look-up has
            // its index.
            ("enable_seqscan", "off"),
        ])
    });
    // A cancelled `begin` leaves its connection inside a transaction, and the
    // next statement on it would never be committed (sqlx issue 4385). A lone
    // ROLLBACK would leave a warning in the server's log at each acquire; this
    // pair warns only when there was something to roll back, and fails inside
    // a broken transaction, whose connection is then thrown away.
    connect
        .test_before_acquire(false)
        .max_lifetime(Duration::from_secs(600))
        .map_sqlx_postgres_before_acquire(|connection, _| {
            Box::pin(async move {
                sqlx::Executor::execute(connection, "BEGIN; ROLLBACK").await?;
                Ok(true)
            })
        });
    connect
}

fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    Some(PathBuf::from(rest.strip_prefix("//").unwrap_or(rest)))
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (3, 51)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_sqlite_is_told_from_a_new_one() {
        assert!(is_new_enough("3.51.3"));
        assert!(is_new_enough("4.0.0"));
        assert!(!is_new_enough("3.46.1"));
        assert!(!is_new_enough("three"));
    }

    #[test]
    fn a_sqlite_url_is_a_path() {
        assert_eq!(sqlite_path("sqlite:/a/b.db"), Some(PathBuf::from("/a/b.db")));
        assert_eq!(sqlite_path("sqlite://b.db"), Some(PathBuf::from("b.db")));
        assert_eq!(sqlite_path("postgres://x"), None);
    }
}
