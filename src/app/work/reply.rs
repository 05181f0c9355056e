//! Letters of persons and ladders get their bytes; a second person releases
//! what waits for one, and a letter can be taken back until it is claimed.

use jiff::Timestamp;

use super::WorkError;
use crate::app::App;
use crate::app::intake::token_of;
use crate::app::letters::ApprovedLetters;
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::digest::Digest;
use crate::domain::id::LetterId;
use crate::domain::letter::{FrozenLetter, LetterState};
use crate::domain::work::{PersonLetter, WorkDecision};
use crate::postage::render::{RenderError, SenderIdentity, reply_bytes};
use crate::store::NewReplyToken;
use crate::store::work::LeavingLetter;

/// The letters of `decision` as they will leave, with their reply tokens.
pub(super) async fn leaving(
    app: &App,
    decision: &WorkDecision,
    now: Timestamp,
) -> Result<(Vec<LeavingLetter>, Vec<NewReplyToken>), WorkError> {
    let standing = app.standing();
    let mut letters = Vec::new();
    for letter in &decision.letters {
        let approved = app.letters.approved(&app.store, now).await?;
        letters.push(LeavingLetter {
            letter: frozen(&approved, letter, &standing.sender)?,
            author: Some(letter.author),
            not_before_at: letter.not_before_at,
        });
    }
    if !decision.notifications.is_empty() {
        let approved = app.letters.approved(&app.store, now).await?;
        letters.extend(decision.notifications.iter().map(|intent| LeavingLetter {
            letter: approved.freeze(intent, &standing.sender),
            author: None,
            not_before_at: intent.written_at,
        }));
    }
    let tokens =
        letters.iter().filter_map(|leaving| token_of(&leaving.letter.intent, now)).collect();
    Ok((letters, tokens))
}

/// A person's letter has bytes at once, also while it waits for a second one:
/// what is released is what was written.
fn frozen(
    approved: &ApprovedLetters,
    letter: &PersonLetter,
    sender: &SenderIdentity,
) -> Result<FrozenLetter, WorkError> {
    let failed = |error: RenderError| WorkError::NotRenderable(error.to_string());
    if let Some(seen) = letter.wording {
        return approved.freeze_filled(&letter.intent, seen, sender).map_err(failed);
    }
    let bytes = reply_bytes(&letter.intent, (&letter.subject, &letter.text), &letter.files, sender);
    let bytes = bytes.and_then(|bytes| approved.signed(bytes)).map_err(failed)?;
    let state = match letter.intent.hold {
        Some(_) => LetterState::Held,
        None => LetterState::Available,
    };
    Ok(FrozenLetter {
        intent: letter.intent.clone(),
        template_version: Digest::default(),
        bytes,
        state,
        held_reason: letter.intent.hold.clone(),
    })
}

/// A second person lets a letter go that waits for one.
///
/// # Errors
/// When they may not work on tickets, wrote it, or it does not wait.
pub async fn release_letter(app: &App, letter: LetterId, by: &Actor) -> Result<(), WorkError> {
    by.needs(Permission::WorkTickets)?;
    if !app.store.release_reviewed(letter, by.person, app.now()).await? {
        return Err(WorkError::NotToRelease);
    }
    app.wake.outbox.notify_one();
    Ok(())
}

/// Takes a person's letter back before it is handed over.
///
/// # Errors
/// When they may not work on tickets, or it is too late.
pub async fn take_back_letter(app: &App, letter: LetterId, by: &Actor) -> Result<(), WorkError> {
    by.needs(Permission::WorkTickets)?;
    match app.store.take_back(letter, by.person, app.now()).await? {
        true => Ok(()),
        false => Err(WorkError::TooLate),
    }
}
