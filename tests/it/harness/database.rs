//! Fresh, migrated databases of both kinds for a test.

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
        Store::open_beside(&self.options, test_vault()).await.unwrap()
    }

    async fn open(url: String, dir: Option<TempDir>) -> Self {
        let options = StoreOptions { url, allow_unsafe_durability: true, max_connections: 4 };
        Store::migrate(&options).await.unwrap();
        let store = Store::open(&options, test_vault()).await.unwrap();
        Self { options, store, _dir: dir }
    }
}

/// Runs `case` on a fresh SQLite file, then on a fresh PostgreSQL database.
pub async fn for_each_database(case: impl AsyncFn(TestDatabase)) {
    case(TestDatabase::sqlite().await).await;
    let cluster = Cluster::start().await;
    case(TestDatabase::postgres(&cluster).await).await;
}
