//! All letter templates with their versions: which are in use, which wait, and
//! who stands for them.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::domain::id::PersonId;
use crate::store::StoreError;
use crate::store::person::Person;
use crate::store::template::{StoppedTemplate, TemplateState, TemplateVersion};
use crate::web::page::TicketPages;
use crate::web::shell::Shared;
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

/// Digits of a hash that pages show and links carry.
pub(super) const SHORT_HASH: usize = 12;

/// What the list is narrowed to.
#[derive(Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    state: String,
}

#[derive(Serialize)]
struct ShownTemplates {
    lines: Vec<Line>,
    states: Vec<Choice>,
    stopped: Vec<ShownStop>,
    is_empty: bool,
}

#[derive(Serialize)]
struct Choice {
    word: &'static str,
    words: &'static str,
    is_chosen: bool,
}

#[derive(Serialize)]
struct Line {
    name: String,
    locale: String,
    version: String,
    purpose: String,
    state: ShownState,
    is_stopped: bool,
    author: String,
    approver: String,
    approved_at: Option<ShownInstant>,
    from_at: Option<ShownInstant>,
    to_at: Option<ShownInstant>,
}

/// A template that nothing is sent of.
#[derive(Serialize)]
pub(super) struct ShownStop {
    name: String,
    reason: String,
    by: String,
    at: ShownInstant,
}

/// Where a version stands: class name, glyph and word.
#[derive(Serialize)]
pub(super) struct ShownState {
    badge: &'static str,
    glyph: &'static str,
    word: &'static str,
}

/// `GET /templates`
pub(super) async fn list<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = query.map(|Query(query)| query.state).unwrap_or_default();
    match loaded(&by, &shell.moment(), &asked).await {
        Ok(shown) => {
            shell.page(&by.viewer, StatusCode::OK, "templates", "Letter templates", &shown)
        }
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

async fn loaded(by: &SignedIn, moment: &Moment, asked: &str) -> Result<ShownTemplates, StoreError> {
    let store = &by.app.store;
    let (versions, persons) = (store.template_versions().await?, store.persons().await?);
    let stopped = store.stopped_templates().await?;
    let is_asked = |version: &&TemplateVersion| match TemplateState::from_word(asked) {
        Some(state) => version.state == state,
        None => asked == "all" || version.state != TemplateState::Retired,
    };
    let line = |version: &TemplateVersion| Line {
        name: version.name.clone(),
        locale: version.locale.clone(),
        version: short(version),
        purpose: version.about.purpose.clone(),
        state: state(version, moment),
        is_stopped: stopped.iter().any(|one| one.name == version.name),
        author: name(&persons, Some(version.author)),
        approver: name(&persons, version.approved_by),
        approved_at: version.approved_at.map(|at| moment.instant(at)),
        from_at: version.effective_from_at.map(|at| moment.instant(at)),
        to_at: version.effective_to_at.map(|at| moment.instant(at)),
    };
    let lines: Vec<Line> = versions.iter().filter(is_asked).map(line).collect();
    let choice = |(word, words)| Choice { word, words, is_chosen: word == asked };
    let states = [
        ("", "in use or waiting"),
        ("in_review", "in review"),
        ("draft", "with their authors"),
        ("approved", "approved"),
        ("retired", "withdrawn"),
        ("all", "all"),
    ];
    Ok(ShownTemplates {
        is_empty: lines.is_empty(),
        lines,
        states: states.into_iter().map(choice).collect(),
        stopped: stopped.iter().map(|one| shown_stop(one, &persons, moment)).collect(),
    })
}

/// A stop as pages show it.
pub(super) fn shown_stop(stop: &StoppedTemplate, persons: &[Person], moment: &Moment) -> ShownStop {
    ShownStop {
        name: stop.name.clone(),
        reason: stop.reason.clone(),
        by: name(persons, Some(stop.stopped_by)),
        at: moment.instant(stop.stopped_at),
    }
}

/// The name of a person; empty for nobody.
pub(super) fn name(persons: &[Person], id: Option<PersonId>) -> String {
    let found = persons.iter().find(|person| Some(person.id) == id);
    found.map(|person| person.name.clone()).unwrap_or_default()
}

/// First digits of a version's hash.
pub(super) fn short(version: &TemplateVersion) -> String {
    version.hash.hex().chars().take(SHORT_HASH).collect()
}

/// Where a version stands now.
pub(super) fn state(version: &TemplateVersion, moment: &Moment) -> ShownState {
    let is_later = version.effective_from_at.is_some_and(|from_at| from_at > moment.now);
    let is_over = version.effective_to_at.is_some_and(|to_at| to_at <= moment.now);
    let (badge, glyph, word) = match version.state {
        TemplateState::Draft => ("paused", "–", "with its author"),
        TemplateState::InReview => ("soon", "◷", "in review"),
        TemplateState::Approved if is_over => ("paused", "–", "ended"),
        TemplateState::Approved if is_later => ("soon", "◷", "approved for later"),
        TemplateState::Approved => ("ok", "✓", "approved"),
        TemplateState::Retired => ("paused", "–", "withdrawn"),
    };
    ShownState { badge, glyph, word }
}
