//! Frozen schema history: what the tables looked like at each step. Nothing
//! here imports the engine, so that an old step never changes its meaning.

pub use sea_orm_migration::{MigratorTrait, sea_orm};

use sea_orm_migration::prelude::*;

mod m20261125_000001_first_schema;
mod m20261125_000002_loan_book;
mod m20261125_000003_clock_life;
mod m20261125_000004_policy_life;
mod m20261125_000005_work;
mod m20261125_000006_letters;
mod m20261125_000007_sign_in;
mod m20261125_000008_answers;
mod m20261125_000009_agent_lists;
mod m20261125_000010_board;
mod m20261125_000014_search;
mod m20261201_000011_record_search;
mod statement;

/// All steps, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261125_000001_first_schema::Step),
            Box::new(m20261125_000002_loan_book::Step),
            Box::new(m20261125_000003_clock_life::Step),
            Box::new(m20261125_000004_policy_life::Step),
            Box::new(m20261125_000005_work::Step),
            Box::new(m20261125_000006_letters::Step),
            Box::new(m20261125_000007_sign_in::Step),
            Box::new(m20261125_000008_answers::Step),
            Box::new(m20261125_000009_agent_lists::Step),
            Box::new(m20261125_000010_board::Step),
            Box::new(m20261201_000011_record_search::Step),
            Box::new(m20261125_000014_search::Step),
        ]
    }
}
