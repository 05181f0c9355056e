//! Letters that are being written: saved, thrown away, released by a second
//! person, and sent as they were saved.

use jiff::SignedDuration;

use super::{Done, Wish, WorkError, act, examine};
use crate::app::App;
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::command::{Checked, FilledForm, MOST_TEXT, Refusal, Reply};
use crate::domain::draft::{Draft, DraftRelease, DraftWords};
use crate::domain::id::{NoteId, PersonId, TicketNumber};
use crate::domain::send_guard::Outcome;
use crate::domain::work::{Note, NoteKind, TicketView};
use crate::store::draft::SavedDraft;
use crate::store::{StoreError, VaultError};

/// Fields of one draft.
const MOST_FIELDS: usize = 50;

/// How a draft is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SendDraft {
    /// The version of the draft that was seen; refused when it was saved since.
    pub draft_version: Option<u64>,
    /// The version of the ticket that was seen.
    pub seen: Option<u64>,
    /// Rules that ask, and whose finding is meant so.
    pub confirmed: Vec<String>,
    /// How long it can be taken back.
    pub undo: SignedDuration,
}

/// Keeps what `by` has written so far; the draft's new version. `changes` is the
/// version that they changed, 0 for a new draft.
///
/// # Errors
/// When they may not work on tickets, it is endless, or it was saved elsewhere.
pub async fn save_draft(
    app: &App,
    number: &TicketNumber,
    by: &Actor,
    (changes, seen): (u64, Option<u64>),
    reply: &Reply,
) -> Result<u64, WorkError> {
    by.needs(Permission::WorkTickets)?;
    let words = reply.words();
    bounded(&words)?;
    let view = loaded(app, number).await?;
    let saved = SavedDraft {
        ticket_id: view.ticket.id,
        person: by.person,
        changes,
        seen_version: seen.unwrap_or(view.ticket.version),
        words: &words,
        at: app.now(),
    };
    match app.store.save_draft(saved).await {
        Err(error) if error.is_stale() => Err(WorkError::DraftMoved),
        saved => Ok(saved?),
    }
}

/// The draft of `by` on the ticket, if there is one.
///
/// # Errors
/// When they may not work on tickets, or the database does not answer.
pub async fn find_draft(
    app: &App,
    number: &TicketNumber,
    by: &Actor,
) -> Result<Option<Draft>, WorkError> {
    by.needs(Permission::WorkTickets)?;
    let view = loaded(app, number).await?;
    Ok(app.store.find_draft(view.ticket.id, by.person).await?)
}

/// Throws the draft of `by` away.
///
/// # Errors
/// When they may not work on tickets, or there is none.
pub async fn discard_draft(app: &App, number: &TicketNumber, by: &Actor) -> Result<(), WorkError> {
    by.needs(Permission::WorkTickets)?;
    let view = loaded(app, number).await?;
    match app.store.discard_draft(view.ticket.id, by.person, app.now()).await? {
        true => Ok(()),
        false => Err(WorkError::NoDraft),
    }
}

/// The draft of `by` becomes a letter, exactly as it was saved.
///
/// # Errors
/// As for any letter; when there is no draft, or it was saved since.
pub async fn send_draft(
    app: &App,
    number: &TicketNumber,
    by: &Actor,
    send: &SendDraft,
) -> Result<Done, WorkError> {
    let draft = find_draft(app, number, by).await?.ok_or(WorkError::NoDraft)?;
    if send.draft_version.is_some_and(|seen| seen != draft.version) {
        return Err(WorkError::DraftMoved);
    }
    let mut reply = reply_of(&draft.words);
    reply.confirmed.clone_from(&send.confirmed);
    reply.undo = send.undo;
    reply.draft = Some(draft.version);
    act(app, number, by, send.seen, &Wish::Reply(reply)).await
}

/// Whoever writes asks a second person to let the draft go.
///
/// # Errors
/// When there is no draft, or nothing blocks it.
pub async fn ask_release(app: &App, number: &TicketNumber, by: &Actor) -> Result<(), WorkError> {
    let draft = find_draft(app, number, by).await?.ok_or(WorkError::NoDraft)?;
    let view = loaded(app, number).await?;
    let checked = examine::checked(app, &view, by, &reply_of(&draft.words)).await?;
    if blocking(&checked).is_empty() {
        return Err(WorkError::NothingBlocks);
    }
    match app.store.ask_release(&draft, app.now()).await? {
        true => Ok(()),
        false => Err(WorkError::DraftMoved),
    }
}

/// The draft of another person with what speaks against it, for whoever may
/// release it.
///
/// # Errors
/// When `by` may not release letters, or there is no such draft.
pub async fn draft_to_release(
    app: &App,
    number: &TicketNumber,
    (by, writer): (&Actor, PersonId),
) -> Result<(Draft, Checked), WorkError> {
    by.needs(Permission::WriteGuarded)?;
    let view = loaded(app, number).await?;
    let draft = app.store.find_draft(view.ticket.id, writer).await?.ok_or(WorkError::NoDraft)?;
    let person = app.store.persons().await?.into_iter().find(|one| one.id == writer);
    let person = person.ok_or(WorkError::NoDraft)?;
    let writer = Actor { person: writer, name: person.name, role: person.role };
    let checked = examine::checked(app, &view, &writer, &reply_of(&draft.words)).await?;
    Ok((draft, checked))
}

/// `by` lets exactly these words of another person go, and says why.
///
/// # Errors
/// When they may not, wrote it themselves, caused the error that the ticket is
/// about, or it was saved since.
pub async fn release_draft(
    app: &App,
    number: &TicketNumber,
    (by, writer): (&Actor, PersonId),
    seen: Option<u64>,
    reason: &str,
) -> Result<Vec<String>, WorkError> {
    let (draft, checked) = draft_to_release(app, number, (by, writer)).await?;
    if by.person == writer {
        return Err(WorkError::NotToRelease);
    }
    if loaded(app, number).await?.work.caused_by == Some(by.person) {
        return Err(Refusal::ConflictOfDuty.into());
    }
    if seen.is_some_and(|seen| seen != draft.version) {
        return Err(WorkError::DraftMoved);
    }
    let rules = blocking(&checked);
    if rules.is_empty() {
        return Err(WorkError::NothingBlocks);
    }
    let now = app.now();
    let mut ids =
        clock::fresh_ids(now).map_err(|error| StoreError::from(VaultError::from(error)))?;
    let note = Note {
        id: NoteId(ids.uuid()),
        ticket_id: draft.ticket_id,
        kind: NoteKind::Note,
        author: by.person,
        written_at: now,
        text: reason_of(reason)?,
    };
    let release = DraftRelease { by: by.person, at: now, rules, wording: checked.wording };
    match app.store.release_draft(&draft, &release, &note).await? {
        true => Ok(release.rules),
        false => Err(WorkError::DraftMoved),
    }
}

/// The draft that has exactly the words of `reply`: its release and its files
/// go with it. One that is sent from a draft is of that version or of none.
pub(super) async fn same_draft(
    app: &App,
    view: &TicketView,
    by: &Actor,
    reply: &Reply,
) -> Result<Option<Draft>, WorkError> {
    let draft = app.store.find_draft(view.ticket.id, by.person).await?;
    let same = draft.filter(|draft| draft.words.digest() == reply.words().digest());
    if reply.draft.is_some() && reply.draft != same.as_ref().map(|draft| draft.version) {
        return Err(WorkError::DraftMoved);
    }
    Ok(same)
}

/// A draft's words as a letter.
#[must_use]
pub fn reply_of(words: &DraftWords) -> Reply {
    let form = words
        .template
        .as_ref()
        .map(|template| FilledForm { template: template.clone(), typed: words.fields.clone() });
    Reply {
        kind: words.kind.clone(),
        subject: words.subject.clone(),
        text: words.text.clone(),
        release: None,
        confirmed: Vec::new(),
        undo: SignedDuration::ZERO,
        draft: None,
        form,
    }
}

fn blocking(checked: &Checked) -> Vec<String> {
    let blocks = checked.findings.iter().filter(|finding| finding.outcome == Outcome::Blocks);
    blocks.map(|finding| finding.rule.clone()).collect()
}

async fn loaded(app: &App, number: &TicketNumber) -> Result<TicketView, WorkError> {
    let found = app.store.find_view(number).await?;
    found.ok_or_else(|| WorkError::NoSuchTicket(number.clone()))
}

fn reason_of(reason: &str) -> Result<String, Refusal> {
    let clean: String =
        reason.chars().filter(|c| !c.is_control() || *c == '\n').take(MOST_TEXT).collect();
    match clean.trim() {
        "" => Err(Refusal::NoReason),
        clean => Ok(clean.to_owned()),
    }
}

/// A draft may be empty, and never endless.
fn bounded(words: &DraftWords) -> Result<(), Refusal> {
    let parts = words.fields.values().chain(words.fields.keys()).chain(&words.subject);
    let parts = parts.chain([&words.text, &words.kind]).chain(&words.template);
    let is_endless = words.fields.len() > MOST_FIELDS
        || parts.into_iter().any(|part| part.chars().nth(MOST_TEXT).is_some());
    if is_endless { Err(Refusal::TooManyWords { what: "draft" }) } else { Ok(()) }
}
