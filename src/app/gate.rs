//! The gate before a policy is drafted or put in force: its own tests pass,
//! and no rule costs more than a mail may wait for.

use std::time::Duration;

use crate::app::shipped;
use crate::clock::thread_time;
use crate::domain::policy::{Policy, PolicyProblem, revision};
use crate::domain::rule::RuleBook;
use crate::domain::scorecard::Probe;
use crate::domain::understand::MOST_TEXT;

/// Longest time of one processor that a pattern may take over the worst text
/// there is.
pub const MOST_TIME: Duration = Duration::from_millis(50);
/// Bytes of a first, short text that shows which patterns need a longer one.
const SHORT: usize = 4096;
/// A pattern that takes this long over the short text, 100 ns a byte, is looked
/// at closely.
const SUSPECT: Duration = Duration::from_micros(400);

/// Everything that keeps `policy` from being used; empty when nothing does.
#[must_use]
pub fn problems(policy: &Policy) -> Vec<PolicyProblem> {
    let mut found = policy.rules.self_tests();
    found.extend(policy.clocks.self_tests().failures);
    // What the program brings along was measured when it was built.
    let is_shipped =
        shipped::rules(None).is_ok_and(|files| revision(&files).hex() == policy.revision);
    if !is_shipped {
        found.extend(slow(&policy.rules, MOST_TIME));
    }
    found.sort();
    found
}

/// Patterns that take longer than `most` over the worst texts made for them,
/// or need more states than the search has room for.
#[must_use]
pub fn slow(book: &RuleBook, most: Duration) -> Vec<PolicyProblem> {
    let refused = |(number, probe): (usize, Probe<'_>)| {
        let what = cost(&probe, most)?;
        let message = format!("{what}; write fewer or shorter repetitions");
        Some(book.problem_with_pattern(number, &message))
    };
    book.probes().filter_map(refused).collect()
}

/// What is too much about a pattern that looks slow over short texts.
fn cost(probe: &Probe<'_>, most: Duration) -> Option<String> {
    let is_suspect =
        probe.worst_texts(SHORT).iter().any(|text| time(probe, text) > SUSPECT.min(most));
    if !is_suspect {
        return None;
    }
    let texts = probe.worst_texts(MOST_TEXT);
    let worst = texts.iter().map(|text| time(probe, text)).max().unwrap_or_default();
    if worst > most {
        let (took, most) = (worst.as_millis(), most.as_millis());
        return Some(format!("takes {took} ms over the worst text, {most} ms are allowed"));
    }
    let has_room = !texts.iter().any(|text| probe.overflows(text));
    (!has_room).then(|| "needs too many states".to_owned())
}

/// Of the first search: a mail is new to the automaton too.
fn time(probe: &Probe<'_>, text: &[u8]) -> Duration {
    let begun = thread_time();
    std::hint::black_box(probe.count(text));
    thread_time().saturating_sub(begun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::PolicyFiles;

    fn book(pattern: &str) -> RuleBook {
        let text = format!(
            "[[category]]\nid = \"a\"\nname = \"A\"\n\n[[category.evidence]]\nid = \"a.x\"\n\
             any = [\n  \"late fee\",\n  \"{pattern}\",\n]\n"
        );
        let mut problems = Vec::new();
        let files = PolicyFiles::from([("categories/a.toml".to_owned(), text)]);
        let book = RuleBook::load(&files, &mut problems);
        assert_eq!(problems, []);
        book
    }

    #[test]
    fn no_shipped_rule_is_slow_on_the_worst_text() {
        let mut problems = Vec::new();
        let book = RuleBook::load(&shipped::rules(None).unwrap(), &mut problems);
        assert_eq!(slow(&book, MOST_TIME), []);
    }

    #[test]
    fn a_slow_rule_is_refused_by_name_and_line() {
        let slow = slow(&book("fee [a-z ]{0,200}e[a-z]{120}[a-m ]{90}"), MOST_TIME);
        assert_eq!(slow.len(), 1);
        let told = slow[0].to_string();
        assert!(told.starts_with("categories/a.toml:9: a.x: `fee [a-z ]{0,200}"), "{told}");
        assert!(told.contains("50 ms are allowed") || told.contains("too many states"), "{told}");
        assert_eq!(super::slow(&book("payment ~ late"), MOST_TIME), []);
    }

    #[test]
    fn a_rule_that_is_fast_enough_for_one_limit_is_too_slow_for_a_smaller_one() {
        let book = book("payment ~ late");
        let told = slow(&book, Duration::ZERO);
        assert!(told[0].message.contains("0 ms are allowed"), "{told:?}");
    }
}
