//! Reads `calendars.toml` and refuses a calendar that could not be searched:
//! unknown zone, overlapping hours, no hours at all.

mod hours;
mod special;

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::extra::ExtraShape;
use super::source::{Source, missing};
use super::{Calendar, HolidayRule, Period};
use crate::domain::policy::{PolicyFiles, PolicyProblem};

pub(in crate::domain) use hours::read_minute;
use hours::{read_public_days, read_week};
use special::{HalfDayShape, read_extra, read_half_days};

/// File that holds the calendars.
const FILE: &str = "calendars.toml";
/// Longest single closure in days; a longer one is a typing mistake.
const CLOSURE_DAYS: usize = 366;
/// Most closure days one calendar may have.
const CLOSURES_AT_MOST: usize = 3_000;

/// All calendars of the policy, and which of them is the servicer's.
#[derive(Clone, Debug)]
pub struct CalendarSet {
    calendars: BTreeMap<String, Calendar>,
    servicer: Calendar,
}

impl CalendarSet {
    /// Calendar `id`.
    #[must_use]
    pub fn find_calendar(&self, id: &str) -> Option<&Calendar> {
        self.calendars.get(id)
    }

    /// The servicer's calendar: its zone dates every receipt and every
    /// statutory due date, its public days are those of `BD_OPEN`.
    #[must_use]
    pub fn servicer(&self) -> &Calendar {
        &self.servicer
    }

    /// Whether no calendar could be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calendars.is_empty()
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Calendar> {
        self.calendars.values()
    }

    /// Ids, for messages.
    #[must_use]
    pub fn ids(&self) -> String {
        self.calendars.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape {
    servicer: Spanned<String>,
    #[serde(default)]
    calendar: Vec<Spanned<CalendarShape>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarShape {
    id: Spanned<String>,
    zone: Spanned<String>,
    federal_holidays: Spanned<String>,
    open_to_public: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    closures: Vec<Spanned<ClosureShape>>,
    #[serde(default)]
    half_days: Vec<Spanned<HalfDayShape>>,
    #[serde(default)]
    extra_holidays: Vec<Spanned<ExtraShape>>,
    #[serde(default)]
    version: String,
    hours: BTreeMap<String, Spanned<Vec<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClosureShape {
    from: String,
    to: Option<String>,
    reason: String,
}

/// Reads `calendars.toml`. What is wrong goes to `problems`; a set with any
/// problem must not be used.
#[must_use]
pub fn load_calendars(files: &PolicyFiles, problems: &mut Vec<PolicyProblem>) -> CalendarSet {
    let mut set = CalendarSet { calendars: BTreeMap::new(), servicer: stand_in() };
    let Some(text) = files.get(FILE) else {
        missing(FILE, "it defines the servicer's zone, hours and closures", problems);
        return set;
    };
    let mut source = Source::new(FILE, text, problems);
    let Some(shape) = source.read::<FileShape>() else {
        return set;
    };
    for raw in shape.calendar {
        let span = raw.span();
        let calendar = checked(raw.into_inner(), &span, &mut source);
        if set.calendars.contains_key(&calendar.id) {
            let message = "is defined twice; give the second one another id";
            source.problem(&span, key(&calendar.id, "id"), message);
        }
        set.calendars.insert(calendar.id.clone(), calendar);
    }
    match set.calendars.get(shape.servicer.get_ref()) {
        Some(calendar) => set.servicer = calendar.clone(),
        None => source.problem(
            &shape.servicer.span(),
            "servicer",
            format!("names no calendar; write one of: {}", set.ids()),
        ),
    }
    set
}

/// Keeps the functions total when a file is missing; never used to decide,
/// because a policy with problems is refused.
fn stand_in() -> Calendar {
    let office = vec![Period { start: 0, end: 1440 }];
    Calendar {
        id: String::new(),
        zone: TimeZone::UTC,
        week: std::array::from_fn(|_| office.clone()),
        public_days: [true; 7],
        holidays: HolidayRule::Ignored,
        extra: Vec::new(),
        closures: BTreeMap::new(),
        half_days: BTreeMap::new(),
        version: String::new(),
    }
}

fn checked(shape: CalendarShape, span: &Range<usize>, source: &mut Source<'_>) -> Calendar {
    let id = shape.id.get_ref().clone();
    let week = read_week(&id, &shape.hours, source);
    let open: u32 = week.iter().flatten().map(|period| u32::from(period.end - period.start)).sum();
    if open < 60 {
        let message = "has less than one open hour a week; nothing would ever fall due";
        source.problem(span, key(&id, "hours"), message);
    }
    let public_days = match &shape.open_to_public {
        Some(days) => read_public_days(&id, days, source),
        None => std::array::from_fn(|day| !week[day].is_empty()),
    };
    if !public_days.contains(&true) {
        let message = "is empty; BD_OPEN could never count a day";
        source.problem(span, key(&id, "open_to_public"), message);
    }
    Calendar {
        zone: read_zone(&id, &shape.zone, source),
        week,
        public_days,
        holidays: read_holiday_rule(&id, &shape.federal_holidays, source),
        extra: read_extra(&id, &shape.extra_holidays, source),
        closures: read_closures(&id, &shape.closures, source),
        half_days: read_half_days(&id, &shape.half_days, source),
        version: shape.version.trim().to_owned(),
        id,
    }
}

fn key(id: &str, field: &str) -> String {
    format!("calendar.{id}.{field}")
}

fn read_zone(id: &str, name: &Spanned<String>, source: &mut Source<'_>) -> TimeZone {
    TimeZone::get(name.get_ref()).unwrap_or_else(|_| {
        let message = format!(
            "`{}` is no IANA time zone; write a name such as America/New_York",
            name.get_ref()
        );
        source.problem(&name.span(), key(id, "zone"), message);
        TimeZone::UTC
    })
}

fn read_holiday_rule(id: &str, word: &Spanned<String>, source: &mut Source<'_>) -> HolidayRule {
    match word.get_ref().as_str() {
        "ignored" => HolidayRule::Ignored,
        "actual" => HolidayRule::Actual,
        "observed" => HolidayRule::Observed,
        other => {
            let message = format!("`{other}` is unknown; write ignored, actual or observed");
            source.problem(&word.span(), key(id, "federal_holidays"), message);
            HolidayRule::Ignored
        }
    }
}

fn read_closures(
    id: &str,
    closures: &[Spanned<ClosureShape>],
    source: &mut Source<'_>,
) -> BTreeMap<Date, String> {
    let mut days = BTreeMap::new();
    for closure in closures {
        if let Err(message) = add_closure(closure.get_ref(), &mut days) {
            source.problem(&closure.span(), key(id, "closures"), message);
        }
        if days.len() > CLOSURES_AT_MOST {
            let message = format!("more than {CLOSURES_AT_MOST} closed days; remove past ones");
            source.problem(&closure.span(), key(id, "closures"), message);
            break;
        }
    }
    days
}

fn add_closure(shape: &ClosureShape, days: &mut BTreeMap<Date, String>) -> Result<(), String> {
    let read = |text: &str| {
        text.parse::<Date>().map_err(|_| format!("`{text}` is no date; write it as 2026-11-27"))
    };
    let from = read(&shape.from)?;
    let to = shape.to.as_deref().map_or(Ok(from), read)?;
    if shape.reason.trim().is_empty() {
        return Err("needs a reason: it is shown in the arithmetic of due dates".to_owned());
    }
    if to < from {
        return Err(format!("ends on {to}, before it begins on {from}"));
    }
    let mut date = from;
    for _ in 0..CLOSURE_DAYS {
        days.insert(date, shape.reason.trim().to_owned());
        match date.tomorrow() {
            Ok(next) if next <= to => date = next,
            _ => return Ok(()),
        }
    }
    Err(format!("is longer than {CLOSURE_DAYS} days; split it if it is meant"))
}
