//! Drafts, backtests, approvals and activations: each a row and an event, in
//! one transaction.

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, QueryResult};
use serde_json::json;
use uuid::Uuid;

use super::{keep, tell};
use crate::domain::actor::Role;
use crate::domain::digest::Digest;
use crate::domain::id::PersonId;
use crate::domain::policy::PolicyFiles;
use crate::domain::policy_life::{
    ActivationOrigin, BacktestMark, PolicyActivation, PolicyDraft, may_activate,
};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{
    self, count, find_instant, get, get_count, get_instant, get_word, lock_clause, micros, one,
    values,
};

const DRAFT: &str = "hash, drafted_at, author, backtested_at, backtest_base, backtest_mails, \
                     backtest_lost, approved_by, approved_at";
const ACTIVATION: &str = "seq, hash, origin, from_at, activated_by, recorded_at";

/// What is in force at `$1`.
const IN_FORCE: &str = "SELECT hash FROM policy_activation WHERE from_at <= $1 \
                        ORDER BY from_at DESC, seq DESC LIMIT 1";

impl Store {
    /// Puts the first policy of this database in force, with an event that
    /// says so. `false`: another one is in force already, or will be.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bootstrap_policy(
        &self,
        hash: Digest,
        files: &PolicyFiles,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            // Two programs that start at once with the same folder meet here: the
            // later waits for the earlier and then sees its activation.
            keep(&tx, hash, files, now).await?;
            let text = "INSERT INTO policy_activation (hash, origin, from_at, recorded_at) \
                        SELECT $1, 'bootstrap', $2, $3 \
                        WHERE NOT EXISTS (SELECT 1 FROM policy_activation)";
            let row = values![hash.0.to_vec(), micros(now), micros(now)];
            if sql::run(&tx, text, row).await? == 0 {
                return Ok(false);
            }
            let particulars = json!({"revision": hash, "files": files.len()});
            tell(&tx, "policy_bootstrapped", "engine".to_owned(), now, particulars).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Keeps a revision as a draft; `author` stands for it, `None` when the
    /// engine found it in its folder. `true`: something is new.
    ///
    /// # Errors
    /// `Refused` when the author is no person here.
    pub async fn draft_policy(
        &self,
        hash: Digest,
        files: &PolicyFiles,
        author: Option<PersonId>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            keep(&tx, hash, files, now).await?;
            let text = "INSERT INTO policy_draft (hash, drafted_at, author) VALUES ($1, $2, $3) \
                        ON CONFLICT (hash) DO UPDATE SET author = excluded.author \
                        WHERE policy_draft.author IS NULL AND excluded.author IS NOT NULL";
            let author_id = author.map(|id| id.0);
            let made =
                sql::run(&tx, text, values![hash.0.to_vec(), micros(now), author_id]).await?;
            if made > 0 {
                let actor = author.map_or_else(|| "engine".to_owned(), |id| format!("person:{id}"));
                let particulars = json!({"revision": hash, "files": files.len()});
                tell(&tx, "policy_drafted", actor, now, particulars).await?;
            }
            Ok(made > 0)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Writes down what a backtest of a draft found.
    ///
    /// # Errors
    /// `Absent` when the revision is no draft; `Refused` when it is approved.
    pub async fn mark_backtested(
        &self,
        hash: Digest,
        mark: &BacktestMark,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let draft = lock(&tx, hash).await?.ok_or(StoreError::Absent("policy draft"))?;
            if draft.approved.is_some() {
                return Err(StoreError::Refused("the revision is approved already".to_owned()));
            }
            let text = "UPDATE policy_draft SET backtested_at = $2, backtest_base = $3, \
                        backtest_mails = $4, backtest_lost = $5 WHERE hash = $1";
            let row = values![
                hash.0.to_vec(),
                micros(mark.at),
                mark.base.0.to_vec(),
                count(mark.mails),
                count(mark.lost),
            ];
            sql::run(&tx, text, row).await?;
            let particulars = json!({
                "revision": hash, "against": mark.base, "mails": mark.mails,
                "lost_statutory_clocks": mark.lost,
            });
            tell(&tx, "policy_backtested", "engine".to_owned(), mark.at, particulars).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// A second person approves a draft; `despite` is a reason to accept what
    /// its backtest found.
    ///
    /// # Errors
    /// `Refused` with the reason; `Absent` when draft or person is unknown.
    pub async fn approve_policy(
        &self,
        hash: Digest,
        approver: PersonId,
        despite: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let draft = lock(&tx, hash).await?.ok_or(StoreError::Absent("policy draft"))?;
            let role = role_of(&tx, approver).await?;
            let in_force = match one(&tx, IN_FORCE, values![micros(now)]).await? {
                Some(row) => Some(digest(&row, "hash")?),
                None => None,
            };
            draft.may_approve((approver, role), in_force, despite).map_err(StoreError::Refused)?;
            let text = "UPDATE policy_draft SET approved_by = $2, approved_at = $3 WHERE hash = $1";
            sql::run(&tx, text, values![hash.0.to_vec(), approver.0, micros(now)]).await?;
            let particulars = json!({
                "revision": hash, "author": draft.author, "backtest": draft.backtest,
                "despite": despite,
            });
            tell(&tx, "policy_approved", format!("person:{approver}"), now, particulars).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// Puts an approved revision, or one that was in force before, in force
    /// from `from_at`.
    ///
    /// # Errors
    /// `Refused` with the reason; `Absent` when revision or person is unknown.
    pub async fn activate_policy(
        &self,
        hash: Digest,
        by: PersonId,
        from_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let draft = lock(&tx, hash).await?;
            let role = role_of(&tx, by).await?;
            let text = "SELECT 1 AS found FROM policy_activation WHERE hash = $1 LIMIT 1";
            let was_in_force = one(&tx, text, values![hash.0.to_vec()]).await?.is_some();
            may_activate(draft.as_ref(), was_in_force, role, from_at, now)
                .map_err(StoreError::Refused)?;
            let text = "INSERT INTO policy_activation \
                        (hash, origin, from_at, activated_by, recorded_at) \
                        VALUES ($1, 'person', $2, $3, $4)";
            let row = values![hash.0.to_vec(), micros(from_at), by.0, micros(now)];
            sql::run(&tx, text, row).await?;
            let particulars = json!({"revision": hash, "from_at": from_at});
            tell(&tx, "policy_activated", format!("person:{by}"), now, particulars).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// The revision in force at `now`; `None` before the first start.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_policy_in_force(&self, now: Timestamp) -> Result<Option<Digest>, StoreError> {
        let row = one(self.readers(), IN_FORCE, values![micros(now)]).await?;
        row.map(|row| digest(&row, "hash")).transpose()
    }

    /// Every draft, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn policy_drafts(&self) -> Result<Vec<PolicyDraft>, StoreError> {
        let text = format!("SELECT {DRAFT} FROM policy_draft ORDER BY drafted_at, hash");
        sql::all(self.readers(), &text, values![]).await?.iter().map(draft).collect()
    }

    /// Every activation, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn policy_activations(&self) -> Result<Vec<PolicyActivation>, StoreError> {
        let text = format!("SELECT {ACTIVATION} FROM policy_activation ORDER BY seq");
        sql::all(self.readers(), &text, values![]).await?.iter().map(activation).collect()
    }
}

async fn lock(tx: &DatabaseTransaction, hash: Digest) -> Result<Option<PolicyDraft>, StoreError> {
    let clause = lock_clause(tx, "FOR UPDATE");
    let text = format!("SELECT {DRAFT} FROM policy_draft WHERE hash = $1 {clause}");
    one(tx, &text, values![hash.0.to_vec()]).await?.map(|row| draft(&row)).transpose()
}

async fn role_of(tx: &DatabaseTransaction, person: PersonId) -> Result<Role, StoreError> {
    let row = one(tx, "SELECT role FROM person WHERE id = $1", values![person.0]).await?;
    get_word(&row.ok_or(StoreError::Absent("person"))?, "role", Role::from_word)
}

pub(super) fn digest(row: &QueryResult, column: &'static str) -> Result<Digest, StoreError> {
    Digest::from_slice(&get::<Vec<u8>>(row, column)?).ok_or(StoreError::Malformed(column))
}

fn draft(row: &QueryResult) -> Result<PolicyDraft, StoreError> {
    let backtest = match find_instant(row, "backtested_at")? {
        None => None,
        Some(at) => Some(BacktestMark {
            at,
            base: digest(row, "backtest_base")?,
            mails: get_count(row, "backtest_mails")?,
            lost: get_count(row, "backtest_lost")?,
        }),
    };
    let approved_by = get::<Option<Uuid>>(row, "approved_by")?.map(PersonId);
    Ok(PolicyDraft {
        hash: digest(row, "hash")?,
        drafted_at: get_instant(row, "drafted_at")?,
        author: get::<Option<Uuid>>(row, "author")?.map(PersonId),
        backtest,
        approved: approved_by.zip(find_instant(row, "approved_at")?),
    })
}

fn activation(row: &QueryResult) -> Result<PolicyActivation, StoreError> {
    Ok(PolicyActivation {
        seq: get(row, "seq")?,
        hash: digest(row, "hash")?,
        origin: get_word(row, "origin", ActivationOrigin::from_word)?,
        from_at: get_instant(row, "from_at")?,
        by: get::<Option<Uuid>>(row, "activated_by")?.map(PersonId),
        recorded_at: get_instant(row, "recorded_at")?,
    })
}
