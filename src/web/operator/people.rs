//! Who may come in: roles, last sign-in, second factor; and inviting, resetting
//! and signing out by those who may.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use crate::app::people::{self, PeopleError};
use crate::domain::actor::Role;
use crate::domain::id::PersonId;
use crate::store::view::PersonLine;
use crate::web::filled_form::FilledForm;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;
use crate::web::step_up::{self, Network};

#[derive(Serialize)]
struct PeoplePage {
    problem: String,
    name: String,
    roles: Vec<Choice>,
    lines: Vec<ShownPerson>,
}

#[derive(Serialize)]
struct Choice {
    word: &'static str,
    is_chosen: bool,
}

#[derive(Serialize)]
struct ShownPerson {
    id: String,
    name: String,
    role: String,
    added_at: ShownInstant,
    signed_in_at: Option<ShownInstant>,
    away_until: Option<ShownInstant>,
    sessions: u64,
    has_second_factor: bool,
    is_self: bool,
}

#[derive(Serialize)]
struct InvitedPage {
    name: String,
    role: &'static str,
    link: String,
}

/// `GET /people`
pub(in crate::web) async fn list<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
) -> Response {
    page(&shell, &who, (StatusCode::OK, String::new()), ("", "")).await
}

/// `POST /people`: the link is shown once, to be handed over by hand.
pub(in crate::web) async fn invite<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    network: Network,
    headers: HeaderMap,
    form: FilledForm,
) -> Response {
    let typed = (form.text("name").trim(), form.text("role"));
    let Some(role) = Role::from_word(typed.1) else {
        let said = (StatusCode::UNPROCESSABLE_ENTITY, "Choose what they are here for.".to_owned());
        return page(&shell, &who, said, typed).await;
    };
    // Whoever sits before a browser left alone must not let themselves in.
    if let Some(answer) = unproven(&shell, &who, network, &form, typed).await {
        return answer;
    }
    match people::invite(&who.app, &who.actor, typed.0, role).await {
        Ok(token) => {
            let link = format!("{}/invitations/{}", origin(&headers), token.text());
            let invited = InvitedPage { name: typed.0.to_owned(), role: role.word(), link };
            shell.page(&who.viewer, StatusCode::OK, "invited", "Invitation", &invited)
        }
        Err(error) => refused(&shell, &who, error, typed).await,
    }
}

/// `POST /people/{person}`: `act` is `reset-second-factor` or `end-sessions`.
pub(in crate::web) async fn act<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    network: Network,
    person: Result<Path<String>, axum::extract::rejection::PathRejection>,
    form: FilledForm,
) -> Response {
    let person = person.ok().and_then(|Path(text)| text.parse().ok()).map(PersonId);
    let Some(person) = person else {
        return refused(&shell, &who, PeopleError::Nobody, ("", "")).await;
    };
    let act = form.text("act");
    if act == "reset-second-factor"
        && let Some(answer) = unproven(&shell, &who, network, &form, ("", "")).await
    {
        return answer;
    }
    let done = match act {
        "reset-second-factor" => people::reset_second_factor(&who.app, &who.actor, person).await,
        "end-sessions" => people::end_sessions(&who.app, &who.actor, person).await.map(|_| ()),
        _ => {
            let said = (StatusCode::UNPROCESSABLE_ENTITY, "Say what is to be done.".to_owned());
            return page(&shell, &who, said, ("", "")).await;
        }
    };
    match done {
        Ok(()) => Redirect::to("/people").into_response(),
        Err(error) => refused(&shell, &who, error, ("", "")).await,
    }
}

/// The answer to somebody who did not show their secret again.
async fn unproven<P>(
    shell: &Shell<P>,
    who: &SignedIn,
    network: Network,
    form: &FilledForm,
    typed: (&str, &str),
) -> Option<Response> {
    match step_up::problem(shell, &who.viewer, network, form.text("secret")).await {
        Ok(None) => None,
        Ok(Some(text)) => {
            Some(page(shell, who, (StatusCode::UNPROCESSABLE_ENTITY, text), typed).await)
        }
        Err(error) => Some(shell.broken(&who.viewer, &error)),
    }
}

/// Where this server was asked: a browser that tells no referrer calls its own
/// origin `null`, but names the host, and the gate let only ours through.
fn origin(headers: &HeaderMap) -> String {
    let word = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let told = word(header::ORIGIN).filter(|origin| *origin != "null").map(str::to_owned);
    told.or_else(|| word(header::HOST).map(|host| format!("https://{host}"))).unwrap_or_default()
}

async fn refused<P>(
    shell: &Shell<P>,
    who: &SignedIn,
    error: PeopleError,
    typed: (&str, &str),
) -> Response {
    match error {
        PeopleError::Store(error) => shell.broken(&who.viewer, &error.into()),
        other => {
            let status = match other {
                PeopleError::Nobody => StatusCode::NOT_FOUND,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            page(shell, who, (status, format!("Not done: {other}.")), typed).await
        }
    }
}

async fn page<P>(
    shell: &Shell<P>,
    who: &SignedIn,
    (status, problem): (StatusCode, String),
    (name, role): (&str, &str),
) -> Response {
    match who.app.store.people().await {
        Ok(lines) => {
            let moment = shell.moment();
            let choice = |one: &Role| Choice { word: one.word(), is_chosen: one.word() == role };
            let page = PeoplePage {
                problem,
                name: name.to_owned(),
                roles: Role::ALL.iter().map(choice).collect(),
                lines: lines.iter().map(|line| shown(&moment, line, who)).collect(),
            };
            shell.page(&who.viewer, status, "people", "People", &page)
        }
        Err(error) => shell.broken(&who.viewer, &error.into()),
    }
}

fn shown(moment: &Moment, line: &PersonLine, who: &SignedIn) -> ShownPerson {
    let away = line.away.filter(|(from, until)| *from <= moment.now && moment.now < *until);
    ShownPerson {
        id: line.id.to_string(),
        name: line.name.clone(),
        role: line.role.to_string(),
        added_at: moment.instant(line.added_at),
        signed_in_at: line.signed_in_at.map(|at| moment.instant(at)),
        away_until: away.map(|(_, until)| moment.instant(until)),
        sessions: line.sessions,
        has_second_factor: line.has_second_factor,
        is_self: line.id == who.actor.person,
    }
}
