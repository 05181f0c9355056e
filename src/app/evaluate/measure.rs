//! Precision, recall and F1 of single labels, and their mean.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Labels with fewer examples say too little to count in the mean.
pub(super) const LEAST_SUPPORT: usize = 5;

/// How well one label was found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measure {
    /// Share of what was found that is right; 0 when nothing was found.
    pub precision: f64,
    /// Share of what should be found that was; 0 when there is nothing.
    pub recall: f64,
    /// Harmonic mean of both.
    pub f1: f64,
    /// Texts that carry the label.
    pub support: usize,
    /// Found, and right.
    pub right: usize,
    /// Found, but wrong.
    pub wrong: usize,
}

/// All labels of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Group {
    /// Mean F1 of the labels with at least five examples; 0 without any.
    pub macro_f1: f64,
    /// Each label.
    pub per_label: BTreeMap<String, Measure>,
}

/// Compares what should be found with what was, text by text.
pub(super) fn group(pairs: &[(BTreeSet<&str>, BTreeSet<&str>)]) -> Group {
    let mut counts: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for (wanted, found) in pairs {
        for label in wanted.union(found) {
            let (support, right, wrong) = counts.entry(label).or_default();
            match (wanted.contains(label), found.contains(label)) {
                (true, true) => (*support, *right) = (*support + 1, *right + 1),
                (true, false) => *support += 1,
                _ => *wrong += 1,
            }
        }
    }
    let per_label: BTreeMap<String, Measure> = counts
        .into_iter()
        .map(|(label, (support, right, wrong))| (label.to_owned(), measure(support, right, wrong)))
        .collect();
    let counted: Vec<f64> =
        per_label.values().filter(|one| one.support >= LEAST_SUPPORT).map(|one| one.f1).collect();
    Group { macro_f1: mean(&counted), per_label }
}

fn measure(support: usize, right: usize, wrong: usize) -> Measure {
    let (precision, recall) = (ratio(right, right + wrong), ratio(right, support));
    let f1 = ratio(2 * right, right + wrong + support);
    Measure { precision, recall, f1, support, right, wrong }
}

/// `part` of `whole`, 0 when there is no whole; four decimals.
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { rounded(part as f64 / whole as f64) }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { rounded(values.iter().sum::<f64>() / values.len() as f64) }
}

fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_counts_what_is_right_wrong_and_missing() {
        let set = |words: &[&'static str]| words.iter().copied().collect::<BTreeSet<&str>>();
        let mut pairs = vec![(set(&["a", "b"]), set(&["a"])); 4];
        pairs.push((set(&["a"]), set(&["c"])));
        let scores = group(&pairs);
        let a = scores.per_label["a"];
        assert_eq!((a.precision, a.recall, a.support), (1.0, 0.8, 5));
        assert_eq!(a.f1, 0.8889);
        assert_eq!(scores.per_label["c"].support, 0);
        assert_eq!(scores.macro_f1, a.f1, "b and c have too few examples");
    }

    #[test]
    fn nothing_at_all_is_zero_not_a_division() {
        assert_eq!(group(&[]).macro_f1, 0.0);
        assert_eq!(ratio(0, 0), 0.0);
    }
}
