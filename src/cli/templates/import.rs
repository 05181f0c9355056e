//! `tierline templates import`: wording is kept for review under its author's
//! name. What does not load strictly is not kept at all.

use std::path::Path;

use anyhow::anyhow;
use serde_json::json;

use crate::app::{approve, shipped};
use crate::cli::arguments::Secret;
use crate::cli::compose::{self, database_error};
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::cli::identity;
use crate::cli::output::Output;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::postage::inspect::TemplateFinding;
use crate::postage::render::Renderer;

use super::sample;

pub(super) async fn run(
    config: &Config,
    dir: Option<&Path>,
    by: &str,
    secret: &Secret,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let dir = dir.or(config.templates_dir.as_deref());
    let sources = shipped::templates(dir).or_exit(Exit::Config)?;
    let renderer = Renderer::load(&sources).map_err(|problems| refused(&problems))?;
    let policy = compose::policy(config)?;
    let findings: Vec<TemplateFinding> = renderer
        .versions()
        .flat_map(|version| sample::words(config, &policy, &renderer, version).findings)
        .collect();
    if !findings.is_empty() {
        return Err(refused(&findings));
    }
    let store = compose::store_beside(config).await?;
    // Who wrote it may not approve it, so the author is proven too.
    let author = identity::proven(&store, by, secret.secret_file.as_deref()).await?.id;
    let versions: Vec<_> =
        renderer.versions().map(|version| approve::wording(version, author)).collect();
    let now = SystemClock.now();
    let imported = store.import_template_versions(&versions, now).await.map_err(database_error)?;
    let known = versions.len() as u64 - imported;
    let text = format!("{imported} versions wait for approval, {known} were here already");
    output.answer(&text, &json!({ "imported": imported, "known": known }))?;
    Ok(Exit::Done)
}

fn refused(problems: &[impl ToString]) -> CliError {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    CliError::new(Exit::Config, anyhow!("nothing was imported:\n{}", lines.join("\n")))
}
