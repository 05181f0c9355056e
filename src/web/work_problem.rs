//! What a person reads when an act on a ticket was not done, and the status
//! that says so.

use axum::http::StatusCode;

use crate::app::work::WorkError;
use crate::store::StoreError;

/// Status and words of a refused act; another person's faster change is 409.
///
/// # Errors
/// What no words on the page would mend: the database.
pub(crate) fn told(error: WorkError) -> Result<(StatusCode, String), StoreError> {
    let status = match &error {
        WorkError::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        WorkError::Changed { .. } => StatusCode::CONFLICT,
        WorkError::NoSuchTicket(_) => StatusCode::NOT_FOUND,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match error {
        WorkError::Store(error) if !error.is_stale() => Err(error),
        WorkError::Store(_) => {
            let text = "Others were faster each time. Look at the ticket again, then try again.";
            Ok((StatusCode::CONFLICT, text.to_owned()))
        }
        other => Ok((status, sentence(&other.to_string()))),
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}
