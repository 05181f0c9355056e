//! Routing rules that decide nothing, everything, or twice; queues that none
//! of them leads to.

use super::super::RuleBook;
use super::{RulePlace, at};
use crate::domain::policy::PolicyProblem;
use crate::domain::route::{RouteRule, TRIAGE, When};

pub(super) fn look(book: &RuleBook, found: &mut Vec<PolicyProblem>) {
    unreachable_queues(book, found);
    let numbered: Vec<(&RouteRule, &RulePlace)> =
        book.routes.iter().zip(&book.route_places).collect();
    for (number, (route, place)) in numbered.iter().enumerate() {
        if let Some(message) = impossible(&route.when) {
            found.push(at(place, message));
            continue;
        }
        let is_last = number + 1 == numbered.len();
        if route.when == When::default() && !(is_last && route.queue.is_some()) {
            let message = "always true: `when` asks for nothing; say when, or make it the last \
                           rule with a queue";
            found.push(at(place, message.into()));
        }
        let earlier = numbered.get(..number).unwrap_or_default();
        if let Some(message) = shadowed(route, earlier) {
            found.push(at(place, message));
        }
    }
}

fn unreachable_queues(book: &RuleBook, found: &mut Vec<PolicyProblem>) {
    for (queue, place) in book.queues.iter().zip(&book.queue_places) {
        let is_reached = book.routes.iter().any(|route| {
            route.queue.as_ref() == Some(&queue.id)
                || route.floor.as_ref().is_some_and(|floor| floor.queue == queue.id)
        });
        if !is_reached && queue.id != TRIAGE {
            let message = "unreachable: no routing rule leads here, only a person can send a \
                           ticket to it; add a [[route]] or delete the queue";
            found.push(at(place, message.into()));
        }
    }
}

/// Why no mail can meet `when`.
fn impossible(when: &When) -> Option<String> {
    if !when.flag.is_empty() && when.flag.iter().all(|flag| when.not_flag.contains(flag)) {
        return Some("never true: every flag it asks for stands in not_flag; take it out".into());
    }
    if when.is_abstained && !(when.lead.is_empty() && when.matter.is_empty()) {
        return Some("never true: who abstains has no matter; drop `abstained` or `lead`".into());
    }
    None
}

/// Whether an earlier rule with a queue takes every mail of this one.
fn shadowed(route: &RouteRule, earlier: &[(&RouteRule, &RulePlace)]) -> Option<String> {
    let queue = route.queue.as_ref()?;
    let with_queue = earlier.iter().filter_map(|(other, _)| Some((other, other.queue.as_ref()?)));
    let (cover, other_queue) =
        with_queue.into_iter().find(|(other, _)| covers(&other.when, &route.when))?;
    Some(if cover.when == route.when && other_queue != queue {
        format!(
            "conflicts with `{}`, which asks for the same and chooses `{other_queue}`; delete one",
            cover.id
        )
    } else {
        format!(
            "shadowed: its queue is never chosen, `{}` comes first and asks for less; move it up",
            cover.id
        )
    })
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
        && list(&wide.loan, &narrow.loan)
        && list(&wide.state, &narrow.state)
        && wide.not_flag.iter().all(|one| narrow.not_flag.contains(one))
        && (!wide.is_abstained || narrow.is_abstained)
}
