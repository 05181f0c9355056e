//! The clocks of the law over all loans, narrowed by what the address says,
//! page by page or as a file.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::form::day;
use super::table_file;
use crate::domain::clock::{ClockClass, ClockState};
use crate::domain::id::ClockId;
use crate::store::StoreError;
use crate::store::view::{ClockFilter, ClockLine, ClockPlace};
use crate::web::page::TicketPages;
use crate::web::shell::Shared;
use crate::web::shown::{Moment, ShownClock};
use crate::web::signed_in::SignedIn;

/// Clocks on one page.
const PAGE: u64 = 50;
/// Clocks of one read for a file.
const FILE_PAGE: u64 = 5_000;
/// Most clocks in one file.
const MOST_IN_FILE: usize = 200_000;

/// What the list is narrowed to; empty words narrow nothing.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Asked {
    state: String,
    kind: String,
    from: String,
    until: String,
    after: String,
}

#[derive(Serialize)]
struct ShownClocks {
    asked: Asked,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    lines: Vec<Line>,
    is_empty: bool,
    problem: String,
    query: String,
    next: Option<String>,
}

#[derive(Serialize)]
struct Choice {
    word: String,
    is_chosen: bool,
}

#[derive(Serialize)]
struct Line {
    ticket: String,
    status: String,
    queue: String,
    clock: ShownClock,
}

/// `GET /clocks`
pub(super) async fn list<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    query: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = query.map(|Query(asked)| asked).unwrap_or_default();
    let (filter, problem) = match filter(&asked, &shell.zone) {
        Ok(filter) => (filter, String::new()),
        Err(problem) => (ClockFilter::default(), problem),
    };
    let filter = ClockFilter { limit: PAGE + 1, ..filter };
    let found = if problem.is_empty() {
        by.app.store.statutory_clocks(&filter).await
    } else {
        Ok(Vec::new())
    };
    match found {
        Ok(lines) => {
            let status =
                if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let shown = shown(&by, &shell.moment(), asked, lines, problem);
            shell.page(&by.viewer, status, "clocks", "Statutory clocks", &shown)
        }
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

/// `GET /clocks.csv`
pub(super) async fn file<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    query: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = query.map(|Query(asked)| asked).unwrap_or_default();
    let filter = match filter(&asked, &shell.zone) {
        Ok(filter) => ClockFilter { limit: FILE_PAGE, ..filter },
        Err(problem) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return shell.notice(&by.viewer, status, "No such clocks", &problem);
        }
    };
    match all(&by, filter).await {
        Ok(lines) => {
            let head = [
                "ticket",
                "queue",
                "status",
                "clock",
                "state",
                "started_at",
                "due_at",
                "due_on",
                "internal_due_on",
                "met_at",
                "breached_at",
                "to_confirm",
                "citation",
                "policy",
            ];
            table_file::csv("statutory-clocks.csv", head, lines.iter().map(row))
        }
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

async fn all(by: &SignedIn, mut filter: ClockFilter) -> Result<Vec<ClockLine>, StoreError> {
    let mut all = Vec::new();
    loop {
        let mut page = by.app.store.statutory_clocks(&filter).await?;
        let is_last = (page.len() as u64) < FILE_PAGE;
        filter.after = page.last().map(place);
        all.append(&mut page);
        if is_last || all.len() >= MOST_IN_FILE {
            return Ok(all);
        }
    }
}

fn row(line: &ClockLine) -> [String; 14] {
    let clock = &line.clock;
    let instant = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    [
        line.ticket.to_string(),
        line.queue.clone(),
        line.status.to_string(),
        clock.kind.clone(),
        clock.state.to_string(),
        clock.started_at.to_string(),
        clock.due_at.to_string(),
        clock.due_on.to_string(),
        clock.internal_due_on.to_string(),
        instant(clock.met_at),
        instant(clock.breached_at),
        clock.is_to_confirm.to_string(),
        clock.citation.clone(),
        clock.policy_revision.clone(),
    ]
}

/// What the words of an address ask for, or what is wrong with them.
fn filter(asked: &Asked, zone: &TimeZone) -> Result<ClockFilter, String> {
    use ClockState::{Breached, Paused, Running};
    let states = match asked.state.as_str() {
        "" | "open" => vec![Running, Paused, Breached],
        "all" => Vec::new(),
        word => vec![
            ClockState::from_word(word)
                .ok_or_else(|| format!("There is no state “{word}”: choose one from the list."))?,
        ],
    };
    let until = day(&asked.until, zone)?;
    Ok(ClockFilter {
        states,
        kind: Some(asked.kind.clone()).filter(|kind| !kind.is_empty()),
        due_from: day(&asked.from, zone)?,
        // The whole of the last day.
        due_before: until.map(|at| at.checked_add(24.hours()).unwrap_or(at)),
        after: cursor(&asked.after)?,
        limit: 0,
    })
}

fn cursor(text: &str) -> Result<Option<ClockPlace>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (due_at, id) = text.split_once('_')?;
        let due_at = Timestamp::from_microsecond(due_at.parse().ok()?).ok()?;
        Some(ClockPlace { due_at, id: ClockId(uuid::Uuid::parse_str(id).ok()?) })
    };
    read().map(Some).ok_or_else(|| "There is no such page: begin with the first.".to_owned())
}

fn place(line: &ClockLine) -> ClockPlace {
    ClockPlace { due_at: line.clock.due_at, id: line.clock.id }
}

fn query(asked: &Asked, after: Option<ClockPlace>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let words = [
        ("state", &asked.state),
        ("kind", &asked.kind),
        ("from", &asked.from),
        ("until", &asked.until),
    ];
    query.extend_pairs(words.into_iter().filter(|(_, word)| !word.is_empty()));
    if let Some(place) = after {
        query.append_pair("after", &format!("{}_{}", place.due_at.as_microsecond(), place.id));
    }
    query.finish()
}

fn shown(
    by: &SignedIn,
    moment: &Moment,
    asked: Asked,
    mut lines: Vec<ClockLine>,
    problem: String,
) -> ShownClocks {
    let size = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = lines.len() > size;
    lines.truncate(size);
    let standing = by.app.standing();
    let of_law =
        |row: &&crate::domain::catalogue::ClockDefinition| row.class == ClockClass::Statutory;
    let mut kinds: Vec<String> = standing
        .desk
        .policy
        .clocks
        .definitions()
        .iter()
        .filter(of_law)
        .map(|row| row.id.clone())
        .collect();
    if !asked.kind.is_empty() && !kinds.contains(&asked.kind) {
        kinds.push(asked.kind.clone());
    }
    let states = ["open", "running", "breached", "met", "superseded", "voided", "all"];
    let choice = |word: String, chosen: &str| Choice { is_chosen: word == chosen, word };
    ShownClocks {
        states: states.iter().map(|word| choice((*word).to_owned(), &asked.state)).collect(),
        kinds: kinds.into_iter().map(|word| choice(word, &asked.kind)).collect(),
        is_empty: lines.is_empty(),
        next: lines.last().filter(|_| has_more).map(|last| query(&asked, Some(place(last)))),
        query: query(&asked, None),
        lines: lines
            .iter()
            .map(|line| Line {
                ticket: line.ticket.to_string(),
                status: line.status.to_string(),
                queue: line.queue.clone(),
                clock: moment.clock(&line.clock),
            })
            .collect(),
        problem,
        asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_asks_for_is_read_or_told_to_be_wrong() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let asked = |state: &str, from: &str, after: &str| {
            let (state, from, after) = (state.to_owned(), from.to_owned(), after.to_owned());
            filter(
                &Asked { state, from, after, until: "2026-12-31".to_owned(), ..Asked::default() },
                &zone,
            )
        };
        let read = asked("", "2026-12-01", "").unwrap();
        assert_eq!(read.states.len(), 3);
        assert_eq!(read.due_from, "2026-12-01T05:00:00Z".parse().ok());
        assert_eq!(read.due_before, "2027-01-01T05:00:00Z".parse().ok());
        assert!(asked("asleep", "", "").unwrap_err().contains("asleep"));
        assert!(asked("", "12/1/2026", "").unwrap_err().contains("12/1/2026"));
        for after in ["x", "1_x", "_", "99999999999999999999_00000000-0000-0000-0000-000000000000"]
        {
            assert!(asked("", "", after).is_err(), "{after}");
        }
        let place =
            ClockPlace { due_at: Timestamp::UNIX_EPOCH, id: ClockId(uuid::Uuid::from_u128(7)) };
        let again = query(&Asked::default(), Some(place));
        assert_eq!(cursor(again.strip_prefix("after=").unwrap()), Ok(Some(place)));
    }
}
