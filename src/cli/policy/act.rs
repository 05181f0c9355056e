//! `policy draft`, `approve`, `activate`, `export`: a proven person takes a
//! revision one step further.

use std::path::{Component, Path};

use anyhow::anyhow;
use jiff::Timestamp;
use serde_json::json;

use super::named;
use crate::cli::arguments::Secret;
use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::cli::identity;
use crate::cli::output::Output;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::digest::Digest;
use crate::domain::policy_life;
use crate::store::Store;
use crate::store::person::Person;

/// Digits of a revision that are shown.
const SHORT_HASH: usize = 12;

/// A name and where its proof is.
type Named<'a> = (&'a str, &'a Secret);

/// First digits of a revision.
pub(in crate::cli) fn short(hash: Digest) -> String {
    hash.hex().chars().take(SHORT_HASH).collect()
}

async fn proven(store: &Store, (by, secret): Named<'_>) -> Result<Person, CliError> {
    identity::proven(store, by, secret.secret_file.as_deref()).await
}

pub(super) async fn draft(
    config: &Config,
    dir: Option<&Path>,
    by: (&String, &Secret),
    output: &mut Output,
) -> Result<Exit, CliError> {
    let policy = match dir {
        Some(dir) => compose::policy_in(dir)?,
        None => compose::policy(config)?,
    };
    let policy = compose::gated(policy)?;
    let store = named::store(config).await?;
    let author = proven(&store, (by.0, by.1)).await?;
    let hash = Digest::from_hex(&policy.revision).unwrap_or_default();
    let now = SystemClock.now();
    let drafted = store.draft_policy(hash, &policy.files, Some(author.id), now).await;
    let is_new = drafted.map_err(database_error)?;
    let text = if is_new {
        format!("{} is a draft of {}", short(hash), author.name)
    } else {
        format!("{} was a draft with an author already", short(hash))
    };
    output.answer(&text, &json!({ "revision": hash, "is_new": is_new }))?;
    Ok(Exit::Done)
}

pub(super) async fn approve(
    config: &Config,
    revision: &str,
    despite: Option<&str>,
    by: (&String, &Secret),
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = named::store(config).await?;
    let hash = named::revision(&store, revision).await?;
    let person = proven(&store, (by.0, by.1)).await?;
    let approved = store.approve_policy(hash, person.id, despite, SystemClock.now()).await;
    approved.map_err(database_error)?;
    let text = format!("{} is approved by {}", short(hash), person.name);
    output.answer(&text, &json!({ "revision": hash, "state": "approved", "by": person.name }))?;
    Ok(Exit::Done)
}

pub(super) async fn activate(
    config: &Config,
    revision: &str,
    from: Option<Timestamp>,
    by: (&String, &Secret),
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = named::store(config).await?;
    let hash = named::revision(&store, revision).await?;
    let person = proven(&store, (by.0, by.1)).await?;
    // What would stop every engine at that instant is refused now.
    compose::kept(&store, hash).await?;
    let now = SystemClock.now();
    let from_at = from.unwrap_or(now);
    store.activate_policy(hash, person.id, from_at, now).await.map_err(database_error)?;
    let later = store.policy_activations().await.map_err(database_error)?;
    let end = later.iter().filter(|one| one.from_at > from_at).min_by_key(|one| one.from_at);
    let is_last = policy_life::in_force(&later, from_at).is_some_and(|one| one.hash == hash);
    let mut text = format!("{} is in force from {from_at}", short(hash));
    if let Some(end) = end {
        text.push_str(&format!(" until {}, when {} takes over", end.from_at, short(end.hash)));
    }
    let answer = json!({
        "revision": hash, "from_at": from_at, "by": person.name, "is_in_force_then": is_last,
        "until": end.map(|end| end.from_at),
    });
    output.answer(&text, &answer)?;
    Ok(Exit::Done)
}

pub(super) async fn export(
    config: &Config,
    revision: &str,
    dir: &Path,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = named::store(config).await?;
    let hash = named::revision(&store, revision).await?;
    let files = store.load_revision(hash).await.map_err(database_error)?;
    if dir.exists() {
        let text = format!("{} exists already; name a new folder", dir.display());
        return Err(CliError::new(Exit::Usage, anyhow!(text)));
    }
    for (name, text) in &files {
        let is_inside = Path::new(name).components().all(|one| matches!(one, Component::Normal(_)));
        if !is_inside {
            let text = format!("the file name {name:?} leads out of the folder");
            return Err(CliError::new(Exit::Refused, anyhow!(text)));
        }
        let path = dir.join(name);
        let folder = path.parent().unwrap_or(dir);
        std::fs::create_dir_all(folder).or_exit(Exit::Unavailable)?;
        std::fs::write(&path, text).or_exit(Exit::Unavailable)?;
    }
    let text = format!("{} files of {} are in {}", files.len(), short(hash), dir.display());
    output.answer(&text, &json!({ "revision": hash, "files": files.len() }))?;
    Ok(Exit::Done)
}
