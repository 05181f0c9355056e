//! Who looks at a page, and what they may do there.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Serialize;

use super::navigation::{self, Place};
use crate::app::sign_in::Token;
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::sign_in::{Level, Session};

/// Who asked, as the gate found out.
#[derive(Clone)]
pub(crate) struct Viewer {
    session: Option<(Session, Token)>,
    is_open: bool,
}

/// A viewer as the layout shows them.
#[derive(Serialize)]
pub(crate) struct ShownViewer {
    is_signed_in: bool,
    name: String,
    role: String,
    mark: String,
    places: Vec<Place>,
    may_work: bool,
    is_open: bool,
}

impl Viewer {
    /// Nobody in particular; where nobody signs in (`is_open`) they may see
    /// tickets without words.
    pub(crate) const fn anyone(is_open: bool) -> Self {
        Self { session: None, is_open }
    }

    /// A person in this session.
    pub(crate) const fn of(session: Session, token: Token) -> Self {
        Self { session: Some((session, token)), is_open: false }
    }

    /// Their session.
    pub(crate) fn session(&self) -> Option<&Session> {
        self.session.as_ref().map(|(session, _)| session)
    }

    /// They, as commands name them.
    pub(crate) fn actor(&self) -> Option<Actor> {
        let session = self.session()?;
        let (person, name) = (session.person, session.name.clone());
        Some(Actor { person, name, role: session.role })
    }

    /// What each of their forms must carry; `None` before sign-in.
    pub(crate) fn form_mark(&self) -> Option<String> {
        self.session.as_ref().map(|(_, token)| token.form_mark())
    }

    /// Whether they may.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        match self.session() {
            Some(session) => session.level == Level::Whole && session.role.may(permission),
            None => {
                self.is_open && matches!(permission, Permission::SeeTickets | Permission::SeeRecord)
            }
        }
    }

    pub(crate) fn shown(&self) -> ShownViewer {
        let session = self.session().filter(|session| session.level == Level::Whole);
        ShownViewer {
            is_signed_in: session.is_some(),
            name: session.map(|session| session.name.clone()).unwrap_or_default(),
            role: session.map(|session| session.role.to_string()).unwrap_or_default(),
            mark: self.form_mark().unwrap_or_default(),
            places: navigation::places(self),
            may_work: self.may(Permission::WorkTickets),
            is_open: self.is_open,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = StatusCode;

    /// The gate put it there: a handler behind no gate is answered with 500.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
