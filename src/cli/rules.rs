//! `tierline rules`: are the rule files right, and why was a mail understood
//! as it was?

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::arguments::Rules;
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use super::{compose, ingest};
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
    }
}

fn test(policy: &Policy, output: &mut Output) -> Result<Exit, CliError> {
    let clocks = policy.clocks.self_tests();
    let run = policy.rules.self_test_count() + clocks.run;
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
    let looking = compose::looking(config).await?;
    let mail = file::read(path).await.or_exit(Exit::Usage)?;
    let received_at = ingest::received_at(config, &mail, received, SystemClock.now());
    let explained = ingest::explained(config, &looking, &mail, received_at).await?;
    ingest::show(path, received_at, &explained, output)?;
    Ok(Exit::Done)
}

fn lint(policy: &Policy, output: &mut Output) -> Result<Exit, CliError> {
    let findings = policy.rules.lint();
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

fn problem(problem: &PolicyProblem) -> serde_json::Value {
    json!({
        "file": problem.file, "line": problem.line, "key": problem.key,
        "message": problem.message,
    })
}
