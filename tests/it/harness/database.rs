//! Fresh, migrated databases of both kinds for a test.

use std::sync::Mutex;

use tempfile::TempDir;
use tierline::store::{Store, StoreOptions, Vault};

use super::postgres::Cluster;

/// The key ring of every test: not secret, always the same.
pub fn test_vault() -> Vault {
    Vault::from_entries([(1, [7; 32])]).unwrap()
}

/// One database with a store on it.
pub struct TestDatabase {
    /// How it was opened.
    pub options: StoreOptions,
    /// The store.
    pub store: Store,
    seconds: Mutex<Vec<Store>>,
    _dir: Option<TempDir>,
}

impl TestDatabase {
    /// A SQLite file in a directory of its own.
    pub async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("tierline.db").display());
        Self::open(url, Some(dir)).await
    }

    /// A new database of `cluster`.
    pub async fn postgres(cluster: &Cluster) -> Self {
        Self::open(cluster.create_database().await, None).await
    }

    /// A second store on the same database, as another process would have it.
    pub async fn second(&self) -> Store {
        let second = Store::open_beside(&self.options, test_vault()).await.unwrap();
        self.seconds.lock().unwrap().push(second.clone());
        second
    }

    /// Closes every store, so that the next case finds the connections free.
    pub async fn close(self) {
        for store in self.seconds.into_inner().unwrap() {
            store.close().await.unwrap();
        }
        self.store.close().await.unwrap();
    }

    async fn open(url: String, dir: Option<TempDir>) -> Self {
        let options = StoreOptions { url, allow_unsafe_durability: true, max_connections: 4 };
        Store::migrate(&options).await.unwrap();
        let store = Store::open(&options, test_vault()).await.unwrap();
        Self { options, store, seconds: Mutex::default(), _dir: dir }
    }
}

/// Runs `case` on a fresh SQLite file, then on a fresh PostgreSQL database.
pub async fn for_each_database(case: impl AsyncFn(&TestDatabase)) {
    let sqlite = TestDatabase::sqlite().await;
    case(&sqlite).await;
    sqlite.close().await;
    let cluster = Cluster::start().await;
    let postgres = TestDatabase::postgres(&cluster).await;
    case(&postgres).await;
    postgres.close().await;
}
