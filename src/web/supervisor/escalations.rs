//! The inbox of escalations: what waits for somebody to say "I have it", and
//! the note with which it came up.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use crate::app::escalation::{self, OpenEscalation};
use crate::app::work::{self, Wish};
use crate::domain::id::EscalationId;
use crate::store::work::{EscalationLine, NoteLine};
use crate::web::filled_form::FilledForm;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;
use crate::web::work_problem;

/// Lines of the inbox.
const MOST_LINES: u64 = 200;

#[derive(Serialize)]
struct InboxPage {
    lines: Vec<ShownEscalation>,
    is_empty: bool,
    is_cut: bool,
}

#[derive(Serialize)]
struct ShownEscalation {
    id: String,
    number: String,
    queue: String,
    ladder: String,
    cause: String,
    steps: u32,
    is_statutory: bool,
    begun_at: ShownInstant,
    next_at: Option<ShownInstant>,
    claim_by_at: Option<ShownInstant>,
    is_late: bool,
}

#[derive(Serialize)]
struct EscalationPage {
    problem: String,
    reason: String,
    line: ShownEscalation,
    version: u64,
    notes: Vec<ShownNote>,
}

#[derive(Serialize)]
struct ShownNote {
    kind: String,
    author: String,
    written_at: ShownInstant,
    text: String,
}

/// `GET /escalations`
pub(super) async fn list<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
) -> Response {
    match who.app.store.open_escalations(MOST_LINES).await {
        Ok(lines) => {
            let moment = shell.moment();
            let is_cut = lines.len() as u64 == MOST_LINES;
            let lines: Vec<_> = lines.iter().map(|line| shown(&who, &moment, line)).collect();
            let page = InboxPage { is_empty: lines.is_empty(), lines, is_cut };
            shell.page(&who.viewer, StatusCode::OK, "escalations", "Escalations", &page)
        }
        Err(error) => shell.broken(&who.viewer, &error.into()),
    }
}

/// `GET /escalations/{escalation}`: with the notes, which are words, so that
/// reading them is on record.
pub(super) async fn show<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    id: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Response {
    let Some(id) = read(id) else { return gone(&shell, &who) };
    page(&shell, &who, id, (StatusCode::OK, String::new()), "").await
}

/// `POST /escalations/{escalation}`: `act` is `claim` or `refuse`, and a
/// refusal has its `reason`.
pub(super) async fn settle<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    id: Result<Path<String>, axum::extract::rejection::PathRejection>,
    form: FilledForm,
) -> Response {
    let Some(id) = read(id) else { return gone(&shell, &who) };
    let reason = form.text("reason");
    let wish = match form.text("act") {
        "claim" => Wish::Claim(id),
        "refuse" if !reason.trim().is_empty() => Wish::Refuse(id, reason.to_owned()),
        _ => {
            let text = "Say why it is not for you; the next step of the ladder reads it.";
            let said = (StatusCode::UNPROCESSABLE_ENTITY, text.to_owned());
            return page(&shell, &who, id, said, reason).await;
        }
    };
    let line = match who.app.store.find_open_escalation(id).await {
        Ok(Some(line)) => line,
        Ok(None) => return gone(&shell, &who),
        Err(error) => return shell.broken(&who.viewer, &error.into()),
    };
    let Ok(seen) = form.text("seen").parse() else {
        let text = "The form does not say what you saw. Look at the ticket again, then try again.";
        let said = (StatusCode::UNPROCESSABLE_ENTITY, text.to_owned());
        return page(&shell, &who, id, said, reason).await;
    };
    match work::act(&who.app, &line.number, &who.actor, Some(seen), &wish).await {
        Ok(_) => Redirect::to("/escalations").into_response(),
        Err(error) => match work_problem::told(error) {
            Ok(said) => page(&shell, &who, id, said, reason).await,
            Err(error) => shell.broken(&who.viewer, &error.into()),
        },
    }
}

async fn page<P>(
    shell: &Shell<P>,
    who: &SignedIn,
    id: EscalationId,
    said: (StatusCode, String),
    reason: &str,
) -> Response {
    match escalation::read(&who.app, id, who.actor.person).await {
        Ok(Some(OpenEscalation { line, version, notes })) => {
            let moment = shell.moment();
            let page = EscalationPage {
                problem: said.1,
                reason: reason.to_owned(),
                line: shown(who, &moment, &line),
                version,
                notes: notes.iter().map(|note| shown_note(&moment, note)).collect(),
            };
            shell.page(&who.viewer, said.0, "escalation", "Escalation", &page)
        }
        Ok(None) => gone(shell, who),
        Err(error) => shell.broken(&who.viewer, &error.into()),
    }
}

/// Where an escalation was that nobody has to settle any more, or never was one.
fn gone<P>(shell: &Shell<P>, who: &SignedIn) -> Response {
    let text = "Somebody has settled this escalation, its cause is gone, or it never was one.";
    shell.notice(&who.viewer, StatusCode::NOT_FOUND, "No such open escalation", text)
}

fn read(id: Result<Path<String>, axum::extract::rejection::PathRejection>) -> Option<EscalationId> {
    id.ok().and_then(|Path(text)| text.parse().ok()).map(EscalationId)
}

fn shown(who: &SignedIn, moment: &Moment, line: &EscalationLine) -> ShownEscalation {
    let one = &line.escalation;
    let standing = who.app.standing();
    let ladder = standing.desk.policy.ladders.find_ladder(&one.ladder);
    ShownEscalation {
        id: one.id.to_string(),
        number: line.number.to_string(),
        queue: line.queue.clone(),
        ladder: ladder.map_or_else(|| one.ladder.clone(), |ladder| ladder.name.clone()),
        cause: one.cause.clone(),
        steps: one.step,
        is_statutory: one.is_statutory,
        begun_at: moment.instant(one.begun_at),
        next_at: one.next_at.map(|at| moment.instant(at)),
        claim_by_at: one.claim_by_at.map(|at| moment.instant(at)),
        is_late: one.claim_by_at.is_some_and(|at| at < moment.now),
    }
}

fn shown_note(moment: &Moment, note: &NoteLine) -> ShownNote {
    ShownNote {
        kind: note.kind.to_string(),
        author: note.author.clone(),
        written_at: moment.instant(note.written_at),
        text: note.text.clone(),
    }
}
