//! Warning points: the instants before a due instant at which somebody is told.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{ClockDefinition, Measure, Told};
use crate::domain::calendar::{Calendar, CountingUnit, count_days};
use crate::domain::clock::WarningPoint;

/// Most warnings one rule may repeat into.
const REPEATS: i16 = 64;
/// Name of the point at the start.
const AT_ONCE: &str = "at-once";
/// Name of the point on the due day.
const FINAL: &str = "final";

/// One warning rule of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// When.
    pub at: PointAt,
    /// Who is told.
    pub tell: Told,
}

/// When a warning is given. Warnings that name a day are given at the opening
/// of that day, or of the last staffed day before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointAt {
    /// When the clock starts.
    AtOnce,
    /// On the nth day in the clock's unit.
    Day(i16),
    /// Every so many days in the clock's unit, until due.
    EveryDays(i16),
    /// So many calendar days before the foreclosure sale.
    DaysBeforeSale(i16),
    /// At this minute of the last staffed day on or before the due date.
    DueDay(u16),
    /// So many calendar days before the due date.
    DaysBeforeDue(i16),
    /// After so many open minutes.
    OpenMinutes(u16),
    /// After so many open hours.
    OpenHours(u16),
    /// Every so many open hours, until due.
    EveryOpenHours(u16),
    /// After this part of the clock's open time.
    Percent(u8),
}

impl ClockDefinition {
    /// Who is told at the warning point called `name`, each once.
    #[must_use]
    pub fn told_at(&self, name: &str) -> BTreeSet<Told> {
        let points = self.points.iter().filter(|point| self.is_called(point.at, name));
        points.map(|point| point.tell).collect()
    }

    /// How `at` is written in a list: `BD2`, `every 4h`, `final 12:00`.
    #[must_use]
    pub fn point_name(&self, at: PointAt) -> String {
        let prefix = self.unit().prefix();
        match at {
            PointAt::AtOnce => AT_ONCE.to_owned(),
            PointAt::Day(day) => format!("{prefix}{day}"),
            PointAt::EveryDays(step) => format!("every {prefix}{step}"),
            PointAt::DaysBeforeSale(days) => format!("sale-{days}"),
            PointAt::DaysBeforeDue(days) => format!("due-{days}"),
            PointAt::DueDay(minute) => format!("{FINAL} {:02}:{:02}", minute / 60, minute % 60),
            PointAt::OpenMinutes(minutes) => format!("{minutes}m"),
            PointAt::OpenHours(hours) => format!("{hours}h"),
            PointAt::EveryOpenHours(step) => format!("every {step}h"),
            PointAt::Percent(percent) => format!("{percent}%"),
        }
    }

    fn is_called(&self, at: PointAt, name: &str) -> bool {
        let number = |prefix: &str, suffix: &str| -> Option<u16> {
            name.strip_prefix(prefix)?.strip_suffix(suffix)?.parse().ok()
        };
        let day = number(self.unit().prefix(), "").and_then(|day| i16::try_from(day).ok());
        match at {
            PointAt::AtOnce => name == AT_ONCE,
            PointAt::Day(nth) => day == Some(nth),
            PointAt::EveryDays(step) => day.is_some_and(|day| day > 0 && day % step.max(1) == 0),
            PointAt::DaysBeforeSale(days) => number("sale-", "") == u16::try_from(days).ok(),
            PointAt::DueDay(_) => name == FINAL,
            PointAt::DaysBeforeDue(days) => number("due-", "") == u16::try_from(days).ok(),
            PointAt::OpenMinutes(minutes) => number("", "m") == Some(minutes),
            PointAt::OpenHours(hours) => number("", "h") == Some(hours),
            PointAt::EveryOpenHours(step) => {
                number("", "h").is_some_and(|hours| hours > 0 && hours % step.max(1) == 0)
            }
            PointAt::Percent(percent) => number("", "%") == Some(u16::from(percent)),
        }
    }

    /// The unit that names the days of its warnings.
    fn unit(&self) -> CountingUnit {
        match self.measure {
            Measure::Days { unit, .. } => unit,
            Measure::Hours { .. } => CountingUnit::BdOpen,
        }
    }
}

/// What the points of a clock are worked out from.
pub(super) struct Frame<'a> {
    pub(super) definition: &'a ClockDefinition,
    pub(super) hours: &'a Calendar,
    pub(super) servicer: &'a Calendar,
    pub(super) started_at: Timestamp,
    pub(super) received_on: Date,
    pub(super) due_at: Timestamp,
    pub(super) due_on: Date,
    pub(super) internal_due_on: Date,
    pub(super) sale_on: Option<Date>,
}

/// All warnings before the due instant, earliest first. None is earlier than
/// the start: a point that lies before it is given at once.
pub(super) fn warnings(frame: &Frame<'_>) -> Vec<WarningPoint> {
    let mut warnings = Vec::new();
    for point in &frame.definition.points {
        expand(frame, point.at, &mut warnings);
    }
    let mut seen = BTreeSet::new();
    warnings.retain(|warning| {
        warning.at < frame.due_at && seen.insert((warning.at, warning.point.clone()))
    });
    warnings.sort_by_key(|warning| warning.at);
    warnings
}

fn expand(frame: &Frame<'_>, at: PointAt, warnings: &mut Vec<WarningPoint>) {
    let mut push = |point: String, at: Timestamp| {
        warnings.push(WarningPoint { point, at: at.max(frame.started_at) });
    };
    match at {
        PointAt::AtOnce => push(AT_ONCE.to_owned(), frame.started_at),
        PointAt::Day(day) => push(frame.day_name(day), frame.opening_of_day(day)),
        PointAt::EveryDays(step) => {
            for day in (1..=REPEATS).map(|nth| nth.saturating_mul(step)) {
                let at = frame.opening_of_day(day);
                if at >= frame.due_at {
                    break;
                }
                push(frame.day_name(day), at);
            }
        }
        PointAt::DaysBeforeSale(days) => {
            if let Some(date) = frame.days_before(frame.sale_on, days) {
                push(format!("sale-{days}"), frame.opening_on(date));
            }
        }
        PointAt::DaysBeforeDue(days) => {
            if let Some(date) = frame.days_before(Some(frame.due_on), days) {
                push(format!("due-{days}"), frame.opening_on(date));
            }
        }
        PointAt::DueDay(minute) => push(FINAL.to_owned(), frame.on_due_day(minute)),
        PointAt::OpenMinutes(minutes) => push(format!("{minutes}m"), frame.after_minutes(minutes)),
        PointAt::OpenHours(hours) => push(format!("{hours}h"), frame.after_open(hours)),
        PointAt::EveryOpenHours(step) => {
            for hours in (1..=REPEATS.unsigned_abs()).map(|nth| nth.saturating_mul(step)) {
                let at = frame.after_open(hours);
                if at >= frame.due_at {
                    break;
                }
                push(format!("{hours}h"), at);
            }
        }
        PointAt::Percent(percent) => push(format!("{percent}%"), frame.after_part(percent)),
    }
}

impl Frame<'_> {
    fn unit(&self) -> CountingUnit {
        self.definition.unit()
    }

    fn day_name(&self, day: i16) -> String {
        format!("{}{day}", self.unit().prefix())
    }

    fn opening_of_day(&self, day: i16) -> Timestamp {
        self.opening_on(count_days(self.unit(), self.received_on, day, self.servicer))
    }

    /// Opening of `date`, or of the last staffed day before it.
    fn opening_on(&self, date: Date) -> Timestamp {
        let staffed = self.servicer.last_staffed_day_on_or_before(date);
        self.servicer.opening_on(staffed).unwrap_or(self.started_at)
    }

    fn on_due_day(&self, minute: u16) -> Timestamp {
        self.servicer.instant_on(self.internal_due_on, minute)
    }

    fn after_open(&self, hours: u16) -> Timestamp {
        self.hours.add_business(self.started_at, SignedDuration::from_hours(i64::from(hours)))
    }

    fn after_minutes(&self, minutes: u16) -> Timestamp {
        self.hours.add_business(self.started_at, SignedDuration::from_mins(i64::from(minutes)))
    }

    /// `None` when that day was before the start: it says nothing any more.
    fn days_before(&self, date: Option<Date>, days: i16) -> Option<Date> {
        let date = date?.checked_sub(i32::from(days).days()).ok()?;
        (date >= self.servicer.local_date(self.started_at)).then_some(date)
    }

    fn after_part(&self, percent: u8) -> Timestamp {
        let open = self.hours.business_between(self.started_at, self.due_at).as_secs();
        let part = open.saturating_mul(i64::from(percent)) / 100;
        self.hours.add_business(self.started_at, SignedDuration::from_secs(part))
    }
}
