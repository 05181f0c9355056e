//! Letters: the life of a template version, letters on paper, addresses that
//! take no mail, lanes of the outbox, the digest of what was sent.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use super::statement::run;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m20261125_000006_letters"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("letters/letters.sql")).await?;
        match manager.get_database_backend() {
            DbBackend::Postgres => run(manager, include_str!("letters/kept_postgres.sql")).await,
            _ => run(manager, include_str!("letters/kept_sqlite.sql")).await,
        }
    }

    /// SQLite wraps no schema change in a transaction by itself.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
