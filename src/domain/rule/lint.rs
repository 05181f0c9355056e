//! What works but should be looked at before a policy is released.

use super::RuleBook;
use crate::domain::policy::PolicyProblem;
use crate::domain::route::When;
use crate::domain::scorecard::Hits;
use crate::domain::understand;

/// Where an evidence line stands.
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
    slow_and_shadowed(book, &mut found);
    unreachable_queues(book, &mut found);
    shadowed_routes(book, &mut found);
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

/// Patterns with short literals, and lines that repeat one of the same card.
fn slow_and_shadowed(book: &RuleBook, found: &mut Vec<PolicyProblem>) {
    let lines = book.matcher.lines();
    for (number, (line, place)) in lines.iter().zip(&book.places).enumerate() {
        let is_short = |pattern: &usize| {
            let pattern = book.matcher.patterns().get(*pattern);
            pattern.is_some_and(|one| one.shortest_literal() < SHORT_LITERAL)
        };
        if line.any.iter().chain(&line.near).chain(&line.not).any(is_short) {
            let message =
                format!("slow: a branch has no literal of {SHORT_LITERAL} letters; lengthen it");
            found.push(at(place, message));
        }
        let card = book
            .categories
            .iter()
            .map(|one| &one.card)
            .chain(book.flags.iter().map(|one| &one.card));
        let Some(card) = card.map(|card| &card.lines).find(|lines| lines.contains(&number)) else {
            continue;
        };
        let repeats = lines.get(card.start..number).unwrap_or_default().iter().find(|other| {
            other.near.is_empty() && line.any.iter().any(|one| other.any.contains(one))
        });
        if let Some(other) = repeats {
            found.push(at(
                place,
                format!("shares a pattern with `{}`, which counts it already", other.id),
            ));
        }
    }
}

fn unreachable_queues(book: &RuleBook, found: &mut Vec<PolicyProblem>) {
    for queue in &book.queues {
        let is_reached = book.routes.iter().any(|route| {
            route.queue.as_ref() == Some(&queue.id)
                || route.floor.as_ref().is_some_and(|floor| floor.queue == queue.id)
        });
        if !is_reached && queue.id != crate::domain::route::TRIAGE {
            let message =
                "no routing rule leads here; only a person can send a ticket to it".to_owned();
            found.push(PolicyProblem {
                file: "queues.toml".into(),
                line: 0,
                key: queue.id.clone(),
                message,
            });
        }
    }
}

/// A rule whose queue can never be chosen because an earlier one asks for less.
fn shadowed_routes(book: &RuleBook, found: &mut Vec<PolicyProblem>) {
    let with_queue: Vec<_> = book.routes.iter().filter(|route| route.queue.is_some()).collect();
    for (number, route) in with_queue.iter().enumerate() {
        let earlier = with_queue.get(..number).unwrap_or_default();
        if let Some(cover) = earlier.iter().find(|other| covers(&other.when, &route.when)) {
            let message =
                format!("its queue is never chosen: `{}` comes first and asks for less", cover.id);
            found.push(PolicyProblem {
                file: "routing.toml".into(),
                line: 0,
                key: route.id.clone(),
                message,
            });
        }
    }
}

/// Whether every mail that meets `narrow` meets `wide`.
fn covers(wide: &When, narrow: &When) -> bool {
    fn list<T: PartialEq>(wide: &[T], narrow: &[T]) -> bool {
        wide.is_empty() || !narrow.is_empty() && narrow.iter().all(|one| wide.contains(one))
    }
    let sale = match (wide.sale_within_days, narrow.sale_within_days) {
        (None, _) => true,
        (Some(wide), Some(narrow)) => narrow <= wide,
        (Some(_), None) => false,
    };
    sale && list(&wide.lead, &narrow.lead)
        && list(&wide.matter, &narrow.matter)
        && list(&wide.flag, &narrow.flag)
        && list(&wide.kind, &narrow.kind)
        && list(&wide.trust, &narrow.trust)
        && list(&wide.language, &narrow.language)
        && wide.not_flag.iter().all(|one| narrow.not_flag.contains(one))
        && (!wide.is_abstained || narrow.is_abstained)
}
