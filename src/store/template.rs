//! Template versions: wording named by its content hash, written by one person
//! and released by another.

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, QueryResult};
use serde_json::json;
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, find_instant, get, get_word, lock_clause, micros, one, values};
use crate::domain::actor::Role;
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::id::PersonId;
use crate::domain::ticket::words;

const COLUMNS: &str = "hash, name, locale, subject, body_text, body_html, author, state, \
                       approved_by, approved_at";

words! {
    /// Life of a template version.
    TemplateState {
        /// Being written.
        Draft = "draft",
        /// Waiting for an approval.
        InReview = "in_review",
        /// Released.
        Approved = "approved",
        /// No longer used.
        Retired = "retired",
    }
}

/// Wording to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTemplateVersion {
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
    /// Who wrote it.
    pub author: PersonId,
}

/// Wording as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateVersion {
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
    /// Who wrote it.
    pub author: PersonId,
    /// Where it stands.
    pub state: TemplateState,
    /// Who released it.
    pub approved_by: Option<PersonId>,
    /// When.
    pub approved_at: Option<Timestamp>,
}

impl Store {
    /// Keeps wording for review. `false`: it is kept already, as whatever it is.
    ///
    /// # Errors
    /// `Refused` when its author is no person here.
    pub async fn import_template_version(
        &self,
        new: &NewTemplateVersion,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let made = sql::run(
                &tx,
                "INSERT INTO template_version (hash, name, locale, subject, body_text, \
                 body_html, author, state, imported_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 'in_review', $8) \
                 ON CONFLICT (hash) DO NOTHING",
                values![
                    new.hash.0.to_vec(),
                    new.name.as_str(),
                    new.locale.as_str(),
                    new.subject.as_str(),
                    new.text.as_str(),
                    new.html.as_str(),
                    new.author.0,
                    micros(now),
                ],
            )
            .await?;
            if made > 0 {
                let what = ("template_imported", new.author);
                tell(&tx, &new.name, &new.locale, new.hash, what, now).await?;
            }
            Ok(made > 0)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Releases a version for sending.
    ///
    /// # Errors
    /// `Refused` when the approver wrote it, may not approve, or it is not in
    /// review; `Absent` when the version or the person is unknown.
    pub async fn approve(
        &self,
        hash: Digest,
        approver: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let version = lock(&tx, hash).await?;
            may_approve(&tx, &version, approver).await?;
            let text = "UPDATE template_version SET state = 'approved', approved_by = $2, \
                        approved_at = $3 WHERE hash = $1";
            sql::run(&tx, text, values![hash.0.to_vec(), approver.0, micros(now)]).await?;
            let what = ("template_approved", approver);
            tell(&tx, &version.name, &version.locale, hash, what, now).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// Takes a version out of use; its letters that have not left are held.
    ///
    /// # Errors
    /// `Absent` when the version is unknown.
    pub async fn retire(
        &self,
        hash: Digest,
        by: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let version = lock(&tx, hash).await?;
            let text = "UPDATE template_version SET state = 'retired' WHERE hash = $1";
            sql::run(&tx, text, values![hash.0.to_vec()]).await?;
            let text = "UPDATE outbox SET state = 'held', reason = 'template_retired' \
                        WHERE template_version = $1 AND state IN ('available','retryable')";
            sql::run(&tx, text, values![hash.0.to_vec()]).await?;
            let what = ("template_retired", by);
            tell(&tx, &version.name, &version.locale, hash, what, now).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// The version of a template that letters written at `now` must use.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_approved(
        &self,
        name: &str,
        locale: &str,
        now: Timestamp,
    ) -> Result<Option<TemplateVersion>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM template_version WHERE name = $1 AND locale = $2 \
             AND state = 'approved' AND approved_at <= $3 \
             AND (effective_from_at IS NULL OR effective_from_at <= $3) \
             AND (effective_to_at IS NULL OR effective_to_at > $3) \
             ORDER BY approved_at DESC, hash LIMIT 1"
        );
        let row = one(self.readers(), &text, values![name, locale, micros(now)]).await?;
        row.map(|row| read(&row)).transpose()
    }

    /// The version with this hash, whatever its state.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_template_version(
        &self,
        hash: Digest,
    ) -> Result<Option<TemplateVersion>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM template_version WHERE hash = $1");
        let row = one(self.readers(), &text, values![hash.0.to_vec()]).await?;
        row.map(|row| read(&row)).transpose()
    }

    /// All versions, by name, locale and import.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn template_versions(&self) -> Result<Vec<TemplateVersion>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM template_version ORDER BY name, locale, imported_at, hash"
        );
        sql::all(self.readers(), &text, values![]).await?.iter().map(read).collect()
    }
}

/// The database keeps the same rule by a CHECK; here it gets its words.
async fn may_approve(
    tx: &DatabaseTransaction,
    version: &TemplateVersion,
    approver: PersonId,
) -> Result<(), StoreError> {
    let refuse = |why: &str| Err(StoreError::Refused(why.to_owned()));
    let row = one(tx, "SELECT role FROM person WHERE id = $1", values![approver.0]).await?;
    let role = get_word(&row.ok_or(StoreError::Absent("person"))?, "role", Role::from_word)?;
    if !role.may_approve_templates() {
        return refuse("only a compliance officer approves templates");
    }
    if version.author == approver {
        return refuse("nobody approves wording of their own");
    }
    match version.state {
        TemplateState::InReview => Ok(()),
        TemplateState::Approved => refuse("the version is approved already"),
        TemplateState::Draft | TemplateState::Retired => refuse("the version is not in review"),
    }
}

async fn lock(tx: &DatabaseTransaction, hash: Digest) -> Result<TemplateVersion, StoreError> {
    let clause = lock_clause(tx, "FOR UPDATE");
    let text = format!("SELECT {COLUMNS} FROM template_version WHERE hash = $1 {clause}");
    let row = one(tx, &text, values![hash.0.to_vec()]).await?;
    read(&row.ok_or(StoreError::Absent("template version"))?)
}

async fn tell(
    tx: &DatabaseTransaction,
    name: &str,
    locale: &str,
    hash: Digest,
    (kind, by): (&str, PersonId),
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = Event {
        stream: format!("template:{name}"),
        at: now,
        actor: format!("person:{by}"),
        kind: kind.to_owned(),
        particulars: json!({"hash": hash, "locale": locale}),
    };
    record::append_one(tx, &event).await
}

fn read(row: &QueryResult) -> Result<TemplateVersion, StoreError> {
    Ok(TemplateVersion {
        hash: Digest::from_slice(&get::<Vec<u8>>(row, "hash")?)
            .ok_or(StoreError::Malformed("hash"))?,
        name: get(row, "name")?,
        locale: get(row, "locale")?,
        subject: get(row, "subject")?,
        text: get(row, "body_text")?,
        html: get(row, "body_html")?,
        author: PersonId(get(row, "author")?),
        state: get_word(row, "state", TemplateState::from_word)?,
        approved_by: get::<Option<Uuid>>(row, "approved_by")?.map(PersonId),
        approved_at: find_instant(row, "approved_at")?,
    })
}
