//! Opening hours as written: weekdays and periods such as `08:00-18:00`.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use toml::Spanned;

use super::key;
use crate::domain::calendar::source::Source;
use crate::domain::calendar::{Period, weekday_index};

fn read_weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

const WEEKDAY_FIX: &str = "is no weekday; write mon, tue, wed, thu, fri, sat or sun";

pub(super) fn read_public_days(
    id: &str,
    days: &Spanned<Vec<String>>,
    source: &mut Source<'_>,
) -> [bool; 7] {
    let mut open = [false; 7];
    for word in days.get_ref() {
        match read_weekday(word) {
            Some(weekday) => open[weekday_index(weekday)] = true,
            None => source.problem(
                &days.span(),
                key(id, "open_to_public"),
                format!("`{word}` {WEEKDAY_FIX}"),
            ),
        }
    }
    open
}

pub(super) fn read_week(
    id: &str,
    hours: &BTreeMap<String, Spanned<Vec<String>>>,
    source: &mut Source<'_>,
) -> [Vec<Period>; 7] {
    let mut week: [Vec<Period>; 7] = Default::default();
    for (word, periods) in hours {
        let key = key(id, &format!("hours.{word}"));
        let Some(weekday) = read_weekday(word) else {
            source.problem(&periods.span(), key, WEEKDAY_FIX);
            continue;
        };
        let day = &mut week[weekday_index(weekday)];
        for text in periods.get_ref() {
            match read_period(text) {
                Ok(period) => day.push(period),
                Err(message) => source.problem(&periods.span(), key.as_str(), message),
            }
        }
        day.sort_unstable();
        if day.windows(2).any(|pair| pair[0].end > pair[1].start) {
            source.problem(&periods.span(), key, "periods overlap; join them into one");
        }
    }
    check_nights(id, hours, &week, source);
    week
}

/// A night shift must have ended when the next day opens.
fn check_nights(
    id: &str,
    hours: &BTreeMap<String, Spanned<Vec<String>>>,
    week: &[Vec<Period>; 7],
    source: &mut Source<'_>,
) {
    for (word, periods) in hours {
        let Some(today) = read_weekday(word).map(weekday_index) else { continue };
        let spill = week[today].last().map_or(0, |period| period.end.saturating_sub(DAY));
        let opening = week[(today + 1) % 7].first().map(|period| period.start);
        if opening.is_some_and(|opening| spill > opening) {
            let message = "the night shift overlaps the next day's hours; end it earlier";
            source.problem(&periods.span(), self::key(id, &format!("hours.{word}")), message);
        }
    }
}

/// Minutes of a day on the wall.
const DAY: u16 = 1_440;

/// `08:00-18:00`; `24:00` is the end of the day. `22:00-06:00` is a night shift
/// that ends on the next day.
fn read_period(text: &str) -> Result<Period, String> {
    let fix = "write hours as 08:00-18:00";
    let (start, end) = text.split_once('-').ok_or_else(|| format!("`{text}`: {fix}"))?;
    match (read_minute(start), read_minute(end)) {
        (Some(start), Some(end)) if start < end => Ok(Period { start, end }),
        (Some(start), Some(end)) if start > end && start < DAY && end > 0 => {
            Ok(Period { start, end: end + DAY })
        }
        (Some(_), Some(_)) => Err(format!("`{text}` is empty; {fix}, a night as 22:00-06:00")),
        _ => Err(format!("`{text}` is no time of day; {fix}")),
    }
}

/// Minutes from midnight of `HH:MM`, up to 24:00.
pub(in crate::domain) fn read_minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let is_two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !is_two_digits(hour) || !is_two_digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= 1440).then_some(total)
}
