//! Policy revisions, kept in full: what every decision names can be read again.

use jiff::Timestamp;
use serde_json::json;

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, get, micros, one, values};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::policy::PolicyFiles;

impl Store {
    /// Keeps a revision when it is first used. `true`: it is new.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keep_revision(
        &self,
        hash: Digest,
        files: &PolicyFiles,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let text = serde_json::to_string(files).map_err(|_| StoreError::Malformed("files"))?;
        let tx = self.begin_write().await?;
        let written = async {
            let made = sql::run(
                &tx,
                "INSERT INTO policy_revision (hash, files, first_used_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (hash) DO NOTHING",
                values![hash.0.to_vec(), text, micros(now)],
            )
            .await?;
            if made > 0 {
                let particulars = json!({"revision": hash, "files": files.len()});
                let event =
                    Event::by_engine("policy".to_owned(), "policy_first_used", now, particulars);
                record::append_one(&tx, &event).await?;
            }
            Ok(made > 0)
        }
        .await;
        sql::end(tx, written).await
    }

    /// The files of a revision.
    ///
    /// # Errors
    /// `Absent` when it was never used here.
    pub async fn load_revision(&self, hash: Digest) -> Result<PolicyFiles, StoreError> {
        let text = "SELECT files FROM policy_revision WHERE hash = $1";
        let row = one(self.readers(), text, values![hash.0.to_vec()]).await?;
        let files: String = get(&row.ok_or(StoreError::Absent("policy revision"))?, "files")?;
        serde_json::from_str(&files).map_err(|_| StoreError::Malformed("files"))
    }
}
