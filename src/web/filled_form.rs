//! A form as it came back: bounded, and with the mark that only our own pages
//! can put into it.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use subtle::ConstantTimeEq as _;

use super::viewer::Viewer;

/// Largest form, bytes.
const LARGEST: usize = 512 * 1024;
/// Most fields of one form.
const MOST_FIELDS: usize = 100;
/// Field of the mark.
const MARK: &str = "mark";

/// The fields of a form. Of a field given twice the last counts.
pub(crate) struct FilledForm(BTreeMap<String, String>);

impl FilledForm {
    /// What was put into `field`; empty when it is not there.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// What follows `prefix` in the names of the boxes that were ticked, with
    /// their values.
    pub(crate) fn ticked<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(field, value)| {
            field.strip_prefix(prefix).map(|rest| (rest, value.as_str()))
        })
    }
}

impl<S: Send + Sync> FromRequest<S> for FilledForm {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let viewer = Viewer::from_request_parts(&mut parts, state)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        let body = axum::body::to_bytes(body, LARGEST).await.map_err(|_| {
            (StatusCode::PAYLOAD_TOO_LARGE, "The form is too large.\n").into_response()
        })?;
        let fields: BTreeMap<String, String> =
            form_urlencoded::parse(&body).into_owned().take(MOST_FIELDS).collect();
        let mark = fields.get(MARK).map_or("", String::as_str);
        match viewer.form_mark() {
            Some(expected) if !bool::from(expected.as_bytes().ct_eq(mark.as_bytes())) => {
                let text = "The form is from an earlier sign-in. Go back, reload, and try again.\n";
                Err((StatusCode::FORBIDDEN, text).into_response())
            }
            _ => Ok(Self(fields)),
        }
    }
}
