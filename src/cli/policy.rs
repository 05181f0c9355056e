//! Loads what the business decides, for the commands that look at it.

use crate::app::shipped;
use crate::config::Config;
use crate::domain::policy::{Policy, PolicyFiles, PolicyProblem};
use crate::postage::render::{Renderer, TemplateProblem};

use super::exit::{CliError, Exit, OrExit as _};

/// The rule files of `config`, or the shipped ones.
pub(super) fn files(config: &Config) -> Result<PolicyFiles, CliError> {
    shipped::rules(config.rules_dir.as_deref()).or_exit(Exit::Config)
}

/// The policy, loaded and checked; every problem is in the error.
pub(super) fn load(config: &Config) -> Result<Policy, CliError> {
    Policy::load(files(config)?).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        CliError::new(Exit::Config, anyhow::anyhow!(lines.join("\n")))
    })
}

/// Tests beside the rules: how many ran, and what failed.
pub(super) fn self_tests(policy: &Policy) -> (usize, Vec<PolicyProblem>) {
    let clocks = policy.clocks.self_tests();
    let mut failures = policy.rules.self_tests();
    failures.extend(clocks.failures);
    (policy.rules.self_test_count() + clocks.run, failures)
}

/// The letter templates, or what is wrong with them.
pub(super) fn templates(
    config: &Config,
) -> Result<Result<Renderer, Vec<TemplateProblem>>, CliError> {
    let sources = shipped::templates(config.templates_dir.as_deref()).or_exit(Exit::Config)?;
    Ok(Renderer::load(&sources))
}
