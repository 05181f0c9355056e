//! `policy diff`: what another revision changes in the rule files, line by line.

use std::collections::BTreeSet;

use serde_json::json;

use super::act::short;
use super::named;
use crate::app::rule_diff::{self, FileDiff};
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::config::Config;
use crate::domain::policy::{PolicyFiles, revision};

pub(super) async fn run(
    config: &Config,
    other: Option<&str>,
    against: Option<&str>,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let store = named::store(config).await?;
    let base = match against {
        Some(name) => named::find_named(Some(&store), name).await?,
        None => named::in_force(&store).await?.1,
    };
    let other = match other {
        Some(name) => named::find_named(Some(&store), name).await?,
        None => named::configured(config)?,
    };
    let diffs = rule_diff::of(&base, &other);
    tell(&base, &other, &diffs, output)?;
    Ok(Exit::Done)
}

fn tell(
    base: &PolicyFiles,
    other: &PolicyFiles,
    diffs: &[FileDiff],
    output: &mut Output,
) -> Result<(), CliError> {
    let (from, to) = (revision(base), revision(other));
    let files: BTreeSet<&str> = diffs.iter().map(|one| one.file.as_str()).collect();
    let mut text = format!("{} → {}: {} files differ", short(from), short(to), files.len());
    if diffs.is_empty() {
        text = format!("{} is the same policy", short(to));
    }
    for one in diffs {
        text.push('\n');
        text.push_str(one.text.trim_end());
    }
    let list: Vec<_> = diffs
        .iter()
        .map(|one| {
            json!({ "file": one.file, "added": one.added, "removed": one.removed, "diff": one.text })
        })
        .collect();
    output.answer(&text, &json!({ "from": from, "to": to, "files": list }))?;
    Ok(())
}
