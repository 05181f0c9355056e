//! Where a person answers: `/tickets/{number}/reply`. What was typed is saved
//! first, whatever else the form asks for, so that no refusal loses a word.

mod shown;
mod typed;
mod waiting;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use self::shown::{Composer, Told};
use self::typed::{Asked, Typed};
use crate::app::work::{self, SendDraft, WorkError};
use crate::domain::command::{Refusal, Reply};
use crate::domain::id::TicketNumber;
use crate::web::filled_form::FilledForm;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::signed_in::SignedIn;

/// How long a letter from the page can be taken back.
pub(super) const UNDO: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// What the link to the page asks for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// Show what speaks against the saved draft.
    #[serde(default)]
    check: bool,
    /// An approved wording to begin with.
    #[serde(default)]
    template: Option<String>,
}

/// The number of the path, or the answer that there is no such ticket.
pub(super) fn number_of<P>(
    shell: &Shell<P>,
    by: &SignedIn,
    text: &str,
) -> Result<TicketNumber, Box<Response>> {
    TicketNumber::parse(text).ok_or_else(|| Box::new(no_ticket(shell, by)))
}

pub(super) fn no_ticket<P>(shell: &Shell<P>, by: &SignedIn) -> Response {
    let text = "The number is not one of a ticket here: no ticket has it.";
    shell.notice(&by.viewer, StatusCode::NOT_FOUND, "No such ticket", text)
}

/// `GET /tickets/{number}/reply`
pub(super) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path(number): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let number = match number_of(&shell, &by, &number) {
        Ok(number) => number,
        Err(answer) => return *answer,
    };
    let wanted = wanted.map(|Query(wanted)| wanted).unwrap_or_default();
    let draft = match work::find_draft(&by.app, &number, &by.actor).await {
        Ok(draft) => draft,
        Err(error) => return failed(&shell, &by, error),
    };
    let mut typed = draft.as_ref().map_or_else(Typed::default, Typed::of_draft);
    if let (None, Some(template)) = (&draft, wanted.template) {
        typed.reply.form = Some(typed::form_of(template));
    }
    let told = if wanted.check && draft.is_some() {
        checked(&by, &number, &typed.reply).await
    } else {
        Told::default()
    };
    answer(&shell, &by, &number, (StatusCode::OK, typed, told)).await
}

/// `POST /tickets/{number}/reply`
pub(super) async fn act<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path(number): Path<String>,
    form: FilledForm,
) -> Response {
    let number = match number_of(&shell, &by, &number) {
        Ok(number) => number,
        Err(answer) => return *answer,
    };
    let (mut typed, asked) = Typed::of_form(&form);
    let page = format!("/tickets/{number}/reply");
    if asked == Asked::Discard {
        return match work::discard_draft(&by.app, &number, &by.actor).await {
            Ok(()) | Err(WorkError::NoDraft) => {
                Redirect::to(&format!("/tickets/{number}")).into_response()
            }
            Err(error) => failed(&shell, &by, error),
        };
    }
    if let Asked::Nothing | Asked::Unseen = asked {
        let told = if asked == Asked::Nothing { Told::nothing_asked() } else { Told::unseen() };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return answer(&shell, &by, &number, (status, typed, told)).await;
    }
    let versions = (typed.draft_version, typed.seen);
    match work::save_draft(&by.app, &number, &by.actor, versions, &typed.reply).await {
        Ok(version) => typed.draft_version = version,
        Err(WorkError::DraftMoved) => {
            let told = draft_moved(&by, &number, &mut typed).await;
            return answer(&shell, &by, &number, (StatusCode::CONFLICT, typed, told)).await;
        }
        Err(error) => return refused(&shell, &by, &number, typed, error).await,
    }
    let done = match asked {
        Asked::Nothing | Asked::Unseen | Asked::Save | Asked::Discard => {
            return Redirect::to(&page).into_response();
        }
        Asked::Check => return Redirect::to(&format!("{page}?check=true")).into_response(),
        Asked::Release => work::ask_release(&by.app, &number, &by.actor).await,
        Asked::Send => sent(&by, &number, &typed).await,
    };
    match done {
        Ok(()) => Redirect::to(&page).into_response(),
        Err(error) => refused(&shell, &by, &number, typed, error).await,
    }
}

async fn sent(by: &SignedIn, number: &TicketNumber, typed: &Typed) -> Result<(), WorkError> {
    let send = SendDraft {
        draft_version: Some(typed.draft_version),
        seen: typed.seen,
        confirmed: typed.reply.confirmed.clone(),
        undo: UNDO,
    };
    work::send_draft(&by.app, number, &by.actor, &send).await.map(drop)
}

/// What speaks against the words; a refusal is told like a finding.
async fn checked(by: &SignedIn, number: &TicketNumber, reply: &Reply) -> Told {
    match work::check_reply(&by.app, number, &by.actor, reply).await {
        Ok(checked) => Told::checked(checked),
        Err(error) => Told::of_error(error),
    }
}

/// The draft was saved elsewhere: what stands there is told, what was typed here
/// stays, and saving once more keeps it.
async fn draft_moved(by: &SignedIn, number: &TicketNumber, typed: &mut Typed) -> Told {
    let there = work::find_draft(&by.app, number, &by.actor).await.ok().flatten();
    typed.draft_version = there.as_ref().map_or(0, |draft| draft.version);
    Told::draft_moved(there.map(|draft| draft.words))
}

/// The page again, with all that was typed and why it was not done.
async fn refused<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    number: &TicketNumber,
    mut typed: Typed,
    error: WorkError,
) -> Response {
    let status = match &error {
        WorkError::NoSuchTicket(_) | WorkError::Store(_) => return failed(shell, by, error),
        WorkError::DraftMoved => {
            let told = draft_moved(by, number, &mut typed).await;
            return answer(shell, by, number, (StatusCode::CONFLICT, typed, told)).await;
        }
        WorkError::Changed { .. } => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let told = match error {
        WorkError::Refused(Refusal::Stopped(_)) => {
            let mut told = checked(by, number, &typed.reply).await;
            told.is_stopped = true;
            told
        }
        error => Told::of_error(error),
    };
    answer(shell, by, number, (status, typed, told)).await
}

async fn answer<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    number: &TicketNumber,
    (status, typed, told): (StatusCode, Typed, Told),
) -> Response {
    match Composer::load(&shell.moment(), by, number, typed, told).await {
        Ok(shown) => {
            let title = format!("Answer {number}");
            shell.page(&by.viewer, status, "reply", &title, &shown)
        }
        Err(error) => failed(shell, by, error),
    }
}

/// What is neither a refusal nor a conflict.
pub(super) fn failed<P>(shell: &Shell<P>, by: &SignedIn, error: WorkError) -> Response {
    match error {
        WorkError::NoSuchTicket(_) => no_ticket(shell, by),
        WorkError::Store(error) => shell.broken(&by.viewer, &error.into()),
        WorkError::NoDraft | WorkError::NotToRelease | WorkError::TooLate => {
            let text = format!("{error}.");
            shell.notice(&by.viewer, StatusCode::CONFLICT, "Not any more", &text)
        }
        error => {
            let text = format!("{error}.");
            shell.notice(&by.viewer, StatusCode::UNPROCESSABLE_ENTITY, "Not done", &text)
        }
    }
}
