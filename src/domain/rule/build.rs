//! From the written files to a rule book: patterns compiled and numbered,
//! evidence lines linked, scorecards laid over them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_spanned::Spanned;

use super::file::{self, Scoring};
use super::lint::RulePlace;
use super::self_test::SelfTest;
use super::source::Source;
use super::{Category, Context, FlagRule, KindRule, Margin, Queue, RuleBook, SubKindRule};
use crate::domain::classify::Field;
use crate::domain::policy::PolicyProblem;
use crate::domain::route::{Floor, RouteRule, When};
use crate::domain::scorecard::{EvidenceLine, Matcher, Needs, Pattern, Scorecard, WordLists};
use crate::domain::ticket::{Priority, Tier};
use crate::domain::trust::Trust;

/// Evidence lines and routes together.
const MOST_RULES: usize = 2_000;

/// Lines collected so far, with what they still have to be linked to.
#[derive(Default)]
struct Lines<'a> {
    patterns: Vec<Pattern>,
    numbers: BTreeMap<String, usize>,
    lines: Vec<EvidenceLine>,
    places: Vec<RulePlace>,
    unlinked: Vec<(&'a Source, &'a file::Evidence, usize)>,
}

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
    let Lines { patterns, lines, places, .. } = lines;
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
    }
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

impl<'a> Lines<'a> {
    /// Compiles the evidence of one scorecard; `owner` names it in problems.
    fn card(
        &mut self,
        source: &'a Source,
        id: &Spanned<String>,
        threshold: f64,
        evidence: &'a [file::Evidence],
        words: &WordLists,
        problems: &mut Vec<PolicyProblem>,
    ) -> Scorecard {
        let first = self.lines.len();
        for one in evidence {
            let line = self.line(source, one, words, problems);
            self.places.push(RulePlace {
                file: source.name.clone(),
                line: source.line(&one.id),
                id: one.id.get_ref().clone(),
            });
            self.unlinked.push((source, one, self.lines.len()));
            self.lines.push(line);
        }
        let lines: Range<usize> = first..self.lines.len();
        let most: f64 = self
            .lines
            .get(lines.clone())
            .unwrap_or_default()
            .iter()
            .map(|line| line.cap.max(0.0))
            .sum();
        if !evidence.is_empty() && most < threshold {
            let message = format!(
                "can never reach its threshold {threshold}: its evidence adds up to {most}"
            );
            problems.push(source.problem(id, id.get_ref(), message));
        }
        Scorecard { id: id.get_ref().clone(), threshold, lines }
    }

    fn line(
        &mut self,
        source: &Source,
        one: &file::Evidence,
        words: &WordLists,
        problems: &mut Vec<PolicyProblem>,
    ) -> EvidenceLine {
        let mut fields = Vec::new();
        for name in &one.fields {
            match Field::from_word(name.get_ref()) {
                Some(field) => fields.push(field),
                None => problems.push(source.problem(
                    name,
                    one.id.get_ref(),
                    "not a part of a mail; write subject, new_text, quoted_text, attachments or sender".into(),
                )),
            }
        }
        if fields.is_empty() {
            fields = vec![Field::Subject, Field::NewText];
        }
        if one.any.is_empty() {
            let message = "can never fire: `any` is empty".to_owned();
            problems.push(source.problem(&one.id, one.id.get_ref(), message));
        }
        let mut numbered = |written: &[Spanned<String>]| -> Vec<usize> {
            written
                .iter()
                .filter_map(|one_of| self.number(source, one, one_of, words, problems))
                .collect()
        };
        EvidenceLine {
            id: one.id.get_ref().clone(),
            weight: one.weight,
            cap: one.cap.unwrap_or(one.weight),
            fields,
            any: numbered(&one.any),
            near: numbered(&one.near),
            not: numbered(&one.not),
            within: one.within.min(400),
            needs: Needs::default(),
        }
    }

    /// Number of a pattern; the same text is compiled once.
    fn number(
        &mut self,
        source: &Source,
        line: &file::Evidence,
        written: &Spanned<String>,
        words: &WordLists,
        problems: &mut Vec<PolicyProblem>,
    ) -> Option<usize> {
        if let Some(&number) = self.numbers.get(written.get_ref()) {
            return Some(number);
        }
        match Pattern::compile(written.get_ref(), words) {
            Ok(pattern) => {
                let number = self.patterns.len();
                self.patterns.push(pattern);
                self.numbers.insert(written.get_ref().clone(), number);
                Some(number)
            }
            Err(message) => {
                let message = format!("`{}` {message}", written.get_ref());
                problems.push(source.problem(written, line.id.get_ref(), message));
                None
            }
        }
    }

    /// Turns the names in `all_of`, `any_of`, `none_of` into line numbers.
    fn link(&mut self, problems: &mut Vec<PolicyProblem>) {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut dependent: BTreeSet<&str> = BTreeSet::new();
        for (source, one, number) in &self.unlinked {
            if numbers.insert(one.id.get_ref(), *number).is_some() {
                let message = "evidence id is used twice; rename one of them".to_owned();
                problems.push(source.problem(&one.id, one.id.get_ref(), message));
            }
            if !(one.all_of.is_empty() && one.any_of.is_empty() && one.none_of.is_empty()) {
                dependent.insert(one.id.get_ref());
            }
        }
        for (source, one, number) in &self.unlinked {
            let mut linked = |names: &[Spanned<String>]| -> Vec<usize> {
                let mut found = Vec::new();
                for name in names {
                    let message = match numbers.get(name.get_ref().as_str()) {
                        None => "no evidence has this id; correct the name",
                        Some(_) if dependent.contains(name.get_ref().as_str()) => {
                            "depends on evidence that depends on other evidence; name the last one"
                        }
                        Some(&other) => {
                            found.push(other);
                            continue;
                        }
                    };
                    problems.push(source.problem(
                        name,
                        one.id.get_ref(),
                        format!("`{}`: {message}", name.get_ref()),
                    ));
                }
                found
            };
            let needs = Needs {
                all: linked(&one.all_of),
                any: linked(&one.any_of),
                none: linked(&one.none_of),
            };
            if let Some(line) = self.lines.get_mut(*number) {
                line.needs = needs;
            }
        }
    }
}

fn plain(names: &[Spanned<String>]) -> Vec<String> {
    names.iter().map(|name| name.get_ref().clone()).collect()
}

fn category<'a>(
    source: &'a Source,
    one: &'a file::Category,
    words: &WordLists,
    lines: &mut Lines<'a>,
    problems: &mut Vec<PolicyProblem>,
) -> Category {
    let card = lines.card(source, &one.id, one.threshold, &one.evidence, words, problems);
    Category { card, name: one.name.clone(), leads_with: plain(&one.leads_with) }
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
    KindRule { card, name, citation, sure, context, sub_kinds }
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
