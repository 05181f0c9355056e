//! A year of an office as a list, and what looks wrong with it: holidays nobody
//! loaded, weeks without anybody.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Calendar, Closed, Holiday, weekday_name};

/// Most closed days in a row that need no second look.
const CLOSED_RUN: u16 = 5;

/// A day that is not like the others of its weekday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct YearDay {
    /// The day.
    pub date: Date,
    /// Its weekday in English.
    pub weekday: &'static str,
    /// Whether somebody works.
    pub is_staffed: bool,
    /// Whether it is a legal public holiday (5 USC 6103(a)) on its own date,
    /// which statutory counts skip.
    pub is_legal_holiday: bool,
    /// Why it is listed.
    pub reason: String,
}

/// Something a person should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CalendarProblem {
    /// Calendar id.
    pub calendar: String,
    /// What is wrong, and what to write.
    pub message: String,
}

impl Calendar {
    /// Holidays, days of observance, closures and half days of a year, in order.
    #[must_use]
    pub fn special_days(&self, year: i16) -> Vec<YearDay> {
        days_of(year).filter_map(|date| self.special_day(date)).collect()
    }

    /// Open time of a local year.
    #[must_use]
    pub fn open_in(&self, year: i16) -> SignedDuration {
        let start = |year: i16| {
            let first = Date::new(year, 1, 1).ok()?.to_zoned(self.zone().clone()).ok()?;
            first.start_of_day().ok().map(|start| start.timestamp())
        };
        let from = start(year).unwrap_or(Timestamp::MAX);
        let to = year.checked_add(1).and_then(start).unwrap_or(Timestamp::MAX);
        self.business_between(from, to)
    }

    /// What looks wrong in the years `this` and the next.
    #[must_use]
    pub fn problems(&self, this: i16) -> Vec<CalendarProblem> {
        let mut messages = Vec::new();
        let next = this.saturating_add(1);
        let has_holiday = |date: Date| {
            matches!(
                self.closed_by_holiday_or_closure(date),
                Some(Closed::Holiday(_) | Closed::Extra(_) | Closed::Closure(_))
            )
        };
        if !days_of(next).any(has_holiday) {
            messages.push(format!(
                "no holidays are loaded for {next}: set federal_holidays = \"observed\", or list \
                 extra_holidays or closures"
            ));
        }
        messages.extend(self.long_gap(this));
        let calendar = self.id().to_owned();
        messages
            .into_iter()
            .map(|message| CalendarProblem { calendar: calendar.clone(), message })
            .collect()
    }

    /// The first run of too many closed days.
    fn long_gap(&self, this: i16) -> Option<String> {
        let mut run = 0_u16;
        for date in days_of(this).chain(days_of(this.saturating_add(1))) {
            run = if self.open_spans(date).next().is_some() { 0 } else { run + 1 };
            if run > CLOSED_RUN {
                return Some(format!(
                    "nobody works for more than {CLOSED_RUN} days in a row up to {date}: \
                     check hours and closures"
                ));
            }
        }
        None
    }

    fn special_day(&self, date: Date) -> Option<YearDay> {
        let legal = Holiday::on(date);
        let is_staffed = self.open_spans(date).next().is_some();
        let reason = match (self.closed_on(date), legal, self.half_days.get(&date)) {
            (Some(Closed::Weekday(_)), None, _) | (None, None, None) => {
                let own = self.closed_by_holiday_or_closure(date)?;
                own.to_string()
            }
            (Some(Closed::Weekday(_)), Some(holiday), _) => holiday.to_string(),
            (Some(closed), _, _) => closed.to_string(),
            (None, _, Some((until, reason))) => {
                format!("open until {:02}:{:02}: {reason}", until / 60, until % 60)
            }
            (None, Some(holiday), None) => format!("{holiday}, office open"),
        };
        Some(YearDay {
            date,
            weekday: weekday_name(date.weekday()),
            is_staffed,
            is_legal_holiday: legal.is_some(),
            reason,
        })
    }
}

fn days_of(year: i16) -> impl Iterator<Item = Date> {
    let first = Date::new(year, 1, 1).unwrap_or(date(1, 1, 1));
    std::iter::successors(Some(first), |day| day.tomorrow().ok())
        .take_while(move |day| day.year() == year)
}
