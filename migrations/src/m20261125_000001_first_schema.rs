//! The first schema: ledger, tickets, clocks, outbox, record, persons.
//! Instants are BIGINT epoch microseconds (UTC), dates are ISO text.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use super::statement::run;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m20261125_000001_first_schema"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("first_schema/ledger.sql")).await?;
        run(manager, include_str!("first_schema/ticket.sql")).await?;
        run(manager, include_str!("first_schema/outbox.sql")).await?;
        run(manager, include_str!("first_schema/person.sql")).await?;
        run(manager, include_str!("first_schema/record.sql")).await?;
        match manager.get_database_backend() {
            DbBackend::Postgres => {
                run(manager, include_str!("first_schema/append_only_postgres.sql")).await
            }
            _ => run(manager, include_str!("first_schema/append_only_sqlite.sql")).await,
        }
    }

    /// SQLite wraps no schema change in a transaction by itself.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
