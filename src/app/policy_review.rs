//! What a person needs to decide on a policy revision: how far it came, what
//! its backtest found, and what it changes in the rule files.

use super::rule_diff::{self, FileDiff};
use super::{App, policy};
use crate::domain::digest::Digest;
use crate::domain::policy_life::{self, PolicyActivation, PolicyDraft};
use crate::store::StoreError;
use crate::store::person::Person;

/// Fewer digits could name a revision by accident.
const FEWEST_DIGITS: usize = 8;

/// One revision as the list has it.
#[derive(Clone, Debug)]
pub struct Revision {
    /// Its hash.
    pub hash: Digest,
    /// How far it came; `None` for one that was put in force at the first start.
    pub draft: Option<PolicyDraft>,
    /// From when it was, is or will be in force.
    pub activations: Vec<PolicyActivation>,
    /// Whether it is in force now.
    pub is_in_force: bool,
}

/// One revision against the one before it.
#[derive(Debug)]
pub struct PolicyReview {
    /// The revision.
    pub revision: Revision,
    /// What it is compared with: the revision in force, or for that one the
    /// revision before it.
    pub base: Option<Digest>,
    /// What it changes.
    pub files: Vec<FileDiff>,
    /// Why this program cannot use it; empty when it can.
    pub problems: String,
    /// Everybody, to name who did what.
    pub persons: Vec<Person>,
}

/// Every revision, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn revisions(app: &App) -> Result<Vec<Revision>, StoreError> {
    let store = &app.store;
    let (drafts, activations) = (store.policy_drafts().await?, store.policy_activations().await?);
    let in_force = policy_life::in_force(&activations, app.now()).map(|one| one.hash);
    let revision = |hash: Digest| Revision {
        hash,
        draft: drafts.iter().find(|draft| draft.hash == hash).cloned(),
        activations: activations.iter().filter(|one| one.hash == hash).cloned().collect(),
        is_in_force: in_force == Some(hash),
    };
    Ok(store.policy_revisions().await?.into_iter().rev().map(revision).collect())
}

/// The one revision that begins with `digits`, against the one before it.
///
/// # Errors
/// When the database does not answer, or kept files were changed.
pub async fn review(app: &App, digits: &str) -> Result<Option<PolicyReview>, StoreError> {
    if digits.len() < FEWEST_DIGITS {
        return Ok(None);
    }
    let all = revisions(app).await?;
    let mut found = all.into_iter().filter(|one| one.hash.hex().starts_with(digits));
    let Some(revision) = found.next().filter(|_| found.next().is_none()) else { return Ok(None) };
    let store = &app.store;
    let base = base(&store.policy_activations().await?, &revision, app.now());
    let files = store.load_revision(revision.hash).await?;
    let diffs = match base {
        Some(base) => rule_diff::of(&store.load_revision(base).await?, &files),
        None => Vec::new(),
    };
    let problems = match policy::load(store, revision.hash).await {
        Ok(_) => String::new(),
        Err(policy::PolicyError::Store(error)) => return Err(error),
        Err(error) => error.to_string(),
    };
    Ok(Some(PolicyReview {
        base,
        files: diffs,
        problems,
        persons: store.persons().await?,
        revision,
    }))
}

/// The revision in force; for that one itself, what was in force before it.
fn base(
    activations: &[PolicyActivation],
    revision: &Revision,
    now: jiff::Timestamp,
) -> Option<Digest> {
    let present = policy_life::in_force(activations, now)?;
    if present.hash != revision.hash {
        return Some(present.hash);
    }
    let earlier = activations.iter().filter(|one| one.hash != revision.hash);
    earlier
        .filter(|one| (one.from_at, one.seq) < (present.from_at, present.seq))
        .max_by_key(|one| (one.from_at, one.seq))
        .map(|one| one.hash)
}
