//! A person searches, and that they did is on record, without the words.

use super::App;
use crate::clock;
use crate::domain::id::{PersonId, SearchId};
use crate::store::{StoreError, VaultError};

/// Keeps a search with words of mails in it under an id.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(app: &App, person: PersonId, text: &str) -> Result<SearchId, StoreError> {
    let now = app.now();
    let ids = clock::fresh_ids(now).map_err(|error| StoreError::from(VaultError::from(error)));
    let id = SearchId(ids?.uuid());
    app.store.keep_search(id, person, text, now).await?;
    Ok(id)
}
