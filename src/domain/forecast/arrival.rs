//! How many tickets will come: a level with a damped trend, a shape of the week
//! by the hour, and factors for month ends, tax season and holidays. Counts by
//! the hour are small and many of them are nothing, so everything multiplies;
//! nothing is ever forecast below nothing.

use super::history::Day;

/// Fewer days than these say nothing about a week.
pub const FEWEST_DAYS: usize = 28;
/// After so many weeks what was counts half, for the level.
const LEVEL_HALVES: f64 = 3.0;
/// The same for the shape of the week.
const SHAPE_HALVES: f64 = 10.0;
/// Weeks whose trend is looked at.
const TREND_WEEKS: usize = 13;
/// A level moves at most so much in a week, of its logarithm.
const STEEPEST: f64 = 0.05;
/// Each week ahead the trend counts so much of the week before.
const DAMPING: f64 = 0.85;
/// So many tickets as expected are added before a factor is believed.
const DOUBT: f64 = 40.0;
/// Rounds until factors, shape and level agree.
const ROUNDS: usize = 3;

/// What makes a day unlike the others of its weekday.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Peaks {
    month_end: f64,
    tax_season: f64,
    holiday: f64,
}

/// A fitted model of arrivals.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrivals {
    /// Tickets of an ordinary week, at the end of the history.
    level: f64,
    /// Growth of its logarithm in a week.
    trend: f64,
    /// Share of a week in each hour of each weekday.
    week: [[f64; 24]; 7],
    peaks: Peaks,
    end: jiff::civil::Date,
}

impl Peaks {
    const NONE: Self = Self { month_end: 1.0, tax_season: 1.0, holiday: 1.0 };

    fn factor(&self, day: &Day) -> f64 {
        if day.is_holiday {
            return self.holiday;
        }
        let month_end = if day.is_month_end() { self.month_end } else { 1.0 };
        let tax_season = if day.is_tax_season() { self.tax_season } else { 1.0 };
        month_end * tax_season
    }
}

impl Arrivals {
    /// Fits `days`, without a gap and the oldest first; `None` of too few.
    #[must_use]
    pub fn fit(days: &[Day]) -> Option<Self> {
        let end = days.last()?.date;
        if days.len() < FEWEST_DAYS {
            return None;
        }
        let mut peaks = Peaks::NONE;
        let mut week = shape(days, &peaks);
        let mut levels = levels(days, &week, &peaks);
        for _ in 0..ROUNDS {
            peaks = factors(days, &week, &levels, peaks);
            week = shape(days, &peaks);
            levels = self::levels(days, &week, &peaks);
        }
        let level = levels.last().copied()?;
        Some(Self { level, trend: trend(&levels), week, peaks, end })
    }

    /// What to expect in each hour of a day after the history.
    #[must_use]
    pub fn expected(&self, day: &Day) -> [f64; 24] {
        let ahead = f64::from(self.end.until(day.date).map_or(0, |span| span.get_days())) / 7.0;
        // the sum of the damped steps, as if time ran on in parts of weeks
        let reach = (1.0 - DAMPING.powf(ahead.max(0.0))) / (1.0 - DAMPING);
        let level = self.level * (self.trend * reach).exp() * self.peaks.factor(day);
        let hours = self.week.get(day.weekday()).copied().unwrap_or([0.0; 24]);
        hours.map(|share| share * level)
    }

    /// What to expect in the whole day.
    #[must_use]
    pub fn expected_total(&self, day: &Day) -> f64 {
        self.expected(day).iter().sum()
    }
}

/// Weeks from the end of `days`, for the day at `place`.
fn age(days: &[Day], place: usize) -> f64 {
    (days.len() - 1 - place) as f64 / 7.0
}

/// The share of a week in each of its hours; what is near counts more.
fn shape(days: &[Day], peaks: &Peaks) -> [[f64; 24]; 7] {
    let mut week = [[0.0; 24]; 7];
    for (place, day) in days.iter().enumerate().filter(|(_, day)| !day.is_holiday) {
        let weight = 0.5_f64.powf(age(days, place) / SHAPE_HALVES) / peaks.factor(day).max(0.05);
        let Some(hours) = week.get_mut(day.weekday()) else { continue };
        for (cell, count) in hours.iter_mut().zip(&day.hours) {
            *cell += weight * f64::from(*count);
        }
    }
    let weights = weights_of_weekdays(days);
    for (hours, weight) in week.iter_mut().zip(weights) {
        hours.iter_mut().for_each(|cell| *cell /= weight.max(f64::MIN_POSITIVE));
    }
    let sum: f64 = week.iter().flatten().sum();
    if sum > 0.0 {
        week.iter_mut().flatten().for_each(|cell| *cell /= sum);
    }
    week
}

fn weights_of_weekdays(days: &[Day]) -> [f64; 7] {
    let mut weights = [0.0; 7];
    for (place, day) in days.iter().enumerate().filter(|(_, day)| !day.is_holiday) {
        if let Some(weight) = weights.get_mut(day.weekday()) {
            *weight += 0.5_f64.powf(age(days, place) / SHAPE_HALVES);
        }
    }
    weights
}

/// The level at the end of each day: tickets of an ordinary week, smoothed.
fn levels(days: &[Day], week: &[[f64; 24]; 7], peaks: &Peaks) -> Vec<f64> {
    let keep = 0.5_f64.powf(1.0 / (7.0 * LEVEL_HALVES));
    let (mut come, mut share, mut levels) = (0.0, 0.0, Vec::with_capacity(days.len()));
    for day in days {
        come = come * keep + day.total();
        share = share * keep + share_of(day, week) * peaks.factor(day);
        levels.push(if share > 0.0 { come / share } else { 0.0 });
    }
    levels
}

fn share_of(day: &Day, week: &[[f64; 24]; 7]) -> f64 {
    week.get(day.weekday()).map_or(0.0, |hours| hours.iter().sum())
}

/// Each factor as what came to what would have come without it.
fn factors(days: &[Day], week: &[[f64; 24]; 7], levels: &[f64], before: Peaks) -> Peaks {
    let ratio = |is_wanted: &dyn Fn(&Day) -> bool, without: &dyn Fn(&Day) -> f64| {
        let (mut come, mut expected) = (DOUBT, DOUBT);
        for (day, level) in days.iter().zip(levels).filter(|(day, _)| is_wanted(day)) {
            come += day.total();
            expected += share_of(day, week) * level * without(day);
        }
        come / expected
    };
    let of_season = |day: &Day| if day.is_tax_season() { before.tax_season } else { 1.0 };
    let of_month = |day: &Day| if day.is_month_end() { before.month_end } else { 1.0 };
    Peaks {
        month_end: ratio(&|day| day.is_month_end() && !day.is_holiday, &of_season),
        tax_season: season(days, levels, &|day| !day.is_holiday, &of_month, week),
        holiday: ratio(&|day| day.is_holiday, &|_| 1.0),
    }
}

/// The level follows a season of months by itself, so its factor is only what
/// the history shows in whole: the season against the rest of the same year.
fn season(
    days: &[Day],
    levels: &[f64],
    is_wanted: &dyn Fn(&Day) -> bool,
    without: &dyn Fn(&Day) -> f64,
    week: &[[f64; 24]; 7],
) -> f64 {
    const YEAR: usize = 365;
    if days.len() < YEAR || levels.is_empty() {
        return 1.0;
    }
    let mean = |is_season: bool| {
        let (mut come, mut share) = (0.0, 0.0);
        let last = days.get(days.len() - YEAR..).unwrap_or_default();
        for day in last.iter().filter(|day| is_wanted(day) && day.is_tax_season() == is_season) {
            come += day.total();
            share += share_of(day, week) * without(day);
        }
        if share > 2.0 { come / share } else { 0.0 }
    };
    let rest = mean(false);
    let season = mean(true);
    if rest > 0.0 && season > 0.0 { (season / rest).clamp(0.5, 3.0) } else { 1.0 }
}

/// Slope of the logarithm of the level by weeks (least squares), held in bounds.
fn trend(levels: &[f64]) -> f64 {
    let points: Vec<f64> =
        levels.iter().rev().step_by(7).take(TREND_WEEKS).map(|level| (level + 1.0).ln()).collect();
    let count = points.len() as f64;
    if points.len() < 6 {
        return 0.0;
    }
    let (middle, mean) = ((count - 1.0) / 2.0, points.iter().sum::<f64>() / count);
    let (mut over, mut under) = (0.0, 0.0);
    for (place, point) in points.iter().enumerate() {
        let x = middle - place as f64; // the newest is first
        over += x * (point - mean);
        under += x * x;
    }
    (over / under).clamp(-STEEPEST, STEEPEST)
}
