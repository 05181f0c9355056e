//! Reports for supervisors and examiners: what was promised and what was kept.

mod csv;
mod table;

pub use csv::csv;
pub use table::{Head, Table, arrivals, arrivals_table, table};

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::App;
use crate::domain::report::{Recurring, Spread, ages, recurring};
use crate::store::StoreError;
use crate::store::view::{ClockFigures, LadderFigures};

/// From the first instant to before the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First instant.
    pub from: Timestamp,
    /// First instant after it.
    pub until: Timestamp,
}

/// Days that are no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodProblem {
    /// The last day is before the first.
    #[error("the first day comes after the last")]
    Backwards,
    /// A day that no clock can show.
    #[error("no calendar goes that far")]
    TooFar,
}

impl Period {
    /// From the first of these days to the last, whole days in `zone`; without
    /// a first one the last `days`.
    ///
    /// # Errors
    /// When the days are no period.
    pub fn of_last_days(
        zone: &TimeZone,
        now: Timestamp,
        (from, until): (Option<Date>, Option<Date>),
        days: i64,
    ) -> Result<Self, PeriodProblem> {
        let last = until.unwrap_or_else(|| now.to_zoned(zone.clone()).date());
        let back = jiff::Span::new().try_days(days - 1).map_err(|_| PeriodProblem::TooFar)?;
        let first = match from {
            Some(from) => from,
            None => last.checked_sub(back).map_err(|_| PeriodProblem::TooFar)?,
        };
        if first > last {
            return Err(PeriodProblem::Backwards);
        }
        let start = |date: Date| {
            date.to_zoned(zone.clone())
                .map(|zoned| zoned.timestamp())
                .map_err(|_| PeriodProblem::TooFar)
        };
        let after = last.tomorrow().map_err(|_| PeriodProblem::TooFar)?;
        Ok(Self { from: start(first)?, until: start(after)? })
    }
}

/// How long one promise took, in open time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// Clock kind.
    pub clock: String,
    /// Over those that were met in the period.
    #[serde(flatten)]
    pub spread: Spread,
}

/// How old the open tickets of a queue are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backlog {
    /// Queue id.
    pub queue: String,
    /// Counts by age: under 1, 3, 7, 14, 30 days, and older.
    pub ages: [usize; 6],
}

/// Met and breached by clock kind.
///
/// # Errors
/// When the database is out of reach.
pub async fn clocks(app: &App, period: Period) -> Result<Vec<ClockFigures>, StoreError> {
    app.store.clock_figures(period.from, period.until).await
}

/// Percentiles of our own promises, in the open time of the calendar each runs on.
///
/// # Errors
/// When the database is out of reach.
pub async fn responses(app: &App, period: Period) -> Result<Vec<Taken>, StoreError> {
    let standing = app.standing();
    let book = &standing.desk.policy.clocks;
    let mut by_kind: BTreeMap<String, Vec<SignedDuration>> = BTreeMap::new();
    for (kind, start, end) in app.store.met_service_clocks(period.from, period.until).await? {
        let row = book.find_definition(&kind);
        let hours = row.map_or_else(|| book.servicer(), |row| book.calendar_of(row));
        let open = hours.business_between(start, end);
        by_kind.entry(kind).or_default().push(open);
    }
    Ok(by_kind
        .into_iter()
        .filter_map(|(clock, taken)| Some(Taken { clock, spread: Spread::of(taken)? }))
        .collect())
}

/// Ages of the open tickets, by queue.
///
/// # Errors
/// When the database is out of reach.
pub async fn backlog(app: &App) -> Result<Vec<Backlog>, StoreError> {
    let now = app.now();
    let mut by_queue: BTreeMap<String, Vec<Timestamp>> = BTreeMap::new();
    for (queue, at) in app.store.backlog().await? {
        by_queue.entry(queue).or_default().push(at);
    }
    let line =
        |(queue, received): (String, Vec<Timestamp>)| Backlog { ages: ages(&received, now), queue };
    Ok(by_queue.into_iter().map(line).collect())
}

/// Escalations by ladder.
///
/// # Errors
/// When the database is out of reach.
pub async fn escalations(app: &App, period: Period) -> Result<Vec<LadderFigures>, StoreError> {
    app.store.ladder_figures(period.from, period.until).await
}

/// What keeps coming: category by month, with its change.
///
/// # Errors
/// When the database is out of reach.
pub async fn recurring_issues(app: &App, period: Period) -> Result<Vec<Recurring>, StoreError> {
    let rows = app.store.received_categories(period.from, period.until).await?;
    Ok(recurring(&rows, app.standing().desk.policy.clocks.zone()))
}
