//! The door over a real socket, on both databases: invitation, secret, second
//! factor, sessions, and everything that tries to get around them.

mod answering;
mod board;
pub mod browser;
mod entering;
mod forecasting;
mod forging;
mod guessing;
mod operating;
mod reading;
mod reports;
mod routes;
mod sessions;

use crate::harness::database::TestDatabase;
use crate::harness::postgres::Cluster;
use browser::Site;

/// Runs `case` against a site on SQLite, then against one on PostgreSQL.
pub async fn on_both(case: impl AsyncFn(&mut Site)) {
    let cluster = Cluster::start().await;
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres(&cluster).await] {
        let mut site = Site::open(database).await;
        case(&mut site).await;
        site.close().await;
    }
}
