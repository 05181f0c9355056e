//! A person acts on a ticket: from what they want to what it means, or to the
//! rule that forbids it. Nothing here reads the time or a database.

mod answer;
mod combine;
mod give;
mod guard;
mod prepared;
mod prioritize;
mod prove;
mod reclassify;
mod refusal;
mod status;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::actor::Actor;
use super::actor::permission::Permission;
use super::assign::Worker;
use super::escalate;
use super::event::{Event, ticket_stream};
use super::id::{EscalationId, FreshIds, MailId, NoteId};
use super::receive::Desk;
use super::ticket::{Priority, Status, Ticket};
use super::work::{Moved, Note, NoteKind, TicketView, WorkDecision, WorkUpdate};

pub use guard::{Checked, FileFacts, check_reply};
pub use prepared::{PreparedReply, ShownWording, reply_context};
pub use refusal::Refusal;

/// Longest text of a note or letter, in characters.
pub const MOST_TEXT: usize = 50_000;

/// What the next tier must know, so that the borrower never repeats the story.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// Steps that were tried, one each.
    pub tried: Vec<String>,
    /// Documents that are here, or are missing.
    pub documents: Vec<String>,
    /// What is asked of the next tier.
    pub asked: String,
}

/// A letter that a person writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What it is: an id of `rules/replies.toml`.
    pub kind: String,
    /// Subject; a neutral one with the ticket's number when there is none.
    pub subject: Option<String>,
    /// The words.
    pub text: String,
    /// Why it may leave although something blocks it: a supervisor's reason.
    pub release: Option<String>,
    /// Rules of the send guard that ask, and whose finding is meant so.
    pub confirmed: Vec<String>,
    /// How long it can still be taken back, before it is handed over.
    pub undo: jiff::SignedDuration,
    /// What is filled into an approved wording; then it has no words of its own.
    pub form: Option<FilledForm>,
    /// The version of the draft that it is sent from.
    pub draft: Option<u64>,
}

/// An approved wording, and what a person typed into its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledForm {
    /// Name of the template.
    pub template: String,
    /// Field → what was typed.
    pub typed: BTreeMap<String, String>,
}

/// What a person wants of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// "I have it."
    Take(Worker),
    /// Somebody else gets it.
    Assign(Worker),
    /// It goes back to its queue.
    Return {
        /// Why.
        reason: String,
    },
    /// It goes to another queue of its tier, or below.
    Requeue {
        /// Where.
        queue: String,
        /// Why.
        reason: String,
    },
    /// It goes up to a higher tier.
    Escalate {
        /// Where.
        queue: String,
        /// What they must know there.
        handover: Handover,
    },
    /// A letter to the borrower.
    Reply(Box<PreparedReply>),
    /// The requester has shown who they are.
    Prove {
        /// A way of `rules/identity.toml`.
        way: String,
        /// What was checked, in the words of that way.
        checked: Vec<String>,
    },
    /// Something done outside: a letter on paper, an act.
    Done {
        /// In the words of `satisfied_by` in the clock files.
        deed: String,
        /// When.
        at: Timestamp,
    },
    /// Words for the house.
    Note {
        /// The words.
        text: String,
    },
    /// It waits for the borrower.
    Pend {
        /// What for, in a few words.
        reason: String,
    },
    /// A held ticket is free for work.
    Release {
        /// Why.
        reason: String,
    },
    /// All its matters are answered.
    Resolve {
        /// How, in a few words.
        reason: String,
    },
    /// It is done.
    Close,
    /// It is taken up again.
    Reopen {
        /// Why.
        reason: String,
    },
    /// It is about something else than the rules said.
    Reclassify {
        /// What it is about.
        category: String,
        /// Where it goes for that, if it goes.
        queue: Option<String>,
        /// Why.
        reason: String,
    },
    /// It is more urgent than it seems.
    Prioritize {
        /// How soon.
        priority: Priority,
        /// Why.
        reason: String,
    },
    /// Something about it that everybody must see.
    Raise {
        /// A flag of `rules/flags.toml`.
        flag: String,
    },
    /// Who caused the error it is about.
    Cause {
        /// The person.
        person: super::id::PersonId,
    },
    /// It becomes part of another ticket.
    Merge {
        /// That ticket.
        into: Box<TicketView>,
    },
    /// Some of its mails become a ticket of their own.
    Split {
        /// Which, with what belongs to them.
        mails: Vec<MailId>,
    },
    /// A merge or split is undone.
    Undo {
        /// Which.
        moved: Moved,
        /// The other ticket of it.
        other: Box<TicketView>,
    },
    /// "I have this escalation": its next step does not come.
    Claim {
        /// Which.
        escalation: EscalationId,
    },
    /// The escalation is not for us, with a reason; the next step comes at once.
    Refuse {
        /// Which.
        escalation: EscalationId,
        /// Why.
        reason: String,
    },
}

/// A command while it is decided.
pub(super) struct Deciding<'a> {
    pub(super) desk: &'a Desk,
    pub(super) view: &'a TicketView,
    pub(super) by: &'a Actor,
    pub(super) ids: FreshIds,
    pub(super) now: Timestamp,
    pub(super) update: WorkUpdate,
    pub(super) wanted: WorkDecision,
}

/// What `cmd` by `by` means for the ticket in `view`.
///
/// # Errors
/// The rule that forbids it, in words for the person who gave it.
pub fn command(
    desk: &Desk,
    view: &TicketView,
    cmd: &Command,
    by: &Actor,
    ids: FreshIds,
    now: Timestamp,
) -> Result<WorkDecision, Refusal> {
    by.needs(Permission::WorkTickets)?;
    let update = WorkUpdate::of(&view.ticket, now);
    let wanted = WorkDecision::default();
    let mut deciding = Deciding { desk, view, by, ids, now, update, wanted };
    if let (Some(into), false) = (view.work.merged_into, matches!(cmd, Command::Undo { .. })) {
        return Err(Refusal::Merged { into });
    }
    deciding.decide(cmd)?;
    Ok(deciding.ended())
}

impl Deciding<'_> {
    fn decide(&mut self, cmd: &Command) -> Result<(), Refusal> {
        match cmd {
            Command::Take(worker) => self.take(worker),
            Command::Assign(worker) => self.assign(worker),
            Command::Return { reason } => self.give_back(reason),
            Command::Requeue { queue, reason } => self.requeue(queue, reason),
            Command::Escalate { queue, handover } => self.escalate(queue, handover),
            Command::Reply(prepared) => self.reply(prepared),
            Command::Prove { way, checked } => self.prove(way, checked),
            Command::Done { deed, at } => self.done(deed, *at),
            Command::Note { text } => self.note(NoteKind::Note, text),
            Command::Pend { reason } => self.pend(reason),
            Command::Release { reason } => self.release(reason),
            Command::Resolve { reason } => self.resolve(reason),
            Command::Close => self.close(),
            Command::Reopen { reason } => self.reopen(reason),
            Command::Reclassify { category, queue, reason } => {
                self.reclassify(category, queue.as_deref(), reason)
            }
            Command::Prioritize { priority, reason } => self.prioritize(*priority, reason),
            Command::Raise { flag } => self.raise(flag),
            Command::Cause { person } => self.cause(*person),
            Command::Merge { into } => self.merge(into),
            Command::Split { mails } => self.split(mails),
            Command::Undo { moved, other } => self.undo(*moved, other),
            Command::Claim { escalation } => self.claim(*escalation),
            Command::Refuse { escalation, reason } => self.refuse(*escalation, reason),
        }
    }

    fn ended(mut self) -> WorkDecision {
        // Every act counts as a change, so that two persons cannot act on the
        // same state without one of them hearing of it.
        self.wanted.tickets.insert(0, self.update);
        self.wanted
    }

    pub(super) const fn ticket(&self) -> &Ticket {
        &self.view.ticket
    }

    /// Moves the status, when the machine of the ticket allows it.
    pub(super) fn go_to(&mut self, status: Status) -> Result<(), Refusal> {
        let from = self.ticket().status;
        if from != status {
            self.update.status = Some(from.to(status)?);
        }
        Ok(())
    }

    pub(super) fn record(&mut self, kind: &str, particulars: Value) {
        self.wanted.events.push(Event {
            stream: ticket_stream(self.ticket().id),
            at: self.now,
            actor: self.by.named(),
            kind: kind.to_owned(),
            particulars,
        });
    }

    /// Keeps words of the person; the record has only their length.
    pub(super) fn note(&mut self, kind: NoteKind, text: &str) -> Result<(), Refusal> {
        let text = words_of(text, "note")?;
        let id = NoteId(self.ids.uuid());
        let particulars = json!({
            "note": id, "kind": kind, "characters": text.chars().count(),
        });
        self.wanted.notes.push(Note {
            id,
            ticket_id: self.ticket().id,
            kind,
            author: self.by.person,
            written_at: self.now,
            text,
        });
        self.record("note_written", particulars);
        Ok(())
    }

    /// A reason is kept as a note, since it may name the borrower.
    pub(super) fn reason(&mut self, reason: &str) -> Result<(), Refusal> {
        words_of(reason, "reason").map_err(|_| Refusal::NoReason)?;
        self.note(NoteKind::Note, reason)
    }

    fn raise(&mut self, flag: &str) -> Result<(), Refusal> {
        if !self.desk.policy.rules.flags().iter().any(|rule| rule.card.id == flag) {
            return Err(Refusal::NoSuchFlag { flag: flag.to_owned() });
        }
        self.wanted.flags.push((self.ticket().id, flag.to_owned()));
        self.record("flag_raised", json!({ "flag": flag }));
        Ok(())
    }

    fn cause(&mut self, person: super::id::PersonId) -> Result<(), Refusal> {
        self.by.needs(Permission::NameCause)?;
        self.update.caused_by = Some(person);
        self.record("cause_named", json!({ "person": person }));
        Ok(())
    }

    /// Whoever caused the error neither answers nor ends the ticket about it.
    pub(super) fn no_conflict(&self) -> Result<(), Refusal> {
        if self.view.work.caused_by == Some(self.by.person) {
            return Err(Refusal::ConflictOfDuty);
        }
        Ok(())
    }

    fn claim(&mut self, id: EscalationId) -> Result<(), Refusal> {
        let found = self.open_escalation(id)?;
        let (change, particulars) = escalate::claimed(found, self.by.person, self.now);
        self.wanted.escalations.push(change);
        self.record("escalation_claimed", particulars);
        Ok(())
    }

    fn refuse(&mut self, id: EscalationId, reason: &str) -> Result<(), Refusal> {
        let reason = words_of(reason, "reason").map_err(|_| Refusal::NoReason)?;
        let found = self.open_escalation(id)?;
        let ladder = self.desk.policy.ladders.find_ladder(&found.ladder);
        let (change, particulars) =
            escalate::refused(found, ladder, self.by.person, reason, self.now);
        self.wanted.escalations.push(change);
        self.record("escalation_refused", particulars);
        Ok(())
    }

    fn open_escalation(&self, id: EscalationId) -> Result<&escalate::Escalation, Refusal> {
        let found = self.view.escalations.iter().find(|one| one.id == id);
        let found = found.ok_or(Refusal::NoSuchEscalation)?;
        if found.is_open() { Ok(found) } else { Err(Refusal::EscalationOver(found.state)) }
    }
}

/// A person's words: not empty, not endless, without control characters.
fn words_of(text: &str, what: &'static str) -> Result<String, Refusal> {
    let clean: String =
        text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let clean = clean.trim();
    match clean.chars().nth(MOST_TEXT) {
        _ if clean.is_empty() => Err(Refusal::NoWords { what }),
        Some(_) => Err(Refusal::TooManyWords { what }),
        None => Ok(clean.to_owned()),
    }
}
