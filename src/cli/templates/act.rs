//! `tierline templates approve`, `reject`, `submit` and `withdraw`: a proven
//! person releases a version, sends it back, or takes it out of use.

use anyhow::anyhow;
use serde_json::json;

use super::SHORT_HASH;
use crate::app::{App, approve};
use crate::cli::arguments::{Named, Version};
use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit};
use crate::cli::identity;
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::actor::Role;
use crate::domain::approval::Release;
use crate::domain::digest::Digest;
use crate::store::Store;
use crate::store::person::Person;
use crate::store::template::TemplateVersion;

/// Fewer digits could name a version by accident.
const FEWEST_DIGITS: usize = 8;

pub(super) async fn approve(
    config: &Config,
    version: &Version,
    pair: Option<&str>,
    release: Release,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let (app, person, hash) = prepared(config, version).await?;
    let mut hashes = vec![hash];
    if let Some(prefix) = pair {
        hashes.push(other_language(&app, &version.named, prefix).await?);
    }
    let released =
        approve::approve(&app, &hashes, release, person.id).await.map_err(database_error)?;
    let named = &version.named;
    let text = format!(
        "{} {} {} is approved by {}; letters that waited for it and may leave now: {released}",
        named.name,
        named.locale,
        hashes.iter().map(|hash| short(*hash)).collect::<Vec<_>>().join(" and "),
        person.name
    );
    let answer = json!({
        "name": named.name, "locale": named.locale, "version": hash, "versions": hashes,
        "state": "approved", "by": person.name, "released": released,
        "from_at": release.from_at, "to_at": release.to_at,
    });
    output.answer(&text, &answer)?;
    Ok(Exit::Done)
}

pub(super) async fn reject(
    config: &Config,
    version: &Version,
    comment: &str,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let (app, person, hash) = prepared(config, version).await?;
    app.store.reject(hash, comment, person.id, app.now()).await.map_err(database_error)?;
    told(version, hash, ("draft", "is sent back to its author"), &person, output)
}

pub(super) async fn submit(
    config: &Config,
    version: &Version,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let (app, person, hash) = prepared(config, version).await?;
    app.store.submit(hash, person.id, app.now()).await.map_err(database_error)?;
    told(version, hash, ("in_review", "waits for an approval"), &person, output)
}

fn told(
    version: &Version,
    hash: Digest,
    (state, what): (&str, &str),
    person: &Person,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let named = &version.named;
    let text = format!("{} {} {} {what}", named.name, named.locale, short(hash));
    let answer = json!({
        "name": named.name, "locale": named.locale, "version": hash,
        "state": state, "by": person.name,
    });
    output.answer(&text, &answer)?;
    Ok(Exit::Done)
}

pub(super) async fn withdraw(
    config: &Config,
    version: &Version,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let (app, person, hash) = prepared(config, version).await?;
    // Stopping a letter is no release: an operator may do it at night.
    if !matches!(person.role, Role::Compliance | Role::Operator) {
        let text = "only a compliance officer or an operator withdraws templates";
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    approve::withdraw(&app, hash, person.id).await.map_err(database_error)?;
    let what = "is withdrawn; its letters that have not left are held";
    told(version, hash, ("retired", what), &person, output)
}

async fn prepared(config: &Config, version: &Version) -> Result<(App, Person, Digest), CliError> {
    let app = compose::app_beside(config).await?;
    let hash = find(&app.store, &version.named).await?.hash;
    let secret_file = version.secret.secret_file.as_deref();
    let person = identity::proven(&app.store, &version.by, secret_file).await?;
    Ok((app, person, hash))
}

/// The one version of that name, locale and beginning of a hash.
pub(super) async fn find(store: &Store, named: &Named) -> Result<TemplateVersion, CliError> {
    let is_asked = |kept: &TemplateVersion| kept.locale == named.locale;
    only(store, named, &named.version, is_asked).await
}

async fn other_language(app: &App, named: &Named, prefix: &str) -> Result<Digest, CliError> {
    let is_other = |kept: &TemplateVersion| kept.locale != named.locale;
    Ok(only(&app.store, named, prefix, is_other).await?.hash)
}

async fn only(
    store: &Store,
    named: &Named,
    prefix: &str,
    is_asked: impl Fn(&TemplateVersion) -> bool,
) -> Result<TemplateVersion, CliError> {
    let prefix = prefix.to_lowercase();
    if prefix.len() < FEWEST_DIGITS {
        let text = format!("a version: write at least {FEWEST_DIGITS} digits");
        return Err(CliError::new(Exit::Usage, anyhow!(text)));
    }
    let all = store.template_versions().await.map_err(database_error)?;
    let mut found = all.into_iter().filter(|kept| {
        kept.name == named.name && is_asked(kept) && kept.hash.hex().starts_with(&prefix)
    });
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => {
            let text = format!(
                "there is no version {prefix} of {} for that; see `tierline templates list`",
                named.name
            );
            Err(CliError::new(Exit::ProblemsFound, anyhow!(text)))
        }
        (Some(_), Some(_)) => {
            Err(CliError::new(Exit::Usage, anyhow!("a version: several begin with {prefix}")))
        }
    }
}

pub(super) fn short(hash: Digest) -> String {
    hash.hex().chars().take(SHORT_HASH).collect()
}
