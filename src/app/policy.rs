//! Which policy is in force: a row of the store, read again and again, so that
//! every program follows at the instant of an activation.

use jiff::Timestamp;

use super::{App, Standing};
use crate::domain::digest::Digest;
use crate::domain::id::PersonId;
use crate::domain::policy::{Policy, PolicyProblem};
use crate::domain::receive::Desk;
use crate::store::{Store, StoreError};

/// Why the policy in force could not be taken up.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This program cannot use a revision that is kept: another program wrote it.
    #[error("policy {revision} does not load in this program: {}", first(.problems))]
    Unusable {
        /// The revision.
        revision: Digest,
        /// Everything that is wrong with it.
        problems: Vec<PolicyProblem>,
    },
}

fn first(problems: &[PolicyProblem]) -> String {
    problems.first().map(ToString::to_string).unwrap_or_default()
}

impl Standing {
    /// The same identities with another policy.
    #[must_use]
    pub fn with_policy(&self, policy: Policy) -> Self {
        let desk = &self.desk;
        Self {
            desk: Desk {
                policy,
                own: desk.own.clone(),
                servicer: desk.servicer.clone(),
                reply_keys: desk.reply_keys.clone(),
            },
            sender: self.sender.clone(),
        }
    }
}

/// A kept revision, loaded.
///
/// # Errors
/// When it is not kept, or this program cannot use it.
pub async fn load(store: &Store, revision: Digest) -> Result<Policy, PolicyError> {
    let files = store.load_revision(revision).await?;
    Policy::load(files).map_err(|problems| PolicyError::Unusable { revision, problems })
}

/// A person puts a revision in force from `from_at`. What would stop every
/// engine at that instant is refused now.
///
/// # Errors
/// `Unusable` when this program cannot use it; `Store` with a refusal when it
/// is not approved, or the person may not.
pub async fn activate(
    app: &App,
    revision: Digest,
    by: PersonId,
    from_at: Timestamp,
) -> Result<(), PolicyError> {
    load(&app.store, revision).await?;
    app.store.activate_policy(revision, by, from_at, app.now()).await?;
    follow(app).await.map(|_| ())
}

/// Takes up the revision that is in force now: its name, or `None` when this
/// program has it already.
///
/// # Errors
/// When the database does not answer or the revision cannot be used; what was
/// in force here stays.
pub async fn follow(app: &App) -> Result<Option<String>, PolicyError> {
    let Some(revision) = app.store.find_policy_in_force(app.now()).await? else {
        return Ok(None);
    };
    let standing = app.standing();
    if standing.desk.policy.revision == revision.hex() {
        return Ok(None);
    }
    let policy = load(&app.store, revision).await?;
    let name = policy.revision.clone();
    app.replace_standing(standing.with_policy(policy));
    tracing::info!(policy = name, "another policy is in force");
    Ok(Some(name))
}
