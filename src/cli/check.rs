//! `tierline check`: everything that is wrong with the configuration, the rules
//! and the templates, at once.

use std::path::Path;

use serde_json::{Value, json};

use super::exit::{CliError, Exit};
use super::output::Output;
use super::{policy, rules};
use crate::config::{self, Config, ConfigProblem, ConfigProblems};
use crate::domain::policy::Policy;
use crate::worker::scheduler::Schedule;

/// Reads `path` and what it names, and reports; nothing is connected to.
pub(super) fn run(path: Option<&Path>, output: &mut Output) -> Result<Exit, CliError> {
    let place =
        path.map_or_else(|| "built-in defaults".to_owned(), |path| path.display().to_string());
    let loaded = Config::load(path, config::environment());
    let (mut parts, config) = match loaded {
        Ok(config) => (vec![part("configuration", job_problems(&config, &place))], Some(config)),
        Err(ConfigProblems(problems)) => (vec![part("configuration", problems)], None),
    };
    // Without a configuration nobody knows which rules are meant.
    if let Some(config) = config {
        parts.push(Part { name: "rules", problems: rule_problems(&config)? });
        parts.push(Part { name: "templates", problems: template_problems(&config)? });
    }
    for checked in &parts {
        for problem in &checked.problems {
            output.failed(&problem.0)?;
        }
        if checked.problems.is_empty() {
            output.passed(checked.name)?;
        }
    }
    let is_good = parts.iter().all(|part| part.problems.is_empty());
    if output.is_json() {
        let problems: Vec<&Value> =
            parts.iter().flat_map(|part| part.problems.iter().map(|problem| &problem.1)).collect();
        let answer = json!({ "ok": is_good, "configuration": place, "problems": problems });
        output.answer("", &answer)?;
    }
    Ok(if is_good { Exit::Done } else { Exit::Config })
}

/// One thing that is checked, with each problem for eyes and as JSON.
struct Part {
    name: &'static str,
    problems: Vec<(String, Value)>,
}

fn part(name: &'static str, problems: Vec<ConfigProblem>) -> Part {
    let problems = problems.iter().map(|problem| (problem.to_string(), json!(problem)));
    Part { name, problems: problems.collect() }
}

fn rule_problems(config: &Config) -> Result<Vec<(String, Value)>, CliError> {
    let problems = match Policy::load(policy::files(config)?) {
        Ok(policy) => policy::self_tests(&policy).1,
        Err(problems) => problems,
    };
    Ok(problems.iter().map(|problem| (problem.to_string(), rules::shown(problem))).collect())
}

fn template_problems(config: &Config) -> Result<Vec<(String, Value)>, CliError> {
    let problems = policy::templates(config)?.err().unwrap_or_default();
    Ok(problems
        .iter()
        .map(|one| (one.to_string(), json!({ "message": one.to_string() })))
        .collect())
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
