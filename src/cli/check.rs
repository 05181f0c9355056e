//! `tierline check`: everything that is wrong with the configuration, at once.

use std::path::Path;

use serde_json::json;

use super::exit::{CliError, Exit};
use super::output::Output;
use crate::config::{self, Config, ConfigProblem, ConfigProblems};
use crate::worker::scheduler::Schedule;

/// Reads `path` and reports; nothing is connected to.
pub(super) fn run(path: Option<&Path>, output: &mut Output) -> Result<Exit, CliError> {
    let place =
        path.map_or_else(|| "built-in defaults".to_owned(), |path| path.display().to_string());
    let problems = match Config::load(path, config::environment()) {
        Ok(config) => job_problems(&config, &place),
        Err(ConfigProblems(problems)) => problems,
    };
    for problem in &problems {
        output.failed(&problem.to_string())?;
    }
    let is_good = problems.is_empty();
    if is_good {
        output.passed(&format!("configuration: {place}"))?;
    }
    if output.is_json() {
        let answer = json!({ "ok": is_good, "configuration": place, "problems": problems });
        output.answer("", &answer)?;
    }
    Ok(if is_good { Exit::Done } else { Exit::Config })
}

/// Job expressions that are no schedule.
fn job_problems(config: &Config, place: &str) -> Vec<ConfigProblem> {
    let wrong = |(name, expression): (&str, &str)| {
        let error = Schedule::parse(expression).err()?;
        Some(ConfigProblem {
            key: format!("jobs.{name}"),
            place: place.to_owned(),
            value: Some(format!("{expression:?}")),
            message: error.to_string(),
            fix: "write e.g. \"20 2 * * *\" for 02:20 every day".to_owned(),
        })
    };
    config.jobs.expressions().into_iter().filter_map(wrong).collect()
}
