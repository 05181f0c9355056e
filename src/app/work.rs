//! A person acts on a ticket: load it, let the core decide, apply, wake. Free of
//! any command line: the consoles call the same functions.

mod draft;
mod examine;
mod files;
mod forms;
mod next;
mod offer;
mod reply;
mod resolve;
mod several;

use jiff::Timestamp;

use super::App;
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::attached_file::FileProblem;
use crate::domain::command::{self, Handover, Refusal};
use crate::domain::id::{EscalationId, LetterId, MailId, PersonId, TicketId, TicketNumber};
use crate::domain::letter_field::FieldProblem;
use crate::domain::ticket::Priority;
use crate::domain::work::{TicketView, WorkDecision};
use crate::store::work::AppliedWork;
use crate::store::{StoreError, VaultError};

pub use draft::{
    SendDraft, ask_release, discard_draft, draft_to_release, find_draft, release_draft, reply_of,
    save_draft, send_draft,
};
pub use examine::{check_reply, locale_of};
pub use files::{attach_file, detach_file, files};
pub use forms::{FormChoice, forms};
pub use next::take_next;
pub use offer::{Answer, Answers, Offers, OpenEscalation, offers};
pub use reply::{release_letter, take_back_letter};
pub use several::{Outcome, Ticked, act_several, try_several};

/// What is on a ticket's record and changes nothing of it.
const NO_CHANGE: [&str; 4] = ["draft_begun", "draft_discarded", "release_asked", "draft_released"];
/// Times that a decision is taken again when somebody else was faster.
const ROUNDS: usize = 5;

/// What a person wants, in the words of whoever asks: names are looked up.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// "I have it."
    Take,
    /// This person gets it; whoever fits best without one.
    Assign(Option<PersonId>),
    /// It goes back to its queue.
    Return(String),
    /// It goes to another queue: the queue, and why.
    Requeue(String, String),
    /// It goes up to another queue.
    Escalate(String, Handover),
    /// A letter.
    Reply(command::Reply),
    /// The requester has shown who they are: the way, and what was checked.
    Prove(String, Vec<String>),
    /// Something done outside, and when.
    Done(String, Timestamp),
    /// Words for the house.
    Note(String),
    /// It waits for the borrower.
    Pend(String),
    /// A held ticket is free for work.
    Release(String),
    /// All its matters are answered.
    Resolve(String),
    /// It is done.
    Close,
    /// It is taken up again.
    Reopen(String),
    /// It is about something else: what, where it goes for that, and why.
    Reclassify(String, Option<String>, String),
    /// It is more urgent than it seems: how urgent, and why.
    Prioritize(Priority, String),
    /// A flag.
    Raise(String),
    /// Who caused the error.
    Cause(PersonId),
    /// It becomes part of that ticket.
    Merge(TicketNumber),
    /// These mails become a ticket of their own.
    Split(Vec<MailId>),
    /// The last merge or split of it is undone.
    Undo,
    /// "I have this escalation."
    Claim(EscalationId),
    /// It is not for us, and why.
    Refuse(EscalationId, String),
}

/// Why a wish was not done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// A rule forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody changed the ticket since the person saw it.
    #[error("the ticket has changed since: {what} by {who} at {at}; look at it again")]
    Changed {
        /// What happened.
        what: String,
        /// Who did it, as the record names them.
        who: String,
        /// When.
        at: Timestamp,
    },
    /// No ticket has the number.
    #[error("there is no ticket {0}")]
    NoSuchTicket(TicketNumber),
    /// Nothing to undo.
    #[error("nothing was joined or parted here that could be undone")]
    NothingToUndo,
    /// Nobody can have it.
    #[error("nobody with the skill and the language has room for it")]
    NobodyFits,
    /// The letter could not be made.
    #[error("the letter cannot be written: {0}")]
    NotRenderable(String),
    /// No approved wording is called so.
    #[error("there is no approved letter `{0}` that a person may send, in this language")]
    NoSuchForm(String),
    /// Fields of an approved wording are not filled in.
    #[error("the letter is not filled in: {}", listed(.0))]
    Unfilled(Vec<FieldProblem>),
    /// The draft was saved in another window or by another command.
    #[error("the draft was saved elsewhere since, or is no more; look at it again")]
    DraftMoved,
    /// No draft.
    #[error("there is no draft on this ticket")]
    NoDraft,
    /// It goes with no letter.
    #[error(transparent)]
    File(#[from] FileProblem),
    /// Its words are approved as a whole.
    #[error("a letter from an approved wording takes no files; write your own words")]
    NoFilesThere,
    /// No such file.
    #[error("no such file goes with the draft")]
    NoSuchFile,
    /// Nothing to release.
    #[error("nothing blocks this letter; it needs no release")]
    NothingBlocks,
    /// The letter does not wait for a second person, or this is no second one.
    #[error(
        "that letter does not wait for a second person, its wording is no longer in force, \
         you wrote it yourself, or you caused the error it is about"
    )]
    NotToRelease,
    /// It is on its way.
    #[error("that letter has left, or was not written by a person")]
    TooLate,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// Number of the ticket.
    pub number: TicketNumber,
    /// What the record says of it.
    pub events: Vec<String>,
    /// Letters that were written.
    pub letters: Vec<LetterId>,
    /// Clocks they will meet when they are handed over.
    pub meets: Vec<String>,
    /// Tasks that were made.
    pub tasks: Vec<String>,
    /// Number of a ticket that a split made.
    pub made: Option<TicketNumber>,
}

/// Does what `by` wishes of the ticket. `expected` is the version they saw, if
/// they saw one: when another person was faster they hear what that did.
///
/// # Errors
/// The rule that forbids it, the other person's change, or the database.
pub async fn act(
    app: &App,
    number: &TicketNumber,
    by: &Actor,
    expected: Option<u64>,
    wish: &Wish,
) -> Result<Done, WorkError> {
    for round in 1..=ROUNDS {
        let found = app.store.find_view(number).await?;
        let view = found.ok_or_else(|| WorkError::NoSuchTicket(number.clone()))?;
        if expected.is_some_and(|seen| seen != view.ticket.version) {
            return Err(changed(app, &view).await?);
        }
        let (now, standing) = (app.now(), app.standing());
        let cmd = resolve::command(app, &view, wish, by, now).await?;
        let ids =
            clock::fresh_ids(now).map_err(|error| StoreError::from(VaultError::from(error)))?;
        let decision = command::command(&standing.desk, &view, &cmd, by, ids, now)?;
        match apply(app, &decision, now).await {
            Ok(()) => return Ok(done(&view, &decision)),
            Err(WorkError::Store(error)) if error.is_stale() && round < ROUNDS => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreError::Stale("others were faster each time").into())
}

/// Renders the letters of a decision, applies it, and wakes who has work now.
pub(super) async fn apply(
    app: &App,
    decision: &WorkDecision,
    now: Timestamp,
) -> Result<(), WorkError> {
    apply_all(app, &[decision], now).await
}

/// The same for several, in one transaction or not at all.
pub(super) async fn apply_all(
    app: &App,
    decisions: &[&WorkDecision],
    now: Timestamp,
) -> Result<(), WorkError> {
    let mut leaving = Vec::with_capacity(decisions.len());
    for decision in decisions {
        leaving.push((*decision, reply::leaving(app, decision, now).await?));
    }
    let works: Vec<AppliedWork<'_>> = leaving
        .iter()
        .map(|(decision, (letters, reply_tokens))| AppliedWork {
            decision,
            letters,
            reply_tokens,
            at: now,
        })
        .collect();
    app.store.apply_works(&works).await?;
    if leaving.iter().any(|(_, (letters, _))| !letters.is_empty()) {
        app.wake.outbox.notify_one();
    }
    if decisions.iter().any(|decision| !decision.clocks.is_empty()) {
        app.wake.clocks.notify_one();
    }
    Ok(())
}

fn done(view: &TicketView, decision: &WorkDecision) -> Done {
    let letters = &decision.letters;
    Done {
        number: view.ticket.number.clone(),
        events: decision.events.iter().map(|event| event.kind.clone()).collect(),
        letters: letters.iter().map(|letter| letter.intent.id).collect(),
        meets: letters.iter().flat_map(|letter| letter.intent.meets.clone()).collect(),
        tasks: decision.tasks.iter().map(|task| task.kind.clone()).collect(),
        made: match &decision.moved {
            Some(crate::domain::work::Move::Split { ticket, .. }) => Some(ticket.number.clone()),
            _ => None,
        },
    }
}

/// For the person who did not know of it.
async fn changed(app: &App, view: &TicketView) -> Result<WorkError, StoreError> {
    let LastChange { what, who, at, .. } = last_change(app, view).await?;
    Ok(WorkError::Changed { what, who, at })
}

/// What was last done to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastChange {
    /// What happened.
    pub what: String,
    /// The person, when it was one.
    pub by: Option<PersonId>,
    /// Who did it, as the record names them.
    pub who: String,
    /// When.
    pub at: Timestamp,
}

/// What the last change was, for the person who did not know of it.
///
/// # Errors
/// When the database does not answer.
pub async fn last_change(app: &App, view: &TicketView) -> Result<LastChange, StoreError> {
    let stream = crate::domain::event::ticket_stream(view.ticket.id);
    let events = app.store.events_of(&stream).await?;
    let last = events.into_iter().rfind(|line| !NO_CHANGE.contains(&line.event.kind.as_str()));
    let (what, who, at) = match last {
        Some(line) => (line.event.kind, line.event.actor, line.event.at),
        None => ("a change".to_owned(), "engine".to_owned(), view.ticket.updated_at),
    };
    let by = who.strip_prefix("person:").and_then(|id| id.parse().ok()).map(PersonId);
    let who = match by {
        Some(id) => {
            let persons = app.store.persons().await?;
            persons.into_iter().find(|one| one.id == id).map_or(who, |one| one.name)
        }
        None => who,
    };
    Ok(LastChange { what: what.replace('_', " "), by, who, at })
}

fn listed(problems: &[FieldProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Ids of the two tickets of a move, seen from one of them.
fn other_of(moved: &crate::domain::work::Moved, this: TicketId) -> TicketId {
    if moved.source == this { moved.target } else { moved.source }
}
