//! A person keeps a list under a name.

use super::App;
use crate::clock;
use crate::domain::id::{PersonId, ViewId};
use crate::store::saved_view::SavedView;
use crate::store::{StoreError, VaultError};

/// Letters of a name.
const MOST_LETTERS: usize = 60;

/// Keeps the list at `address`, an address of our own pages, under `name`.
/// `false`: that is no name.
///
/// # Errors
/// When the database does not answer.
pub async fn save(
    app: &App,
    person: PersonId,
    name: &str,
    address: &str,
) -> Result<bool, StoreError> {
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().nth(MOST_LETTERS).is_some() {
        return Ok(false);
    }
    let now = app.now();
    let ids = clock::fresh_ids(now).map_err(|error| StoreError::from(VaultError::from(error)));
    let mut ids = ids?;
    let view = SavedView { id: ViewId(ids.uuid()), name, address: address.to_owned() };
    app.store.save_view(person, &view, now).await?;
    Ok(true)
}
