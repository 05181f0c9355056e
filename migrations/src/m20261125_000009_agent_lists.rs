//! What a person has read of a ticket, and the lists that they keep.

use sea_orm_migration::prelude::*;

use super::statement::run;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m20261125_000009_agent_lists"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("agent_lists/agent_lists.sql")).await
    }

    /// SQLite wraps no schema change in a transaction by itself.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
