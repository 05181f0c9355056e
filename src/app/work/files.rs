//! Files that go with a letter that is being written.

use uuid::Uuid;

use super::{WorkError, find_draft};
use crate::app::App;
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::attached_file::{FileProblem, media_type, plain_name};
use crate::domain::id::TicketNumber;
use crate::domain::letter::AttachedFile;
use crate::store::draft::{Attached, FileLine};
use crate::store::{StoreError, VaultError};

/// Puts a file to the draft of `by`; the name it will have.
///
/// # Errors
/// When there is no draft, or a letter does not take such a file.
pub async fn attach_file(
    app: &App,
    number: &TicketNumber,
    by: &Actor,
    (name, content): (&str, Vec<u8>),
) -> Result<String, WorkError> {
    let kind = media_type(&content)?;
    let draft = find_draft(app, number, by).await?.ok_or(WorkError::NoDraft)?;
    if draft.words.template.is_some() {
        return Err(WorkError::NoFilesThere);
    }
    let now = app.now();
    let mut ids =
        clock::fresh_ids(now).map_err(|error| StoreError::from(VaultError::from(error)))?;
    let name = plain_name(name, kind);
    let file = AttachedFile { name: name.clone(), media_type: kind.to_owned(), content };
    match app.store.attach_file(&draft, (ids.uuid(), &file), now).await? {
        Attached::Done => Ok(name),
        Attached::Moved => Err(WorkError::DraftMoved),
        Attached::TooMany => Err(FileProblem::TooMany.into()),
    }
}

/// Takes a file from the draft of `by`.
///
/// # Errors
/// When there is no draft, or no such file with it.
pub async fn detach_file(
    app: &App,
    number: &TicketNumber,
    by: &Actor,
    file: Uuid,
) -> Result<(), WorkError> {
    let draft = find_draft(app, number, by).await?.ok_or(WorkError::NoDraft)?;
    match app.store.detach_file(&draft, file, app.now()).await? {
        true => Ok(()),
        false => Err(WorkError::NoSuchFile),
    }
}

/// Files with the draft of `by`.
///
/// # Errors
/// When there is no draft.
pub async fn files(
    app: &App,
    number: &TicketNumber,
    by: &Actor,
) -> Result<Vec<FileLine>, WorkError> {
    let draft = find_draft(app, number, by).await?.ok_or(WorkError::NoDraft)?;
    Ok(app.store.files_of(draft.ticket_id, draft.person).await?)
}
