//! What a person does with a wording from its page: release it, send it back,
//! submit it, withdraw it, stop and start its template.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::form::{self, Problem};
use super::review::{find, page};
use super::shown_review::{CHECKS, FINDINGS_CHECK, Typed};
use super::templates::{name, short};
use crate::app::{approve, review};
use crate::domain::approval::{Release, TemplateState};
use crate::domain::digest::Digest;
use crate::store::StoreError;
use crate::store::template::TemplateVersion;
use crate::web::filled_form::FilledForm;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::signed_in::SignedIn;
use crate::web::step_up::{self, Network};

/// Why an act was not done.
enum Undone {
    /// What was typed will not do.
    Unfit(Problem),
    /// Somebody else did something first.
    Overtaken(String),
    /// The database.
    Broken(anyhow::Error),
}

impl From<Problem> for Undone {
    fn from(problem: Problem) -> Self {
        Self::Unfit(problem)
    }
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Broken(error.into())
    }
}

/// `POST /templates/{name}/{version}/submit`
pub(super) async fn submit<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((name, digits)): Path<(String, String)>,
    form: FilledForm,
) -> Response {
    let version = match find(&shell, &by, &name, &digits).await {
        Ok(version) => version,
        Err(answer) => return *answer,
    };
    let submitted = by.app.store.submit(version.hash, by.actor.person, by.app.now()).await;
    let done = match submitted {
        Err(error) => Err(refused(&by, &version, &form, ("submit", error)).await),
        Ok(()) => Ok(()),
    };
    answered(&shell, &by, version, &form, done).await
}

/// `POST /templates/{name}/{version}/{act}`
pub(super) async fn act<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    network: Network,
    Path((name, digits, act)): Path<(String, String, String)>,
    form: FilledForm,
) -> Response {
    let version = match find(&shell, &by, &name, &digits).await {
        Ok(version) => version,
        Err(answer) => return *answer,
    };
    let done = match act.as_str() {
        "approve" => approved(&shell, &by, network, &version, &form).await,
        "send-back" => sent_back(&by, &version, &form).await,
        "withdraw" => withdrawn(&shell, &by, network, &version, &form).await,
        "stop" => stopped(&by, &version, &form).await,
        "start" => started(&shell, &by, network, &version, &form).await,
        _ => return shell.missing(&by.viewer),
    };
    answered(&shell, &by, version, &form, done).await
}

async fn answered<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    version: TemplateVersion,
    form: &FilledForm,
    done: Result<(), Undone>,
) -> Response {
    let (status, problem) = match done {
        Ok(()) => {
            let path = format!("/templates/{}/{}", version.name, short(&version));
            return Redirect::to(&path).into_response();
        }
        Err(Undone::Broken(error)) => return shell.broken(&by.viewer, &error),
        Err(Undone::Unfit(problem)) => (StatusCode::UNPROCESSABLE_ENTITY, problem),
        Err(Undone::Overtaken(what)) => (StatusCode::CONFLICT, Problem::at("facts", what)),
    };
    // What the page showed may be what somebody else has changed.
    let version = match by.app.store.find_template_version(version.hash).await {
        Ok(now) => now.unwrap_or(version),
        Err(error) => return shell.broken(&by.viewer, &error.into()),
    };
    page(shell, by, version, (status, problem), Typed::of(form)).await
}

async fn approved<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    network: Network,
    version: &TemplateVersion,
    form: &FilledForm,
) -> Result<(), Undone> {
    let zone = &shell.zone;
    let from_at = form::instant(form.text("from"), zone, "from")?;
    let to_at = form::instant(form.text("to"), zone, "to")?;
    let seen = review::review(&by.app, version.clone()).await?;
    let asked = CHECKS.iter().chain((!seen.findings.is_empty()).then_some(&FINDINGS_CHECK));
    for (check, _) in asked {
        if form.text(check) != "yes" {
            return Err(Problem::at(check, "Say yes to every line of the checklist first.").into());
        }
    }
    let mut hashes = vec![version.hash];
    match form.text("pair") {
        "" => {}
        pair => match Digest::from_hex(pair) {
            Some(pair) => hashes.push(pair),
            None => return Err(Problem::at("pair", "Choose the other language again.").into()),
        },
    }
    prove(shell, by, network, form, "approve-secret").await?;
    let release = Release { from_at, to_at };
    match approve::approve(&by.app, &hashes, release, by.actor.person).await {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(by, version, form, ("from", error)).await),
    }
}

async fn sent_back(
    by: &SignedIn,
    version: &TemplateVersion,
    form: &FilledForm,
) -> Result<(), Undone> {
    let comment = form::words(form.text("comment"), "comment", "Say what is wrong.")?;
    let (person, now) = (by.actor.person, by.app.now());
    match by.app.store.reject(version.hash, comment, person, now).await {
        Ok(()) => Ok(()),
        Err(error) => Err(refused(by, version, form, ("comment", error)).await),
    }
}

async fn withdrawn<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    network: Network,
    version: &TemplateVersion,
    form: &FilledForm,
) -> Result<(), Undone> {
    if version.state == TemplateState::Retired {
        return Err(Undone::Overtaken("The version is withdrawn already.".to_owned()));
    }
    prove(shell, by, network, form, "withdraw-secret").await?;
    Ok(approve::withdraw(&by.app, version.hash, by.actor.person).await?)
}

/// Stopping is no release: whoever may may do it at once, with a reason.
async fn stopped(
    by: &SignedIn,
    version: &TemplateVersion,
    form: &FilledForm,
) -> Result<(), Undone> {
    let reason = form::words(form.text("reason"), "reason", "Say why it is stopped.")?;
    approve::stop(&by.app, &version.name, reason, by.actor.person).await?;
    Ok(())
}

async fn started<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    network: Network,
    version: &TemplateVersion,
    form: &FilledForm,
) -> Result<(), Undone> {
    prove(shell, by, network, form, "start-secret").await?;
    match approve::start(&by.app, &version.name, by.actor.person).await? {
        Some(_) => Ok(()),
        None => Err(Undone::Overtaken("The template is not stopped any more.".to_owned())),
    }
}

async fn prove<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    network: Network,
    form: &FilledForm,
    field: &'static str,
) -> Result<(), Undone> {
    let problem = step_up::problem(shell, &by.viewer, network, form.text("secret")).await;
    match problem.map_err(Undone::Broken)? {
        None => Ok(()),
        Some(text) => Err(Problem::at(field, text).into()),
    }
}

/// A refusal of the store: somebody was faster when the version is no longer
/// in the state that the page showed.
async fn refused(
    by: &SignedIn,
    version: &TemplateVersion,
    form: &FilledForm,
    (field, error): (&'static str, StoreError),
) -> Undone {
    let StoreError::Refused(why) = error else { return Undone::Broken(error.into()) };
    let now = match by.app.store.find_template_version(version.hash).await {
        Ok(now) => now.unwrap_or_else(|| version.clone()),
        Err(error) => return error.into(),
    };
    let shown = form.text("state");
    if shown.is_empty() || shown == now.state.word() {
        return Undone::Unfit(Problem::at(field, sentence(&why)));
    }
    let persons = match by.app.store.persons().await {
        Ok(persons) => persons,
        Err(error) => return error.into(),
    };
    let who = match now.state {
        TemplateState::Approved => name(&persons, now.approved_by),
        TemplateState::Draft => name(&persons, now.rejected_by),
        TemplateState::InReview | TemplateState::Retired => String::new(),
    };
    let who = if who.is_empty() { "Somebody".to_owned() } else { who };
    let what = match now.state {
        TemplateState::Approved => "approved it",
        TemplateState::Draft => "sent it back",
        TemplateState::InReview => "submitted it again",
        TemplateState::Retired => "withdrew it",
    };
    Undone::Overtaken(format!("{who} {what} while you were reading. Nothing of yours was done."))
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".")
        .unwrap_or_default()
}
