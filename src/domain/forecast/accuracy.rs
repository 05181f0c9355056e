//! How good the model was on weeks it had not seen, and how wide the band
//! around it must be.

use serde::Serialize;

use super::arrival::Arrivals;
use super::band::Band;
use super::chance::Chance;
use super::history::{Day, History};

/// Weeks held out to be compared with the baseline.
const HELD_OUT: usize = 4;
/// Weeks before those, from which the spread is learned.
const LEARNED: usize = 8;
/// Draws behind a band.
const DRAWS: usize = 600;
/// Share of a band of arrivals.
pub const SHARE: f64 = 0.8;

/// How far days lie from what is expected, beyond what pure chance explains.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Variance of a factor that a whole week shares.
    pub week: f64,
    /// Variance of a factor of each day.
    pub day: f64,
}

/// The model against the same day of the week before (the baseline).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Accuracy {
    /// Days that were held out.
    pub days: usize,
    /// Mean absolute error in a day, in tickets.
    pub error: f64,
    /// The same of the baseline.
    pub baseline_error: f64,
    /// Share of the days that lay in the band, which promises four of five.
    pub in_band: f64,
}

/// One day that was forecast and then came.
#[derive(Clone, Copy, Debug)]
struct Tried {
    week: usize,
    expected: f64,
    come: f64,
    baseline: f64,
}

impl Spread {
    /// Learned from the last weeks of a history, each forecast from before it.
    #[must_use]
    pub fn learned(history: &History) -> Self {
        Self::of(&tried(history.days(), LEARNED))
    }

    fn of(tried: &[Tried]) -> Self {
        let total = beyond_chance(tried.iter().map(|day| (day.come, day.expected)));
        let weeks = tried.chunk_by(|a, b| a.week == b.week).map(|week| {
            week.iter().fold((0.0, 0.0), |(come, expected), day| {
                (come + day.come, expected + day.expected)
            })
        });
        let week = beyond_chance(weeks).min(total);
        Self { week, day: total - week }
    }

    /// What a day may bring of which `expected` are expected.
    #[must_use]
    pub fn band(&self, expected: f64, chance: &mut Chance) -> Band {
        let draw = || {
            let factor = chance.factor(self.week) * chance.factor(self.day);
            f64::from(chance.count(expected * factor))
        };
        Band::of(std::iter::repeat_with(draw).take(DRAWS).collect(), SHARE)
    }
}

/// Variance of the ratio of what came to what was expected, without the part
/// that counting by chance has by itself. Robust: a day that is five times as
/// high as expected is a peak nobody knew, and does not widen every day.
fn beyond_chance(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    const FARTHEST: f64 = 2.0;
    let (mut sum, mut count) = (0.0, 0.0);
    for (come, expected) in pairs.filter(|(_, expected)| *expected >= 1.0) {
        let off = (come / expected - 1.0).clamp(-FARTHEST, FARTHEST);
        sum += off * off - 1.0 / expected;
        count += 1.0;
    }
    if count > 0.0 { (sum / count).max(0.0) } else { 0.0 }
}

/// The last `weeks` of `days`, each forecast from what was known before it.
fn tried(days: &[Day], weeks: usize) -> Vec<Tried> {
    let mut found = Vec::new();
    for week in (0..weeks).rev() {
        let Some(start) = days.len().checked_sub((week + 1) * 7) else { continue };
        let (known, rest) = days.split_at(start);
        let Some(model) = Arrivals::fit(known) else { continue };
        for (place, day) in rest.iter().take(7).enumerate() {
            let before = known.get(known.len() - 7 + place).map_or(0.0, Day::total);
            let expected = model.expected_total(day);
            found.push(Tried { week, expected, come: day.total(), baseline: before });
        }
    }
    found
}

/// How good the model was on the last weeks of a history, none of which it had
/// seen; `None` when the history is too short to say.
#[must_use]
pub fn accuracy(history: &History, chance: &mut Chance) -> Option<Accuracy> {
    let (known, _) = history.split(HELD_OUT * 7);
    let spread = Spread::of(&tried(known, LEARNED));
    let held_out = tried(history.days(), HELD_OUT);
    let days = held_out.len();
    if days < HELD_OUT * 7 {
        return None;
    }
    let mean =
        |value: &dyn Fn(&Tried) -> f64| held_out.iter().map(value).sum::<f64>() / days as f64;
    let mut in_band = 0;
    for day in &held_out {
        in_band += usize::from(spread.band(day.expected, chance).has(day.come));
    }
    Some(Accuracy {
        days,
        error: mean(&|day| (day.come - day.expected).abs()),
        baseline_error: mean(&|day| (day.come - day.baseline).abs()),
        in_band: in_band as f64 / days as f64,
    })
}
