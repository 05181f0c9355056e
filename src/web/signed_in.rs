//! Who acts on a page: a signed-in person, and the program they act on.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::shell::Shell;
use super::viewer::Viewer;
use crate::app::App;
use crate::domain::actor::Actor;

/// A person who came through the gate of a route that is for some roles only.
pub(crate) struct SignedIn {
    /// What they act on.
    pub(crate) app: Arc<App>,
    /// They, as commands name them.
    pub(crate) actor: Actor,
    /// They, as pages know them.
    pub(crate) viewer: Viewer,
}

impl<P: Send + Sync + 'static> FromRequestParts<Arc<Shell<P>>> for SignedIn {
    type Rejection = StatusCode;

    /// The gate lets only signed-in persons through: anybody else is answered
    /// as where there is nothing.
    async fn from_request_parts(
        parts: &mut Parts,
        shell: &Arc<Shell<P>>,
    ) -> Result<Self, StatusCode> {
        let viewer = Viewer::from_request_parts(parts, shell).await?;
        let (Some(door), Some(actor)) = (&shell.door, viewer.actor()) else {
            return Err(StatusCode::NOT_FOUND);
        };
        Ok(Self { app: Arc::clone(door.app()), actor, viewer })
    }
}
