//! Periodic jobs: each due run is taken by one process only.

use jiff::Timestamp;

use super::connection::Store;
use super::error::StoreError;
use super::sql::{self, find_instant, get, get_instant, micros, values};

/// One periodic job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// When it was last begun.
    pub last_run_at: Option<Timestamp>,
    /// When it is due next.
    pub next_run_at: Timestamp,
}

impl Store {
    /// Makes the job known; an existing one keeps its times, but never waits
    /// longer than until `next_run_at` (a schedule may have become denser).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ensure_job(&self, name: &str, next_run_at: Timestamp) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = sql::run(
            &tx,
            "INSERT INTO job (name, next_run_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE \
             SET next_run_at = CASE WHEN job.next_run_at > excluded.next_run_at \
             THEN excluded.next_run_at ELSE job.next_run_at END",
            values![name, micros(next_run_at)],
        )
        .await;
        sql::end(tx, written).await.map(|_| ())
    }

    /// Takes a due run: `true` for exactly one caller.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn claim_job(
        &self,
        name: &str,
        now: Timestamp,
        next_run_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = sql::run(
            &tx,
            "UPDATE job SET last_run_at = $2, next_run_at = $3 \
             WHERE name = $1 AND next_run_at <= $2",
            values![name, micros(now), micros(next_run_at)],
        )
        .await;
        Ok(sql::end(tx, written).await? == 1)
    }

    /// All jobs, the next one first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        let text = "SELECT name, last_run_at, next_run_at FROM job ORDER BY next_run_at, name";
        let rows = sql::all(self.readers(), text, values![]).await?;
        rows.iter()
            .map(|row| {
                Ok(Job {
                    name: get(row, "name")?,
                    last_run_at: find_instant(row, "last_run_at")?,
                    next_run_at: get_instant(row, "next_run_at")?,
                })
            })
            .collect()
    }
}
