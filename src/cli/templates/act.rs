//! `tierline templates approve` and `withdraw`: a proven person releases a
//! version or takes it out of use.

use anyhow::anyhow;
use serde_json::json;

use super::SHORT_HASH;
use crate::app::{App, approve};
use crate::cli::arguments::Version;
use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit};
use crate::cli::identity;
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::actor::Role;
use crate::domain::digest::Digest;
use crate::store::person::Person;

/// Fewer digits could name a version by accident.
const FEWEST_DIGITS: usize = 8;

pub(super) async fn approve(
    config: &Config,
    version: &Version,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let (app, person, hash) = prepared(config, version).await?;
    let released = approve::approve(&app, hash, person.id).await.map_err(database_error)?;
    let text = format!(
        "{} {} {} is approved by {}; letters that waited for it and may leave now: {released}",
        version.name,
        version.locale,
        short(hash),
        person.name
    );
    let answer = json!({
        "name": version.name, "locale": version.locale, "version": hash,
        "state": "approved", "by": person.name, "released": released,
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
    let named = format!("{} {} {}", version.name, version.locale, short(hash));
    let text = format!("{named} is withdrawn; its letters that have not left are held");
    let answer = json!({
        "name": version.name, "locale": version.locale, "version": hash,
        "state": "retired", "by": person.name,
    });
    output.answer(&text, &answer)?;
    Ok(Exit::Done)
}

async fn prepared(config: &Config, version: &Version) -> Result<(App, Person, Digest), CliError> {
    let app = compose::app_beside(config).await?;
    let hash = find(&app, version).await?;
    let secret_file = version.secret.secret_file.as_deref();
    let person = identity::proven(&app.store, &version.by, secret_file).await?;
    Ok((app, person, hash))
}

async fn find(app: &App, version: &Version) -> Result<Digest, CliError> {
    let prefix = version.version.to_lowercase();
    if prefix.len() < FEWEST_DIGITS {
        let text = format!("--version: write at least {FEWEST_DIGITS} digits");
        return Err(CliError::new(Exit::Usage, anyhow!(text)));
    }
    let all = app.store.template_versions().await.map_err(database_error)?;
    let mut found = all.iter().filter(|kept| {
        kept.name == version.name
            && kept.locale == version.locale
            && kept.hash.hex().starts_with(&prefix)
    });
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.hash),
        (None, _) => {
            let text = format!(
                "there is no version {prefix} of {} in {}; see `tierline templates list`",
                version.name, version.locale
            );
            Err(CliError::new(Exit::ProblemsFound, anyhow!(text)))
        }
        (Some(_), Some(_)) => {
            Err(CliError::new(Exit::Usage, anyhow!("--version: several begin with {prefix}")))
        }
    }
}

fn short(hash: Digest) -> String {
    hash.hex().chars().take(SHORT_HASH).collect()
}
