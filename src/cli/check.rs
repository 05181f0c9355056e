//! `tierline check`: everything that is wrong with configuration, rules,
//! templates, key and schema, at once. `run` asks the same before it starts.

use std::path::Path;

use serde_json::json;

use super::arguments::Check;
use super::exit::{CliError, Exit};
use super::output::Output;
use super::{compose, templates};
use crate::app::gate;
use crate::config::{self, Config, ConfigProblem, ConfigProblems};
use crate::domain::policy::{Policy, PolicyProblem};
use crate::store::{Vault, VaultError};
use crate::worker::scheduler::Schedule;

/// What was looked at, and what is wrong with it.
struct Looked {
    subject: String,
    problems: Vec<ConfigProblem>,
}

/// Looks at everything and reports; changes nothing.
pub(super) async fn run(
    path: Option<&Path>,
    arguments: &Check,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let place =
        path.map_or_else(|| "built-in defaults".to_owned(), |path| path.display().to_string());
    let mut looked = Vec::new();
    let subject = format!("configuration: {place}");
    match Config::load(path, config::environment()) {
        Ok(config) => {
            looked.push(Looked { subject, problems: job_problems(&config, &place) });
            looked.extend(without_a_database(&config, &place));
            let key = key(&config, &place);
            // Without its key a database cannot be opened at all.
            let has_key = key.problems.is_empty();
            looked.push(key);
            if has_key && !arguments.offline {
                looked.push(database(&config, &place).await);
            }
        }
        Err(ConfigProblems(problems)) => looked.push(Looked { subject, problems }),
    }
    for one in &looked {
        for problem in &one.problems {
            output.failed(&problem.to_string())?;
        }
        if one.problems.is_empty() {
            output.passed(&one.subject)?;
        }
    }
    let problems: Vec<&ConfigProblem> = looked.iter().flat_map(|one| &one.problems).collect();
    if output.is_json() {
        let answer =
            json!({ "ok": problems.is_empty(), "configuration": place, "problems": problems });
        output.answer("", &answer)?;
    }
    Ok(if problems.is_empty() { Exit::Done } else { Exit::Config })
}

/// Refuses to start an engine on jobs that are no schedules.
///
/// # Errors
/// With status 3 and every problem.
pub(super) fn refuse_wrong_jobs(config: &Config) -> Result<(), CliError> {
    refuse(job_problems(config, "configuration"))
}

/// Refuses to start an engine whose policy chooses letters that do not render.
///
/// # Errors
/// With status 3 and every problem.
pub(super) fn refuse_wrong_templates(config: &Config, policy: &Policy) -> Result<(), CliError> {
    let dir = config.templates_dir.as_deref();
    refuse(templates::sample::check(config, dir, Some(policy)).problems)
}

fn refuse(problems: Vec<ConfigProblem>) -> Result<(), CliError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(CliError::new(Exit::Config, ConfigProblems(problems)))
}

fn without_a_database(config: &Config, place: &str) -> Vec<Looked> {
    let mut looked = Vec::new();
    let policy = match compose::policy(config) {
        Ok(policy) => {
            looked.push(rules(&policy));
            Some(policy)
        }
        Err(error) => {
            looked.push(Looked {
                subject: "rules".to_owned(),
                problems: refusal(&error, "rules.dir", place),
            });
            None
        }
    };
    let checked =
        templates::sample::check(config, config.templates_dir.as_deref(), policy.as_ref());
    looked.push(Looked {
        subject: format!("templates: {} letters rendered", checked.rendered),
        problems: checked.problems,
    });
    looked
}

fn rules(policy: &Policy) -> Looked {
    let clocks = policy.clocks.self_tests();
    let run = policy.rules.self_test_count() + clocks.run + policy.roster.self_test_count();
    let failures = gate::problems(policy).into_iter();
    Looked {
        subject: format!("rules: {run} tests as they should be, none is slow"),
        problems: failures.map(rule_problem).collect(),
    }
}

fn key(config: &Config, place: &str) -> Looked {
    let path = &config.vault.key_file;
    let wrong = |error: VaultError| ConfigProblem {
        key: "vault.key_file".to_owned(),
        place: place.to_owned(),
        value: Some(format!("{:?}", path.display().to_string())),
        message: error.to_string(),
        fix: "make one with `tierline key create`, or name the one there is".to_owned(),
    };
    let problems = Vault::from_file(path).err().map(wrong).into_iter().collect();
    Looked { subject: format!("key file: {}", path.display()), problems }
}

async fn database(config: &Config, place: &str) -> Looked {
    let subject = "database: reachable, with this program's schema".to_owned();
    let opened = compose::store_beside(config).await;
    let problems = opened.err().map(|error| refusal(&error, "database.url", place));
    Looked { subject, problems: problems.unwrap_or_default() }
}

/// An error as problems: rule files have many, each with its place.
fn refusal(error: &CliError, key: &str, place: &str) -> Vec<ConfigProblem> {
    if let Some(compose::PolicyRefused(problems)) = error.cause.downcast_ref() {
        return problems.iter().cloned().map(rule_problem).collect();
    }
    vec![ConfigProblem {
        key: key.to_owned(),
        place: place.to_owned(),
        value: None,
        message: error.to_string(),
        fix: String::new(),
    }]
}

fn rule_problem(problem: PolicyProblem) -> ConfigProblem {
    ConfigProblem {
        key: problem.key,
        place: format!("rules/{}:{}", problem.file, problem.line),
        value: None,
        message: problem.message,
        fix: String::new(),
    }
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
