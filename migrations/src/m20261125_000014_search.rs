//! Words of mails to search by, secrets hidden, and what persons searched for.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use super::statement::run;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m20261125_000014_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("search/tables.sql")).await?;
        match manager.get_database_backend() {
            DbBackend::Postgres => run(manager, include_str!("search/postgres.sql")).await,
            _ => run(manager, include_str!("search/sqlite.sql")).await,
        }
    }

    /// SQLite wraps no schema change in a transaction by itself.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
