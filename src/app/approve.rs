//! A person releases wording, or takes it out of use; letters that waited for
//! the approval leave, letters of withdrawn wording stop.

use super::App;
use super::send;
use crate::domain::digest::Digest;
use crate::domain::id::PersonId;
use crate::store::StoreError;

/// Approves a version, and lets go what was held for want of one: how many
/// letters.
///
/// # Errors
/// `Refused` when the person wrote the version, may not approve, or it is not
/// in review; `Absent` when there is no such version.
pub async fn approve(app: &App, version: Digest, by: PersonId) -> Result<usize, StoreError> {
    app.store.approve(version, by, app.now()).await?;
    send::release_approved(app, &format!("person:{by}")).await
}

/// Takes a version out of use; its letters that have not left are held.
///
/// # Errors
/// `Absent` when there is no such version.
pub async fn withdraw(app: &App, version: Digest, by: PersonId) -> Result<(), StoreError> {
    app.store.retire(version, by, app.now()).await
}
