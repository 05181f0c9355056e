//! Template versions: wording named by its content hash, written by one person
//! and released by another.

mod faith;
mod life;

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, QueryResult};
use serde_json::{Value, json};
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, find_instant, get, get_word, lock_clause, micros, one, values};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::id::PersonId;
use crate::domain::wording::Audience;

pub use crate::domain::approval::TemplateState;
pub use life::StoppedTemplate;

const COLUMNS: &str = "hash, name, locale, subject, body_text, body_html, author, state, \
                       approved_by, approved_at, purpose, audience, body_print, about, \
                       rejection, rejected_by, rejected_at, effective_from_at, effective_to_at";

/// What a wording is for, besides its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateAbout {
    /// What the letter is for.
    pub purpose: String,
    /// To whom it may go.
    pub audience: Audience,
    /// Source of the letter on paper; empty when there is none.
    pub print: String,
    /// `template.toml` as it was imported.
    pub file: String,
}

impl Default for TemplateAbout {
    /// A letter by mail to anyone.
    fn default() -> Self {
        Self {
            purpose: String::new(),
            audience: Audience::Anyone,
            print: String::new(),
            file: String::new(),
        }
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
    /// The rest.
    pub about: TemplateAbout,
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
    /// The rest.
    pub about: TemplateAbout,
    /// Who wrote it.
    pub author: PersonId,
    /// Where it stands.
    pub state: TemplateState,
    /// Who released it.
    pub approved_by: Option<PersonId>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// From when letters use it, when it was released for later.
    pub effective_from_at: Option<Timestamp>,
    /// Until when.
    pub effective_to_at: Option<Timestamp>,
    /// Why it was last sent back.
    pub rejection: Option<String>,
    /// By whom.
    pub rejected_by: Option<PersonId>,
    /// When.
    pub rejected_at: Option<Timestamp>,
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
        Ok(self.import_template_versions(std::slice::from_ref(new), now).await? > 0)
    }

    /// Keeps all of `versions` for review, or none of them. How many are new.
    ///
    /// # Errors
    /// `Refused` when an author is no person here; then nothing was kept.
    pub async fn import_template_versions(
        &self,
        versions: &[NewTemplateVersion],
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let mut made = 0;
            for new in versions {
                made += u64::from(import(&tx, new, now).await?);
            }
            Ok(made)
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

async fn import(
    tx: &DatabaseTransaction,
    new: &NewTemplateVersion,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let made = sql::run(
        tx,
        "INSERT INTO template_version (hash, name, locale, subject, body_text, body_html, \
         author, state, imported_at, purpose, audience, body_print, about) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'in_review', $8, $9, $10, $11, $12) \
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
            new.about.purpose.as_str(),
            new.about.audience.word(),
            new.about.print.as_str(),
            new.about.file.as_str(),
        ],
    )
    .await?;
    if made > 0 {
        let version = lock(tx, new.hash).await?;
        tell(tx, &version, ("template_imported", new.author), now, json!({})).await?;
    }
    Ok(made > 0)
}

async fn lock(tx: &DatabaseTransaction, hash: Digest) -> Result<TemplateVersion, StoreError> {
    let clause = lock_clause(tx, "FOR UPDATE");
    let text = format!("SELECT {COLUMNS} FROM template_version WHERE hash = $1 {clause}");
    let row = one(tx, &text, values![hash.0.to_vec()]).await?;
    read(&row.ok_or(StoreError::Absent("template version"))?)
}

/// Every event names the words it was about, so that later edits are found.
async fn tell(
    tx: &DatabaseTransaction,
    version: &TemplateVersion,
    (kind, by): (&str, PersonId),
    now: Timestamp,
    more: Value,
) -> Result<(), StoreError> {
    let mut particulars = json!({
        "hash": version.hash, "locale": version.locale, "content": faith::content(version),
    });
    if let (Value::Object(all), Value::Object(more)) = (&mut particulars, more) {
        all.extend(more);
    }
    let event = Event {
        stream: format!("template:{}", version.name),
        at: now,
        actor: format!("person:{by}"),
        kind: kind.to_owned(),
        particulars,
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
        about: TemplateAbout {
            purpose: get(row, "purpose")?,
            audience: get_word(row, "audience", Audience::from_word)?,
            print: get(row, "body_print")?,
            file: get(row, "about")?,
        },
        author: PersonId(get(row, "author")?),
        state: get_word(row, "state", TemplateState::from_word)?,
        approved_by: get::<Option<Uuid>>(row, "approved_by")?.map(PersonId),
        approved_at: find_instant(row, "approved_at")?,
        effective_from_at: find_instant(row, "effective_from_at")?,
        effective_to_at: find_instant(row, "effective_to_at")?,
        rejection: get(row, "rejection")?,
        rejected_by: get::<Option<Uuid>>(row, "rejected_by")?.map(PersonId),
        rejected_at: find_instant(row, "rejected_at")?,
    })
}
