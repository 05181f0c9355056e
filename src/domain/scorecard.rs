//! Weighted evidence over the parts of a mail: which patterns matched where,
//! and what that adds up to.

mod edge;
mod literal;
mod matcher;
mod pattern;
mod probe;
mod rarity;

pub use matcher::{EvidenceLine, Hits, Matcher, Needs, Part};
pub use pattern::{LONGEST_PATTERN, Pattern, WordLists};
pub use probe::Probe;

use super::classify::Evidence;

/// Spans kept of one evidence line.
pub const MOST_SPANS: usize = 8;

/// A category, flag or kind: what it needs and where its evidence stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Scorecard {
    /// Id of the policy.
    pub id: String,
    /// Score it needs.
    pub threshold: f64,
    /// Indices of its evidence lines in the matcher.
    pub lines: std::ops::Range<usize>,
}

impl Scorecard {
    /// Sum of the weights of what fired, and the evidence itself.
    #[must_use]
    pub fn score(&self, matcher: &Matcher, hits: &Hits) -> (f64, Vec<Evidence>) {
        let fired: Vec<Evidence> =
            self.lines.clone().filter_map(|line| matcher.evidence(line, hits)).collect();
        let score = fired.iter().map(|one| one.weight).sum::<f64>();
        // sums of decimal weights; rounding keeps 0.1 + 0.2 at its threshold
        ((score * 1000.0).round() / 1000.0, fired)
    }
}
