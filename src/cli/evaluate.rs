//! `tierline evaluate`: how well the rules understand labelled mail. Needs no
//! database: only the rule files and the labels.

use std::path::Path;

use super::arguments::Evaluate;
use super::compose;
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use crate::app::evaluate::{self, LabelScores, LabelSet, Refusal, WorstText};
use crate::config::Config;

/// Wrong lines that are named; the summary counts them all.
const MOST_NAMED: usize = 50;

/// Scores what was asked for.
pub(super) fn run(
    command: &Evaluate,
    config: &Config,
    output: &mut Output,
) -> Result<Exit, CliError> {
    if let Some(file) = &command.labels {
        labels(config, file, command.worst, output)
    } else if let Some(directory) = &command.origin {
        origins(directory, output)
    } else if let Some(file) = &command.trim {
        trims(file, output)
    } else {
        Err(CliError::new(Exit::Usage, anyhow::anyhow!("name a label file, --origin or --trim")))
    }
}

fn labels(
    config: &Config,
    file: &Path,
    worst: usize,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let policy = compose::policy(config)?;
    let labels = match evaluate::read_labels(file) {
        Ok(labels) => labels,
        Err(refusal) => return refused(file, refusal, output),
    };
    let scores = evaluate::score_labels(&policy.rules, &labels, worst);
    for label in &scores.unknown_labels {
        output.note(&format!("no rule has the label {label}; it cannot be found"));
    }
    output.answer(&shown(&scores), &scores)?;
    Ok(Exit::Done)
}

fn origins(directory: &Path, output: &mut Output) -> Result<Exit, CliError> {
    let scores = match evaluate::score_origins(directory) {
        Ok(scores) => scores,
        Err(refusal) => return refused(&directory.join("expected.jsonl"), refusal, output),
    };
    let mut lines = group("origin", &scores.origins);
    lines.push(format!(
        "\n{} mails: {} of automatic mail unanswered, {} of bounces seen, {} of human mail unanswered, {} without a ticket",
        scores.mails,
        percent(scores.automatic_recall),
        percent(scores.bounce_recall),
        percent(scores.human_suppressed),
        percent(scores.human_lost)
    ));
    lines.push(format!(
        "{} of bounces with the right outcome, {} rightly hard or soft",
        percent(scores.outcome_right),
        percent(scores.hardness_right)
    ));
    for one in &scores.wrong {
        lines.push(format!(
            "{}: {} taken for {} ({})",
            one.file,
            one.label,
            one.found,
            one.signals.join(", ")
        ));
    }
    output.answer(&lines.join("\n"), &scores)?;
    Ok(Exit::Done)
}

fn trims(file: &Path, output: &mut Output) -> Result<Exit, CliError> {
    let scores = match evaluate::score_trims(file) {
        Ok(scores) => scores,
        Err(refusal) => return refused(file, refusal, output),
    };
    if scores.skipped > 0 {
        output.note(&format!("{} lines without body and visible were left out", scores.skipped));
    }
    let mut lines = vec![format!(
        "{} of {} replies cut exactly ({})",
        scores.exact,
        scores.texts,
        percent(scores.exact_share)
    )];
    lines.extend(scores.lost_words.iter().map(|id| format!("new words lost    {id}")));
    lines.extend(scores.kept_words.iter().map(|id| format!("old words kept    {id}")));
    output.answer(&lines.join("\n"), &scores)?;
    Ok(Exit::Done)
}

/// Names the wrong lines; nothing was scored.
fn refused(file: &Path, refusal: Refusal, output: &mut Output) -> Result<Exit, CliError> {
    let summary = format!("{}: {refusal}", file.display());
    match refusal {
        Refusal::Unreadable(_) => Err(anyhow::anyhow!(summary)).or_exit(Exit::Usage),
        Refusal::Wrong { lines, .. } => {
            for bad in lines.iter().take(MOST_NAMED) {
                output.note(&format!("{}:{}: {}", file.display(), bad.line, bad.message));
            }
            if lines.len() > MOST_NAMED {
                output.note(&format!("… and {} more", lines.len() - MOST_NAMED));
            }
            output.note(&summary);
            Ok(Exit::ProblemsFound)
        }
    }
}

fn shown(scores: &LabelScores) -> String {
    let mut lines = group("matter", &scores.matters);
    lines.push(String::new());
    lines.extend(group("statutory", &scores.statutory));
    lines.push(String::new());
    lines.extend(group("flag", &scores.flags));
    lines.push(format!(
        "\n{} texts: primary leads {}, in the first two {}; abstained {}",
        scores.texts,
        percent(scores.primary_top1),
        percent(scores.primary_top2),
        percent(scores.abstained)
    ));
    scores.worst.iter().for_each(|one| lines.extend(worst(one)));
    lines.join("\n")
}

fn group(what: &str, group: &LabelSet) -> Vec<String> {
    let mut lines = vec![format!("{what:<24} precision  recall      F1  support  right  wrong")];
    for (label, one) in &group.per_label {
        lines.push(format!(
            "{label:<24} {:>9.2}  {:>6.2}  {:>6.2}  {:>7}  {:>5}  {:>5}",
            one.precision, one.recall, one.f1, one.support, one.right, one.wrong
        ));
    }
    lines.push(format!("macro-F1 of labels with 5 examples or more: {:.3}", group.macro_f1));
    lines
}

fn worst(one: &WorstText) -> Vec<String> {
    let mut lines = vec![format!("\n{}: {} mistakes", one.key, one.mistakes)];
    lines.push(format!("  missed  {}", one.missed.join(", ")));
    lines.push(format!("  wrong   {}", one.wrong.join(", ")));
    lines.push(format!("  found   {}", one.found.join(", ")));
    lines.extend(one.trace.iter().map(|fired| {
        let places =
            fired.spans.iter().map(|span| format!("{} {}–{}", span.field, span.start, span.end));
        let places = places.collect::<Vec<_>>().join(", ");
        format!("    {:+.1} {}  {places}", fired.weight, fired.rule).trim_end().to_owned()
    }));
    lines
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
