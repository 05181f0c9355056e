//! Cross-checks: every name that a rule mentions exists, every id is unique.

use std::collections::{BTreeMap, BTreeSet};

use serde_spanned::Spanned;

use super::file::{Evidence, Route};
use super::source::Source;
use crate::domain::loan::LoanSign;
use crate::domain::policy::PolicyProblem;
use crate::domain::ticket::{Priority, Tier};
use crate::domain::trust::Trust;

/// Ids that the files define.
#[derive(Default)]
struct Known<'a> {
    categories: BTreeSet<&'a str>,
    flags: BTreeSet<&'a str>,
    kinds: BTreeSet<&'a str>,
    queues: BTreeMap<&'a str, u8>,
}

/// Adds a problem for every unknown or repeated name.
pub(super) fn references(sources: &[Source], problems: &mut Vec<PolicyProblem>) {
    let known = known(sources, problems);
    for source in sources {
        categories(source, &known, problems);
        kinds(source, &known, problems);
        source.rules.route.iter().for_each(|route| check_route(source, route, &known, problems));
    }
}

fn known<'a>(sources: &'a [Source], problems: &mut Vec<PolicyProblem>) -> Known<'a> {
    let mut known = Known::default();
    let mut routes = BTreeSet::new();
    for source in sources {
        let rules = &source.rules;
        let mut once = |is_new: bool, id: &Spanned<String>, what: &str| {
            if !is_new {
                let message = format!("{what} id is used twice; rename one of them");
                problems.push(source.problem(id, id.get_ref(), message));
            }
            if !is_kebab(id.get_ref()) {
                let message = "an id is lower-case words joined by hyphens".to_owned();
                problems.push(source.problem(id, id.get_ref(), message));
            }
        };
        for one in &rules.category {
            once(known.categories.insert(one.id.get_ref()), &one.id, "category");
        }
        for one in &rules.flag {
            once(known.flags.insert(one.id.get_ref()), &one.id, "flag");
        }
        for one in &rules.kind {
            once(known.kinds.insert(one.id.get_ref()), &one.id, "kind");
        }
        for one in &rules.route {
            once(routes.insert(one.id.get_ref().as_str()), &one.id, "route");
        }
        for one in &rules.queue {
            let tier = *one.tier.get_ref();
            once(known.queues.insert(one.id.get_ref(), tier).is_none(), &one.id, "queue");
        }
        for one in &rules.queue {
            let tier = *one.tier.get_ref();
            if Tier::from_word(&tier.to_string()).is_none() {
                let message = format!("tier {tier} does not exist; write 1, 2, 3 or 4");
                problems.push(source.problem(&one.tier, one.id.get_ref(), message));
            }
        }
    }
    known
}

fn is_kebab(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 60
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn each_known<'a>(
    source: &Source,
    key: &str,
    names: impl IntoIterator<Item = &'a Spanned<String>>,
    what: &str,
    is_known: impl Fn(&str) -> bool,
    problems: &mut Vec<PolicyProblem>,
) {
    for name in names {
        if !is_known(name.get_ref()) {
            let message =
                format!("no {what} is called `{}`; define it or correct the name", name.get_ref());
            problems.push(source.problem(name, key, message));
        }
    }
}

fn categories(source: &Source, known: &Known<'_>, problems: &mut Vec<PolicyProblem>) {
    for one in &source.rules.category {
        let key = one.id.get_ref();
        each_known(source, key, &one.leads_with, "flag", |id| known.flags.contains(id), problems);
        one.evidence.iter().for_each(|line| caps(source, line, problems));
        for line in &one.loan {
            let signs = &line.any;
            each_known(source, key, signs, "sign of the loan book", is_sign, problems);
            if let Some(first) = signs.first().filter(|_| !is_weight(line.weight)) {
                problems.push(source.problem(first, key, NO_WEIGHT.to_owned()));
            }
        }
    }
    for one in &source.rules.flag {
        one.evidence.iter().for_each(|line| caps(source, line, problems));
        if one.evidence.is_empty()
            && !one.secrets
            && !one.by_person
            && one.sale_within_days.is_none()
        {
            let message = "can never be raised; give it evidence".to_owned();
            problems.push(source.problem(&one.id, one.id.get_ref(), message));
        }
    }
}

const NO_WEIGHT: &str = "weight 0 changes nothing; delete the line or weigh it";

fn is_weight(weight: f64) -> bool {
    weight != 0.0 && weight.is_finite()
}

fn is_sign(word: &str) -> bool {
    LoanSign::from_word(word).is_some()
}

fn caps(source: &Source, line: &Evidence, problems: &mut Vec<PolicyProblem>) {
    let key = line.id.get_ref();
    if !is_weight(line.weight) {
        problems.push(source.problem(&line.id, key, NO_WEIGHT.to_owned()));
    }
    if line.cap.is_some_and(|cap| cap.abs() < line.weight.abs() || cap * line.weight < 0.0) {
        let message = "cap must have the sign of the weight and be at least as large".to_owned();
        problems.push(source.problem(&line.id, key, message));
    }
}

fn kinds(source: &Source, known: &Known<'_>, problems: &mut Vec<PolicyProblem>) {
    for kind in &source.rules.kind {
        let key = kind.id.get_ref();
        for context in &kind.context {
            each_known(
                source,
                key,
                &context.categories,
                "category",
                |id| known.categories.contains(id),
                problems,
            );
            each_known(
                source,
                key,
                &context.flags,
                "flag",
                |id| known.flags.contains(id),
                problems,
            );
            each_known(
                source,
                key,
                &context.kinds,
                "kind",
                |id| known.kinds.contains(id),
                problems,
            );
        }
        for sub in &kind.sub {
            each_known(
                source,
                key,
                &sub.categories,
                "category",
                |id| known.categories.contains(id),
                problems,
            );
        }
        if kind.sure < kind.threshold {
            let message = "sure is below threshold; nothing would ever need confirming".to_owned();
            problems.push(source.problem(&kind.id, key, message));
        }
    }
}

fn is_state(word: &str) -> bool {
    word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn check_route(
    source: &Source,
    route: &Route,
    known: &Known<'_>,
    problems: &mut Vec<PolicyProblem>,
) {
    let key = route.id.get_ref();
    let when = &route.when;
    let categories = when.lead.iter().chain(&when.matter);
    each_known(source, key, categories, "category", |id| known.categories.contains(id), problems);
    let flags = when.flag.iter().chain(&when.not_flag);
    each_known(source, key, flags, "flag", |id| known.flags.contains(id), problems);
    each_known(
        source,
        key,
        &when.kind,
        "kind",
        |id| known.kinds.contains(id.split('/').next().unwrap_or(id)),
        problems,
    );
    each_known(
        source,
        key,
        &when.trust,
        "level of trust",
        |id| Trust::from_word(id).is_some(),
        problems,
    );
    each_known(source, key, &when.loan, "sign of the loan book", is_sign, problems);
    each_known(source, key, &when.state, "state of two capitals", is_state, problems);
    let floor_queue = route.floor.iter().map(|floor| &floor.queue);
    let queues = route.queue.iter().chain(floor_queue);
    each_known(source, key, queues, "queue", |id| known.queues.contains_key(id), problems);
    each_known(
        source,
        key,
        &route.priority,
        "priority",
        |id| Priority::from_word(id).is_some(),
        problems,
    );
    if let Some(floor) = &route.floor {
        let tier = *floor.tier.get_ref();
        let has = known.queues.get(floor.queue.get_ref().as_str()).copied();
        if Tier::from_word(&tier.to_string()).is_none() || has.is_some_and(|has| has < tier) {
            let message = format!(
                "queue `{}` is below tier {tier}; name one that reaches it",
                floor.queue.get_ref()
            );
            problems.push(source.problem(&floor.tier, key, message));
        }
    }
    if route.queue.is_none()
        && route.priority.is_none()
        && route.hold.is_none()
        && route.floor.is_none()
    {
        let message = "decides nothing; give it a queue, priority, hold or floor".to_owned();
        problems.push(source.problem(&route.id, key, message));
    }
}
