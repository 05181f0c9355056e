//! Counting days in the units of the law: the day of the event is day 0
//! (comment 41(k)(2)(ii)-1 to 12 CFR 1024), then each day that counts adds one.

use std::fmt;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use super::{Calendar, Closed, Holiday};
use crate::domain::ticket::words;

words! {
    /// Which days count.
    CountingUnit {
        /// "Days (excluding legal public holidays, Saturdays, and Sundays)":
        /// 12 CFR 1024.35, .36, .41(b)(2).
        BdRegx = "BD_REGX",
        /// Calendar days (12 CFR 1024.31), no roll-forward.
        Cd = "CD",
        /// Days on which the servicer's offices are open to the public
        /// (12 CFR 1026.2(a)(6), first sentence): the only unit that looks at a
        /// calendar.
        BdOpen = "BD_OPEN",
        /// All days except Sundays and the 6103(a) dates (12 CFR 1026.2(a)(6),
        /// second sentence): Saturdays count.
        BdSpecific = "BD_SPECIFIC",
        /// As `BD_REGX`, in the words of 12 CFR 1006.22(c)(1).
        BdRegf = "BD_REGF",
        /// "Business days" that a section leaves undefined: Monday to Friday
        /// without the 6103(a) dates.
        BdUndef = "BD_UNDEF",
        /// As `BD_UNDEF`, also without the Friday or Monday on which federal
        /// offices observe a holiday. Later than the law's count: for promises
        /// of our own only.
        BdObserved = "BD_OBSERVED",
    }
}

impl CountingUnit {
    /// Prefix of warning points in this unit: `CD`, or `BD` for all others.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Cd => "CD",
            _ => "BD",
        }
    }

    /// Why `date` does not count; `None` when it counts. Observed holidays
    /// count in the statutory units: only the 6103(a) date itself is a legal
    /// public holiday (comment 2(a)(6)-2 to 12 CFR 1026), so that our due date
    /// is never later than the law's.
    #[must_use]
    pub fn skips(self, date: Date, calendar: &Calendar) -> Option<Skip<'_>> {
        match (self, date.weekday()) {
            (Self::Cd, _) => None,
            (Self::BdOpen, _) => calendar.closed_to_public_on(date).map(Skip::Closed),
            (_, Weekday::Sunday) => Some(Skip::Weekend(Weekday::Sunday)),
            (Self::BdRegx | Self::BdRegf | Self::BdUndef | Self::BdObserved, Weekday::Saturday) => {
                Some(Skip::Weekend(Weekday::Saturday))
            }
            (Self::BdObserved, _) => Holiday::on(date)
                .map(Skip::Holiday)
                .or_else(|| Holiday::observed_on(date).map(Skip::Observed)),
            _ => Holiday::on(date).map(Skip::Holiday),
        }
    }
}

/// Why a day does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip<'a> {
    /// A Saturday or Sunday.
    Weekend(Weekday),
    /// A legal public holiday (5 USC 6103(a)).
    Holiday(Holiday),
    /// The day on which federal offices observe one.
    Observed(Holiday),
    /// The servicer's offices are not open.
    Closed(Closed<'a>),
}

impl fmt::Display for Skip<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekend(weekday) => f.write_str(super::weekday_name(*weekday)),
            Self::Holiday(holiday) => write!(f, "{holiday}, 5 USC 6103(a)"),
            Self::Observed(holiday) => write!(f, "{holiday} observed"),
            Self::Closed(closed) => closed.fmt(f),
        }
    }
}

/// Reason of the line that starts the arithmetic.
const DAY_ZERO: &str = "day 0";

/// One line of the arithmetic of a due date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayLine {
    /// The day.
    pub date: Date,
    /// Whether it counted. Day 0 does not.
    pub counted: bool,
    /// Days counted up to and with this one; negative when counting back.
    pub day: i16,
    /// `day 0`, `day 3`, or why it did not count.
    pub reason: String,
}

impl fmt::Display for DayLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weekday = super::weekday_name(self.date.weekday()).get(..3).unwrap_or_default();
        let is_plain = self.counted || self.reason == DAY_ZERO;
        let mark = if is_plain { "" } else { "not counted: " };
        write!(f, "{} {weekday} {mark}{}", self.date, self.reason)
    }
}

/// The date `n` counting days after `from` (before it when `n` is negative).
/// Allocates nothing. Stops at the end of the calendar jiff knows (year 9999),
/// or when ten years of closures leave nothing to count.
#[must_use]
pub fn count_days(unit: CountingUnit, from: Date, n: i16, calendar: &Calendar) -> Date {
    walk(unit, from, n, calendar, |_, _, _| ())
}

/// As [`count_days`], with a line for each day looked at, day 0 first.
#[must_use]
pub fn add_days(
    unit: CountingUnit,
    from: Date,
    n: i16,
    calendar: &Calendar,
) -> (Date, Vec<DayLine>) {
    let start = DayLine { date: from, counted: false, day: 0, reason: DAY_ZERO.to_owned() };
    let mut lines = vec![start];
    let due = walk(unit, from, n, calendar, |date, day, skip| {
        let reason = skip.map_or_else(|| format!("day {day}"), |skip| skip.to_string());
        lines.push(DayLine { date, counted: skip.is_none(), day, reason });
    });
    (due, lines)
}

fn walk(
    unit: CountingUnit,
    from: Date,
    n: i16,
    calendar: &Calendar,
    mut look: impl FnMut(Date, i16, Option<Skip<'_>>),
) -> Date {
    let step = n.signum();
    let (mut date, mut day, mut skipped) = (from, 0_i16, 0_u32);
    while day != n && skipped < super::SEARCH_DAYS {
        let Ok(next) = (if step > 0 { date.tomorrow() } else { date.yesterday() }) else {
            break;
        };
        date = next;
        let skip = unit.skips(date, calendar);
        if skip.is_none() {
            day += step;
            skipped = 0;
        } else {
            skipped += 1;
        }
        look(date, day, skip);
    }
    date
}
