//! `tierline rules`: are the rule files right, and why was a mail understood
//! as it was?

mod fit;
mod ticket;

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::arguments::Rules;
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use super::{compose, ingest};
use crate::app::fit::FitSettings;
use crate::app::{gate, shipped};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::policy::{Policy, PolicyProblem};
use crate::mailbox::file;

/// Tests, explains or lints.
pub(super) async fn run(
    config: &Config,
    rules: &Rules,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match rules {
        Rules::Test => test(&compose::policy(config)?, output),
        Rules::Explain { file, received } => explain(config, file, *received, output).await,
        Rules::Lint => lint(&compose::policy(config)?, output),
        Rules::Fit { labels, diff, l2, folds, least_gain } => {
            let settings =
                FitSettings { l2: *l2, folds: usize::from(*folds), least_gain: *least_gain };
            fit::run(&compose::policy(config)?, labels, settings, diff.as_deref(), output)
        }
    }
}

fn test(policy: &Policy, output: &mut Output) -> Result<Exit, CliError> {
    let clocks = policy.clocks.self_tests();
    let run = policy.rules.self_test_count() + clocks.run + policy.roster.self_test_count();
    let mut failures = policy.rules.self_tests();
    failures.extend(clocks.failures);
    for failure in &failures {
        output.failed(&failure.to_string())?;
    }
    let is_good = failures.is_empty();
    if is_good {
        // The cases of the letter table ran when it was loaded.
        output.passed(&format!("{run} tests, all as they should be"))?;
    }
    if output.is_json() {
        let failures: Vec<_> = failures.iter().map(problem).collect();
        let answer = json!({ "ok": is_good, "tests": run, "failures": failures });
        output.answer("", &answer)?;
    }
    Ok(if is_good { Exit::Done } else { Exit::ProblemsFound })
}

async fn explain(
    config: &Config,
    path: &Path,
    received: Option<Timestamp>,
    output: &mut Output,
) -> Result<Exit, CliError> {
    if let Some(number) = ticket::number(path) {
        return ticket::explain(config, &number, output).await;
    }
    let looking = compose::looking(config).await?;
    let mail = file::read(path).await.or_exit(Exit::Usage)?;
    let received_at = ingest::received_at(config, &mail, received, SystemClock.now());
    let explained = ingest::explained(config, &looking, &mail, received_at).await?;
    ingest::show(path, received_at, &explained, output)?;
    Ok(Exit::Done)
}

fn lint(policy: &Policy, output: &mut Output) -> Result<Exit, CliError> {
    let mut findings = policy.rules.lint();
    findings.extend(gate::slow(&policy.rules, gate::MOST_TIME));
    findings.extend(unknown_templates(policy)?);
    for finding in &findings {
        output.failed(&finding.to_string())?;
    }
    if findings.is_empty() {
        output.passed("nothing to look at")?;
    }
    if output.is_json() {
        let findings: Vec<_> = findings.iter().map(problem).collect();
        output.answer("", &json!({ "ok": findings.is_empty(), "findings": findings }))?;
    }
    Ok(if findings.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}

/// Letters that the table chooses and for which there is no template.
fn unknown_templates(policy: &Policy) -> Result<Vec<PolicyProblem>, CliError> {
    let shipped = shipped::templates(None).or_exit(Exit::Config)?;
    let is_known = |name: &str| shipped.keys().any(|key| key.split('/').next() == Some(name));
    let text = policy.files.get("letters.toml").map(String::as_str).unwrap_or_default();
    let line = |name: &str| {
        let quoted = format!("\"{name}\"");
        text.lines().position(|line| line.contains(&quoted)).map_or(0, |line| line + 1)
    };
    let unknown = policy.letters.templates().into_iter().filter(|name| !is_known(name));
    let problem = |name: &str| PolicyProblem {
        file: "letters.toml".to_owned(),
        line: line(name),
        key: name.to_owned(),
        message: "no template the program brings along has this name; correct it, or import one"
            .to_owned(),
    };
    Ok(unknown.map(problem).collect())
}

fn problem(problem: &PolicyProblem) -> serde_json::Value {
    json!({
        "file": problem.file, "line": problem.line, "key": problem.key,
        "message": problem.message,
    })
}
