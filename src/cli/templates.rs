//! `tierline templates`: wording comes in, is checked, approved by another
//! person than its author, and withdrawn.

mod act;
mod import;
pub(super) mod sample;

use std::path::Path;

use serde_json::json;

use super::arguments::Templates;
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::config::Config;

/// Digits of a hash that lists show.
const SHORT_HASH: usize = 12;

/// Lists, checks, imports, approves or withdraws.
pub(super) async fn run(
    config: &Config,
    templates: &Templates,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match templates {
        Templates::List => list(config, output).await,
        Templates::Check { dir } => check(config, dir.as_deref(), output),
        Templates::Import { dir, by, secret } => {
            import::run(config, dir.as_deref(), by, secret, output).await
        }
        Templates::Approve(version) => act::approve(config, version, output).await,
        Templates::Withdraw(version) => act::withdraw(config, version, output).await,
    }
}

async fn list(config: &Config, output: &mut Output) -> Result<Exit, CliError> {
    let store = compose::store_beside(config).await?;
    let versions = store.template_versions().await.map_err(database_error)?;
    let persons = store.persons().await.map_err(database_error)?;
    let name = |id| {
        let found = persons.iter().find(|person| Some(person.id) == id);
        found.map(|person| person.name.clone()).unwrap_or_default()
    };
    let rows: Vec<[String; 7]> = versions
        .iter()
        .map(|version| {
            let approved = version.approved_at.map(|at| at.strftime("%Y-%m-%d").to_string());
            [
                version.name.clone(),
                version.locale.clone(),
                version.hash.hex().chars().take(SHORT_HASH).collect(),
                version.state.to_string(),
                name(Some(version.author)),
                name(version.approved_by),
                approved.unwrap_or_default(),
            ]
        })
        .collect();
    let values: Vec<_> = versions
        .iter()
        .map(|version| {
            json!({
                "name": version.name, "locale": version.locale, "version": version.hash,
                "state": version.state, "author": name(Some(version.author)),
                "approved_by": version.approved_by.map(|id| name(Some(id))),
                "approved_at": version.approved_at,
            })
        })
        .collect();
    let heads = ["template", "locale", "version", "state", "author", "approved by", "approved"];
    output.table(heads, &rows, &values)?;
    Ok(Exit::Done)
}

fn check(config: &Config, dir: Option<&Path>, output: &mut Output) -> Result<Exit, CliError> {
    let policy = compose::policy(config)?;
    let dir = dir.or(config.templates_dir.as_deref());
    let checked = sample::check(config, dir, Some(&policy));
    for problem in &checked.problems {
        output.failed(&problem.to_string())?;
    }
    let is_good = checked.problems.is_empty();
    if is_good {
        output.passed(&format!("{} letters rendered", checked.rendered))?;
    }
    if output.is_json() {
        let answer = json!({
            "ok": is_good, "rendered": checked.rendered, "problems": checked.problems,
            "findings": checked.findings,
        });
        output.answer("", &answer)?;
    }
    Ok(if is_good { Exit::Done } else { Exit::Config })
}
