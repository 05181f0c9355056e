//! From what fired to weights: logistic regression, brought back to the scale
//! of the scorecard and kept near what a person wrote.

use smartcore::linalg::basic::matrix::DenseMatrix;
use smartcore::linear::logistic_regression::{LogisticRegression, LogisticRegressionParameters};

use super::{LEAST_FIRED, MOST_FACTOR, Table};

/// Weights are written in steps of this.
const STEP: f64 = 0.05;

/// New weights for the card by `texts`; what fired in few of them stays.
pub(super) fn proposal(table: &Table, texts: &[usize], l2: f64) -> Vec<f64> {
    let lines: Vec<usize> =
        (0..table.weights.len()).filter(|&line| table.fired(line, texts) >= LEAST_FIRED).collect();
    let Some(slopes) = slopes(table, texts, &lines, l2) else { return table.weights.clone() };
    scaled(table, texts, &lines, &slopes)
}

/// Slope of each line of `lines`; the rest of the card counts as one more
/// feature, so that its share is not laid on them.
fn slopes(table: &Table, texts: &[usize], lines: &[usize], l2: f64) -> Option<Vec<f64>> {
    if lines.is_empty() {
        return None;
    }
    let row = |text: &usize| {
        let mut row: Vec<f64> = lines.iter().map(|&line| table.unit(*text, line)).collect();
        let rest = (0..table.weights.len()).filter(|line| !lines.contains(line));
        let rest = rest
            .map(|line| table.unit(*text, line) * table.weights.get(line).copied().unwrap_or(0.0));
        row.push(rest.sum());
        row
    };
    let rows: Vec<Vec<f64>> = texts.iter().map(row).collect();
    let wanted: Vec<i32> = texts
        .iter()
        .map(|&text| i32::from(table.is_labelled.get(text).copied().unwrap_or(false)))
        .collect();
    let has_both = wanted.contains(&0) && wanted.contains(&1);
    if !has_both {
        return None;
    }
    let matrix = DenseMatrix::from_2d_vec(&rows).ok()?;
    let settings = LogisticRegressionParameters::default().with_alpha(l2);
    let model = LogisticRegression::fit(&matrix, &wanted, settings).ok()?;
    let found = coefficients(&model, lines.len());
    found.iter().all(|slope| slope.is_finite()).then_some(found)
}

/// In a function of its own: the trait that reads a matrix also gives vectors
/// another `get`.
fn coefficients(
    model: &LogisticRegression<f64, i32, DenseMatrix<f64>, Vec<i32>>,
    lines: usize,
) -> Vec<f64> {
    use smartcore::linalg::basic::arrays::Array as _;
    let matrix = model.coefficients();
    (0..lines).map(|line| *matrix.get((0, line))).collect()
}

/// Slopes have no scale: the one is taken by which the card passes the right
/// texts of those it was fitted to, as seen by F1.
fn scaled(table: &Table, texts: &[usize], lines: &[usize], slopes: &[f64]) -> Vec<f64> {
    let mut best = (table.f1(texts, &passing(table, texts, &table.weights)), table.weights.clone());
    for step in 1..=60 {
        let scale = f64::from(step) * 0.05;
        let mut weights = table.weights.clone();
        for (&line, slope) in lines.iter().zip(slopes) {
            if let Some(weight) = weights.get_mut(line) {
                *weight = kept_near(*weight, slope * scale);
            }
        }
        let f1 = table.f1(texts, &passing(table, texts, &weights));
        if f1 > best.0 {
            best = (f1, weights);
        }
    }
    best.1
}

fn passing(table: &Table, texts: &[usize], weights: &[f64]) -> Vec<bool> {
    texts
        .iter()
        .map(|&text| {
            let score = table.score(text, weights);
            score > 0.0 && score >= table.threshold
        })
        .collect()
}

/// Evidence never changes sides, and never by more than a factor at once.
fn kept_near(now: f64, wanted: f64) -> f64 {
    let (least, most) = (now.abs() / MOST_FACTOR, now.abs() * MOST_FACTOR);
    let size = (wanted * now.signum()).clamp(least, most);
    let stepped = (size / STEP).round().max(1.0) * STEP;
    (stepped * now.signum() * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_keeps_its_side_and_its_order_of_magnitude() {
        assert_eq!(kept_near(1.0, 7.0), 2.0);
        assert_eq!(kept_near(1.0, -3.0), 0.5);
        assert_eq!(kept_near(-1.0, -1.3), -1.3);
        assert_eq!(kept_near(-1.0, 2.0), -0.5);
        assert_eq!(kept_near(0.05, 0.0), 0.05);
    }

    #[test]
    fn one_class_alone_proposes_nothing() {
        let mut table = super::super::tests::table();
        table.is_labelled.fill(false);
        let all: Vec<usize> = (0..60).collect();
        assert_eq!(proposal(&table, &all, 1.0), table.weights);
    }
}
