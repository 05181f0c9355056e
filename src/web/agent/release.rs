//! Second persons and second thoughts: a blocked draft is let go, a reviewed
//! letter is released, a letter is taken back.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;
use uuid::Uuid;

use super::compose::{failed, number_of};
use crate::app::work::{self, WorkError};
use crate::domain::command::{Checked, FileFacts};
use crate::domain::draft::Draft;
use crate::domain::id::{LetterId, PersonId, TicketNumber};
use crate::domain::send_guard::Outcome;
use crate::web::filled_form::FilledForm;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::ShownInstant;
use crate::web::signed_in::SignedIn;

/// Nobody releases what they did not see.
const NOT_SEEN: &str = "the form does not say which version was read; look at the letter again";

#[derive(Serialize)]
struct ReleasePage {
    number: String,
    writer: String,
    version: u64,
    saved_at: ShownInstant,
    kind: String,
    subject: String,
    text: String,
    files: Vec<ShownFile>,
    findings: Vec<Line>,
    is_released: bool,
    reason: String,
    problem: String,
}

#[derive(Serialize)]
struct ShownFile {
    name: String,
    media_type: String,
    size: u64,
    sha: String,
}

#[derive(Serialize)]
struct Line {
    rule: String,
    is_block: bool,
    line: Option<usize>,
    says: String,
    fix: String,
}

/// `GET /tickets/{number}/drafts/{person}`
pub(super) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((number, writer)): Path<(String, String)>,
) -> Response {
    let (number, writer) = match place(&shell, &by, &number, &writer) {
        Ok(place) => place,
        Err(answer) => return *answer,
    };
    match work::draft_to_release(&by.app, &number, (&by.actor, writer)).await {
        Ok(found) => page(&shell, &by, &number, found, StatusCode::OK, ("", "")),
        Err(error) => failed(&shell, &by, error),
    }
}

/// `POST /tickets/{number}/drafts/{person}`
pub(super) async fn release<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((number, writer)): Path<(String, String)>,
    form: FilledForm,
) -> Response {
    let (number, writer) = match place(&shell, &by, &number, &writer) {
        Ok(place) => place,
        Err(answer) => return *answer,
    };
    let reason = form.text("reason");
    let who = (&by.actor, writer);
    let (status, problem) = match form.text("version").parse() {
        Err(_) => (StatusCode::UNPROCESSABLE_ENTITY, NOT_SEEN.to_owned()),
        Ok(seen) => match work::release_draft(&by.app, &number, who, Some(seen), reason).await {
            Ok(_) => return Redirect::to(&format!("/tickets/{number}/reply")).into_response(),
            Err(error) => match status_of(&error) {
                Some(status) => (status, error.to_string()),
                None => return failed(&shell, &by, error),
            },
        },
    };
    match work::draft_to_release(&by.app, &number, who).await {
        Ok(found) => page(&shell, &by, &number, found, status, (reason, &problem)),
        Err(error) => failed(&shell, &by, error),
    }
}

/// The status of a refusal that is told on the page itself.
const fn status_of(error: &WorkError) -> Option<StatusCode> {
    match error {
        WorkError::DraftMoved => Some(StatusCode::CONFLICT),
        WorkError::Refused(_) | WorkError::NothingBlocks | WorkError::NotToRelease => {
            Some(StatusCode::UNPROCESSABLE_ENTITY)
        }
        _ => None,
    }
}

/// `POST /tickets/{number}/letters/{letter}/take-back`
pub(super) async fn take_back<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((number, letter)): Path<(String, String)>,
    _form: FilledForm,
) -> Response {
    match place(&shell, &by, &number, &letter) {
        Ok((number, PersonId(letter))) => {
            let done = work::take_back_letter(&by.app, LetterId(letter), &by.actor).await;
            back(&shell, &by, &number, done)
        }
        Err(answer) => *answer,
    }
}

/// `POST /tickets/{number}/letters/{letter}/release`
pub(super) async fn release_letter<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((number, letter)): Path<(String, String)>,
    _form: FilledForm,
) -> Response {
    match place(&shell, &by, &number, &letter) {
        Ok((number, PersonId(letter))) => {
            let done = work::release_letter(&by.app, LetterId(letter), &by.actor).await;
            back(&shell, &by, &number, done)
        }
        Err(answer) => *answer,
    }
}

/// To the letters of the ticket, or why not.
fn back<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    number: &TicketNumber,
    done: Result<(), WorkError>,
) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("/tickets/{number}/reply")).into_response(),
        Err(error) => failed(shell, by, error),
    }
}

/// The ticket and the id of the path; whatever is no id is nobody's.
fn place<P>(
    shell: &Shell<P>,
    by: &SignedIn,
    number: &str,
    id: &str,
) -> Result<(TicketNumber, PersonId), Box<Response>> {
    let number = number_of(shell, by, number)?;
    let id = id.parse::<Uuid>().map_err(|_| Box::new(shell.missing(&by.viewer)))?;
    Ok((number, PersonId(id)))
}

fn page<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    number: &TicketNumber,
    (draft, checked): (Draft, Checked),
    status: StatusCode,
    (reason, problem): (&str, &str),
) -> Response {
    let lines = checked.findings.iter().map(|finding| Line {
        rule: finding.rule.clone(),
        is_block: finding.outcome == Outcome::Blocks,
        line: finding.line(&checked.text),
        says: finding.says.clone(),
        fix: finding.fix.clone(),
    });
    let standing = by.app.standing();
    let kind = standing.desk.policy.replies.find_kind(&checked.kind);
    let shown = ReleasePage {
        number: number.to_string(),
        writer: draft.person.to_string(),
        version: draft.version,
        saved_at: shell.moment().instant(draft.saved_at),
        findings: lines.collect(),
        kind: kind.map_or(checked.kind, |kind| kind.name.clone()),
        subject: checked.subject,
        text: checked.text,
        files: checked.files.into_iter().map(shown_file).collect(),
        is_released: draft.release.is_some(),
        reason: reason.to_owned(),
        problem: problem.to_owned(),
    };
    shell.page(&by.viewer, status, "release", &format!("Release on {number}"), &shown)
}

fn shown_file(file: FileFacts) -> ShownFile {
    ShownFile {
        name: file.name,
        media_type: file.media_type,
        size: file.size,
        sha: file.sha.to_string(),
    }
}
