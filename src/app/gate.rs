//! The gate before a policy is drafted or put in force: its own tests pass,
//! and no rule costs more than a mail may wait for.

use std::time::{Duration, Instant};

use crate::domain::policy::{Policy, PolicyProblem};
use crate::domain::rule::RuleBook;
use crate::domain::scorecard::Probe;
use crate::domain::understand::MOST_TEXT;

/// Longest time one pattern may take over the worst text there is.
pub const MOST_TIME: Duration = Duration::from_millis(50);
/// A first, short text shows which patterns need a longer one.
const SHORT: usize = 2 * 1024;
/// A pattern that takes this long over the short text is looked at closely.
const SUSPECT: Duration = Duration::from_micros(400);
/// The machine may have been busy: the best of so many counts.
const TRIES: usize = 3;

/// Everything that keeps `policy` from being used; empty when nothing does.
#[must_use]
pub fn problems(policy: &Policy) -> Vec<PolicyProblem> {
    let mut found = policy.rules.self_tests();
    found.extend(policy.clocks.self_tests().failures);
    found.extend(slow(&policy.rules, MOST_TIME));
    found.sort();
    found
}

/// Patterns that take longer than `most` over the worst texts made for them.
#[must_use]
pub fn slow(book: &RuleBook, most: Duration) -> Vec<PolicyProblem> {
    let too_slow = |(number, probe): (usize, Probe<'_>)| {
        let worst = worst(&probe, most).filter(|time| *time > most)?;
        let message = format!(
            "takes {} ms over the worst text, {} ms are allowed; write fewer or shorter repetitions",
            worst.as_millis(),
            most.as_millis()
        );
        Some(book.problem_with_pattern(number, &message))
    };
    book.probes().enumerate().filter_map(too_slow).collect()
}

/// The time over the worst text, of patterns that look slow.
fn worst(probe: &Probe<'_>, most: Duration) -> Option<Duration> {
    let is_suspect =
        probe.worst_texts(SHORT).iter().any(|text| time(probe, text, 1) > SUSPECT.min(most));
    if !is_suspect {
        return None;
    }
    probe.worst_texts(MOST_TEXT).iter().map(|text| time(probe, text, TRIES)).max()
}

fn time(probe: &Probe<'_>, text: &[u8], tries: usize) -> Duration {
    let once = || {
        let begun = Instant::now();
        std::hint::black_box(probe.count(text));
        begun.elapsed()
    };
    (0..tries).map(|_| once()).min().unwrap_or_default()
}
