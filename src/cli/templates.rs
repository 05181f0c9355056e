//! `tierline templates`: wording comes in, is checked, reviewed, approved by
//! another person than its author, sent back, stopped and withdrawn.

mod act;
mod export;
mod import;
pub(super) mod sample;
mod show;
mod switch;

use std::path::Path;

use serde_json::json;

use super::arguments::Templates;
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::config::Config;
use crate::domain::approval::Release;
use crate::store::template::TemplateVersion;

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
        Templates::Show(named) => show::run(config, named, output).await,
        Templates::Approve { version, pair, from, to, .. } => {
            let release = Release { from_at: *from, to_at: *to };
            act::approve(config, version, pair.as_deref(), release, output).await
        }
        Templates::Reject { version, comment } => {
            act::reject(config, version, comment, output).await
        }
        Templates::Submit(version) => act::submit(config, version, output).await,
        Templates::Withdraw(version) => act::withdraw(config, version, output).await,
        Templates::Stop { name, reason, by, secret } => {
            switch::stop(config, name, reason, (by, secret), output).await
        }
        Templates::Start { name, by, secret } => {
            switch::start(config, name, (by, secret), output).await
        }
        Templates::Export { dir } => export::run(config, dir, output).await,
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
    let stopped = store.stopped_templates().await.map_err(database_error)?;
    let state = |version: &TemplateVersion| {
        let is_stopped = stopped.iter().any(|one| one.name == version.name);
        let stop = if is_stopped { ", stopped" } else { "" };
        format!("{}{stop}", version.state)
    };
    let rows: Vec<[String; 7]> = versions
        .iter()
        .map(|version| {
            let approved = version.approved_at.map(|at| at.strftime("%Y-%m-%d").to_string());
            [
                version.name.clone(),
                version.locale.clone(),
                version.hash.hex().chars().take(SHORT_HASH).collect(),
                state(version),
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
                "approved_at": version.approved_at, "purpose": version.about.purpose,
                "audience": version.about.audience, "is_on_paper": !version.about.print.is_empty(),
                "effective_from_at": version.effective_from_at,
                "effective_to_at": version.effective_to_at,
                "rejection": version.rejection,
                "is_stopped": stopped.iter().any(|one| one.name == version.name),
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
