//! Template versions in force: approved by a second person, effective now.

use jiff::Timestamp;
use sea_orm::QueryResult;

use super::connection::Store;
use super::error::StoreError;
use super::sql::{self, get, micros, values};
use crate::domain::digest::Digest;

/// One wording that letters may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovedVersion {
    /// Content hash.
    pub hash: Digest,
    /// Template name.
    pub name: String,
    /// Locale.
    pub locale: String,
    /// Subject source.
    pub subject: String,
    /// Text source.
    pub text: String,
    /// HTML source.
    pub html: String,
    /// Source of the letter on paper; empty when there is none.
    pub print: String,
    /// `template.toml` as it was imported.
    pub about: String,
}

/// The newest approved version of each template and locale that nobody stopped.
const IN_FORCE: &str = "FROM template_version AS version WHERE state = 'approved' \
    AND approved_at <= $1 AND (effective_from_at IS NULL OR effective_from_at <= $1) \
    AND (effective_to_at IS NULL OR effective_to_at > $1) AND NOT EXISTS \
    (SELECT 1 FROM template_stop WHERE template_stop.name = version.name) AND NOT EXISTS \
    (SELECT 1 FROM template_version AS newer WHERE newer.name = version.name \
     AND newer.locale = version.locale AND newer.state = 'approved' \
     AND newer.approved_at <= $1 \
     AND (newer.effective_from_at IS NULL OR newer.effective_from_at <= $1) \
     AND (newer.effective_to_at IS NULL OR newer.effective_to_at > $1) \
     AND (newer.approved_at > version.approved_at \
          OR (newer.approved_at = version.approved_at AND newer.hash > version.hash))) \
    ORDER BY name, locale";

impl Store {
    /// Hashes of the versions in force at `now`; cheap, asked for every batch.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn approved_hashes(&self, now: Timestamp) -> Result<Vec<Digest>, StoreError> {
        let text = format!("SELECT hash {IN_FORCE}");
        let rows = sql::all(self.readers(), &text, values![micros(now)]).await?;
        rows.iter().map(hash).collect()
    }

    /// The versions in force at `now`, with their wording.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn approved_versions(
        &self,
        now: Timestamp,
    ) -> Result<Vec<ApprovedVersion>, StoreError> {
        let text = format!(
            "SELECT hash, name, locale, subject, body_text, body_html, body_print, about {IN_FORCE}"
        );
        let rows = sql::all(self.readers(), &text, values![micros(now)]).await?;
        rows.iter()
            .map(|row| {
                Ok(ApprovedVersion {
                    hash: hash(row)?,
                    name: get(row, "name")?,
                    locale: get(row, "locale")?,
                    subject: get(row, "subject")?,
                    text: get(row, "body_text")?,
                    html: get(row, "body_html")?,
                    print: get(row, "body_print")?,
                    about: get(row, "about")?,
                })
            })
            .collect()
    }
}

fn hash(row: &QueryResult) -> Result<Digest, StoreError> {
    let bytes: Vec<u8> = get(row, "hash")?;
    Digest::from_slice(&bytes).ok_or(StoreError::Malformed("template_version.hash"))
}
