//! The loan book, tickets' links to it, requesters' languages, and the traces
//! of forged tokens and delayed letters.

use sea_orm_migration::prelude::*;

use super::statement::run;

pub(crate) struct Step;

impl MigrationName for Step {
    fn name(&self) -> &str {
        "m20261125_000002_loan_book"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("second_schema/loan_book.sql")).await
    }

    /// SQLite wraps no schema change in a transaction by itself.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
