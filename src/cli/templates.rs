//! `tierline templates check`: every template parses, names only what letters
//! have, and is there in both locales.

use serde_json::json;

use super::exit::{CliError, Exit};
use super::output::Output;
use super::policy;
use crate::config::Config;

/// Checks the templates of `config`, or the shipped ones.
pub(super) fn check(config: &Config, output: &mut Output) -> Result<Exit, CliError> {
    let (count, problems) = match policy::templates(config)? {
        Ok(renderer) => (renderer.versions().count(), Vec::new()),
        Err(problems) => (0, problems),
    };
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    for line in &lines {
        output.failed(line)?;
    }
    let is_good = lines.is_empty();
    if is_good {
        output.passed(&format!("{count} letter templates"))?;
    }
    if output.is_json() {
        output.answer("", &json!({ "ok": is_good, "templates": count, "problems": lines }))?;
    }
    Ok(if is_good { Exit::Done } else { Exit::Config })
}
