//! One mail, understood: origin, language, matters, kinds, flags, facts.

use jiff::civil::Date;

use super::classify::{
    Evidence, Fact, Field, Flag, ScoredCategory, Span, StatutoryKind, Understanding,
};
use super::fold::Folded;
use super::loan::KnownLoans;
use super::mail::InboundMail;
use super::receive::OwnAddresses;
use super::rule::{Category, Context, FlagRule, KindRule, RuleBook};
use super::scorecard::{Hits, Part};
use super::{fact, language, new_text, origin};

/// New text that is matched, bytes.
pub const MOST_TEXT: usize = 64 * 1024;
/// Quoted text that is matched, bytes.
const MOST_QUOTED: usize = 16 * 1024;

/// The parts of a mail, folded.
struct Folds {
    subject: Folded,
    new: Folded,
    quoted: Folded,
    attachments: Folded,
    sender: Folded,
}

/// What the rules say about `mail`, and which evidence fired.
#[must_use]
pub(super) fn understand(
    book: &RuleBook,
    mail: &InboundMail,
    own: &OwnAddresses,
    received_on: Date,
) -> (Understanding, Hits) {
    let visible = new_text::visible(&mail.text);
    let folds = fold_parts(mail, &visible);
    let new_words = visible
        .first()
        .and_then(|&(start, end)| mail.text.get(start as usize..end as usize))
        .unwrap_or_default();
    let language = language::detect(&mail.subject, new_words);
    let hits = book.matcher.find(&folds.parts());
    let found = find_facts(&folds, mail, language == "es", received_on);
    let flags = raise_flags(book, &hits, &found, received_on);
    let (matters, runner_up) = find_matters(book, &hits, &flags, &KnownLoans::default());
    let kinds = find_kinds(book, &hits, &matters, &flags);
    let understanding = Understanding {
        origin: origin::judge(mail, own),
        language: language.to_owned(),
        matters,
        runner_up,
        kinds,
        flags,
        facts: found.facts,
        new_text: visible,
    };
    (understanding, hits)
}

/// The same with what the loan book tells: it may lift a matter over its
/// threshold, or drop it, and with it a statutory kind.
#[must_use]
pub(super) fn with_loans(
    book: &RuleBook,
    seen: &Understanding,
    hits: &Hits,
    loans: &KnownLoans,
) -> Understanding {
    let (matters, runner_up) = find_matters(book, hits, &seen.flags, loans);
    let kinds = find_kinds(book, hits, &matters, &seen.flags);
    Understanding { matters, runner_up, kinds, ..seen.clone() }
}

/// Which evidence lines fire on `mail`, whether or not anything comes of it.
pub(super) fn find_hits(book: &RuleBook, mail: &InboundMail) -> Hits {
    let visible = new_text::visible(&mail.text);
    book.matcher.find(&fold_parts(mail, &visible).parts())
}

fn fold_parts(mail: &InboundMail, visible: &[(u32, u32)]) -> Folds {
    let names: Vec<String> = mail
        .attachments
        .iter()
        .take(20)
        .map(|one| format!("{} {}", one.name, one.sniffed_type))
        .collect();
    let sender = mail.from.first().map(|from| from.address.as_str()).unwrap_or_default();
    Folds {
        subject: Folded::new(&mail.subject, MOST_TEXT),
        new: Folded::of_ranges(&mail.text, visible, MOST_TEXT),
        quoted: Folded::of_ranges(&mail.text, &new_text::quoted(&mail.text, visible), MOST_QUOTED),
        attachments: Folded::new(&names.join("\n"), MOST_TEXT),
        sender: Folded::new(sender, 320),
    }
}

impl Folds {
    fn parts(&self) -> [Part<'_>; 5] {
        [
            Part { field: Field::Subject, folded: &self.subject },
            Part { field: Field::NewText, folded: &self.new },
            Part { field: Field::QuotedText, folded: &self.quoted },
            Part { field: Field::Attachments, folded: &self.attachments },
            Part { field: Field::Sender, folded: &self.sender },
        ]
    }
}

fn find_facts(
    folds: &Folds,
    mail: &InboundMail,
    is_spanish: bool,
    received_on: Date,
) -> fact::Found {
    let parts = [
        (Field::Subject, mail.subject.as_str(), &folds.subject),
        (Field::NewText, mail.text.as_str(), &folds.new),
    ];
    let mut all = fact::Found::default();
    for (field, original, folded) in parts {
        let found = fact::find(fact::Part { field, original, folded }, is_spanish, received_on);
        all.facts.extend(found.facts);
        all.secrets.extend(found.secrets);
    }
    all
}

/// Days from `received_on` to the nearest sale that is still to come.
#[must_use]
pub fn days_to_sale(facts: &[Fact], received_on: Date) -> Option<i32> {
    facts
        .iter()
        .filter(|fact| fact.fact == "sale_date")
        .filter_map(|fact| fact.value.parse::<Date>().ok())
        .filter_map(|on| received_on.until(on).ok().map(|span| span.get_days()))
        .filter(|days| *days >= 0)
        .min()
}

fn raise_flags(book: &RuleBook, hits: &Hits, found: &fact::Found, received_on: Date) -> Vec<Flag> {
    let raise = |rule: &FlagRule| {
        let (score, mut evidence) = rule.card.score(&book.matcher, hits);
        let mut is_raised = !evidence.is_empty() && score >= rule.card.threshold;
        if let Some(most) = rule.sale_within_days
            && days_to_sale(&found.facts, received_on).is_some_and(|days| days <= i32::from(most))
        {
            is_raised = true;
            evidence.push(sale_evidence(&found.facts));
        }
        if rule.is_of_secrets {
            evidence.extend(found.secrets.iter().cloned());
            is_raised |= !evidence.is_empty();
        }
        is_raised.then(|| Flag { flag: rule.card.id.clone(), evidence })
    };
    book.flags.iter().filter_map(raise).collect()
}

fn sale_evidence(facts: &[Fact]) -> Evidence {
    let spans: Vec<Span> = facts
        .iter()
        .filter(|fact| fact.fact == "sale_date")
        .map(|fact| fact.span)
        .take(8)
        .collect();
    Evidence { rule: "fact.sale_date".into(), weight: 1.0, spans }
}

/// Categories that passed, most urgent first, and the best that did not.
fn find_matters(
    book: &RuleBook,
    hits: &Hits,
    flags: &[Flag],
    loans: &KnownLoans,
) -> (Vec<ScoredCategory>, Option<ScoredCategory>) {
    let mut scored: Vec<(bool, f64, ScoredCategory)> = book
        .categories
        .iter()
        .filter_map(|category| {
            let (score, evidence) = weighed(category, book, hits, loans);
            let is_urgent = flags.iter().any(|raised| category.leads_with.contains(&raised.flag));
            let (id, threshold) = (category.card.id.clone(), category.card.threshold);
            let scored = ScoredCategory { category: id, score, threshold, evidence };
            (score > 0.0).then_some((is_urgent, score * category.lead, scored))
        })
        .collect();
    scored.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));
    let best = scored.iter().map(|(_, _, one)| one.score).fold(0.0, f64::max);
    let (mut passed, failed): (Vec<_>, Vec<_>) =
        scored.into_iter().partition(|(is_urgent, _, one)| {
            one.score >= one.threshold && (*is_urgent || one.score >= best * book.margin.share)
        });
    passed.sort_by_key(|(is_urgent, _, _)| !is_urgent);
    passed.truncate(book.margin.most);
    let runner_up = failed.into_iter().map(|(_, _, one)| one).next();
    (passed.into_iter().map(|(_, _, one)| one).collect(), runner_up)
}

/// What the words add up to, and what is on file beside them.
fn weighed(
    category: &Category,
    book: &RuleBook,
    hits: &Hits,
    loans: &KnownLoans,
) -> (f64, Vec<Evidence>) {
    let (mut score, mut evidence) = category.card.score(&book.matcher, hits);
    if evidence.is_empty() {
        return (score, evidence);
    }
    for own in &category.loan {
        if let Some(sign) = loans.first_of(&own.any) {
            let rule = format!("{}.loan-{sign}", category.card.id);
            evidence.push(Evidence { rule, weight: own.weight, spans: Vec::new() });
            score += own.weight;
        }
    }
    // sums of decimal weights, see Scorecard::score
    ((score * 1000.0).round() / 1000.0, evidence)
}

fn find_kinds(
    book: &RuleBook,
    hits: &Hits,
    matters: &[ScoredCategory],
    flags: &[Flag],
) -> Vec<StatutoryKind> {
    let mut kinds: Vec<StatutoryKind> = Vec::new();
    for rule in &book.kinds {
        let (score, mut evidence) = rule.card.score(&book.matcher, hits);
        let mut total = score;
        for context in rule.context.iter().filter(|one| speaks(one, matters, flags, &kinds)) {
            total += context.weight;
            evidence.push(context_evidence(rule, context));
        }
        // sums of decimal weights, see Scorecard::score
        if evidence.is_empty() || total + 1e-9 < rule.card.threshold {
            continue;
        }
        let sub_kind = find_sub_kind(book, rule, hits, matters, &mut evidence);
        kinds.push(StatutoryKind {
            kind: rule.card.id.clone(),
            sub_kind,
            is_to_confirm: total + 1e-9 < rule.sure,
            evidence,
        });
    }
    kinds
}

fn speaks(
    context: &Context,
    matters: &[ScoredCategory],
    flags: &[Flag],
    kinds: &[StatutoryKind],
) -> bool {
    let looked_at = if context.is_leading { matters.get(..1).unwrap_or_default() } else { matters };
    looked_at.iter().any(|matter| context.categories.contains(&matter.category))
        || flags.iter().any(|raised| context.flags.contains(&raised.flag))
        || kinds.iter().any(|seen| context.kinds.contains(&seen.kind))
}

fn context_evidence(rule: &KindRule, context: &Context) -> Evidence {
    let named = context.categories.iter().chain(&context.flags).chain(&context.kinds);
    let first = named.map(String::as_str).next().unwrap_or_default();
    Evidence {
        rule: format!("{}.with-{first}", rule.card.id),
        weight: context.weight,
        spans: Vec::new(),
    }
}

/// The strictest finer kind that fits; its evidence joins the kind's.
fn find_sub_kind(
    book: &RuleBook,
    rule: &KindRule,
    hits: &Hits,
    matters: &[ScoredCategory],
    evidence: &mut Vec<Evidence>,
) -> String {
    let mut chosen = String::new();
    for sub in &rule.sub_kinds {
        let (score, fired) = sub.card.score(&book.matcher, hits);
        let is_implied = matters.iter().any(|matter| sub.categories.contains(&matter.category));
        if chosen.is_empty() && (!fired.is_empty() && score >= sub.card.threshold || is_implied) {
            chosen.clone_from(&sub.card.id);
        }
        evidence.extend(fired);
    }
    chosen
}
