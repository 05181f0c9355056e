//! What is expected, and between what it will most likely lie.

use serde::Serialize;

/// A mean with a lower and an upper bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Band {
    /// Lower bound.
    pub low: f64,
    /// Mean.
    pub mean: f64,
    /// Upper bound.
    pub high: f64,
}

impl Band {
    /// The middle `share` (0.8: from the 10th to the 90th percentile) of draws.
    #[must_use]
    pub fn of(mut draws: Vec<f64>, share: f64) -> Self {
        if draws.is_empty() {
            return Self::default();
        }
        draws.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let place = (part * (draws.len() - 1) as f64).round() as usize;
            draws.get(place).copied().unwrap_or_default()
        };
        let tail = (1.0 - share) / 2.0;
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        Self { low: at(tail), mean, high: at(1.0 - tail) }
    }

    /// Whether `value` lies in it.
    #[must_use]
    pub fn has(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_holds_the_middle_share() {
        let band = Band::of((0..=100).rev().map(f64::from).collect(), 0.8);
        assert_eq!(band, Band { low: 10.0, mean: 50.0, high: 90.0 });
        assert!(band.has(10.0) && !band.has(90.5));
        assert_eq!(Band::of(Vec::new(), 0.8), Band::default());
    }
}
