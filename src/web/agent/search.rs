//! The search box. What asks for rows of tickets stands in the address; what
//! asks for words of mails is posted, kept, and has an id there.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::line::ShownLine;
use super::lists::{shown_lines, stretch_of};
use crate::app::search as kept_search;
use crate::domain::id::SearchId;
use crate::domain::search::{self, Term};
use crate::store::StoreError;
use crate::store::view::Searcher;
use crate::web::filled_form::FilledForm;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::signed_in::SignedIn;

#[derive(Serialize)]
struct SearchPage {
    text: String,
    problem: String,
    has_searched: bool,
    has_ticks: bool,
    count: u64,
    lines: Vec<ShownLine>,
    page: u32,
    previous: String,
    next: String,
}

/// A search as it was asked for.
struct Asked<'a> {
    text: String,
    page: u32,
    /// Address of its first page, without the page.
    address: &'a str,
}

/// `GET /search?q=…`: the box, and what was found by rows of tickets.
pub(super) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    signed_in: SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let text = value(query.as_deref(), "q");
    if text.trim().is_empty() {
        return answer(&shell, &signed_in, StatusCode::OK, &empty(text, ""));
    }
    if search::read(&text).is_ok_and(|terms| search::has_words(&terms)) {
        let problem = "Words of mails stand in no address: send them from this box.";
        return answer(&shell, &signed_in, UNREAD, &empty(text, problem));
    }
    let address = address_of(&text);
    let page = page_of(query.as_deref());
    found(&shell, &signed_in, Asked { text, page, address: &address }, true).await
}

/// `POST /search`: to the page of what is found.
pub(super) async fn search<P: TicketPages>(
    State(shell): Shared<P>,
    signed_in: SignedIn,
    form: FilledForm,
) -> Response {
    let text = form.text("q").trim();
    match search::read(text) {
        Err(misread) => {
            let page = empty(text.to_owned(), &format!("{misread}."));
            answer(&shell, &signed_in, UNREAD, &page)
        }
        Ok(terms) if !search::has_words(&terms) => Redirect::to(&address_of(text)).into_response(),
        Ok(_) => match kept_search::keep(&signed_in.app, signed_in.actor.person, text).await {
            Ok(id) => Redirect::to(&format!("/search/{id}")).into_response(),
            Err(error) => shell.broken(&signed_in.viewer, &error.into()),
        },
    }
}

/// `GET /search/{id}`: what words of mails found, for whoever searched.
pub(super) async fn kept<P: TicketPages>(
    State(shell): Shared<P>,
    signed_in: SignedIn,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let id = id.ok().and_then(|Path(id)| id.parse().ok()).map(SearchId);
    let Some(id) = id else { return shell.missing(&signed_in.viewer) };
    match signed_in.app.store.find_search(id, signed_in.actor.person).await {
        Ok(Some(text)) => {
            let (page, address) = (page_of(query.as_deref()), format!("/search/{id}?"));
            found(&shell, &signed_in, Asked { text, page, address: &address }, false).await
        }
        Ok(None) => shell.missing(&signed_in.viewer),
        Err(error) => shell.broken(&signed_in.viewer, &error.into()),
    }
}

const UNREAD: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

async fn found<P: TicketPages>(
    shell: &Shell<P>,
    signed_in: &SignedIn,
    asked: Asked<'_>,
    is_to_note: bool,
) -> Response {
    let terms = match search::read(&asked.text) {
        Ok(terms) => terms,
        Err(misread) => {
            let page = empty(asked.text, &format!("{misread}."));
            return answer(shell, signed_in, UNREAD, &page);
        }
    };
    match page(shell, signed_in, asked, &terms, is_to_note).await {
        Ok(page) => answer(shell, signed_in, StatusCode::OK, &page),
        Err(error) => shell.broken(&signed_in.viewer, &error.into()),
    }
}

async fn page<P: TicketPages>(
    shell: &Shell<P>,
    signed_in: &SignedIn,
    asked: Asked<'_>,
    terms: &[Term],
    is_to_note: bool,
) -> Result<SearchPage, StoreError> {
    let (store, person) = (&signed_in.app.store, signed_in.actor.person);
    let moment = shell.moment();
    if is_to_note {
        store.note_search(person, &asked.text, moment.now).await?;
    }
    let by = Searcher { person, now: moment.now, zone: moment.zone };
    let (found, count) = store.search(terms, &by, stretch_of(asked.page)).await?;
    let seen = stretch_of(asked.page).offset + found.len() as u64;
    let turn = |page: u32| format!("{}&page={page}", asked.address);
    Ok(SearchPage {
        problem: String::new(),
        has_searched: true,
        has_ticks: false,
        count,
        lines: shown_lines(shell, signed_in, found).await?,
        page: asked.page.saturating_add(1),
        previous: asked.page.checked_sub(1).map(turn).unwrap_or_default(),
        next: if seen < count { turn(asked.page.saturating_add(1)) } else { String::new() },
        text: asked.text,
    })
}

fn empty(text: String, problem: &str) -> SearchPage {
    SearchPage {
        text,
        problem: problem.to_owned(),
        has_searched: false,
        has_ticks: false,
        count: 0,
        lines: Vec::new(),
        page: 1,
        previous: String::new(),
        next: String::new(),
    }
}

fn answer<P>(
    shell: &Shell<P>,
    signed_in: &SignedIn,
    status: StatusCode,
    page: &SearchPage,
) -> Response {
    shell.page(&signed_in.viewer, status, "agent_search", "Search", page)
}

fn address_of(text: &str) -> String {
    let query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    format!("/search?q={query}")
}

fn value(query: Option<&str>, key: &str) -> String {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(name, _)| name == key).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn page_of(query: Option<&str>) -> u32 {
    value(query, "page").parse::<u32>().map_or(0, |page| page.min(1_000_000))
}
