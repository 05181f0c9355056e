//! One policy revision: what it changes, what its backtest found, and the acts
//! of two persons that put it in force.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::form::{self, Problem};
use super::policies::{ShownRevision, short, shown_revision};
use super::templates::name;
use crate::app::policy::{self, PolicyError};
use crate::app::policy_review::{self, PolicyReview};
use crate::domain::actor::permission::Permission;
use crate::domain::policy_life::may_activate;
use crate::store::StoreError;
use crate::web::filled_form::FilledForm;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::Moment;
use crate::web::signed_in::SignedIn;
use crate::web::step_up::{self, Network};

#[derive(Serialize)]
struct ShownPolicy {
    revision: ShownRevision,
    base: String,
    files: Vec<ShownFile>,
    problems: String,
    may_not_approve: String,
    needs_reason: bool,
    acts: Acts,
    problem: Problem,
    typed: Typed,
}

#[derive(Serialize)]
struct ShownFile {
    file: String,
    added: usize,
    removed: usize,
    told: Vec<String>,
    lines: Vec<ShownLine>,
}

#[derive(Serialize)]
struct ShownLine {
    is_removed: bool,
    is_added: bool,
    text: String,
}

#[derive(Serialize)]
struct Acts {
    approve: bool,
    activate: bool,
}

#[derive(Default, Serialize)]
struct Typed {
    despite: String,
    from: String,
}

/// What became of a form.
type Done = Result<Option<(StatusCode, Problem)>, anyhow::Error>;

/// `GET /policies/{revision}`
pub(super) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path(digits): Path<String>,
) -> Response {
    match the(&shell, &by, &digits).await {
        Ok(review) => {
            page(&shell, &by, &review, (StatusCode::OK, Problem::default()), Typed::default()).await
        }
        Err(answer) => *answer,
    }
}

/// `POST /policies/{revision}/approve`
pub(super) async fn approve<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    network: Network,
    Path(digits): Path<String>,
    form: FilledForm,
) -> Response {
    let review = match the(&shell, &by, &digits).await {
        Ok(review) => review,
        Err(answer) => return *answer,
    };
    let done = approved(&shell, &by, network, &review, &form).await;
    answered(&shell, &by, &review, &form, done).await
}

/// `POST /policies/{revision}/activate`
pub(super) async fn activate<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    network: Network,
    Path(digits): Path<String>,
    form: FilledForm,
) -> Response {
    let review = match the(&shell, &by, &digits).await {
        Ok(review) => review,
        Err(answer) => return *answer,
    };
    let done = activated(&shell, &by, network, &review, &form).await;
    answered(&shell, &by, &review, &form, done).await
}

/// The revision with these first digits, or the answer that there is none.
async fn the<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    digits: &str,
) -> Result<PolicyReview, Box<Response>> {
    match policy_review::review(&by.app, digits).await {
        Ok(Some(review)) => Ok(review),
        Ok(None) => Err(Box::new(missing(shell, by))),
        Err(error) => Err(Box::new(shell.broken(&by.viewer, &error.into()))),
    }
}

async fn approved<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    network: Network,
    review: &PolicyReview,
    form: &FilledForm,
) -> Done {
    if let Some((who, _)) = review.revision.draft.as_ref().and_then(|draft| draft.approved) {
        let text = format!("{} approved it already.", name(&review.persons, Some(who)));
        return Ok(Some((StatusCode::CONFLICT, Problem::at("facts", text))));
    }
    let despite = form.text("despite").trim();
    if !despite.is_empty()
        && let Err(problem) = form::words(despite, "despite", "Say why.")
    {
        return unfit(problem);
    }
    let typed = form.text("secret");
    if let Some(text) = step_up::problem(shell, &by.viewer, network, typed).await? {
        return unfit(Problem::at("approve-secret", text));
    }
    let despite = (!despite.is_empty()).then_some(despite);
    let (hash, person, now) = (review.revision.hash, by.actor.person, by.app.now());
    refused(by.app.store.approve_policy(hash, person, despite, now).await, "despite")
}

async fn activated<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    network: Network,
    review: &PolicyReview,
    form: &FilledForm,
) -> Done {
    let from_at = match form::instant(form.text("from"), &shell.zone, "from") {
        Ok(from_at) => from_at.unwrap_or_else(|| by.app.now()),
        Err(problem) => return unfit(problem),
    };
    let typed = form.text("secret");
    if let Some(text) = step_up::problem(shell, &by.viewer, network, typed).await? {
        return unfit(Problem::at("activate-secret", text));
    }
    match policy::activate(&by.app, review.revision.hash, by.actor.person, from_at).await {
        Ok(()) => Ok(None),
        Err(PolicyError::Store(error)) => refused(Err(error), "from"),
        Err(error) => unfit(Problem::at("from", error.to_string())),
    }
}

fn unfit(problem: Problem) -> Done {
    Ok(Some((StatusCode::UNPROCESSABLE_ENTITY, problem)))
}

fn refused(done: Result<(), StoreError>, field: &'static str) -> Done {
    match done {
        Ok(()) => Ok(None),
        Err(StoreError::Refused(why)) => unfit(Problem::at(field, why)),
        Err(error) => Err(error.into()),
    }
}

async fn answered<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    review: &PolicyReview,
    form: &FilledForm,
    done: Done,
) -> Response {
    match done {
        Ok(None) => {
            Redirect::to(&format!("/policies/{}", short(review.revision.hash))).into_response()
        }
        Ok(Some(found)) => {
            let text = |field| form.text(field).to_owned();
            page(shell, by, review, found, Typed { despite: text("despite"), from: text("from") })
                .await
        }
        Err(error) => shell.broken(&by.viewer, &error),
    }
}

fn missing<P: TicketPages>(shell: &Shell<P>, by: &SignedIn) -> Response {
    let text = "No policy revision that is kept begins with these digits.";
    shell.notice(&by.viewer, StatusCode::NOT_FOUND, "No such revision", text)
}

async fn page<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    review: &PolicyReview,
    (status, problem): (StatusCode, Problem),
    typed: Typed,
) -> Response {
    let in_force = match by.app.store.find_policy_in_force(by.app.now()).await {
        Ok(in_force) => in_force,
        Err(error) => return shell.broken(&by.viewer, &error.into()),
    };
    let may = by.viewer.may(Permission::Approve);
    let draft = review.revision.draft.as_ref();
    let asked = draft.filter(|draft| may && draft.approved.is_none());
    let person = (by.actor.person, by.actor.role);
    // With a reason at hand, so that only what a reason cannot mend is told.
    let may_not =
        asked.and_then(|draft| draft.may_approve(person, in_force, Some("a reason")).err());
    let needs_reason =
        asked.is_some_and(|draft| draft.may_approve(person, in_force, None).is_err());
    let acts = Acts {
        approve: asked.is_some() && may_not.is_none(),
        activate: may_be_activated(review, by, &shell.moment()),
    };
    let shown = ShownPolicy {
        revision: shown_revision(&review.revision, &review.persons, &shell.moment()),
        base: review.base.map(short).unwrap_or_default(),
        files: review.files.iter().map(shown_file).collect(),
        problems: review.problems.clone(),
        may_not_approve: may_not.unwrap_or_default(),
        needs_reason,
        acts,
        problem,
        typed,
    };
    let title = format!("Policy {}", short(review.revision.hash));
    shell.page(&by.viewer, status, "policy", &title, &shown)
}

fn may_be_activated(review: &PolicyReview, by: &SignedIn, moment: &Moment) -> bool {
    let revision = &review.revision;
    let was = revision.activations.iter().any(|one| one.from_at <= moment.now);
    let (now, draft) = (moment.now, revision.draft.as_ref());
    !revision.is_in_force
        && review.problems.is_empty()
        && may_activate(draft, was, by.actor.role, now, now).is_ok()
}

fn shown_file(diff: &crate::app::rule_diff::FileDiff) -> ShownFile {
    let line = |text: &str| ShownLine {
        is_removed: text.starts_with('-') && !text.starts_with("---"),
        is_added: text.starts_with('+') && !text.starts_with("+++"),
        text: text.to_owned(),
    };
    ShownFile {
        file: diff.file.clone(),
        added: diff.added,
        removed: diff.removed,
        told: diff.told.clone(),
        lines: diff.text.lines().map(line).collect(),
    }
}
