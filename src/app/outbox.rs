//! A person acts on a letter that has not left or may not have left: send it
//! again, give it up, say what became of it.

use super::App;
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::command::Refusal;
use crate::domain::id::LetterId;
use crate::store::StoreError;

/// What is done with one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterAct<'a> {
    /// It goes once more, with the bytes it has.
    Retry,
    /// It is given up, and why.
    Discard(&'a str),
    /// An uncertain one has arrived.
    Arrived,
    /// An uncertain one did not arrive, and is given up.
    Lost,
}

/// Why nothing was done with it.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The person may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Does it. `false`: the letter is not in a state in which that can be done.
///
/// # Errors
/// When `by` may not settle letters, or the database does not answer.
pub async fn act(
    app: &App,
    id: LetterId,
    by: &Actor,
    act: LetterAct<'_>,
) -> Result<bool, OutboxError> {
    by.needs(Permission::SettleLetters)?;
    let (actor, now) = (by.named(), app.now());
    let is_done = match act {
        LetterAct::Retry => app.store.retry_letter(id, &actor, now).await?,
        LetterAct::Discard(reason) => app.store.discard_letter(id, reason, &actor, now).await?,
        LetterAct::Arrived => app.store.settle_uncertain(id, true, &actor, now).await?,
        LetterAct::Lost => app.store.settle_uncertain(id, false, &actor, now).await?,
    };
    if is_done && act == LetterAct::Retry {
        app.wake.outbox.notify_one();
    }
    Ok(is_done)
}
