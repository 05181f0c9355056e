//! When a periodic job is due, in the wall time of one zone.
//!
//! A job is due *once* for each wall-clock time its expression names. In the
//! night with a missing hour it runs as much later as the hour is long; in the
//! night with a doubled hour it runs in the first pass. Five cron fields
//! (minute hour day month weekday); both a day and a weekday must match when
//! both are given. "Every few minutes" is an interval, not a job.

use std::str::FromStr as _;

use chrono::{Datelike as _, NaiveDate, TimeZone as _, Timelike as _, Utc};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

/// A parsed cron expression.
#[derive(Clone, Debug)]
pub struct Schedule(cron::Schedule);

/// An expression that is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not five fields.
    #[error("{0} fields instead of five (minute hour day month weekday)")]
    FieldCount(usize),
    /// A weekday that is neither a name nor 0 to 7.
    #[error("weekday {0:?} is neither a name (mon) nor a number from 0 to 7 (0 and 7 are Sunday)")]
    Weekday(String),
    /// Minutes that repeat within the hour: the doubled hour would skip a pass.
    #[error("runs more than once an hour; that is an interval, not a job")]
    TooOften,
    /// Anything else.
    #[error("is no cron expression: {0}")]
    Invalid(String),
}

const WEEKDAYS: [&str; 8] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl Schedule {
    /// Reads five fields. Weekday numbers are crontab's (0 and 7 are Sunday),
    /// not those of the `cron` crate, where 1 is Sunday.
    ///
    /// # Errors
    /// When the text is no schedule, or repeats within an hour.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(ScheduleError::FieldCount(fields.len()));
        };
        if minute.contains(['*', '/', ',', '-', '?']) {
            return Err(ScheduleError::TooOften);
        }
        let weekday = weekday_names(weekday)?;
        let seconded = format!("0 {minute} {hour} {day} {month} {weekday}");
        cron::Schedule::from_str(&seconded)
            .map(Self)
            .map_err(|error| ScheduleError::Invalid(error.to_string()))
    }
}

// Lists and ranges of numbers become lists of names: a range that ends in 7
// (Sunday) would run backwards for the crate.
fn weekday_names(field: &str) -> Result<String, ScheduleError> {
    let wrong = || ScheduleError::Weekday(field.to_owned());
    if field == "*" || field == "?" {
        return Ok(field.to_owned());
    }
    let mut names: Vec<&str> = Vec::new();
    for part in field.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (weekday(first).ok_or_else(wrong)?, weekday(last).ok_or_else(wrong)?);
        // `fri-mon` and `5-1` wrap over the week's end; `0-0` and `7` are one day.
        let last = if last < first { last + 7 } else { last };
        names.extend((first..=last).filter_map(|day| WEEKDAYS.get(day % 7)).copied());
    }
    Ok(names.join(","))
}

fn weekday(text: &str) -> Option<usize> {
    if let Ok(number) = text.parse::<usize>() {
        return (number <= 7).then_some(number);
    }
    WEEKDAYS.iter().position(|name| name.eq_ignore_ascii_case(text))
}

/// First instant strictly after `after` at which `schedule` is due in `zone`;
/// `None` when no date ever matches (30 February).
#[must_use]
pub fn next_after(schedule: &Schedule, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    // The cron crate walks a floating wall clock, for which UTC is only the
    // carrier: in a real zone it skips or doubles jobs on DST nights. Starting
    // a day early finds a job that the missing hour pushed past `after`.
    let wall =
        after.to_zoned(zone.clone()).datetime().checked_sub(jiff::Span::new().days(1)).ok()?;
    let start = Utc.from_utc_datetime(&carried(wall)?);
    schedule.0.after(&start).map_while(|hit| due_at(&hit, zone)).find(|due_at| *due_at > after)
}

// "Compatible" disambiguation: later by the gap, or the first of a fold.
fn due_at(hit: &chrono::DateTime<Utc>, zone: &TimeZone) -> Option<Timestamp> {
    let part = |number: u32| i8::try_from(number).ok();
    let wall = civil::DateTime::new(
        i16::try_from(hit.year()).ok()?,
        part(hit.month())?,
        part(hit.day())?,
        part(hit.hour())?,
        part(hit.minute())?,
        part(hit.second())?,
        0,
    );
    zone.to_timestamp(wall.ok()?).ok()
}

fn carried(wall: civil::DateTime) -> Option<chrono::NaiveDateTime> {
    let part = |number: i8| u32::try_from(number).ok();
    NaiveDate::from_ymd_opt(i32::from(wall.year()), part(wall.month())?, part(wall.day())?)?
        .and_hms_opt(part(wall.hour())?, part(wall.minute())?, part(wall.second())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn runs(text: &str, zone: &str, from: &str, expected: &[&str]) {
        let schedule = Schedule::parse(text).unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let mut at: Timestamp = from.parse().unwrap();
        let mut found = Vec::new();
        for _ in expected {
            at = next_after(&schedule, &zone, at).unwrap();
            found.push(at.to_zoned(zone.clone()).strftime("%F %H:%M %:z").to_string());
        }
        assert_eq!(found, expected, "{text}");
    }

    const NEW_YORK: &str = "America/New_York";

    #[test]
    fn a_job_in_the_missing_hour_runs_once_and_later() {
        let expected =
            ["2026-03-07 02:30 -05:00", "2026-03-08 03:30 -04:00", "2026-03-09 02:30 -04:00"];
        runs("30 2 * * *", NEW_YORK, "2026-03-07T00:00:00Z", &expected);
        // Between 01:59 EST and 03:30 EDT the shifted run is still ahead.
        runs("30 2 * * *", NEW_YORK, "2026-03-08T07:10:00Z", &["2026-03-08 03:30 -04:00"]);
    }

    #[test]
    fn a_job_in_the_doubled_hour_runs_once_and_first() {
        let expected =
            ["2026-10-31 01:30 -04:00", "2026-11-01 01:30 -04:00", "2026-11-02 01:30 -05:00"];
        runs("30 1 * * *", NEW_YORK, "2026-10-31T00:00:00Z", &expected);
        // Asked inside the second pass, the answer is tomorrow.
        runs("30 1 * * *", NEW_YORK, "2026-11-01T06:10:00Z", &["2026-11-02 01:30 -05:00"]);
    }

    #[test]
    fn a_job_after_the_doubled_hour_is_not_moved() {
        runs("20 2 * * *", NEW_YORK, "2026-11-01T05:45:00Z", &["2026-11-01 02:20 -05:00"]);
    }

    #[test]
    fn midnight_that_does_not_exist_is_an_hour_later() {
        let expected = ["2018-11-04 01:00 -02:00", "2018-11-05 00:00 -02:00"];
        runs("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z", &expected);
    }

    #[test]
    fn weekday_numbers_are_those_of_crontab() {
        // 2026-11-23 is a Monday.
        let from = "2026-11-22T12:00:00Z";
        runs("0 9 * * 1-5", "UTC", from, &["2026-11-23 09:00 +00:00"]);
        runs("0 9 * * mon-fri", "UTC", "2026-11-27T12:00:00Z", &["2026-11-30 09:00 +00:00"]);
        for sunday in ["0", "7", "sun", "SUN"] {
            runs(&format!("0 9 * * {sunday}"), "UTC", from, &["2026-11-29 09:00 +00:00"]);
        }
        let weekend =
            ["2026-11-28 09:00 +00:00", "2026-11-29 09:00 +00:00", "2026-12-05 09:00 +00:00"];
        runs("0 9 * * 6-7", "UTC", from, &weekend);
        runs("0 9 * * sat-sun", "UTC", from, &weekend);
    }

    #[test]
    fn what_is_no_schedule_says_why() {
        let error = |text| Schedule::parse(text).unwrap_err();
        assert_eq!(error("* * * *"), ScheduleError::FieldCount(4));
        assert_eq!(error("0 30 2 * * *"), ScheduleError::FieldCount(6));
        assert_eq!(error("0 2 * * 8"), ScheduleError::Weekday("8".to_owned()));
        assert_eq!(error("0 2 * * 5L"), ScheduleError::Weekday("5L".to_owned()));
        assert_eq!(error("*/5 * * * *"), ScheduleError::TooOften);
        assert!(matches!(error("61 2 * * *"), ScheduleError::Invalid(_)));
    }

    #[test]
    fn a_date_that_never_comes_is_never_due() {
        let schedule = Schedule::parse("0 2 30 2 *").unwrap();
        let after = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(next_after(&schedule, &TimeZone::UTC, after), None);
    }

    #[test]
    fn every_job_of_the_defaults_is_a_schedule() {
        let config = crate::config::Config::load(None, []).unwrap();
        for (name, expression) in config.jobs.expressions() {
            assert!(Schedule::parse(expression).is_ok(), "{name}: {expression}");
        }
    }
}
