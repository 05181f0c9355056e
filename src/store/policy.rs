//! Policy revisions, kept in full: what every decision names can be read
//! again, and which revision is in force is a row.

mod life;

use jiff::Timestamp;
use sea_orm::DatabaseTransaction;
use serde_json::{Value, json};

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, get, micros, one, values};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::policy::{self, PolicyFiles};

/// Stream of everything that happens to the policy.
const STREAM: &str = "policy";

impl Store {
    /// Keeps a revision when it is first seen. `true`: it is new.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keep_revision(
        &self,
        hash: Digest,
        files: &PolicyFiles,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = keep(&tx, hash, files, now).await;
        sql::end(tx, written).await
    }

    /// The files of a revision.
    ///
    /// # Errors
    /// `Absent` when it was never kept here; `Malformed` when its files are no
    /// longer those it is named after.
    pub async fn load_revision(&self, hash: Digest) -> Result<PolicyFiles, StoreError> {
        let text = "SELECT files FROM policy_revision WHERE hash = $1";
        let row = one(self.readers(), text, values![hash.0.to_vec()]).await?;
        let files: String = get(&row.ok_or(StoreError::Absent("policy revision"))?, "files")?;
        let files: PolicyFiles =
            serde_json::from_str(&files).map_err(|_| StoreError::Malformed("files"))?;
        if policy::revision(&files) != hash {
            return Err(StoreError::Malformed("files"));
        }
        Ok(files)
    }

    /// Every revision kept, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn policy_revisions(&self) -> Result<Vec<Digest>, StoreError> {
        let text = "SELECT hash FROM policy_revision ORDER BY first_used_at, hash";
        let rows = sql::all(self.readers(), text, values![]).await?;
        rows.iter().map(|row| life::digest(row, "hash")).collect()
    }
}

async fn keep(
    tx: &DatabaseTransaction,
    hash: Digest,
    files: &PolicyFiles,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let text = serde_json::to_string(files).map_err(|_| StoreError::Malformed("files"))?;
    let made = sql::run(
        tx,
        "INSERT INTO policy_revision (hash, files, first_used_at) VALUES ($1, $2, $3) \
         ON CONFLICT (hash) DO NOTHING",
        values![hash.0.to_vec(), text, micros(now)],
    )
    .await?;
    if made > 0 {
        let particulars = json!({"revision": hash, "files": files.len()});
        tell(tx, "policy_kept", "engine".to_owned(), now, particulars).await?;
    }
    Ok(made > 0)
}

async fn tell(
    tx: &DatabaseTransaction,
    kind: &str,
    actor: String,
    at: Timestamp,
    particulars: Value,
) -> Result<(), StoreError> {
    let event = Event { stream: STREAM.to_owned(), at, actor, kind: kind.to_owned(), particulars };
    record::append_one(tx, &event).await
}
