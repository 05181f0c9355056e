//! The page on which a wording is read before it is released.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::form::Problem;
use super::shown_review::{Typed, shown};
use crate::app::review;
use crate::store::template::TemplateVersion;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::signed_in::SignedIn;

/// Which sample the letter is shown with.
#[derive(Deserialize)]
pub(super) struct SampleQuery {
    #[serde(default)]
    pub(super) sample: usize,
}

/// `GET /templates/{name}/{version}`
pub(super) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((name, digits)): Path<(String, String)>,
    query: Result<Query<SampleQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let sample = query.map_or(0, |Query(query)| query.sample);
    let version = match find(&shell, &by, &name, &digits).await {
        Ok(version) => version,
        Err(answer) => return *answer,
    };
    let typed = Typed { sample, ..Typed::default() };
    page(&shell, &by, version, (StatusCode::OK, Problem::default()), typed).await
}

/// The version, or the answer when there is none.
pub(super) async fn find<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    name: &str,
    digits: &str,
) -> Result<TemplateVersion, Box<Response>> {
    match review::find_version(&by.app, name, digits).await {
        Ok(Some(version)) => Ok(version),
        Ok(None) => {
            let text = "There is no such version of that template.";
            let status = StatusCode::NOT_FOUND;
            Err(Box::new(shell.notice(&by.viewer, status, "No such version", text)))
        }
        Err(error) => Err(Box::new(shell.broken(&by.viewer, &error.into()))),
    }
}

/// The page of `version`, with what was typed and what is wrong with it.
pub(super) async fn page<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    version: TemplateVersion,
    (status, problem): (StatusCode, Problem),
    typed: Typed,
) -> Response {
    let title = format!("{} {}", version.name, version.locale);
    match review::review(&by.app, version).await {
        Ok(review) => {
            let shown = shown(&review, by, &shell.moment(), problem, typed);
            let answer = shell.page(&by.viewer, status, "review", &title, &shown);
            crate::web::guard::Allowance::PageWithFrame.on(answer)
        }
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}
