//! Why a mail was understood as it was, as a page shows it: places, not words.

use serde::Serialize;

use crate::domain::classify::{Evidence, Field};
use crate::domain::decision::Trace;

/// Why, for one mail.
#[derive(Serialize)]
pub(super) struct ShownTrace {
    mail: usize,
    origin: String,
    trust: String,
    thread: String,
    maybe_related: String,
    letter: String,
    rules: String,
    evidence: Vec<ShownEvidence>,
    arithmetic: Vec<ShownArithmetic>,
}

#[derive(Serialize)]
struct ShownEvidence {
    about: String,
    rule: String,
    weight: String,
    places: String,
}

#[derive(Serialize)]
struct ShownArithmetic {
    kind: String,
    lines: Vec<String>,
}

/// What one mail meant to the rules, and how its dates were counted.
pub(super) fn trace((index, trace): (usize, &Trace)) -> ShownTrace {
    let seen = &trace.understanding;
    let about = |name: String, list: &[Evidence]| -> Vec<ShownEvidence> {
        list.iter().map(|one| evidence(&name, one)).collect()
    };
    let scored = seen.matters.iter().flat_map(|scored| {
        let name = format!("{} {:.1} of {:.1}", scored.category, scored.score, scored.threshold);
        about(name, &scored.evidence)
    });
    let second = seen.runner_up.iter().flat_map(|scored| {
        let (score, threshold) = (scored.score, scored.threshold);
        let name = format!("{} {score:.1} of {threshold:.1}, not reached", scored.category);
        about(name, &scored.evidence)
    });
    let kinds = seen.kinds.iter().flat_map(|kind| about(kind.kind.clone(), &kind.evidence));
    let flags = seen.flags.iter().flat_map(|flag| about(flag.flag.clone(), &flag.evidence));
    let lines = |(kind, lines): &(String, Vec<String>)| ShownArithmetic {
        kind: kind.clone(),
        lines: lines.clone(),
    };
    ShownTrace {
        mail: index + 1,
        origin: with_signals(seen.origin.origin.word(), &seen.origin.signals),
        trust: with_signals(trace.trust.word(), &trace.trust_signals),
        thread: trace.thread.clone(),
        maybe_related: trace.maybe_related.clone().unwrap_or_default(),
        letter: trace.letter.clone(),
        rules: trace.route.as_ref().map(|route| route.rules.join(", ")).unwrap_or_default(),
        evidence: scored.chain(second).chain(kinds).chain(flags).collect(),
        arithmetic: trace.arithmetic.iter().map(lines).collect(),
    }
}

fn with_signals(word: &str, signals: &[String]) -> String {
    if signals.is_empty() { word.to_owned() } else { format!("{word} ({})", signals.join(", ")) }
}

fn evidence(about: &str, evidence: &Evidence) -> ShownEvidence {
    let place = |field: Field, start: u32, end: u32| format!("{field} {start}–{end}");
    let places = evidence.spans.iter().map(|span| place(span.field, span.start, span.end));
    ShownEvidence {
        about: about.to_owned(),
        rule: evidence.rule.clone(),
        weight: format!("{:+.1}", evidence.weight),
        places: places.collect::<Vec<_>>().join(", "),
    }
}
