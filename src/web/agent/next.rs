//! "Give me the next one": the most urgent ticket that fits, taken and opened.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::app::work::{self, WorkError};
use crate::web::filled_form::FilledForm;
use crate::web::page::TicketPages;
use crate::web::shell::Shared;
use crate::web::signed_in::SignedIn;
use crate::web::ticket_page::CHOSEN;

/// `POST /next`
pub(super) async fn take<P: TicketPages>(
    State(shell): Shared<P>,
    signed_in: SignedIn,
    _form: FilledForm,
) -> Response {
    let viewer = &signed_in.viewer;
    match work::take_next(&signed_in.app, &signed_in.actor, None).await {
        Ok(Some(number)) => Redirect::to(&format!("/tickets/{number}?{CHOSEN}")).into_response(),
        Ok(None) => {
            let text = "No waiting ticket is in a queue and a language that are yours.";
            shell.notice(viewer, StatusCode::OK, "Nothing waits for you", text)
        }
        Err(WorkError::Refused(refusal)) => {
            let text = format!("You get no ticket now: {refusal}.");
            shell.notice(viewer, StatusCode::UNPROCESSABLE_ENTITY, "No ticket for you", &text)
        }
        Err(error) => shell.broken(viewer, &error.into()),
    }
}
