//! Who works when, from `rules/roster.toml`. The file may be missing or empty:
//! then the persons of the database work at the hours of the servicer's calendar.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use crate::domain::calendar::source::Source;
use crate::domain::calendar::{Calendar, read_minute};
use crate::domain::catalogue::ClockBook;
use crate::domain::policy::{PolicyFiles, PolicyProblem};
use crate::domain::rule::RuleBook;

const FILE: &str = "roster.toml";
/// Short names of the days, Monday first.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// One person's ordinary week and when they are not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rostered {
    /// The name they sign in with.
    pub name: String,
    /// What they know; `None`: what the database says.
    pub skills: Option<Vec<String>>,
    /// Languages they write; `None`: what the database says.
    pub languages: Option<Vec<String>>,
    /// Minutes of the day, by weekday.
    week: [Vec<(u16, u16)>; 7],
    /// First and last day, both included.
    absences: Vec<(Date, Date)>,
}

/// Everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    people: Vec<Rostered>,
    tests: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileShape {
    #[serde(default)]
    person: Vec<Spanned<PersonShape>>,
    #[serde(default)]
    test: Vec<Spanned<TestShape>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonShape {
    name: String,
    skills: Option<Vec<String>>,
    languages: Option<Vec<String>>,
    hours: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    absences: Vec<AbsenceShape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AbsenceShape {
    from: String,
    to: String,
}

/// One assertion: so many hours of one person on one day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestShape {
    person: String,
    on: String,
    hours: f64,
}

impl Rostered {
    /// When they work on `date`; nobody works on a day the office is closed.
    #[must_use]
    pub fn spans(&self, date: Date, calendar: &Calendar) -> Vec<(Timestamp, Timestamp)> {
        let is_absent = self.absences.iter().any(|(from, to)| *from <= date && date <= *to);
        if is_absent || !calendar.is_staffed_on(date) {
            return Vec::new();
        }
        let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
        let periods = self.week.get(weekday).map_or(&[][..], Vec::as_slice);
        let span = |(start, end): &(u16, u16)| {
            (calendar.instant_on(date, *start), calendar.instant_on(date, *end))
        };
        periods.iter().map(span).collect()
    }
}

impl Roster {
    /// Reads `roster.toml`, where there is one, and runs the tests in it.
    #[must_use]
    pub fn load(
        files: &PolicyFiles,
        rules: &RuleBook,
        clocks: &ClockBook,
        problems: &mut Vec<PolicyProblem>,
    ) -> Self {
        let mut roster = Self::default();
        let Some(text) = files.get(FILE) else { return roster };
        let mut source = Source::new(FILE, text, problems);
        let Some(shape) = source.read::<FileShape>() else { return roster };
        let skills: BTreeSet<&str> =
            rules.queues().iter().flat_map(|queue| &queue.skills).map(String::as_str).collect();
        let has_calendar = !clocks.calendars().is_empty();
        for row in shape.person {
            let span = row.span();
            let row = row.into_inner();
            if roster.people.iter().any(|person| person.name == row.name) {
                source.problem(&span, key(&row, "name"), "is there twice; join the two");
            }
            for skill in
                row.skills.iter().flatten().filter(|skill| !skills.contains(skill.as_str()))
            {
                let message = format!("no queue asks for `{skill}`; see rules/queues.toml");
                source.problem(&span, key(&row, "skills"), message);
            }
            let week = read_week(&row, &span, &mut source);
            let absences = read_absences(&row, &span, &mut source);
            let PersonShape { name, skills, languages, .. } = row;
            roster.people.push(Rostered { name, skills, languages, week, absences });
        }
        roster.tests = shape.test.len();
        for row in shape.test.iter().filter(|_| has_calendar) {
            roster.test(row.get_ref(), &row.span(), clocks.servicer(), &mut source);
        }
        roster
    }

    /// Everybody, in the order of the file.
    #[must_use]
    pub fn people(&self) -> &[Rostered] {
        &self.people
    }

    /// How many tests stand in the file.
    #[must_use]
    pub const fn self_test_count(&self) -> usize {
        self.tests
    }

    fn test(
        &self,
        test: &TestShape,
        span: &std::ops::Range<usize>,
        calendar: &Calendar,
        source: &mut Source<'_>,
    ) {
        let key = format!("test.{}", test.person);
        let person = self.people.iter().find(|person| person.name == test.person);
        let (Some(person), Ok(date)) = (person, test.on.parse::<Date>()) else {
            source.problem(span, key, "names no person above, or no day such as 2026-12-24");
            return;
        };
        let spans = person.spans(date, calendar);
        let worked: f64 =
            spans.iter().map(|(from, until)| until.duration_since(*from).as_secs_f64()).sum();
        if (worked / 3600.0 - test.hours).abs() > 0.01 {
            let message = format!("works {} hours on {date}, not {}", worked / 3600.0, test.hours);
            source.problem(span, key, message);
        }
    }
}

fn key(row: &PersonShape, field: &str) -> String {
    format!("person.{}.{field}", row.name)
}

fn read_week(
    row: &PersonShape,
    span: &std::ops::Range<usize>,
    source: &mut Source<'_>,
) -> [Vec<(u16, u16)>; 7] {
    let mut week: [Vec<(u16, u16)>; 7] = Default::default();
    for (word, periods) in &row.hours {
        let key = key(row, &format!("hours.{word}"));
        let day = DAYS.iter().position(|day| day == word);
        let Some(day) = day.and_then(|place| week.get_mut(place)) else {
            source.problem(span, key, "is no weekday; write mon, tue, wed, thu, fri, sat or sun");
            continue;
        };
        for text in periods {
            let minutes = text.split_once('-').and_then(|(start, end)| {
                Some((read_minute(start)?, read_minute(end)?)).filter(|(start, end)| start < end)
            });
            match minutes {
                Some(period) => day.push(period),
                None => {
                    let message = format!("`{text}` are no hours; write 09:00-17:00");
                    source.problem(span, key.as_str(), message);
                }
            }
        }
        day.sort_unstable();
        if day.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            source.problem(span, key, "hours overlap; join them into one");
        }
    }
    week
}

fn read_absences(
    row: &PersonShape,
    span: &std::ops::Range<usize>,
    source: &mut Source<'_>,
) -> Vec<(Date, Date)> {
    let mut absences = Vec::new();
    for absence in &row.absences {
        match (absence.from.parse::<Date>(), absence.to.parse::<Date>()) {
            (Ok(from), Ok(to)) if from <= to => absences.push((from, to)),
            _ => {
                let message =
                    "write a first and a last day: { from = \"2026-12-24\", to = \"2026-12-31\" }";
                source.problem(span, key(row, "absences"), message);
            }
        }
    }
    absences
}
