//! What every page needs from the rest of the program, and how a page, a
//! notice and a failure are answered.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::render::{Frame, Pages};
use super::shown::Moment;
use super::viewer::Viewer;
use crate::app::sign_in::Door;
use crate::clock::Clock;
use crate::config::Setting;
use crate::domain::digest::Digest;

/// What the pages need from the rest of the program.
pub struct Shell<P> {
    /// Read models.
    pub tickets: P,
    /// Where persons sign in. Without one the pages are open to whoever
    /// reaches them, read-only and without a borrower's words: the demo.
    pub door: Option<Door>,
    /// Header in which a proxy in front names the browser's address.
    pub address_header: Option<HeaderName>,
    /// Compiled templates.
    pub pages: Pages,
    /// Name of the instance.
    pub instance: String,
    /// Zone of legal dates.
    pub zone: TimeZone,
    /// Source of the present instant.
    pub clock: Arc<dyn Clock>,
    /// Every setting as it was read, without secrets.
    pub configuration: Vec<Setting>,
    /// Host names beside the loopback ones.
    pub allowed_hosts: Vec<String>,
    /// Whether work is being done, and the particulars as JSON.
    pub readiness: Box<dyn Fn() -> (bool, serde_json::Value) + Send + Sync>,
    /// The metrics in Prometheus' text format.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
}

pub(crate) type Shared<P> = State<Arc<Shell<P>>>;

#[derive(Serialize)]
struct Notice<'a> {
    text: &'a str,
    reference: String,
}

impl<P> Shell<P> {
    pub(crate) fn moment(&self) -> Moment {
        Moment { now: self.clock.now(), zone: self.zone.clone() }
    }

    /// The page of `template`, for `viewer`.
    pub(crate) fn page(
        &self,
        viewer: &Viewer,
        status: StatusCode,
        template: &str,
        title: &str,
        shown: &impl Serialize,
    ) -> Response {
        let frame = Frame { title, instance: &self.instance, viewer: &viewer.shown() };
        match self.pages.render(template, &frame, shown) {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(template, "a page cannot be rendered: {error:?}");
                (StatusCode::INTERNAL_SERVER_ERROR, "The page cannot be shown.\n").into_response()
            }
        }
    }

    /// A page of one sentence.
    pub(crate) fn notice(
        &self,
        viewer: &Viewer,
        status: StatusCode,
        title: &str,
        text: &str,
    ) -> Response {
        let shown = Notice { text, reference: String::new() };
        self.page(viewer, status, "notice", title, &shown)
    }

    /// The answer where there is nothing, or nothing for this viewer.
    pub(crate) fn missing(&self, viewer: &Viewer) -> Response {
        let text = "There is nothing at this address.";
        self.notice(viewer, StatusCode::NOT_FOUND, "No such page", text)
    }

    /// The reader sees a reference, the log has the cause under the same one.
    pub(crate) fn broken(&self, viewer: &Viewer, error: &anyhow::Error) -> Response {
        let cause = format!("{error:#}");
        let at = self.clock.now().as_microsecond().to_be_bytes();
        let reference: String =
            Digest::of_fields(&[cause.as_bytes(), &at]).hex().chars().take(10).collect();
        tracing::error!(reference, "a page cannot be loaded: {cause}");
        let text = "The page cannot be shown now. Nothing was changed or lost.";
        let shown = Notice { text, reference };
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        self.page(viewer, status, "notice", "Something is wrong", &shown)
    }
}
