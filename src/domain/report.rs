//! Figures for supervisors: percentiles, ages, months with their change. Pure:
//! the rows come in, the figures go out.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::ticket::words;

words! {
    /// Which report.
    ReportName {
        /// Met and breached by clock kind.
        Clocks = "clocks",
        /// How long our own promises took.
        Responses = "responses",
        /// How old open tickets are.
        Backlog = "backlog",
        /// Escalations by ladder.
        Escalations = "escalations",
        /// Category by month.
        Recurring = "recurring",
        /// Tickets by hour and weekday.
        Arrivals = "arrivals",
    }
}

impl ReportName {
    /// Days it covers when nobody says which.
    #[must_use]
    pub const fn days(self) -> i64 {
        match self {
            Self::Arrivals => 56,
            _ => 30,
        }
    }
}

/// The value below which `percent` of the sorted `values` lie, by the nearest
/// rank; `None` of nothing.
#[must_use]
pub fn percentile(values: &[SignedDuration], percent: u8) -> Option<SignedDuration> {
    let count = values.len();
    let rank = (count * usize::from(percent.min(100))).div_ceil(100).max(1);
    values.get(rank - 1).copied()
}

/// How long something took, over many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// How many.
    pub count: usize,
    /// Half of them took at most so long; minutes of open time.
    pub p50_minutes: i64,
    /// Nine of ten.
    pub p90_minutes: i64,
    /// Ninety-nine of a hundred.
    pub p99_minutes: i64,
}

impl Spread {
    /// The spread of `values`; `None` of nothing.
    #[must_use]
    pub fn of(mut values: Vec<SignedDuration>) -> Option<Self> {
        values.sort_unstable();
        Some(Self {
            count: values.len(),
            p50_minutes: percentile(&values, 50)?.as_mins(),
            p90_minutes: percentile(&values, 90)?.as_mins(),
            p99_minutes: percentile(&values, 99)?.as_mins(),
        })
    }
}

/// Upper ends of the ages a backlog is sorted into, in days; the last is open.
pub const AGES: [i64; 5] = [1, 3, 7, 14, 30];

/// How many of `received` are how old at `now`: one count for each of [`AGES`],
/// and one for everything older.
#[must_use]
pub fn ages(received: &[Timestamp], now: Timestamp) -> [usize; 6] {
    let mut counts = [0; 6];
    for at in received {
        let days = now.duration_since(*at).as_hours() / 24;
        let place = AGES.iter().position(|end| days < *end).unwrap_or(AGES.len());
        counts[place] += 1;
    }
    counts
}

/// Short names of the days, Monday first.
pub const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// How many tickets come in each hour of the week.
#[derive(Clone, Debug, PartialEq)]
pub struct HourOfWeek {
    counts: [[u64; 24]; 7],
    weeks: f64,
}

impl HourOfWeek {
    /// Of counts by the instant at which their hour begins, gathered over
    /// `length`, by hour and weekday in `zone`.
    #[must_use]
    pub fn of(hours: &[(Timestamp, u64)], zone: &TimeZone, length: SignedDuration) -> Self {
        let mut counts = [[0; 24]; 7];
        for (at, count) in hours {
            let local = at.to_zoned(zone.clone());
            let day = usize::from(local.weekday().to_monday_zero_offset().unsigned_abs());
            let hour = usize::from(local.hour().unsigned_abs());
            if let Some(cell) = counts.get_mut(day).and_then(|day| day.get_mut(hour)) {
                *cell += count;
            }
        }
        Self { counts, weeks: length.as_secs_f64() / (7.0 * 86_400.0) }
    }

    /// Tickets in one hour of one day (0 is Monday), as a mean of the weeks.
    #[must_use]
    pub fn mean(&self, day: usize, hour: usize) -> f64 {
        let count = self.counts.get(day).and_then(|day| day.get(hour)).copied().unwrap_or(0);
        if self.weeks > 0.0 { count as f64 / self.weeks } else { 0.0 }
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// The day and hour with the most, and how many came in it.
    #[must_use]
    pub fn peak(&self) -> Option<(usize, usize, u64)> {
        let cells = self.counts.iter().enumerate().flat_map(|(day, hours)| {
            hours.iter().enumerate().map(move |(hour, count)| (day, hour, *count))
        });
        cells.filter(|cell| cell.2 > 0).max_by_key(|cell| (cell.2, std::cmp::Reverse(*cell)))
    }
}

/// One category in one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recurring {
    /// Category id.
    pub category: String,
    /// `2026-11`, in the servicer's zone.
    pub month: String,
    /// Tickets.
    pub count: usize,
    /// More (or fewer) than in the month before.
    pub change: i64,
}

/// Tickets by category and month, each with its change against the month before;
/// a month without any is there too, between the first and the last.
#[must_use]
pub fn recurring(rows: &[(String, Timestamp)], zone: &TimeZone) -> Vec<Recurring> {
    let mut counts: BTreeMap<&str, BTreeMap<Date, usize>> = BTreeMap::new();
    let mut months = std::collections::BTreeSet::new();
    for (category, at) in rows {
        let month = at.to_zoned(zone.clone()).date().first_of_month();
        months.insert(month);
        *counts.entry(category).or_default().entry(month).or_default() += 1;
    }
    let (Some(first), Some(last)) = (months.first().copied(), months.last().copied()) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for (category, by_month) in counts {
        let mut before: Option<usize> = None;
        let mut month = first;
        while month <= last {
            let count = by_month.get(&month).copied().unwrap_or(0);
            let change = before.map_or(0, |before| signed(count) - signed(before));
            lines.push(Recurring {
                category: category.to_owned(),
                month: month.strftime("%Y-%m").to_string(),
                count,
                change,
            });
            before = Some(count);
            match month.checked_add(jiff::Span::new().months(1)) {
                Ok(next) => month = next,
                Err(_) => break,
            }
        }
    }
    lines
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(values: &[i64]) -> Vec<SignedDuration> {
        values.iter().map(|value| SignedDuration::from_mins(*value)).collect()
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let hundred: Vec<i64> = (1..=100).rev().collect();
        let spread = Spread::of(minutes(&hundred)).unwrap();
        assert_eq!((spread.p50_minutes, spread.p90_minutes, spread.p99_minutes), (50, 90, 99));
        let one = Spread::of(minutes(&[7])).unwrap();
        assert_eq!((one.count, one.p50_minutes, one.p99_minutes), (1, 7, 7));
        assert_eq!(Spread::of(Vec::new()), None);
    }

    #[test]
    fn an_hour_of_the_week_is_the_servicers_and_a_mean_of_the_weeks() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let hour = |text: &str, count| (text.parse().unwrap(), count);
        // Mondays at nine in New York: before and after the change of November 1
        let hours = [
            hour("2026-10-26T13:00:00Z", 3),
            hour("2026-11-02T14:00:00Z", 5),
            hour("2026-11-08T04:00:00Z", 1), // Saturday, eleven in the evening
        ];
        let week = HourOfWeek::of(&hours, &zone, SignedDuration::from_hours(24 * 14));
        assert!((week.mean(0, 9) - 4.0).abs() < 1e-9);
        assert!((week.mean(5, 23) - 0.5).abs() < 1e-9);
        assert_eq!((week.total(), week.peak()), (9, Some((0, 9, 8))));
        assert_eq!(HourOfWeek::of(&[], &zone, SignedDuration::ZERO).peak(), None);
    }

    #[test]
    fn a_backlog_is_sorted_by_age() {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let hours = [0, 23, 24, 71, 72, 167, 168, 30 * 24 - 1, 30 * 24, 9_000];
        let received: Vec<Timestamp> =
            hours.iter().map(|age| now - SignedDuration::from_hours(*age)).collect();
        assert_eq!(ages(&received, now), [2, 2, 2, 1, 1, 2]);
    }

    #[test]
    fn months_are_the_servicers_and_none_is_left_out() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let row = |category: &str, at: &str| (category.to_owned(), at.parse().unwrap());
        let rows = [
            // the last evening of September in New York
            row("escrow", "2026-10-01T02:00:00Z"),
            row("escrow", "2026-11-02T12:00:00Z"),
            row("escrow", "2026-11-03T12:00:00Z"),
            row("payoff", "2026-10-15T12:00:00Z"),
        ];
        let lines: Vec<(String, String, usize, i64)> = recurring(&rows, &zone)
            .into_iter()
            .map(|line| (line.category, line.month, line.count, line.change))
            .collect();
        let line = |category: &str, month: &str, count, change| {
            (category.to_owned(), month.to_owned(), count, change)
        };
        assert_eq!(
            lines,
            [
                line("escrow", "2026-09", 1, 0),
                line("escrow", "2026-10", 0, -1),
                line("escrow", "2026-11", 2, 2),
                line("payoff", "2026-09", 0, 0),
                line("payoff", "2026-10", 1, 1),
                line("payoff", "2026-11", 0, -1),
            ]
        );
    }
}
