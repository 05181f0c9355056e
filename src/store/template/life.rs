//! What persons do with wording: release it, send it back, take it out of use,
//! stop every letter of a template at once.

use jiff::Timestamp;
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::{TemplateVersion, lock, tell};
use crate::domain::actor::Role;
use crate::domain::actor::permission::Permission;
use crate::domain::approval::{Release, Reviewed, refusal, rejection_refusal};
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::id::PersonId;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, get, get_instant, get_word, micros, one, values};

/// A template that nothing is sent of until it is started again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoppedTemplate {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Who stopped it.
    pub stopped_by: PersonId,
    /// When.
    pub stopped_at: Timestamp,
}

impl Store {
    /// Releases one version for sending, alone and at once.
    ///
    /// # Errors
    /// As [`Store::release`].
    pub async fn approve(
        &self,
        hash: Digest,
        approver: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.release(&[hash], Release::default(), approver, now).await
    }

    /// Releases versions for sending, all of them or none: the languages of one
    /// template go out together, or one of them alone.
    ///
    /// # Errors
    /// `Refused` when the approver wrote one, may not approve, one is not in
    /// review, or they are not one template's; `Absent` when a version or the
    /// person is unknown.
    pub async fn release(
        &self,
        hashes: &[Digest],
        release: Release,
        approver: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let role = role(&tx, approver).await?;
            let mut versions: Vec<TemplateVersion> = Vec::new();
            for hash in hashes {
                let version = lock(&tx, *hash).await?;
                let reviewed = Reviewed { author: version.author, state: version.state };
                if let Some(why) = refusal(reviewed, (approver, role), release, now) {
                    return Err(StoreError::Refused(why.to_owned()));
                }
                versions.push(version);
            }
            if versions.iter().any(|one| one.name != versions[0].name) {
                let why = "a pair is one template in two languages";
                return Err(StoreError::Refused(why.to_owned()));
            }
            for version in &versions {
                write_release(&tx, version, release, approver, now).await?;
                let more = json!({
                    "is_alone": versions.len() == 1,
                    "from_at": release.from_at, "to_at": release.to_at,
                });
                tell(&tx, version, ("template_approved", approver), now, more).await?;
            }
            Ok(())
        }
        .await;
        sql::end(tx, written).await
    }

    /// Sends wording back to its author, with what is wrong.
    ///
    /// # Errors
    /// `Refused` when it is not in review, or the reviewer may not; `Absent`
    /// when version or person is unknown.
    pub async fn reject(
        &self,
        hash: Digest,
        comment: &str,
        reviewer: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let role = role(&tx, reviewer).await?;
            let version = lock(&tx, hash).await?;
            let reviewed = Reviewed { author: version.author, state: version.state };
            if let Some(why) = rejection_refusal(reviewed, role, comment) {
                return Err(StoreError::Refused(why.to_owned()));
            }
            let text = "UPDATE template_version SET state = 'draft', rejection = $2, \
                        rejected_by = $3, rejected_at = $4 WHERE hash = $1";
            let values = values![hash.0.to_vec(), comment, reviewer.0, micros(now)];
            sql::run(&tx, text, values).await?;
            let more = json!({ "comment": comment });
            tell(&tx, &version, ("template_rejected", reviewer), now, more).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// Asks for a review again, of wording that was sent back.
    ///
    /// # Errors
    /// `Refused` when it is not with its author, or another person asks.
    pub async fn submit(
        &self,
        hash: Digest,
        author: PersonId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let version = lock(&tx, hash).await?;
            if version.author != author {
                let why = "only its author submits wording for review";
                return Err(StoreError::Refused(why.to_owned()));
            }
            let text = "UPDATE template_version SET state = 'in_review' \
                        WHERE hash = $1 AND state = 'draft'";
            if sql::run(&tx, text, values![hash.0.to_vec()]).await? == 0 {
                let why = "the version is not with its author";
                return Err(StoreError::Refused(why.to_owned()));
            }
            tell(&tx, &version, ("template_submitted", author), now, json!({})).await
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
            tell(&tx, &version, ("template_retired", by), now, json!({})).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// Stops a template: nothing of it is sent in any version or language, and
    /// its letters that have not left are held. How many were held.
    ///
    /// # Errors
    /// `Absent` when there is no such template.
    pub async fn stop_template(
        &self,
        name: &str,
        reason: &str,
        by: PersonId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let known = "SELECT 1 AS one FROM template_version WHERE name = $1 LIMIT 1";
            one(&tx, known, values![name]).await?.ok_or(StoreError::Absent("template"))?;
            let text = "INSERT INTO template_stop (name, reason, stopped_by, stopped_at) \
                        VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING";
            sql::run(&tx, text, values![name, reason, by.0, micros(now)]).await?;
            let text = "UPDATE outbox SET state = 'held', reason = 'template_stopped' \
                        WHERE template = $1 AND state IN ('available','retryable')";
            let held = sql::run(&tx, text, values![name]).await?;
            let more = json!({ "reason": reason, "held": held });
            switch(&tx, name, ("template_stopped", by), now, more).await?;
            Ok(held)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Lets a stopped template go on. `false`: it was not stopped.
    ///
    /// # Errors
    /// `Refused` when the person is no compliance officer.
    pub async fn start_template(
        &self,
        name: &str,
        by: PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            if !role(&tx, by).await?.may(Permission::Approve) {
                let why = "only a compliance officer lets a stopped template go on";
                return Err(StoreError::Refused(why.to_owned()));
            }
            let text = "DELETE FROM template_stop WHERE name = $1";
            let was_stopped = sql::run(&tx, text, values![name]).await? > 0;
            if was_stopped {
                switch(&tx, name, ("template_started", by), now, json!({})).await?;
            }
            Ok(was_stopped)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Templates that are stopped, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn stopped_templates(&self) -> Result<Vec<StoppedTemplate>, StoreError> {
        let text = "SELECT name, reason, stopped_by, stopped_at FROM template_stop ORDER BY name";
        let rows = sql::all(self.readers(), text, values![]).await?;
        rows.iter()
            .map(|row| {
                Ok(StoppedTemplate {
                    name: get(row, "name")?,
                    reason: get(row, "reason")?,
                    stopped_by: PersonId(get(row, "stopped_by")?),
                    stopped_at: get_instant(row, "stopped_at")?,
                })
            })
            .collect()
    }

    /// Letters of a version whose last day is over are held. How many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hold_ended_wording(&self, now: Timestamp) -> Result<u64, StoreError> {
        let tx = self.begin_write().await?;
        let text = "UPDATE outbox SET state = 'held', reason = 'template_ended' \
                    WHERE state IN ('available','retryable') AND template_version IN \
                    (SELECT hash FROM template_version WHERE effective_to_at <= $1)";
        let written = sql::run(&tx, text, values![micros(now)]).await;
        sql::end(tx, written).await
    }
}

/// The database keeps the rule of two persons by a CHECK as well.
async fn write_release(
    tx: &DatabaseTransaction,
    version: &TemplateVersion,
    release: Release,
    approver: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = "UPDATE template_version SET state = 'approved', approved_by = $2, \
                approved_at = $3, effective_from_at = $4, effective_to_at = $5 WHERE hash = $1";
    let values = values![
        version.hash.0.to_vec(),
        approver.0,
        micros(now),
        release.from_at.map(micros),
        release.to_at.map(micros),
    ];
    sql::run(tx, text, values).await.map(|_| ())
}

async fn role(tx: &DatabaseTransaction, person: PersonId) -> Result<Role, StoreError> {
    let row = one(tx, "SELECT role FROM person WHERE id = $1", values![person.0]).await?;
    get_word(&row.ok_or(StoreError::Absent("person"))?, "role", Role::from_word)
}

async fn switch(
    tx: &DatabaseTransaction,
    name: &str,
    (kind, by): (&str, PersonId),
    now: Timestamp,
    particulars: serde_json::Value,
) -> Result<(), StoreError> {
    let event = Event {
        stream: format!("template:{name}"),
        at: now,
        actor: format!("person:{by}"),
        kind: kind.to_owned(),
        particulars,
    };
    record::append_one(tx, &event).await
}
