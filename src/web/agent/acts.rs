//! The acts of a ticket's page: for whom each is, and how it is answered when
//! it was done, when a rule forbids it, and when somebody else was faster.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::wish::{self, Problem};
use crate::app::work::{self, Done, WorkError};
use crate::domain::actor::permission::Permission::{self, AssignOthers, NameCause, WorkTickets};
use crate::domain::id::TicketNumber;
use crate::store::StoreError;
use crate::web::filled_form::FilledForm;
use crate::web::page::TicketPages;
use crate::web::shell::Shared;
use crate::web::signed_in::SignedIn;
use crate::web::ticket_page::{self, Said};

/// One act that a form asks for.
pub(crate) struct Act {
    /// The last part of its path; also names its form.
    pub(crate) word: &'static str,
    /// Its path.
    pub(crate) path: &'static str,
    /// Whom it is for.
    pub(crate) permission: Permission,
}

macro_rules! acts {
    ($($word:literal: $permission:ident),+ $(,)?) => {
        &[$(Act {
            word: $word,
            path: concat!("/tickets/{number}/", $word),
            permission: $permission,
        }),+]
    };
}

/// Every act.
pub(crate) const ACTS: &[Act] = acts! {
    "take": WorkTickets,
    "note": WorkTickets,
    "resolve": WorkTickets,
    "pend": WorkTickets,
    "escalate": WorkTickets,
    "assign": AssignOthers,
    "requeue": WorkTickets,
    "reclassify": WorkTickets,
    "prioritize": WorkTickets,
    "return": WorkTickets,
    "release": WorkTickets,
    "close": WorkTickets,
    "reopen": WorkTickets,
    "raise": WorkTickets,
    "claim": WorkTickets,
    "refuse": WorkTickets,
    "merge": WorkTickets,
    "split": WorkTickets,
    "undo": WorkTickets,
    "cause": NameCause,
};

/// An act that was not done, with all that was typed for it.
pub(crate) struct Failed {
    /// Which.
    pub(crate) act: &'static str,
    /// The form as it came.
    pub(crate) form: FilledForm,
    /// What speaks against it.
    pub(crate) problem: Problem,
}

impl Failed {
    /// 409 when somebody else was faster, 422 otherwise.
    pub(crate) const fn status(&self) -> StatusCode {
        if self.problem.is_conflict {
            StatusCode::CONFLICT
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}

/// `POST /tickets/{number}/<act>`
pub(super) async fn act<P: TicketPages>(
    act: &'static Act,
    State(shell): Shared<P>,
    signed_in: SignedIn,
    number: Result<Path<String>, PathRejection>,
    form: FilledForm,
) -> Response {
    let viewer = &signed_in.viewer;
    let Some(number) = ticket_page::read_number(number) else {
        return ticket_page::no_number(&shell, viewer);
    };
    let problem = match done(act, &signed_in, &number, &form).await {
        Ok(done) => return Redirect::to(&path_after(&done)).into_response(),
        Err(NotDone::Problem(problem)) => problem,
        Err(NotDone::Work(error)) => match Problem::of(error, &shell.moment()) {
            Ok(problem) => problem,
            Err(error) => return shell.broken(viewer, &error.into()),
        },
    };
    let failed = Failed { act: act.word, form, problem };
    let said = Said { failed: Some(&failed), ..Said::default() };
    ticket_page::answer(&shell, viewer, &number, said).await
}

enum NotDone {
    Problem(Problem),
    Work(WorkError),
}

impl From<Problem> for NotDone {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

async fn done(
    act: &Act,
    signed_in: &SignedIn,
    number: &TicketNumber,
    form: &FilledForm,
) -> Result<Done, NotDone> {
    let seen = wish::seen(form)?;
    let wish = wish::wish(act.word, form)?;
    if let Some(person) = wish::person_of(&wish) {
        match signed_in.app.store.load_worker(person).await {
            Ok(_) => {}
            Err(StoreError::Absent(_)) => {
                return Err(Problem::at("person", "Choose one of the list.").into());
            }
            Err(error) => return Err(NotDone::Work(error.into())),
        }
    }
    let done = work::act(&signed_in.app, number, &signed_in.actor, Some(seen), &wish).await;
    done.map_err(NotDone::Work)
}

/// A split leads to the ticket it made, everything else back to the ticket.
fn path_after(done: &Done) -> String {
    format!("/tickets/{}", done.made.as_ref().unwrap_or(&done.number))
}
