//! From the written files to a rule book: patterns compiled and numbered,
//! evidence lines linked, scorecards laid over them.

use serde_spanned::Spanned;

use super::file::{self, Scoring};
use super::line::Lines;
use super::lint::RulePlace;
use super::self_test::SelfTest;
use super::source::Source;
use super::{
    Category, Context, FlagRule, KindRule, LoanEvidence, Margin, Queue, RuleBook, SubKindRule,
};
use crate::domain::loan::LoanSign;
use crate::domain::policy::PolicyProblem;
use crate::domain::route::{Floor, RouteRule, When};
use crate::domain::scorecard::{Matcher, Pattern, WordLists};
use crate::domain::ticket::{Priority, Tier};
use crate::domain::trust::Trust;

/// Evidence lines and routes together.
const MOST_RULES: usize = 10_000;

pub(super) fn book(sources: &[Source], problems: &mut Vec<PolicyProblem>) -> RuleBook {
    let words = word_lists(sources, problems);
    let mut lines = Lines::default();
    let (mut categories, mut flags, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    for source in sources {
        for one in &source.rules.category {
            categories.push(category(source, one, &words, &mut lines, problems));
        }
        for one in &source.rules.flag {
            flags.push(flag(source, one, &words, &mut lines, problems));
        }
        for one in &source.rules.kind {
            kinds.push(kind(source, one, &words, &mut lines, problems));
        }
    }
    lines.link(problems);
    let scoring = scoring(sources, problems);
    let routes: Vec<RouteRule> =
        sources.iter().flat_map(|source| &source.rules.route).map(route).collect();
    if lines.lines.len() + routes.len() > MOST_RULES {
        let message = format!("more than {MOST_RULES} rules; merge evidence that has one weight");
        problems.push(PolicyProblem {
            file: "rules".into(),
            line: 0,
            key: "rules".into(),
            message,
        });
    }
    let Lines { patterns, lines, places, written, .. } = lines;
    let matcher = Matcher::new(patterns, lines, scoring.opening, scoring.emphasis).unwrap_or_else(
        |message| {
            problems.push(PolicyProblem {
                file: "rules".into(),
                line: 0,
                key: "patterns".into(),
                message,
            });
            Matcher::default()
        },
    );
    RuleBook {
        matcher,
        categories,
        flags,
        kinds,
        margin: Margin { share: scoring.margin, most: scoring.most_matters },
        queues: sources.iter().flat_map(|source| &source.rules.queue).map(queue).collect(),
        routes,
        tests: sources.iter().flat_map(SelfTest::of).collect(),
        places,
        written,
        card_places: places_of(sources, |rules| {
            let categories = rules.category.iter().map(|one| &one.id);
            let flags = rules.flag.iter().map(|one| &one.id);
            categories.chain(flags).chain(rules.kind.iter().map(|one| &one.id)).collect()
        }),
        queue_places: places_of(sources, |rules| rules.queue.iter().map(|one| &one.id).collect()),
        route_places: places_of(sources, |rules| rules.route.iter().map(|one| &one.id).collect()),
    }
}

/// Where the ids stand that `of` picks, in the order of the files.
fn places_of(
    sources: &[Source],
    of: impl Fn(&file::RuleFile) -> Vec<&Spanned<String>>,
) -> Vec<RulePlace> {
    let mut places = Vec::new();
    for source in sources {
        places.extend(of(&source.rules).into_iter().map(|id| RulePlace {
            file: source.name.clone(),
            line: source.line(id),
            id: id.get_ref().clone(),
        }));
    }
    places
}

fn word_lists(sources: &[Source], problems: &mut Vec<PolicyProblem>) -> WordLists {
    let mut lists = WordLists::new();
    for source in sources {
        for (name, words) in &source.rules.words {
            for word in words {
                if let Err(message) = Pattern::compile(word.get_ref(), &WordLists::new()) {
                    problems.push(source.problem(word, &format!("words.{name}"), message));
                }
            }
            let right = words.iter().map(|word| word.get_ref().clone());
            let right = right.filter(|word| Pattern::compile(word, &WordLists::new()).is_ok());
            lists.entry(name.clone()).or_default().extend(right);
        }
    }
    lists
}

fn scoring(sources: &[Source], problems: &mut Vec<PolicyProblem>) -> Scoring {
    let mut found: Option<Scoring> = None;
    for source in sources {
        if let Some(scoring) = &source.rules.scoring {
            if found.is_some() {
                let message = "[scoring] stands in two files; keep one".to_owned();
                problems.push(PolicyProblem {
                    file: source.name.clone(),
                    line: 0,
                    key: "scoring".into(),
                    message,
                });
            }
            found = Some(scoring.clone());
        }
    }
    found.unwrap_or_default()
}

fn plain(names: &[Spanned<String>]) -> Vec<String> {
    names.iter().map(|name| name.get_ref().clone()).collect()
}

fn label(written: Option<&String>, id: &Spanned<String>) -> String {
    written.unwrap_or(id.get_ref()).clone()
}

fn category<'a>(
    source: &'a Source,
    one: &'a file::Category,
    words: &WordLists,
    lines: &mut Lines<'a>,
    problems: &mut Vec<PolicyProblem>,
) -> Category {
    let card = lines.card(source, &one.id, one.threshold, &one.evidence, words, problems);
    Category {
        card,
        name: one.name.clone(),
        label: label(one.label.as_ref(), &one.id),
        lead: one.lead,
        leads_with: plain(&one.leads_with),
        loan: one.loan.iter().map(loan_evidence).collect(),
    }
}

fn loan_evidence(written: &file::LoanEvidence) -> LoanEvidence {
    LoanEvidence { any: signs(&written.any), weight: written.weight }
}

/// The signs that are some; the others are told of elsewhere.
fn signs(written: &[Spanned<String>]) -> Vec<LoanSign> {
    written.iter().filter_map(|word| LoanSign::from_word(word.get_ref())).collect()
}

fn flag<'a>(
    source: &'a Source,
    one: &'a file::Flag,
    words: &WordLists,
    lines: &mut Lines<'a>,
    problems: &mut Vec<PolicyProblem>,
) -> FlagRule {
    FlagRule {
        card: lines.card(source, &one.id, one.threshold, &one.evidence, words, problems),
        name: one.name.clone(),
        label: label(one.label.as_ref(), &one.id),
        sale_within_days: one.sale_within_days,
        is_of_secrets: one.secrets,
    }
}

fn kind<'a>(
    source: &'a Source,
    one: &'a file::Kind,
    words: &WordLists,
    lines: &mut Lines<'a>,
    problems: &mut Vec<PolicyProblem>,
) -> KindRule {
    // a kind may also live on context alone
    let own: f64 = one.context.iter().map(|context| context.weight.max(0.0)).sum();
    let mut card = lines.card(source, &one.id, one.threshold - own, &one.evidence, words, problems);
    card.threshold = one.threshold;
    let sub_kinds = one
        .sub
        .iter()
        .map(|sub| SubKindRule {
            card: lines.card(source, &sub.id, 1.0, &sub.evidence, words, problems),
            citation: sub.citation.clone(),
            categories: plain(&sub.categories),
        })
        .collect();
    let context = one
        .context
        .iter()
        .map(|context| Context {
            categories: plain(&context.categories),
            flags: plain(&context.flags),
            kinds: plain(&context.kinds),
            is_leading: context.leading,
            weight: context.weight,
        })
        .collect();
    let (name, citation, sure) = (one.name.clone(), one.citation.clone(), one.sure);
    let label = label(one.label.as_ref(), &one.id);
    KindRule { card, name, label, citation, sure, context, sub_kinds }
}

fn tier(number: u8) -> Tier {
    Tier::from_word(&number.to_string()).unwrap_or(Tier::One)
}

fn queue(one: &file::Queue) -> Queue {
    Queue {
        id: one.id.get_ref().clone(),
        name: one.name.clone(),
        tier: tier(*one.tier.get_ref()),
        skills: one.skills.clone(),
        languages: one.languages.clone(),
        capacity: one.capacity,
        calendar: one.calendar.clone(),
    }
}

fn route(one: &file::Route) -> RouteRule {
    let when = &one.when;
    RouteRule {
        id: one.id.get_ref().clone(),
        when: When {
            lead: plain(&when.lead),
            matter: plain(&when.matter),
            flag: plain(&when.flag),
            kind: plain(&when.kind),
            not_flag: plain(&when.not_flag),
            trust: when.trust.iter().filter_map(|word| Trust::from_word(word.get_ref())).collect(),
            language: plain(&when.language),
            loan: signs(&when.loan),
            state: plain(&when.state),
            sale_within_days: when.sale_within_days,
            is_abstained: when.abstained,
        },
        queue: one.queue.as_ref().map(|id| id.get_ref().clone()),
        priority: one.priority.as_ref().and_then(|word| Priority::from_word(word.get_ref())),
        hold: one.hold.clone(),
        floor: one.floor.as_ref().map(|floor| Floor {
            tier: tier(*floor.tier.get_ref()),
            queue: floor.queue.get_ref().clone(),
        }),
    }
}
