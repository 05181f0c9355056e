//! The pages of the door: secret, code, recovery codes, invitation, sign-out.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use jiff::Timestamp;
use qrcode::{EcLevel, QrCode, render::svg};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::device;
use super::filled_form::FilledForm;
use super::session_cookie;
use super::shell::{Shared, Shell};
use super::viewer::Viewer;
use crate::app::sign_in::{Acceptance, Door, Entry, Proof, Token};
use crate::domain::sign_in::Level;

#[derive(Serialize)]
struct SignInPage<'a> {
    name: &'a str,
    next: &'a str,
    problem: &'a str,
}

/// Where to go after sign-in, as the query says.
#[derive(Deserialize)]
pub(crate) struct NextQuery {
    #[serde(default)]
    next: String,
}

#[derive(Serialize)]
struct CodePage<'a> {
    typed_seed: &'a str,
    next: &'a str,
    problem: &'a str,
}

#[derive(Serialize)]
struct RecoveryPage<'a> {
    codes: &'a [String],
    next: &'a str,
}

#[derive(Serialize)]
struct InvitationPage<'a> {
    token: &'a str,
    name: &'a str,
    role: &'a str,
    problem: &'a str,
}

const WRONG: &str = "Name or secret is wrong. Letters in capitals count in the secret.";
const WRONG_CODE: &str =
    "This code is wrong or was used before. Each code works once; wait for the next one.";

/// A path on this server to go to, or the front page: never another host.
fn local(next: &str) -> &str {
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n'])
        && next.len() <= 512;
    if is_local { next } else { "/" }
}

/// `GET /sign-in`
pub(crate) async fn ask<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    viewer: Viewer,
    query: Result<Query<NextQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let next = query.map(|Query(query)| query.next).unwrap_or_default();
    match viewer.session().map(|session| session.level) {
        Some(Level::Whole) => Redirect::to(local(&next)).into_response(),
        _ => asked(&shell, &viewer, "", &next, ""),
    }
}

fn asked<P>(shell: &Shell<P>, viewer: &Viewer, name: &str, next: &str, problem: &str) -> Response {
    let shown = SignInPage { name, next: local(next), problem };
    shell.page(viewer, status_of(problem), "sign_in", "Sign in", &shown)
}

/// `POST /sign-in`
pub(crate) async fn show_secret<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    viewer: Viewer,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    jar: CookieJar,
    form: FilledForm,
) -> Response {
    let Some(door) = &shell.door else { return shell.missing(&viewer) };
    let (name, next) = (form.text("name"), form.text("next"));
    let secret = SecretString::from(form.text("secret"));
    let from = network(&shell, &headers, peer);
    match door.show_secret(name, &secret, from, &device::described(&headers)).await {
        Ok(Entry::Half(token)) => {
            let next: String = form_urlencoded::byte_serialize(local(next).as_bytes()).collect();
            let to = format!("/sign-in/code?next={next}");
            (jar.add(session_cookie::with(&token)), Redirect::to(&to)).into_response()
        }
        Ok(Entry::Refused) => asked(&shell, &viewer, name, next, WRONG),
        Ok(Entry::Wait(free_at)) => asked(&shell, &viewer, name, next, &must_wait(&shell, free_at)),
        Err(error) => shell.broken(&viewer, &error.into()),
    }
}

/// `GET /sign-in/code`
pub(crate) async fn ask_code<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    viewer: Viewer,
    query: Result<Query<NextQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let next = query.map(|Query(query)| query.next).unwrap_or_default();
    asked_code(&shell, &viewer, &next, "").await
}

async fn asked_code<P>(shell: &Shell<P>, viewer: &Viewer, next: &str, problem: &str) -> Response {
    let (Some(door), Some(session)) = (&shell.door, viewer.session()) else {
        return shell.missing(viewer);
    };
    match door.enrolment(session).await {
        Ok(enrolment) => {
            let typed_seed = enrolment.as_ref().map_or("", |enrolment| &enrolment.typed_seed);
            let title =
                if typed_seed.is_empty() { "Your code" } else { "Set up your second factor" };
            let shown = CodePage { typed_seed, next: local(next), problem };
            shell.page(viewer, status_of(problem), "code", title, &shown)
        }
        Err(error) => shell.broken(viewer, &error.into()),
    }
}

/// `GET /sign-in/picture.svg`: what an authenticator app scans, until it did.
pub(crate) async fn picture<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    viewer: Viewer,
) -> Response {
    let (Some(door), Some(session)) = (&shell.door, viewer.session()) else {
        return shell.missing(&viewer);
    };
    let uri = match door.enrolment(session).await {
        Ok(Some(enrolment)) => enrolment.uri,
        Ok(None) => return shell.missing(&viewer),
        Err(error) => return shell.broken(&viewer, &error.into()),
    };
    match QrCode::with_error_correction_level(&uri, EcLevel::M) {
        Ok(code) => {
            let svg = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
            ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response()
        }
        Err(_) => shell.missing(&viewer),
    }
}

/// `POST /sign-in/code`
pub(crate) async fn show_code<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    viewer: Viewer,
    jar: CookieJar,
    form: FilledForm,
) -> Response {
    let (Some(door), Some(session)) = (&shell.door, viewer.session()) else {
        return shell.missing(&viewer);
    };
    let next = form.text("next");
    match door.show_code(session, form.text("code")).await {
        Ok(Proof::Whole(token, codes)) => {
            let jar = jar.add(session_cookie::with(&token));
            if codes.is_empty() {
                return (jar, Redirect::to(local(next))).into_response();
            }
            let shown = RecoveryPage { codes: &codes, next: local(next) };
            let title = "Your recovery codes";
            let page = shell.page(&viewer, StatusCode::OK, "recovery_codes", title, &shown);
            (jar, page).into_response()
        }
        Ok(Proof::Refused) => asked_code(&shell, &viewer, next, WRONG_CODE).await,
        Ok(Proof::Wait(free_at)) => {
            asked_code(&shell, &viewer, next, &must_wait(&shell, free_at)).await
        }
        Err(error) => shell.broken(&viewer, &error.into()),
    }
}

/// `POST /sign-out`
pub(crate) async fn sign_out<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    viewer: Viewer,
    jar: CookieJar,
    _form: FilledForm,
) -> Response {
    let (Some(door), Some(session)) = (&shell.door, viewer.session()) else {
        return shell.missing(&viewer);
    };
    match door.sign_out(session).await {
        Ok(()) => {
            // RFC draft "Clear Site Data" §3.1: nothing of the session stays behind.
            let clear = [("clear-site-data", "\"cache\", \"storage\"")];
            (jar.add(session_cookie::without()), clear, Redirect::to("/sign-in")).into_response()
        }
        Err(error) => shell.broken(&viewer, &error.into()),
    }
}

/// `GET /invitations/{token}`: shows the form and uses nothing up, because
/// mail scanners open links.
pub(crate) async fn invitation<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    viewer: Viewer,
    Path(token): Path<String>,
) -> Response {
    let Some(door) = &shell.door else { return shell.missing(&viewer) };
    invited(&shell, door, &viewer, &token, "").await
}

async fn invited<P>(
    shell: &Shell<P>,
    door: &Door,
    viewer: &Viewer,
    token: &str,
    problem: &str,
) -> Response {
    let found = match Token::read(token) {
        Some(token) => door.find_invitation(&token).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(invited)) => {
            let (name, role) = (invited.name.as_str(), invited.role.word());
            let shown = InvitationPage { token, name, role, problem };
            shell.page(viewer, status_of(problem), "invitation", "Choose your secret", &shown)
        }
        Ok(None) => over(shell, viewer),
        Err(error) => shell.broken(viewer, &error.into()),
    }
}

fn over<P>(shell: &Shell<P>, viewer: &Viewer) -> Response {
    let text = "This invitation was used, or its day is over. Ask whoever sent it for another.";
    shell.notice(viewer, StatusCode::NOT_FOUND, "No such invitation", text)
}

/// `POST /invitations/{token}`
pub(crate) async fn accept<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    viewer: Viewer,
    Path(token): Path<String>,
    form: FilledForm,
) -> Response {
    let Some(door) = &shell.door else { return shell.missing(&viewer) };
    if form.text("secret") != form.text("again") {
        return invited(&shell, door, &viewer, &token, "The two are not the same.").await;
    }
    let Some(read) = Token::read(&token) else { return over(&shell, &viewer) };
    match door.accept(&read, &SecretString::from(form.text("secret"))).await {
        Ok(Acceptance::Done) => Redirect::to("/sign-in").into_response(),
        Ok(Acceptance::Over) => over(&shell, &viewer),
        Ok(Acceptance::Unfit(problem)) => {
            invited(&shell, door, &viewer, &token, &sentence(&problem.to_string())).await
        }
        Err(error) => shell.broken(&viewer, &error.into()),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".")
        .unwrap_or_default()
}

fn status_of(problem: &str) -> StatusCode {
    if problem.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// How long until the next guess, in words.
pub(crate) fn must_wait<P>(shell: &Shell<P>, free_at: Timestamp) -> String {
    let seconds = free_at.duration_since(shell.clock.now()).as_secs().max(1);
    if seconds < 90 {
        format!("Too many tries. Wait {seconds} seconds, then try again.")
    } else {
        format!("Too many tries. Wait {} minutes, then try again.", (seconds + 59) / 60)
    }
}

/// Where the browser is: what the proxy in front says, if there is one.
pub(crate) fn network<P>(shell: &Shell<P>, headers: &HeaderMap, peer: SocketAddr) -> IpAddr {
    let named = shell.address_header.as_ref().and_then(|name| {
        let mut values = headers.get_all(name).iter();
        let (first, second) = (values.next(), values.next());
        first.filter(|_| second.is_none())?.to_str().ok()?.trim().parse().ok()
    });
    named.unwrap_or_else(|| peer.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_host_after_sign_in() {
        for next in
            ["//evil.example.com", "https://evil.example.com", "/\\evil", "", "x", "/a\r\nb"]
        {
            assert_eq!(local(next), "/", "{next:?}");
        }
        assert_eq!(local("/tickets/TL-4821-0973-5522?page=2"), "/tickets/TL-4821-0973-5522?page=2");
    }
}
