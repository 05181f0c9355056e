//! A letter as its reader will see it, for the frame on the review page.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};

use super::review::{SampleQuery, find};
use crate::app::review;
use crate::web::guard::Allowance;
use crate::web::page::TicketPages;
use crate::web::shell::Shared;
use crate::web::signed_in::SignedIn;

/// `GET /templates/{name}/{version}/preview`
pub(super) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((name, digits)): Path<(String, String)>,
    query: Result<Query<SampleQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let version = match find(&shell, &by, &name, &digits).await {
        Ok(version) => version,
        Err(answer) => return *answer,
    };
    let sample = query.map_or(0, |Query(query)| query.sample);
    let words = review::previews(&by.app, &version).into_iter().nth(sample);
    match words.and_then(|preview| preview.words.ok()) {
        Some(words) => Allowance::SealedLetter.on(Html(words.html).into_response()),
        None => {
            let text = "This sample makes no letter.";
            shell.notice(&by.viewer, StatusCode::NOT_FOUND, "No such letter", text)
        }
    }
}
