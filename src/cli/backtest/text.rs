//! A backtest for the terminal.

use std::collections::BTreeMap;

use super::Report;
use crate::cli::policy::short;
use crate::domain::backtest::{Change, Table};

pub(super) fn text(report: &Report<'_>) -> String {
    let tally = report.tally;
    let mut lines = vec![format!(
        "{} against {}: {} of {} mails change ({} mails a minute)",
        short(report.policy),
        short(report.against),
        tally.changed,
        tally.mails,
        report.mails_per_minute
    )];
    if report.skipped > 0 {
        lines.push(format!("  {} mails were never read and are not now", report.skipped));
    }
    lines.extend(report.unreadable.iter().map(|one| format!("✗ not read: {one}")));
    let verdict = if report.ok { "✓ no statutory clock is lost" } else { "✗ statutory clocks" };
    lines.push(format!(
        "{verdict}: {} lost, {} later, {} gained",
        tally.statutory_lost, tally.statutory_later, tally.statutory_gained
    ));
    counts("clocks gained", &tally.clocks_gained, &mut lines);
    counts("clocks lost", &tally.clocks_lost, &mut lines);
    moves("queue moves", &tally.queues, &mut lines);
    moves("leading matters", &tally.leads, &mut lines);
    moves("letters", &tally.letters, &mut lines);
    moves("priorities", &tally.priorities, &mut lines);
    counts("flags", &tally.flags, &mut lines);
    if !tally.changes.is_empty() {
        lines.push(format!("mails ({} of {}):", tally.changes.len(), tally.changed));
        lines.extend(tally.changes.iter().map(change));
    }
    lines.join("\n")
}

fn counts(head: &str, counts: &BTreeMap<String, u64>, lines: &mut Vec<String>) {
    if !counts.is_empty() {
        lines.push(format!("{head}:"));
        lines.extend(counts.iter().map(|(name, count)| format!("  {count:>6}  {name}")));
    }
}

/// Only what moves; what stays is in the confusion table of the other forms.
fn moves(head: &str, table: &Table, lines: &mut Vec<String>) {
    let moved: Vec<String> = table
        .iter()
        .flat_map(|(from, row)| row.iter().map(move |(to, count)| (from, to, count)))
        .filter(|(from, to, _)| from != to)
        .map(|(from, to, count)| format!("  {count:>6}  {from} → {to}"))
        .collect();
    if !moved.is_empty() {
        lines.push(format!("{head}:"));
        lines.extend(moved);
    }
}

fn change(change: &Change) -> String {
    let mark = if change.loses() { "✗" } else { "·" };
    format!("{mark} {}: {}", change.key, differences(change).join("; "))
}

/// What differs, in a few words each.
pub(super) fn differences(change: &Change) -> Vec<String> {
    let (before, after) = (&change.before, &change.after);
    let mut found = Vec::new();
    found.extend(change.lost.iter().map(|kind| format!("{kind} lost")));
    found.extend(change.later.iter().map(|kind| format!("{kind} later")));
    let mut differs = |what: &str, from: &str, to: &str| {
        if from != to {
            found.push(format!("{what} {from} → {to}"));
        }
    };
    differs("queue", &before.queue, &after.queue);
    differs("tier", &before.tier, &after.tier);
    differs("priority", &before.priority, &after.priority);
    differs("letter", &before.letter, &after.letter);
    differs("fate", before.disposition.word(), after.disposition.word());
    let held = |held: &Option<String>| held.clone().unwrap_or_else(|| "no".to_owned());
    differs("held", &held(&before.held), &held(&after.held));
    differs("matters", &before.matters.join(" "), &after.matters.join(" "));
    differs("flags", &before.flags.join(" "), &after.flags.join(" "));
    for (kind, clock) in &after.clocks {
        match before.clocks.get(kind) {
            None => found.push(format!("{kind} gained")),
            Some(other) if other.due_on != clock.due_on && !change.later.contains(kind) => {
                found.push(format!("{kind} due {} → {}", other.due_on, clock.due_on));
            }
            Some(other) if other.is_to_confirm != clock.is_to_confirm => {
                let now = if clock.is_to_confirm { "to confirm" } else { "certain" };
                found.push(format!("{kind} {now}"));
            }
            Some(_) => {}
        }
    }
    found
}
