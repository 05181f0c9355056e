//! `tierline calendar`: when somebody is there in a year, and what looks wrong
//! with it.

use anyhow::anyhow;
use jiff::SignedDuration;
use serde_json::json;

use super::arguments;
use super::compose;
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::calendar::{Calendar, CalendarProblem, YearDay};

/// Shows a year, or checks this one and the next.
pub(super) fn run(
    config: &Config,
    calendar: &arguments::Calendar,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let policy = compose::policy(config)?;
    let set = policy.clocks.calendars();
    match calendar {
        arguments::Calendar::Show { year, calendar } => {
            let found = match calendar {
                None => set.servicer(),
                Some(id) => set.find_calendar(id).ok_or_else(|| {
                    let text = format!("no calendar is called {id}; there are: {}", set.ids());
                    CliError::new(Exit::Usage, anyhow!(text))
                })?,
            };
            show(found, *year, output)
        }
        arguments::Calendar::Check => {
            let today = set.servicer().local_date(SystemClock.now());
            let problems: Vec<CalendarProblem> =
                set.iter().flat_map(|calendar| calendar.problems(today.year())).collect();
            check(&problems, set.iter().count(), output)
        }
    }
}

fn show(calendar: &Calendar, year: i16, output: &mut Output) -> Result<Exit, CliError> {
    let days = calendar.special_days(year);
    let open = calendar.open_in(year);
    let zone = calendar.zone().iana_name().unwrap_or_default();
    if output.is_json() {
        let answer = json!({
            "calendar": calendar.id(), "version": calendar.version(), "zone": zone,
            "year": year, "open_minutes": open.as_secs() / 60, "days": days,
        });
        output.answer("", &answer)?;
        return Ok(Exit::Done);
    }
    let edition = match calendar.version() {
        "" => String::new(),
        version => format!(", edition {version}"),
    };
    let head = format!(
        "calendar {} ({zone}{edition}) in {year}: open {} hours",
        calendar.id(),
        in_hours(open)
    );
    output.answer(&head, &())?;
    let rows: Vec<[String; 4]> = days.iter().map(row).collect();
    output.table(["date", "weekday", "office", "why"], &rows, &days)?;
    Ok(Exit::Done)
}

fn row(day: &YearDay) -> [String; 4] {
    let office = if day.is_staffed { "open" } else { "closed" };
    [day.date.to_string(), day.weekday.to_owned(), office.to_owned(), day.reason.clone()]
}

fn in_hours(open: SignedDuration) -> String {
    let minutes = open.as_secs() / 60;
    if minutes % 60 == 0 {
        return (minutes / 60).to_string();
    }
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

fn check(
    problems: &[CalendarProblem],
    calendars: usize,
    output: &mut Output,
) -> Result<Exit, CliError> {
    for problem in problems {
        output.failed(&format!("{}: {}", problem.calendar, problem.message))?;
    }
    if problems.is_empty() {
        output.passed(&format!("{calendars} calendars have holidays and no gaps"))?;
    }
    if output.is_json() {
        let answer = json!({
            "ok": problems.is_empty(), "calendars": calendars, "problems": problems,
        });
        output.answer("", &answer)?;
    }
    Ok(if problems.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}
