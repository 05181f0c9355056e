//! Holidays beside the federal ones, by rule: of a state in which an office
//! stands, or of the house. They close an office; they never stretch a count of
//! the law, except `BD_OPEN`, which is about open offices.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::Deserialize;

use super::Holiday;

/// As written: `{ name = "Patriots' Day", on = "3 mon apr" }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtraShape {
    name: String,
    on: String,
    /// Also closed on the Friday or Monday next to a date on a weekend.
    #[serde(default)]
    observed: bool,
}

/// A checked rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExtraHoliday {
    name: String,
    rule: Rule,
    is_observed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// A date of every year.
    Fixed { month: i8, day: i8 },
    /// The nth weekday of a month; -1 is the last.
    Nth { nth: i8, weekday: Weekday, month: i8 },
    /// So many days after (before, when negative) a federal holiday's own date.
    Beside { holiday: Holiday, days: i8 },
}

const FIX: &str = "write 03-31, 3 mon apr, last fri sep, or thanksgiving+1";
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];
const ANCHORS: [(&str, Holiday); 3] = [
    ("thanksgiving", Holiday::Thanksgiving),
    ("christmas", Holiday::Christmas),
    ("new-year", Holiday::NewYear),
];

impl ExtraHoliday {
    pub(super) fn read(shape: &ExtraShape) -> Result<Self, String> {
        let name = shape.name.trim().to_owned();
        if name.is_empty() {
            return Err("needs a name: it is shown in the arithmetic of due dates".to_owned());
        }
        let rule = read_rule(shape.on.trim());
        let rule = rule.ok_or_else(|| format!("on = `{}` is no rule; {FIX}", shape.on))?;
        Ok(Self { name, rule, is_observed: shape.observed })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the office is closed on `date` for it.
    pub(super) fn is_on(&self, date: Date) -> bool {
        if self.rule.is_on(date) {
            return true;
        }
        let next_to = match date.weekday() {
            Weekday::Friday if self.is_observed => date.tomorrow(),
            Weekday::Monday if self.is_observed => date.yesterday(),
            _ => return false,
        };
        next_to.is_ok_and(|weekend| self.rule.is_on(weekend))
    }
}

impl Rule {
    fn is_on(self, date: Date) -> bool {
        match self {
            Self::Fixed { month, day } => date.month() == month && date.day() == day,
            Self::Nth { nth, weekday, month } => {
                let from_start = (date.day() - 1) / 7 + 1;
                let is_last = date.day() + 7 > date.days_in_month();
                date.month() == month
                    && date.weekday() == weekday
                    && (from_start == nth || (nth == -1 && is_last))
            }
            Self::Beside { holiday, days } => {
                let own = date.checked_sub(i32::from(days).days());
                own.is_ok_and(|own| Holiday::on(own) == Some(holiday))
            }
        }
    }
}

fn read_rule(text: &str) -> Option<Rule> {
    if let Some((month, day)) = text.split_once('-').filter(|(month, _)| month.len() == 2) {
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        // a leap year, so that 29 February is a date
        Date::new(2024, month, day).ok()?;
        return Some(Rule::Fixed { month, day });
    }
    if let Some((name, holiday)) = ANCHORS.iter().find(|(name, _)| text.starts_with(name)) {
        let days: i8 = text.get(name.len()..)?.parse().ok()?;
        let is_near = days != 0 && days.unsigned_abs() <= 14;
        return is_near.then_some(Rule::Beside { holiday: *holiday, days });
    }
    let mut words = text.split_whitespace();
    let (nth, weekday, month) = (words.next()?, words.next()?, words.next()?);
    let nth = if nth == "last" { -1 } else { nth.parse::<i8>().ok()? };
    let weekday = WEEKDAYS.iter().find(|(word, _)| *word == weekday)?.1;
    let month = MONTHS.iter().position(|word| *word == month)?;
    let is_sound = (nth == -1 || (1..=5).contains(&nth)) && words.next().is_none();
    is_sound.then_some(Rule::Nth { nth, weekday, month: i8::try_from(month + 1).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn holiday(on: &str, observed: bool) -> ExtraHoliday {
        ExtraHoliday::read(&ExtraShape { name: "Day".into(), on: on.into(), observed }).unwrap()
    }

    #[test]
    fn a_holiday_by_rule_falls_on_its_dates() {
        let table = [
            ("03-31", date(2027, 3, 31)),
            ("3 mon apr", date(2027, 4, 19)),
            ("last fri sep", date(2027, 9, 24)),
            ("5 mon may", date(2027, 5, 31)),
            ("thanksgiving+1", date(2026, 11, 27)),
            ("christmas-1", date(2026, 12, 24)),
        ];
        for (on, day) in table {
            let holiday = holiday(on, false);
            assert!(holiday.is_on(day), "{on}");
            assert!(!holiday.is_on(day.tomorrow().unwrap()), "{on}");
            assert!(!holiday.is_on(day.yesterday().unwrap()), "{on}");
        }
    }

    #[test]
    fn an_observed_one_also_closes_the_weekday_next_to_its_weekend() {
        assert!(holiday("02-12", true).is_on(date(2028, 2, 11)), "a Saturday");
        assert!(holiday("02-12", true).is_on(date(2034, 2, 13)), "a Sunday");
        assert!(!holiday("02-12", false).is_on(date(2028, 2, 11)));
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for on in [
            "",
            "13-01",
            "02-30",
            "6 mon apr",
            "0 mon apr",
            "3 moon apr",
            "3 mon apr x",
            "thanksgiving",
            "thanksgiving+99",
            "easter+1",
            "last",
        ] {
            assert_eq!(read_rule(on), None, "{on}");
        }
    }
}
