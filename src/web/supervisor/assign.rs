//! A supervisor gives a ticket to somebody from its card on the board.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::board::{self, Asked};
use crate::app::work::{self, Wish};
use crate::domain::id::{PersonId, TicketNumber};
use crate::web::filled_form::FilledForm;
use crate::web::shell::Shared;
use crate::web::signed_in::SignedIn;
use crate::web::work_problem;

/// `POST /board/assign`: `ticket` is a number and the version the card showed,
/// `to` a person, or nothing for whoever fits best.
pub(super) async fn assign<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    form: FilledForm,
) -> Response {
    let asked = Asked {
        queue: form.text("queue").to_owned(),
        tier: form.text("tier").to_owned(),
        assignee: form.text("assignee").to_owned(),
    };
    let (Some((number, seen)), Some(to)) = (ticket(form.text("ticket")), to(form.text("to")))
    else {
        let text = "Choose a person, then the ticket they get.".to_owned();
        return board::shown(&shell, &who, asked, (StatusCode::UNPROCESSABLE_ENTITY, text)).await;
    };
    match work::act(&who.app, &number, &who.actor, Some(seen), &Wish::Assign(to)).await {
        Ok(_) => Redirect::to(&address(&asked)).into_response(),
        Err(error) => match work_problem::told(error) {
            Ok((status, text)) => {
                let text = format!("{number}: {text}");
                board::shown(&shell, &who, asked, (status, text)).await
            }
            Err(error) => shell.broken(&who.viewer, &error.into()),
        },
    }
}

/// `TL-4821-0973-5522 7`.
fn ticket(text: &str) -> Option<(TicketNumber, u64)> {
    let (number, version) = text.split_once(' ')?;
    Some((TicketNumber::parse(number)?, version.parse().ok()?))
}

/// `Some(None)` is whoever fits best.
fn to(text: &str) -> Option<Option<PersonId>> {
    if text.is_empty() {
        return Some(None);
    }
    text.parse().ok().map(|id| Some(PersonId(id)))
}

/// The board with the same filter.
fn address(asked: &Asked) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in
        [("queue", &asked.queue), ("tier", &asked.tier), ("assignee", &asked.assignee)]
    {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    match query.finish().as_str() {
        "" => "/board".to_owned(),
        query => format!("/board?{query}"),
    }
}
