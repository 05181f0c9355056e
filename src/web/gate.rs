//! The gate before each route: who asks, whether the route is for them, and
//! whether a change was asked for by our own page.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;

use super::guard;
use super::session_cookie;
use super::shell::Shell;
use super::viewer::Viewer;
use crate::app::sign_in::Token;
use crate::domain::actor::permission::Permission;
use crate::domain::sign_in::Level;

/// Whom a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Whoever asks.
    Anyone,
    /// A person who has shown their secret.
    Half,
    /// A person who has shown both, and may do this.
    Whole(Permission),
}

/// Finds out who asks, and lets them through to the route, or answers.
pub(crate) async fn admit<P: Send + Sync + 'static>(
    State((shell, need)): State<(Arc<Shell<P>>, Need)>,
    jar: CookieJar,
    mut request: Request,
    next: Next,
) -> Response {
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    if is_change && !guard::is_from_ourselves(request.headers()) {
        let text = "The form did not come from one of our own pages. Open the page and try again.";
        let viewer = Viewer::anyone(false);
        return shell.notice(&viewer, StatusCode::FORBIDDEN, "Not from here", text);
    }
    let viewer = match viewer(&shell, &jar).await {
        Ok(viewer) => viewer,
        Err(error) => return shell.broken(&Viewer::anyone(false), &error),
    };
    let is_half = viewer.session().is_some();
    let is_whole = viewer.session().is_some_and(|session| session.level == Level::Whole);
    match need {
        Need::Anyone => {}
        Need::Half if is_half => {}
        Need::Whole(permission) if viewer.may(permission) => {}
        Need::Whole(_) if is_whole || shell.door.is_none() => return shell.missing(&viewer),
        Need::Half | Need::Whole(_) if shell.door.is_none() => return shell.missing(&viewer),
        Need::Half | Need::Whole(_) => return to_sign_in(request.uri(), is_change),
    }
    request.extensions_mut().insert(viewer);
    next.run(request).await
}

async fn viewer<P>(shell: &Shell<P>, jar: &CookieJar) -> anyhow::Result<Viewer> {
    let Some(door) = &shell.door else { return Ok(Viewer::anyone(true)) };
    let token = jar.get(session_cookie::NAME).and_then(|cookie| Token::read(cookie.value()));
    let Some(token) = token else { return Ok(Viewer::anyone(false)) };
    let session = door.find_session(&token).await?;
    Ok(session.map_or_else(|| Viewer::anyone(false), |session| Viewer::of(session, token)))
}

/// To the sign-in page, and back afterwards. What was posted is not posted
/// again by itself.
fn to_sign_in(asked: &Uri, is_change: bool) -> Response {
    let path = asked.path_and_query().map_or("/", |path| path.as_str());
    if is_change || path == "/" {
        return Redirect::to("/sign-in").into_response();
    }
    let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}
