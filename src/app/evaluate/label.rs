//! Matters, statutory kinds and flags against labelled texts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::lines::{self, Refusal};
use super::measure::{self, Group};
use super::on_every_core;
use crate::domain::classify::{Evidence, Understanding};
use crate::domain::mail::{Address, InboundMail, TextSource};
use crate::domain::receive::OwnAddresses;
use crate::domain::rule::RuleBook;

/// Day on which labelled texts count as received: dates in them are relative.
const RECEIVED_ON: Date = jiff::civil::date(2026, 11, 4);

/// One labelled text. Fields it does not name (notes, sources) are allowed.
#[derive(Clone, Debug, Deserialize)]
pub struct Label {
    /// Names the text in the answer.
    pub key: String,
    /// What it is about, most important first.
    pub matters: Vec<String>,
    /// The most important matter; empty when there is none.
    pub primary: String,
    /// Statutory kinds.
    pub statutory: Vec<String>,
    /// Flags.
    pub flags: Vec<String>,
    /// The text.
    pub text: String,
    /// Its subject, if it had one.
    #[serde(default)]
    pub subject: String,
}

/// How the rules did.
#[derive(Clone, Debug, Serialize)]
pub struct LabelScores {
    /// Texts.
    pub texts: usize,
    /// Matters.
    pub matters: Group,
    /// Statutory kinds.
    pub statutory: Group,
    /// Flags.
    pub flags: Group,
    /// Share of texts whose primary matter leads.
    pub primary_top1: f64,
    /// Share of texts whose primary matter is one of the first two.
    pub primary_top2: f64,
    /// Share of texts in which no matter was found.
    pub abstained: f64,
    /// Texts that came out worst, worst first.
    pub worst: Vec<WorstText>,
    /// Labels that no rule carries: they cannot be found.
    pub unknown_labels: Vec<String>,
}

/// A text that came out wrong, with the trace. Holds no words of the text.
#[derive(Clone, Debug, Serialize)]
pub struct WorstText {
    /// Its key.
    pub key: String,
    /// Labels missed and labels wrongly given.
    pub mistakes: usize,
    /// `matter escrow`, `flag attorney` … that should be there.
    pub missed: Vec<String>,
    /// What should not be there.
    pub wrong: Vec<String>,
    /// Matters found, with scores, in order.
    pub found: Vec<String>,
    /// What fired for every matter, kind and flag found.
    pub trace: Vec<Evidence>,
}

/// Reads a label file: one JSON object a line.
///
/// # Errors
/// When it cannot be read, or with every wrong line.
pub fn read_labels(file: &Path) -> Result<Vec<Label>, Refusal> {
    lines::read(file, |label: &Label| {
        if label.text.trim().is_empty() {
            return Err("`text` is empty".to_owned());
        }
        if !label.primary.is_empty() && !label.matters.contains(&label.primary) {
            return Err(format!("`primary` {} is not one of `matters`", label.primary));
        }
        Ok(())
    })
}

/// Scores `book` against `labels`; `worst` texts are shown with their trace.
#[must_use]
pub fn score_labels(book: &RuleBook, labels: &[Label], worst: usize) -> LabelScores {
    let names = Names::of(book);
    let seen = on_every_core(labels, |label| {
        book.understand(&mail_of(label), &OwnAddresses::default(), RECEIVED_ON)
    });
    let compared: Vec<Compared<'_>> =
        labels.iter().zip(&seen).map(|(label, seen)| names.compare(label, seen)).collect();
    let pairs = |of: for<'b, 'c> fn(&'b Compared<'c>) -> &'b Pair<'c>| {
        measure::group(&compared.iter().map(|one| of(one).clone()).collect::<Vec<_>>())
    };
    let with_primary = labels.iter().filter(|label| !label.primary.is_empty()).count();
    let leads = |most: usize| {
        let is_within = |(label, one): &(&Label, &Compared<'_>)| {
            one.ranked.iter().take(most).any(|matter| *matter == label.primary)
        };
        measure::ratio(labels.iter().zip(&compared).filter(is_within).count(), with_primary)
    };
    LabelScores {
        texts: labels.len(),
        matters: pairs(|one| &one.matters),
        statutory: pairs(|one| &one.statutory),
        flags: pairs(|one| &one.flags),
        primary_top1: leads(1),
        primary_top2: leads(2),
        abstained: measure::ratio(
            seen.iter().filter(|one| one.matters.is_empty()).count(),
            labels.len(),
        ),
        worst: worst_texts(labels, &seen, &compared, worst),
        unknown_labels: names.unknown(labels),
    }
}

fn mail_of(label: &Label) -> InboundMail {
    let address = "rosa@example.com".to_owned();
    InboundMail {
        from: vec![Address { name: String::new(), address }],
        subject: label.subject.clone(),
        text: label.text.clone(),
        text_source: TextSource::Plain,
        ..InboundMail::default()
    }
}

/// What was wanted, what was found.
type Pair<'a> = (BTreeSet<&'a str>, BTreeSet<&'a str>);

struct Compared<'a> {
    matters: Pair<'a>,
    statutory: Pair<'a>,
    flags: Pair<'a>,
    /// Matters found, each label once, in order.
    ranked: Vec<&'a str>,
}

/// What label sets call the ids of the policy.
struct Names<'a> {
    matters: BTreeMap<&'a str, &'a str>,
    statutory: BTreeMap<&'a str, &'a str>,
    flags: BTreeMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    fn of(book: &'a RuleBook) -> Self {
        fn pair<'a>(id: &'a str, label: &'a str) -> Option<(&'a str, &'a str)> {
            (!label.is_empty()).then_some((id, label))
        }
        Self {
            matters: book.categories().iter().filter_map(|c| pair(&c.card.id, &c.label)).collect(),
            statutory: book.kinds().iter().filter_map(|k| pair(&k.card.id, &k.label)).collect(),
            flags: book.flags().iter().filter_map(|f| pair(&f.card.id, &f.label)).collect(),
        }
    }

    fn compare(&self, label: &'a Label, seen: &Understanding) -> Compared<'a> {
        let mut ranked: Vec<&'a str> = Vec::new();
        for matter in &seen.matters {
            if let Some(name) = self.matters.get(matter.category.as_str())
                && !ranked.contains(name)
            {
                ranked.push(name);
            }
        }
        let wanted = |words: &'a [String]| words.iter().map(String::as_str).collect();
        let kinds = seen.kinds.iter().filter_map(|one| self.statutory.get(one.kind.as_str()));
        let flags = seen.flags.iter().filter_map(|one| self.flags.get(one.flag.as_str()));
        Compared {
            matters: (wanted(&label.matters), ranked.iter().copied().collect()),
            statutory: (wanted(&label.statutory), kinds.copied().collect()),
            flags: (wanted(&label.flags), flags.copied().collect()),
            ranked,
        }
    }

    fn unknown(&self, labels: &[Label]) -> Vec<String> {
        let mut unknown = BTreeSet::new();
        for label in labels {
            for (what, words, names) in [
                ("matter", &label.matters, &self.matters),
                ("statutory", &label.statutory, &self.statutory),
                ("flag", &label.flags, &self.flags),
            ] {
                let is_unknown = |word: &&String| !names.values().any(|name| name == word);
                unknown
                    .extend(words.iter().filter(is_unknown).map(|word| format!("{what} {word}")));
            }
        }
        unknown.into_iter().collect()
    }
}

fn worst_texts(
    labels: &[Label],
    seen: &[Understanding],
    compared: &[Compared<'_>],
    most: usize,
) -> Vec<WorstText> {
    let mut worst: Vec<WorstText> = labels
        .iter()
        .zip(seen)
        .zip(compared)
        .map(|((label, seen), one)| worst_text(label, seen, one))
        .filter(|one| one.mistakes > 0)
        .collect();
    worst.sort_by(|a, b| b.mistakes.cmp(&a.mistakes).then_with(|| a.key.cmp(&b.key)));
    worst.truncate(most);
    worst
}

fn worst_text(label: &Label, seen: &Understanding, one: &Compared<'_>) -> WorstText {
    let (mut missed, mut wrong) = (Vec::new(), Vec::new());
    for (what, (wanted, found)) in
        [("matter", &one.matters), ("statutory", &one.statutory), ("flag", &one.flags)]
    {
        missed.extend(wanted.difference(found).map(|word| format!("{what} {word}")));
        wrong.extend(found.difference(wanted).map(|word| format!("{what} {word}")));
    }
    let scored = seen.matters.iter().map(|one| format!("{} {:.1}", one.category, one.score));
    let matters = seen.matters.iter().flat_map(|one| &one.evidence);
    let kinds = seen.kinds.iter().flat_map(|one| &one.evidence);
    let flags = seen.flags.iter().flat_map(|one| &one.evidence);
    WorstText {
        key: label.key.clone(),
        mistakes: missed.len() + wrong.len(),
        missed,
        wrong,
        found: scored.collect(),
        trace: matters.chain(kinds).chain(flags).cloned().collect(),
    }
}
