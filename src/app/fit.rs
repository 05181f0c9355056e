//! Weights proposed from labelled texts: regularised logistic regression over
//! which evidence fired, tried on texts it has not seen. Proposes, never acts.

mod rewrite;
mod solve;

use std::collections::BTreeMap;

use serde::Serialize;

use super::evaluate::{Label, on_every_core};
use crate::domain::digest::Digest;
use crate::domain::mail::{Address, InboundMail, TextSource};
use crate::domain::policy::Policy;
use crate::domain::rule::RuleBook;
use crate::domain::scorecard::Scorecard;

pub use rewrite::rewritten;

/// Texts that must carry a label, and as many that must not, before its
/// weights are fitted.
pub const LEAST_EXAMPLES: usize = 10;
/// Texts in which an evidence line must fire before its weight is touched.
pub const LEAST_FIRED: usize = 5;
/// A weight changes at most by this factor: labels are few, rules are many.
const MOST_FACTOR: f64 = 2.0;

/// How the fit is done.
#[derive(Clone, Copy, Debug)]
pub struct FitSettings {
    /// Strength of the L2 regularisation.
    pub l2: f64,
    /// Parts of the cross-validation.
    pub folds: usize,
    /// Held-out gain in F1 from which on weights are proposed.
    pub least_gain: f64,
}

impl Default for FitSettings {
    fn default() -> Self {
        Self { l2: 1.0, folds: 5, least_gain: 0.01 }
    }
}

/// What came out for one scorecard.
#[derive(Clone, Debug, Serialize)]
pub struct Fitted {
    /// Category or flag id.
    pub id: String,
    /// Texts that carry its label.
    pub support: usize,
    /// F1 of the weights as they are, over all texts.
    pub f1_now: f64,
    /// F1 of fitted weights on texts that they were not fitted to.
    pub f1_held_out: f64,
    /// The difference.
    pub gain: f64,
    /// Whether the gain is large enough to propose anything.
    pub is_proposed: bool,
    /// Evidence whose weight would change.
    pub weights: Vec<Weight>,
}

/// One weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weight {
    /// Id of the evidence line.
    pub rule: String,
    /// Weight as it is.
    pub now: f64,
    /// Weight proposed.
    pub proposed: f64,
    /// Texts in which it fired.
    pub fired: usize,
}

/// A scorecard that was not fitted, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NotFitted {
    /// Category or flag id.
    pub id: String,
    /// Why not.
    pub why: String,
}

/// The whole answer.
#[derive(Clone, Debug, Serialize)]
pub struct FitReport {
    /// Texts.
    pub texts: usize,
    /// What was fitted, the largest gain first.
    pub fitted: Vec<Fitted>,
    /// What was not.
    pub not_fitted: Vec<NotFitted>,
}

/// One scorecard with what its evidence did in every text.
pub(super) struct Table {
    /// Weight of each line as it is.
    pub(super) weights: Vec<f64>,
    /// For each text how many weights' worth each line added.
    pub(super) units: Vec<Vec<f64>>,
    /// Whether each text carries the label.
    pub(super) is_labelled: Vec<bool>,
    /// Score the card needs.
    pub(super) threshold: f64,
}

/// Fits every category and flag that has enough examples.
#[must_use]
pub fn fit(policy: &Policy, labels: &[Label], settings: FitSettings) -> FitReport {
    let book = &policy.rules;
    let added = on_every_core(labels, |label| book.added_by_line(&mail_of(label)));
    let folds = folds(labels, settings.folds);
    let (mut fitted, mut not_fitted) = (Vec::new(), Vec::new());
    for (card, label, of) in cards(book) {
        match table(book, (card, label, of), labels, &added) {
            Ok(table) => fitted.push(one(book, card, &table, &folds, settings)),
            Err(why) => not_fitted.push(NotFitted { id: card.id.clone(), why }),
        }
    }
    fitted.sort_by(|a: &Fitted, b| b.gain.total_cmp(&a.gain).then_with(|| a.id.cmp(&b.id)));
    FitReport { texts: labels.len(), fitted, not_fitted }
}

type LabelsOf = fn(&Label) -> &[String];

/// Every scorecard whose own evidence decides it, with its label.
fn cards(book: &RuleBook) -> Vec<(&Scorecard, &str, LabelsOf)> {
    let categories = book
        .categories()
        .iter()
        .map(|one| (&one.card, one.label.as_str(), (|label| &*label.matters) as LabelsOf));
    let flags = book
        .flags()
        .iter()
        .filter(|one| one.sale_within_days.is_none() && !one.is_of_secrets)
        .map(|one| (&one.card, one.label.as_str(), (|label| &*label.flags) as LabelsOf));
    categories.chain(flags).collect()
}

fn table(
    book: &RuleBook,
    (card, label, of): (&Scorecard, &str, LabelsOf),
    labels: &[Label],
    added: &[Vec<f64>],
) -> Result<Table, String> {
    if label.is_empty() {
        return Err("label sets have no word for it".into());
    }
    let sharing = book.categories().iter().filter(|one| one.label == label).count();
    if sharing > 1 {
        return Err(format!("{sharing} categories answer to the label {label}"));
    }
    let is_labelled: Vec<bool> =
        labels.iter().map(|one| of(one).iter().any(|word| word == label)).collect();
    let support = is_labelled.iter().filter(|is| **is).count();
    if support < LEAST_EXAMPLES || labels.len() - support < LEAST_EXAMPLES {
        return Err(format!("{support} of {} texts carry the label", labels.len()));
    }
    let weights: Vec<f64> = book.line_weights().get(card.lines.clone()).unwrap_or_default().into();
    let units = added.iter().map(|line| {
        let of_card = line.get(card.lines.clone()).unwrap_or_default();
        of_card.iter().zip(&weights).map(|(sum, weight)| sum / weight).collect()
    });
    let units = units.collect();
    Ok(Table { weights, units, is_labelled, threshold: card.threshold })
}

fn one(
    book: &RuleBook,
    card: &Scorecard,
    table: &Table,
    folds: &[usize],
    settings: FitSettings,
) -> Fitted {
    let all: Vec<usize> = (0..folds.len()).collect();
    let now = table.passing(&table.weights, &all);
    let f1_now = table.f1(&all, &now);
    let mut held_out = vec![false; folds.len()];
    for fold in 0..settings.folds.max(2) {
        let (out, within): (Vec<usize>, Vec<usize>) =
            all.iter().partition(|&&text| folds.get(text) == Some(&fold));
        let weights = solve::proposal(table, &within, settings.l2);
        for (text, passes) in out.iter().zip(table.passing(&weights, &out)) {
            if let Some(slot) = held_out.get_mut(*text) {
                *slot = passes;
            }
        }
    }
    let f1_held_out = table.f1(&all, &held_out);
    let gain = ((f1_held_out - f1_now) * 1e4).round() / 1e4;
    let proposal = solve::proposal(table, &all, settings.l2);
    let ids = book.line_ids(card);
    let weights = ids.iter().zip(&table.weights).zip(&proposal).enumerate();
    let weights = weights
        .filter(|(_, ((_, now), proposed))| (*now - *proposed).abs() > 1e-9)
        .map(|(line, ((rule, now), proposed))| Weight {
            rule: (*rule).to_owned(),
            now: *now,
            proposed: *proposed,
            fired: table.fired(line, &all),
        })
        .collect();
    Fitted {
        id: card.id.clone(),
        support: table.is_labelled.iter().filter(|is| **is).count(),
        f1_now,
        f1_held_out,
        gain,
        is_proposed: gain >= settings.least_gain,
        weights,
    }
}

impl Table {
    /// Texts of `texts` in which `line` fired.
    pub(super) fn fired(&self, line: usize, texts: &[usize]) -> usize {
        let has_fired = |text: &&usize| self.unit(**text, line) != 0.0;
        texts.iter().filter(has_fired).count()
    }

    pub(super) fn unit(&self, text: usize, line: usize) -> f64 {
        self.units.get(text).and_then(|units| units.get(line)).copied().unwrap_or(0.0)
    }

    /// Score of one text by `weights`.
    pub(super) fn score(&self, text: usize, weights: &[f64]) -> f64 {
        let units = self.units.get(text).map(Vec::as_slice).unwrap_or_default();
        let sum: f64 = units.iter().zip(weights).map(|(unit, weight)| unit * weight).sum();
        (sum * 1000.0).round() / 1000.0
    }

    /// Which of `texts` reach the threshold by `weights`.
    fn passing(&self, weights: &[f64], texts: &[usize]) -> Vec<bool> {
        let passes = |text: &usize| {
            let score = self.score(*text, weights);
            score > 0.0 && score >= self.threshold
        };
        texts.iter().map(passes).collect()
    }

    /// F1 of `found` over `texts`; 0 when nothing is right.
    pub(super) fn f1(&self, texts: &[usize], found: &[bool]) -> f64 {
        let (mut right, mut sum) = (0.0, 0.0);
        for (text, found) in texts.iter().zip(found) {
            let wanted = self.is_labelled.get(*text).copied().unwrap_or(false);
            right += f64::from(u8::from(wanted && *found));
            sum += f64::from(u8::from(wanted)) + f64::from(u8::from(*found));
        }
        if sum == 0.0 { 0.0 } else { ((2.0 * right / sum) * 1e4).round() / 1e4 }
    }
}

/// In which part each text is, by its key: the same texts always fall apart in
/// the same way, in whatever order they come.
fn folds(labels: &[Label], folds: usize) -> Vec<usize> {
    let folds = folds.max(2) as u64;
    let part = |label: &Label| {
        let digest = Digest::of(label.key.as_bytes()).0;
        let head = digest.first_chunk::<8>().copied().unwrap_or_default();
        usize::try_from(u64::from_be_bytes(head) % folds).unwrap_or(0)
    };
    labels.iter().map(part).collect()
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

/// Weights that are worth proposing: evidence id → weight.
#[must_use]
pub fn proposed(report: &FitReport) -> BTreeMap<&str, f64> {
    let worth = report.fitted.iter().filter(|one| one.is_proposed);
    worth.flat_map(|one| &one.weights).map(|one| (one.rule.as_str(), one.proposed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line 0 fires with the label, line 1 as often without it.
    pub(super) fn table() -> Table {
        let texts = 60;
        let is_labelled: Vec<bool> = (0..texts).map(|text| text % 3 == 0).collect();
        let units = (0..texts)
            .map(|text| {
                let speaks = if text % 3 == 0 { 1.0 } else { 0.0 };
                let misleads = if text % 2 == 0 { 1.0 } else { 0.0 };
                vec![speaks, misleads, 0.0]
            })
            .collect();
        Table { weights: vec![0.6, 1.0, 0.8], units, is_labelled, threshold: 1.0 }
    }

    #[test]
    fn evidence_that_speaks_gains_what_misleads_loses_and_what_never_fired_stays() {
        let table = table();
        let all: Vec<usize> = (0..60).collect();
        let weights = solve::proposal(&table, &all, 1.0);
        assert!(weights[0] > 0.9, "{weights:?}");
        assert!(weights[1] <= 0.6, "{weights:?}");
        assert_eq!(weights[2], 0.8);
        let before = table.f1(&all, &table.passing(&table.weights, &all));
        let after = table.f1(&all, &table.passing(&weights, &all));
        assert!(after > before, "{before} {after}");
    }

    #[test]
    fn f1_counts_right_missed_and_wrong() {
        let table = table();
        assert_eq!(table.f1(&[0, 3, 1], &[true, false, true]), 0.5);
        assert_eq!(table.f1(&[1, 2], &[false, false]), 0.0);
    }
}
