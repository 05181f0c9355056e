//! What works but should be looked at before a policy is released, each with
//! its place and what to write instead.

mod route;

use super::RuleBook;
use crate::domain::policy::PolicyProblem;
use crate::domain::scorecard::{EvidenceLine, Hits, Scorecard};
use crate::domain::understand;

/// Where an evidence line, a queue or a routing rule stands.
#[derive(Clone, Debug)]
pub(super) struct RulePlace {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) id: String,
}

/// Where a pattern was written first.
#[derive(Clone, Debug)]
pub(super) struct PatternPlace {
    pub(super) file: String,
    pub(super) line: usize,
    /// Id of its evidence line.
    pub(super) rule: String,
    /// The pattern as written.
    pub(super) text: String,
}

/// Literals shorter than this send almost every mail to the expression.
const SHORT_LITERAL: usize = 3;

pub(super) fn findings(book: &RuleBook) -> Vec<PolicyProblem> {
    let mut found = Vec::new();
    never_hit(book, &mut found);
    evidence(book, &mut found);
    always_passing(book, &mut found);
    route::look(book, &mut found);
    found.sort();
    found
}

fn at(place: &RulePlace, message: String) -> PolicyProblem {
    PolicyProblem { file: place.file.clone(), line: place.line, key: place.id.clone(), message }
}

/// Evidence that fires in no test mail is untested.
fn never_hit(book: &RuleBook, found: &mut Vec<PolicyProblem>) {
    let hits: Vec<Hits> =
        book.tests.iter().map(|test| understand::find_hits(book, &test.mail())).collect();
    for (number, place) in book.places.iter().enumerate() {
        if !hits.iter().any(|one| one.has(number)) {
            found.push(at(place, "fires in no test; add a [[test]] mail beside it".into()));
        }
    }
}

/// Patterns with short literals, lines that repeat or contradict one of the
/// same card, and lines whose conditions exclude each other.
fn evidence(book: &RuleBook, found: &mut Vec<PolicyProblem>) {
    let lines = book.matcher.lines();
    for (number, (line, place)) in lines.iter().zip(&book.places).enumerate() {
        if is_slow(book, line) {
            let message =
                format!("slow: a branch has no literal of {SHORT_LITERAL} letters; lengthen it");
            found.push(at(place, message));
        }
        if line.needs.all.iter().any(|one| line.needs.none.contains(one)) {
            let message = "can never fire: the same evidence stands in all_of and none_of; \
                           take it out of one";
            found.push(at(place, message.into()));
        }
        if line.any.iter().all(|one| line.not.contains(one)) && !line.any.is_empty() {
            let message = "can never fire: every pattern of `any` stands in `not`; delete one";
            found.push(at(place, message.into()));
        }
        let cards = cards(book);
        let card = cards.iter().map(|card| &card.lines).find(|lines| lines.contains(&number));
        let before = card.and_then(|card| lines.get(card.start..number)).unwrap_or_default();
        if let Some(message) = repeats(line, before) {
            found.push(at(place, message));
        }
    }
}

fn is_slow(book: &RuleBook, line: &EvidenceLine) -> bool {
    let is_short = |pattern: &usize| {
        let pattern = book.matcher.patterns().get(*pattern);
        pattern.is_some_and(|one| one.shortest_literal() < SHORT_LITERAL)
    };
    line.any.iter().chain(&line.near).chain(&line.not).any(is_short)
}

/// What is wrong with a line that shares a pattern with an earlier one of the
/// same card.
fn repeats(line: &EvidenceLine, before: &[EvidenceLine]) -> Option<String> {
    let shares = |other: &&EvidenceLine| {
        other.near.is_empty() && line.any.iter().any(|one| other.any.contains(one))
    };
    let other = before.iter().find(shares)?;
    Some(if line.weight * other.weight < 0.0 {
        format!("conflicts with `{}`: one pattern speaks for and against; keep one", other.id)
    } else {
        format!("shares a pattern with `{}`, which counts it already; delete it here", other.id)
    })
}

/// Categories and flags with their evidence.
fn cards(book: &RuleBook) -> Vec<&Scorecard> {
    let categories = book.categories.iter().map(|one| &one.card);
    categories.chain(book.flags.iter().map(|one| &one.card)).collect()
}

/// A card that any evidence passes, however little.
fn always_passing(book: &RuleBook, found: &mut Vec<PolicyProblem>) {
    let kinds = book.kinds.iter().map(|one| &one.card);
    for card in cards(book).into_iter().chain(kinds).filter(|card| card.threshold <= 0.0) {
        let message = format!(
            "threshold {} is always reached; write how much evidence it needs",
            card.threshold
        );
        let place = book.card_places.iter().find(|place| place.id == card.id);
        found.extend(place.map(|place| at(place, message)));
    }
}
