//! The calendars by which open time is counted, and one of them over a year.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::domain::calendar::{Calendar, YearDay};
use crate::web::shell::Shared;
use crate::web::signed_in::SignedIn;

/// Years that holidays are known for.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    year: String,
}

#[derive(Serialize)]
struct CalendarsPage {
    year: i16,
    lines: Vec<CalendarLine>,
}

#[derive(Serialize)]
struct CalendarLine {
    id: String,
    zone: String,
    open: i64,
    problems: Vec<String>,
}

#[derive(Serialize)]
struct CalendarPage {
    problem: String,
    id: String,
    zone: String,
    version: String,
    year: i16,
    before: i16,
    after: i16,
    open: i64,
    days: Vec<ShownDay>,
}

#[derive(Serialize)]
struct ShownDay {
    date: String,
    weekday: &'static str,
    is_open: bool,
    is_legal: bool,
    reason: String,
}

/// `GET /calendars`
pub(in crate::web) async fn list<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
) -> Response {
    let standing = who.app.standing();
    let set = standing.desk.policy.clocks.calendars();
    let year = set.servicer().local_date(shell.clock.now()).year();
    let line = |calendar: &Calendar| CalendarLine {
        id: calendar.id().to_owned(),
        zone: zone_of(calendar),
        open: calendar.open_in(year).as_hours(),
        problems: calendar.problems(year).into_iter().map(|problem| problem.message).collect(),
    };
    let page = CalendarsPage { year, lines: set.iter().map(line).collect() };
    shell.page(&who.viewer, StatusCode::OK, "calendars", "Calendars", &page)
}

/// `GET /calendars/{calendar}?year=`
pub(in crate::web) async fn show<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    id: Result<Path<String>, axum::extract::rejection::PathRejection>,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let standing = who.app.standing();
    let set = standing.desk.policy.clocks.calendars();
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let Some(calendar) = set.find_calendar(&id) else { return shell.missing(&who.viewer) };
    let this = calendar.local_date(shell.clock.now()).year();
    let asked = asked.map(|Query(asked)| asked.year).unwrap_or_default();
    let (year, problem) = match asked.parse().ok().filter(|year| YEARS.contains(year)) {
        Some(year) => (year, ""),
        None if asked.is_empty() => (this, ""),
        None => (this, "A year is a number from 1990 to 2100; this year is shown."),
    };
    let status = if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = CalendarPage {
        problem: problem.to_owned(),
        id: calendar.id().to_owned(),
        zone: zone_of(calendar),
        version: calendar.version().to_owned(),
        year,
        before: year - 1,
        after: year + 1,
        open: calendar.open_in(year).as_hours(),
        days: calendar.special_days(year).into_iter().map(shown).collect(),
    };
    let title = format!("Calendar {id} in {year}");
    shell.page(&who.viewer, status, "calendar", &title, &page)
}

fn zone_of(calendar: &Calendar) -> String {
    calendar.zone().iana_name().unwrap_or_default().to_owned()
}

fn shown(day: YearDay) -> ShownDay {
    ShownDay {
        date: day.date.to_string(),
        weekday: day.weekday,
        is_open: day.is_staffed,
        is_legal: day.is_legal_holiday,
        reason: day.reason,
    }
}
