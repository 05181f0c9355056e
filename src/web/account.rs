//! A person's own sessions: where they are signed in, and ending that.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::filled_form::FilledForm;
use super::shell::Shared;
use super::shown::ShownInstant;
use super::viewer::Viewer;

#[derive(Serialize)]
struct AccountPage {
    sessions: Vec<SessionLine>,
    has_others: bool,
}

#[derive(Serialize)]
struct SessionLine {
    device: String,
    is_this: bool,
    began_at: ShownInstant,
    seen_at: ShownInstant,
}

/// `GET /account`
pub(crate) async fn show<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    viewer: Viewer,
) -> Response {
    let (Some(door), Some(session)) = (&shell.door, viewer.session()) else {
        return shell.missing(&viewer);
    };
    let moment = shell.moment();
    match door.live_sessions(session.person).await {
        Ok(sessions) => {
            let sessions: Vec<_> = sessions
                .into_iter()
                .map(|line| SessionLine {
                    is_this: line.id == session.id,
                    began_at: moment.instant(line.began_at),
                    seen_at: moment.instant(line.seen_at),
                    device: line.device,
                })
                .collect();
            let has_others = sessions.iter().any(|line| !line.is_this);
            let shown = AccountPage { sessions, has_others };
            shell.page(&viewer, StatusCode::OK, "account", "Your account", &shown)
        }
        Err(error) => shell.broken(&viewer, &error.into()),
    }
}

/// `POST /account/sign-out-elsewhere`
pub(crate) async fn sign_out_elsewhere<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    viewer: Viewer,
    _form: FilledForm,
) -> Response {
    let (Some(door), Some(session)) = (&shell.door, viewer.session()) else {
        return shell.missing(&viewer);
    };
    match door.sign_out_elsewhere(session).await {
        Ok(_) => Redirect::to("/account").into_response(),
        Err(error) => shell.broken(&viewer, &error.into()),
    }
}
