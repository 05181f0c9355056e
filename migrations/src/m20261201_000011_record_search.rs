//! Ways to find a line of the record by its time or its person, and the clocks
//! of the law by their due instants.

use sea_orm_migration::prelude::*;

use super::statement::run;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m20261201_000011_record_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("record_search/record_search.sql")).await
    }

    /// SQLite wraps no schema change in a transaction by itself.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
