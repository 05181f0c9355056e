//! The life of a policy revision: drafted, backtested, approved by a second
//! person, in force from an instant. Contents and activations never change.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use super::statement::run;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m20261125_000004_policy_life"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("policy_life/tables.sql")).await?;
        match manager.get_database_backend() {
            DbBackend::Postgres => run(manager, include_str!("policy_life/postgres.sql")).await,
            _ => run(manager, include_str!("policy_life/sqlite.sql")).await,
        }
    }

    /// SQLite wraps no schema change in a transaction by itself.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
