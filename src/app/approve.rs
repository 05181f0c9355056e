//! A person releases wording, or takes it out of use; letters that waited for
//! the approval leave, letters of withdrawn wording stop.

use super::App;
use super::send;
use crate::domain::approval::Release;
use crate::domain::digest::Digest;
use crate::domain::id::PersonId;
use crate::postage::render::{TemplateVersion, form_of};
use crate::store::StoreError;
use crate::store::template::{self, NewTemplateVersion, TemplateAbout};

/// A loaded template version as it is kept for review under its author's name.
#[must_use]
pub fn wording(version: &TemplateVersion, author: PersonId) -> NewTemplateVersion {
    NewTemplateVersion {
        hash: version.hash,
        name: version.name.clone(),
        locale: version.locale.clone(),
        subject: version.subject.clone(),
        text: version.text.clone(),
        html: version.html.clone(),
        about: TemplateAbout {
            purpose: version.purpose.clone(),
            audience: version.audience,
            print: version.print.clone(),
            file: version.about.clone(),
        },
        author,
    }
}

/// A kept version as the checks take it.
#[must_use]
pub fn loaded(version: &template::TemplateVersion) -> TemplateVersion {
    TemplateVersion {
        name: version.name.clone(),
        locale: version.locale.clone(),
        subject: version.subject.clone(),
        text: version.text.clone(),
        html: version.html.clone(),
        print: version.about.print.clone(),
        audience: version.about.audience,
        purpose: version.about.purpose.clone(),
        form: form_of(&version.about.file),
        about: version.about.file.clone(),
        wording: String::new(),
        hash: version.hash,
    }
}

/// Approves versions of one template together, and lets go what was held for
/// want of them: how many letters.
///
/// # Errors
/// `Refused` when the person wrote a version, may not approve, or one is not
/// in review; `Absent` when there is no such version.
pub async fn approve(
    app: &App,
    versions: &[Digest],
    release: Release,
    by: PersonId,
) -> Result<usize, StoreError> {
    app.store.release(versions, release, by, app.now()).await?;
    send::release_approved(app, &format!("person:{by}")).await
}

/// Stops every letter of a template; how many were held.
///
/// # Errors
/// `Absent` when there is no such template.
pub async fn stop(app: &App, name: &str, reason: &str, by: PersonId) -> Result<u64, StoreError> {
    app.store.stop_template(name, reason, by, app.now()).await
}

/// Lets a stopped template go on: how many letters may leave now; `None` when
/// it was not stopped.
///
/// # Errors
/// `Refused` when the person is no compliance officer.
pub async fn start(app: &App, name: &str, by: PersonId) -> Result<Option<usize>, StoreError> {
    if !app.store.start_template(name, by, app.now()).await? {
        return Ok(None);
    }
    send::release_approved(app, &format!("person:{by}")).await.map(Some)
}

/// Takes a version out of use; its letters that have not left are held.
///
/// # Errors
/// `Absent` when there is no such version.
pub async fn withdraw(app: &App, version: Digest, by: PersonId) -> Result<(), StoreError> {
    app.store.retire(version, by, app.now()).await
}
