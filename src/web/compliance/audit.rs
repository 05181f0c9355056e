//! The record, searched by who, what, where and when; whether its chains hold;
//! and parts of it as files that prove themselves.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use super::form::{Problem, day};
use super::table_file;
use super::timeline::actor;
use crate::app::record_export::{self, ExportError, Format};
use crate::domain::id::{TicketId, TicketNumber};
use crate::store::StoreError;
use crate::store::person::Person;
use crate::store::view::{RecordFilter, RecordLine};
use crate::web::filled_form::FilledForm;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

/// Lines on one page.
const PAGE: usize = 50;
/// Longest chain that is verified while somebody waits for a page.
const LONGEST_CHAIN: u64 = 5_000;

/// What is looked for; empty words narrow nothing.
#[derive(Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Asked {
    who: String,
    what: String,
    ticket: String,
    stream: String,
    from: String,
    until: String,
    below: String,
}

#[derive(Serialize)]
struct ShownRecord {
    asked: Asked,
    lines: Vec<ShownLine>,
    chains: Vec<ShownChain>,
    is_empty: bool,
    query: String,
    next: Option<String>,
    problem: Problem,
}

#[derive(Serialize)]
struct ShownLine {
    at: ShownInstant,
    who: String,
    kind: String,
    stream: String,
    ticket: String,
    seq: u64,
    particulars: String,
    previous: String,
    hash: String,
    is_sound: bool,
}

#[derive(Serialize)]
struct ShownChain {
    stream: String,
    is_checked: bool,
    fault: String,
}

/// `GET /audit`
pub(super) async fn search<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    query: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = query.map(|Query(asked)| asked).unwrap_or_default();
    page(&shell, &by, asked, Problem::default()).await
}

/// `POST /audit/export`
pub(super) async fn export<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    form: FilledForm,
) -> Response {
    let text = |field| form.text(field).to_owned();
    let asked = Asked {
        who: text("who"),
        what: text("what"),
        ticket: text("ticket"),
        stream: text("stream"),
        from: text("from"),
        until: text("until"),
        below: String::new(),
    };
    let Some(format) = Format::from_word(form.text("format")) else {
        let problem = Problem::at("format", "Choose CSV or JSON lines.");
        return page(&shell, &by, asked, problem).await;
    };
    let filter = match filter(&shell, &by, &asked).await {
        Ok(Ok(filter)) => filter,
        Ok(Err(problem)) => return page(&shell, &by, asked, problem).await,
        Err(error) => return shell.broken(&by.viewer, &error.into()),
    };
    match record_export::export(&by.app, &filter, format, by.actor.person).await {
        Ok(bytes) => {
            let media_type = match format {
                Format::Csv => "text/csv; charset=utf-8",
                Format::Jsonl => "application/jsonl",
            };
            table_file::file(&format!("record.{}", format.word()), media_type, bytes)
        }
        Err(error @ ExportError::TooMany) => {
            page(&shell, &by, asked, Problem::at("from", format!("{error}."))).await
        }
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

async fn page<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    asked: Asked,
    problem: Problem,
) -> Response {
    let found = match filter(shell, by, &asked).await {
        Ok(Ok(filter)) => by.app.store.find_record(&filter).await.map(|lines| (lines, problem)),
        Ok(Err(found)) => Ok((Vec::new(), found)),
        Err(error) => Err(error),
    };
    let (lines, problem) = match found {
        Ok(found) => found,
        Err(error) => return shell.broken(&by.viewer, &error.into()),
    };
    let status = match problem.text.as_str() {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match shown(by, &shell.moment(), asked, lines, problem).await {
        Ok(shown) => shell.page(&by.viewer, status, "audit", "The record", &shown),
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

/// What the words ask for, or what is wrong with them.
async fn filter<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    asked: &Asked,
) -> Result<Result<RecordFilter, Problem>, StoreError> {
    let store = &by.app.store;
    let wrong = |field, text: &str| Ok(Err(Problem::at(field, text)));
    let actor = match asked.who.trim() {
        "" => None,
        "engine" => Some("engine".to_owned()),
        name => match store.find_person(name).await? {
            Some(person) => Some(format!("person:{}", person.id)),
            None => return wrong("who", "Nobody here has that name."),
        },
    };
    let stream = match (asked.ticket.trim(), asked.stream.trim()) {
        ("", "") => None,
        ("", stream) => Some(stream.to_owned()),
        (number, _) => {
            let number = TicketNumber::parse(number);
            let detail = match &number {
                Some(number) => store.ticket_detail(number).await?,
                None => None,
            };
            match detail {
                Some(detail) => Some(format!("ticket:{}", detail.ticket.id)),
                None => return wrong("ticket", "No ticket has that number."),
            }
        }
    };
    let (from, until) = match (day(&asked.from, &shell.zone), day(&asked.until, &shell.zone)) {
        (Ok(from), Ok(until)) => (from, until),
        (Err(text), _) => return wrong("from", &text),
        (_, Err(text)) => return wrong("until", &text),
    };
    let below = match asked.below.as_str() {
        "" => None,
        number => match number.parse() {
            Ok(number) => Some(number),
            Err(_) => return wrong("from", "There is no such page: begin with the first."),
        },
    };
    Ok(Ok(RecordFilter {
        actor,
        kind: Some(asked.what.trim().to_owned()).filter(|kind| !kind.is_empty()),
        stream,
        from,
        // The whole of the last day.
        before: until.map(|at: Timestamp| at.checked_add(24.hours()).unwrap_or(at)),
        below,
        limit: PAGE as u64 + 1,
    }))
}

async fn shown(
    by: &SignedIn,
    moment: &Moment,
    asked: Asked,
    mut lines: Vec<RecordLine>,
    problem: Problem,
) -> Result<ShownRecord, StoreError> {
    let has_more = lines.len() > PAGE;
    lines.truncate(PAGE);
    let (persons, numbers) = (by.app.store.persons().await?, numbers(by, &lines).await?);
    Ok(ShownRecord {
        chains: chains(by, &lines).await?,
        is_empty: lines.is_empty(),
        next: lines.last().filter(|_| has_more).map(|last| query(&asked, Some(last.number))),
        query: query(&asked, None),
        lines: lines.iter().map(|one| line(one, &persons, &numbers, moment)).collect(),
        asked,
        problem,
    })
}

/// Numbers of the tickets whose streams are there.
async fn numbers(
    by: &SignedIn,
    lines: &[RecordLine],
) -> Result<BTreeMap<String, String>, StoreError> {
    let streams: BTreeSet<&str> = lines.iter().map(|line| line.stream.as_str()).collect();
    let mut numbers = BTreeMap::new();
    for stream in streams {
        let id = stream.strip_prefix("ticket:").and_then(|id| uuid::Uuid::parse_str(id).ok());
        let Some(id) = id else { continue };
        if let Some(ticket) = by.app.store.find_ticket(TicketId(id)).await? {
            numbers.insert(stream.to_owned(), ticket.number.to_string());
        }
    }
    Ok(numbers)
}

/// Whether the chains of the lines hold from their beginnings to their heads.
async fn chains(by: &SignedIn, lines: &[RecordLine]) -> Result<Vec<ShownChain>, StoreError> {
    let streams: BTreeMap<&str, u64> =
        lines.iter().map(|line| (line.stream.as_str(), line.head.0)).collect();
    let mut chains = Vec::new();
    for (stream, length) in streams {
        let is_checked = length <= LONGEST_CHAIN;
        let fault = match is_checked {
            true => by.app.store.verify(Some(stream)).await?.first_break.map(|found| found.what),
            false => None,
        };
        let (stream, fault) = (stream.to_owned(), fault.unwrap_or_default().to_owned());
        chains.push(ShownChain { stream, is_checked, fault });
    }
    Ok(chains)
}

fn line(
    line: &RecordLine,
    persons: &[Person],
    numbers: &BTreeMap<String, String>,
    moment: &Moment,
) -> ShownLine {
    ShownLine {
        at: moment.instant(line.at),
        who: actor(persons, &line.actor),
        kind: line.kind.clone(),
        ticket: numbers.get(&line.stream).cloned().unwrap_or_default(),
        stream: line.stream.clone(),
        seq: line.seq,
        particulars: line.particulars.clone(),
        previous: line.previous.hex(),
        hash: line.hash.hex(),
        is_sound: line.is_sound(),
    }
}

fn query(asked: &Asked, below: Option<i64>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let words = [
        ("who", &asked.who),
        ("what", &asked.what),
        ("ticket", &asked.ticket),
        ("stream", &asked.stream),
        ("from", &asked.from),
        ("until", &asked.until),
    ];
    query.extend_pairs(words.into_iter().filter(|(_, word)| !word.is_empty()));
    if let Some(below) = below {
        query.append_pair("below", &below.to_string());
    }
    query.finish()
}
