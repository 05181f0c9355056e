//! Beside a draft: who else is writing, and letters that can still be taken
//! back or wait for a second person.

use serde::Serialize;

use crate::app::work::WorkError;
use crate::domain::actor::permission::Permission;
use crate::domain::work::{SECOND_REVIEW, TicketView};
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

/// Another person's draft.
#[derive(Serialize)]
pub(super) struct OtherDraft {
    name: String,
    since: ShownInstant,
    is_asked: bool,
    /// Id of its writer, for whoever may release it.
    release: Option<String>,
}

/// A letter that has not left.
#[derive(Serialize)]
pub(super) struct WaitingLetter {
    id: String,
    template: String,
    author: String,
    written_at: ShownInstant,
    leaves_at: Option<ShownInstant>,
    is_reviewed: bool,
    may_release: bool,
}

pub(super) async fn others(
    moment: &Moment,
    by: &SignedIn,
    view: &TicketView,
) -> Result<Vec<OtherDraft>, WorkError> {
    let may_release = by.actor.role.may(Permission::WriteGuarded);
    let drafts = by.app.store.drafts_of(view.ticket.id).await?;
    let others = drafts.into_iter().filter(|draft| draft.person != by.actor.person);
    let shown = others.map(|draft| OtherDraft {
        since: moment.instant(draft.begun_at),
        is_asked: draft.asked_at.is_some() && !draft.is_released,
        release: may_release.then(|| draft.person.to_string()),
        name: draft.name,
    });
    Ok(shown.collect())
}

pub(super) async fn letters(
    moment: &Moment,
    by: &SignedIn,
    view: &TicketView,
) -> Result<Vec<WaitingLetter>, WorkError> {
    let letters = by.app.store.letters_to_take_back(view.ticket.id).await?;
    let shown = letters.into_iter().map(|letter| {
        let is_reviewed = letter.reason.as_deref() == Some(SECOND_REVIEW);
        WaitingLetter {
            id: letter.id.to_string(),
            template: letter.template,
            may_release: is_reviewed
                && letter.author != by.actor.person
                && view.work.caused_by != Some(by.actor.person),
            author: letter.author_name,
            written_at: moment.instant(letter.written_at),
            leaves_at: (!is_reviewed).then(|| moment.instant(letter.not_before_at)),
            is_reviewed,
        }
    });
    Ok(shown.collect())
}
