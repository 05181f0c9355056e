//! What persons do on tickets: who has one, notes, merges and splits; what a
//! person can do and when they are away; ladders with their steps and notices.

use sea_orm_migration::prelude::*;

use super::statement::run;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m20261125_000005_work"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("work/person.sql")).await?;
        run(manager, include_str!("work/ticket.sql")).await?;
        run(manager, include_str!("work/escalation.sql")).await
    }

    /// SQLite wraps no schema change in a transaction by itself.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
