//! The letters that wait, are held or in doubt, by state and without content,
//! and what an operator does with one.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::{Deserialize, Serialize};

use crate::app::outbox::{self, LetterAct, OutboxError};
use crate::domain::id::LetterId;
use crate::domain::letter::LetterState;
use crate::store::StoreError;
use crate::store::view::LetterEntry;
use crate::web::filled_form::FilledForm;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

/// Lines of one list.
const MOST_LINES: u64 = 200;

/// Why a letter is given up: words for the record, never a borrower's.
const REASONS: &[(&str, &str)] = &[
    ("answered_otherwise", "The borrower was answered another way"),
    ("wrong_recipient", "It would go to the wrong recipient"),
    ("duplicate", "Another letter says the same"),
    ("out_of_date", "What it says is no longer true"),
];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    state: String,
}

#[derive(Serialize)]
struct OutboxPage {
    problem: String,
    state: String,
    states: Vec<ShownState>,
    lines: Vec<ShownLetter>,
    reasons: Vec<Reason>,
    is_empty: bool,
    is_cut: bool,
}

#[derive(Serialize)]
struct ShownState {
    word: &'static str,
    words: &'static str,
    count: u64,
    is_chosen: bool,
}

#[derive(Serialize)]
struct Reason {
    word: &'static str,
    words: &'static str,
}

#[derive(Serialize)]
struct ShownLetter {
    id: String,
    ticket: String,
    template: String,
    state: &'static str,
    reason: String,
    attempts: u64,
    last_code: String,
    meets: String,
    written_at: ShownInstant,
    expires_at: ShownInstant,
    may_retry: bool,
    may_discard: bool,
    is_uncertain: bool,
}

/// `GET /outbox`
pub(in crate::web) async fn list<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    page(&shell, &who, &asked.state, (StatusCode::OK, String::new())).await
}

/// `POST /outbox/{letter}`: `act` is `retry`, `discard` with a `reason`,
/// `arrived` or `lost`.
pub(in crate::web) async fn act<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    letter: Result<Path<String>, axum::extract::rejection::PathRejection>,
    form: FilledForm,
) -> Response {
    let state = form.text("state");
    let letter = letter.ok().and_then(|Path(text)| text.parse().ok()).map(LetterId);
    let reason = REASONS.iter().find(|(word, _)| *word == form.text("reason"));
    let act = match (form.text("act"), reason) {
        ("retry", _) => LetterAct::Retry,
        ("discard", Some((word, _))) => LetterAct::Discard(word),
        ("arrived", _) => LetterAct::Arrived,
        ("lost", _) => LetterAct::Lost,
        _ => {
            let text = "Say what becomes of the letter, and why it is given up.".to_owned();
            return page(&shell, &who, state, (StatusCode::UNPROCESSABLE_ENTITY, text)).await;
        }
    };
    let Some(letter) = letter else { return shell.missing(&who.viewer) };
    match outbox::act(&who.app, letter, &who.actor, act).await {
        Ok(true) => {
            let state = LetterState::from_word(state).map_or("", LetterState::word);
            Redirect::to(&format!("/outbox?state={state}")).into_response()
        }
        Ok(false) => {
            let text = "That letter is not in a state in which this can be done: it may have \
                        left, or somebody was faster. The list shows where it stands now.";
            page(&shell, &who, state, (StatusCode::CONFLICT, text.to_owned())).await
        }
        Err(OutboxError::Refused(_)) => shell.missing(&who.viewer),
        Err(OutboxError::Store(error)) => shell.broken(&who.viewer, &error.into()),
    }
}

async fn page<P>(
    shell: &Shell<P>,
    who: &SignedIn,
    state: &str,
    (status, problem): (StatusCode, String),
) -> Response {
    match loaded(shell, who, state, problem).await {
        Ok(page) => shell.page(&who.viewer, status, "outbox", "Outbox", &page),
        Err(error) => shell.broken(&who.viewer, &error.into()),
    }
}

async fn loaded<P>(
    shell: &Shell<P>,
    who: &SignedIn,
    state: &str,
    problem: String,
) -> Result<OutboxPage, StoreError> {
    let moment = shell.moment();
    let chosen = LetterState::from_word(state);
    let counts = who.app.store.outbox_counts().await?;
    let letters = who.app.store.letter_list(chosen, MOST_LINES).await?;
    let states = LetterState::ALL.iter().map(|state| ShownState {
        word: state.word(),
        words: words_of(*state),
        count: counts.get(state).copied().unwrap_or(0),
        is_chosen: chosen == Some(*state),
    });
    Ok(OutboxPage {
        problem,
        state: chosen.map_or("", LetterState::word).to_owned(),
        states: states.collect(),
        is_empty: letters.is_empty(),
        is_cut: letters.len() as u64 == MOST_LINES,
        lines: letters.iter().map(|letter| shown(&moment, letter)).collect(),
        reasons: REASONS.iter().map(|(word, words)| Reason { word, words }).collect(),
    })
}

fn shown(moment: &Moment, letter: &LetterEntry) -> ShownLetter {
    use LetterState::{Available, Held, Retryable, Uncertain};
    ShownLetter {
        id: letter.id.to_string(),
        ticket: letter.ticket.to_string(),
        template: format!("{} {}", letter.template, letter.locale),
        state: words_of(letter.state),
        reason: letter.reason.as_deref().unwrap_or_default().replace('_', " "),
        attempts: letter.attempts,
        last_code: letter.last_code.map(|code| code.to_string()).unwrap_or_default(),
        meets: letter.meets.join(", "),
        written_at: moment.instant(letter.written_at),
        expires_at: moment.instant(letter.expires_at),
        may_retry: letter.state.goes_again(letter.reason.as_deref()),
        may_discard: matches!(letter.state, Available | Retryable | Held),
        is_uncertain: letter.state == Uncertain,
    }
}

const fn words_of(state: LetterState) -> &'static str {
    match state {
        LetterState::Available => "waits to leave",
        LetterState::Sending => "is on its way",
        LetterState::HandedOver => "handed over",
        LetterState::Retryable => "refused for now, goes again",
        LetterState::Uncertain => "uncertain: nobody knows whether it arrived",
        LetterState::Held => "held",
        LetterState::Discarded => "given up",
    }
}
