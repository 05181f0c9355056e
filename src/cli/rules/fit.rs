//! `tierline rules fit`: proposed weights, how much better they are on texts
//! they have not seen, and a diff for review.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use serde_json::json;

use crate::app::evaluate::{Refusal, read_labels};
use crate::app::fit::{self, FitReport, FitSettings, Fitted};
use crate::app::rule_diff;
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::cli::output::Output;
use crate::domain::policy::Policy;

pub(super) fn run(
    policy: &Policy,
    labels: &Path,
    settings: FitSettings,
    diff_file: Option<&Path>,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let labels = read_labels(labels).map_err(|refusal| refused(labels, &refusal))?;
    let report = fit::fit(policy, &labels, settings);
    let changed = fit::rewritten(&policy.files, &fit::proposed(&report));
    let mut other = policy.files.clone();
    other.extend(changed);
    let diff: String =
        rule_diff::of(&policy.files, &other).into_iter().map(|one| one.text).collect();
    if let Some(path) = diff_file {
        std::fs::write(path, &diff)
            .with_context(|| path.display().to_string())
            .or_exit(Exit::Unavailable)?;
    }
    let shown = if diff_file.is_some() { "" } else { diff.as_str() };
    let answer = json!({
        "texts": report.texts, "fitted": report.fitted, "not_fitted": report.not_fitted,
        "diff": diff,
    });
    output.answer(&text(&report, shown), &answer)?;
    Ok(Exit::Done)
}

fn text(report: &FitReport, diff: &str) -> String {
    let mut lines = vec![format!(
        "{} texts; F1 of a scorecard as it is, and of fitted weights on texts held out",
        report.texts
    )];
    lines.push(format!(
        "{:<24} {:>7} {:>7} {:>9} {:>7} {:>8}",
        "scorecard", "support", "now", "held out", "gain", "proposed"
    ));
    lines.extend(report.fitted.iter().map(line));
    for one in &report.not_fitted {
        lines.push(format!("{:<24} not fitted: {}", one.id, one.why));
    }
    if !diff.is_empty() {
        lines.push(String::new());
        lines.push(diff.trim_end().to_owned());
    }
    lines.join("\n")
}

fn line(one: &Fitted) -> String {
    let proposed = if one.is_proposed { one.weights.len().to_string() } else { "-".to_owned() };
    format!(
        "{:<24} {:>7} {:>7.3} {:>9.3} {:>+7.3} {:>8}",
        one.id, one.support, one.f1_now, one.f1_held_out, one.gain, proposed
    )
}

fn refused(file: &Path, refusal: &Refusal) -> CliError {
    let mut text = format!("{}: {refusal}", file.display());
    if let Refusal::Wrong { lines, .. } = refusal {
        for line in lines {
            text.push_str(&format!("\n{}:{}: {}", file.display(), line.line, line.message));
        }
    }
    let exit = match refusal {
        Refusal::Unreadable(_) => Exit::Usage,
        Refusal::Wrong { .. } => Exit::ProblemsFound,
    };
    CliError::new(exit, anyhow!(text))
}
