//! When somebody is there, and how the law counts days.
//!
//! A [`Calendar`] is data: zone, opening hours, closures. A [`CountingUnit`] is
//! the law's wording. Statutory units never look at a calendar, except
//! `BD_OPEN`, whose wording is about the servicer's own offices.

mod business;
mod count;
mod definition;
mod extra;
mod holiday;
pub(in crate::domain) mod source;
mod year;

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

pub use count::{CountingUnit, DayLine, Skip, add_days, count_days};
pub(in crate::domain) use definition::read_minute;
pub use definition::{CalendarSet, load_calendars};
use extra::ExtraHoliday;
pub use holiday::Holiday;
pub use year::{CalendarProblem, YearDay};

/// How far back or ahead any search over days goes: ten years.
const SEARCH_DAYS: u32 = 3_660;

/// Opening hours of one shift, minutes from the local midnight of the day it
/// begins on, end excluded; 1440 is the midnight that ends that day, and a night
/// shift ends beyond it. A shift belongs whole to the day it begins on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Period {
    start: u16,
    end: u16,
}

/// Which federal holidays close an office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HolidayRule {
    /// Open on all of them.
    Ignored,
    /// Closed on the holiday's own date.
    Actual,
    /// Closed on its own date and on the Friday or Monday of its observance.
    Observed,
}

/// Hours, closures and zone of one office. Only a checked definition becomes a
/// `Calendar`: it has open hours in some week, so every search over it ends.
#[derive(Clone, Debug)]
pub struct Calendar {
    id: String,
    zone: TimeZone,
    /// Periods of Monday to Sunday, sorted, without overlap.
    week: [Vec<Period>; 7],
    /// Weekdays, Monday first, on which the offices are open to the public for
    /// substantially all business (12 CFR 1026.2(a)(6), first sentence).
    public_days: [bool; 7],
    holidays: HolidayRule,
    /// Holidays of states and of the house, by rule.
    extra: Vec<ExtraHoliday>,
    closures: BTreeMap<Date, String>,
    /// Days on which the office closes early: minute from midnight, and why.
    half_days: BTreeMap<Date, (u16, String)>,
    /// Name of this edition of the calendar; empty when none was given.
    version: String,
}

/// Why nobody is there on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed<'a> {
    /// No hours on this weekday.
    Weekday(Weekday),
    /// A federal holiday, on its own date.
    Holiday(Holiday),
    /// A federal holiday, on the day it is observed.
    Observed(Holiday),
    /// A holiday of a state or of the house, by its rule.
    Extra(&'a str),
    /// A closure of the house, with its reason.
    Closure(&'a str),
}

impl fmt::Display for Closed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekday(weekday) => write!(f, "{}, office not open", weekday_name(*weekday)),
            Self::Holiday(holiday) => write!(f, "{holiday}, office closed"),
            Self::Observed(holiday) => write!(f, "{holiday} observed, office closed"),
            Self::Extra(name) => write!(f, "{name}, office closed"),
            Self::Closure(reason) => write!(f, "office closed: {reason}"),
        }
    }
}

impl Calendar {
    /// Id in `calendars.toml`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name of this edition of the calendar; empty when none was given.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Zone of the office.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Local date of `at`.
    #[must_use]
    pub fn local_date(&self, at: Timestamp) -> Date {
        self.zone.to_datetime(at).date()
    }

    /// Last microsecond of `date`: the instant before the next local day
    /// begins, whatever the zone does at midnight.
    #[must_use]
    pub fn last_instant_of(&self, date: Date) -> Timestamp {
        date.tomorrow()
            .ok()
            .and_then(|next| next.to_zoned(self.zone.clone()).ok())
            .and_then(|next| next.start_of_day().ok())
            .and_then(|start| start.timestamp().checked_sub(1.microsecond()).ok())
            .unwrap_or(Timestamp::MAX)
    }

    /// Why nobody is there on `date`; `None` when somebody is.
    #[must_use]
    pub fn closed_on(&self, date: Date) -> Option<Closed<'_>> {
        if self.periods_on(date.weekday()).is_empty() {
            return Some(Closed::Weekday(date.weekday()));
        }
        self.closed_by_holiday_or_closure(date)
    }

    /// Whether somebody works on `date`.
    #[must_use]
    pub fn is_staffed_on(&self, date: Date) -> bool {
        self.closed_on(date).is_none()
    }

    /// The last day on or before `date` on which somebody works; `date` itself
    /// when closures cover the ten years before it.
    #[must_use]
    pub fn last_staffed_day_on_or_before(&self, date: Date) -> Date {
        let mut day = date;
        for _ in 0..SEARCH_DAYS {
            if self.is_staffed_on(day) {
                return day;
            }
            match day.yesterday() {
                Ok(before) => day = before,
                Err(_) => break,
            }
        }
        date
    }

    /// Why `date` is not a day on which the offices are open to the public;
    /// `None` when they are.
    fn closed_to_public_on(&self, date: Date) -> Option<Closed<'_>> {
        if !self.public_days[weekday_index(date.weekday())] {
            return Some(Closed::Weekday(date.weekday()));
        }
        self.closed_by_holiday_or_closure(date)
    }

    fn closed_by_holiday_or_closure(&self, date: Date) -> Option<Closed<'_>> {
        if let Some(reason) = self.closures.get(&date) {
            return Some(Closed::Closure(reason));
        }
        if let Some(extra) = self.extra.iter().find(|extra| extra.is_on(date)) {
            return Some(Closed::Extra(extra.name()));
        }
        if self.holidays == HolidayRule::Ignored {
            return None;
        }
        if let Some(holiday) = Holiday::on(date) {
            return Some(Closed::Holiday(holiday));
        }
        if self.holidays == HolidayRule::Observed {
            return Holiday::observed_on(date).map(Closed::Observed);
        }
        None
    }

    fn periods_on(&self, weekday: Weekday) -> &[Period] {
        &self.week[weekday_index(weekday)]
    }
}

/// 0 for Monday to 6 for Sunday.
fn weekday_index(weekday: Weekday) -> usize {
    // jiff's own number is in 0..=6; the remainder keeps the array access total
    usize::from(weekday.to_monday_zero_offset().unsigned_abs() % 7)
}

/// English name.
#[must_use]
pub(crate) fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
