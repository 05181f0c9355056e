//! A ticket as persons work on it: who has it, since when it waits, what was
//! written; and what a command or a ladder wants of it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::catalogue::StartInput;
use super::classify::Understanding;
use super::clock::Clock;
use super::decision::ClockChange;
use super::digest::Digest;
use super::escalate::{Escalation, EscalationChange, Notice};
use super::event::Event;
use super::id::{FreshIds, MailId, MoveId, NoteId, PersonId, TicketId};
use super::identity::Proof;
use super::letter::{AttachedFile, LetterIntent, Task};
use super::policy::Policy;
use super::ticket::{Priority, Status, Ticket, Tier, words};

/// Why a letter waits that a second person must release.
pub const SECOND_REVIEW: &str = "second_review";

/// What persons have done to a ticket so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Who has it.
    pub assignee: Option<PersonId>,
    /// Since when.
    pub assigned_at: Option<Timestamp>,
    /// When it last began to wait for the borrower.
    pub pending_since_at: Option<Timestamp>,
    /// When that ended.
    pub pending_until_at: Option<Timestamp>,
    /// How often it was reopened.
    pub reopened: u32,
    /// The ticket it was joined to.
    pub merged_into: Option<TicketId>,
    /// Who caused the error it is about: they neither answer nor close it.
    pub caused_by: Option<PersonId>,
    /// Date of a foreclosure sale that a mail named.
    pub sale_on: Option<Date>,
}

/// The latest mail of a ticket that a person's letter answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastMail {
    /// Which.
    pub id: MailId,
    /// Its canonical digest: the reply token is made from it.
    pub canonical_sha: Digest,
    /// Its Message-ID without brackets.
    pub message_id: Option<String>,
    /// When it was received.
    pub received_at: Timestamp,
}

/// A ticket with all that a command or a ladder looks at.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketView {
    /// The ticket.
    pub ticket: Ticket,
    /// What persons did.
    pub work: Work,
    /// Its clocks, earliest due first.
    pub clocks: Vec<Clock>,
    /// Flags that its mails or persons raised.
    pub flags: Vec<RaisedFlag>,
    /// Its borrower's latest mail, if it has one.
    pub last_mail: Option<LastMail>,
    /// Each mail with the instant of its receipt, oldest first.
    pub mails: Vec<(MailId, Timestamp)>,
    /// When the last human letter was handed over.
    pub answered_at: Option<Timestamp>,
    /// Whether a letter of law or receipt came back.
    pub bounced: Vec<BouncedLetter>,
    /// What the rules saw in the first mail.
    pub understanding: Option<Understanding>,
    /// Whether E-SIGN consent (15 USC 7001(c)) is on record for the requester.
    pub has_esign_consent: bool,
    /// Its escalations, those that ended too.
    pub escalations: Vec<Escalation>,
    /// Proofs of who the requester is: only what a person's command asks for.
    pub proofs: Vec<Proof>,
}

impl TicketView {
    /// Clocks that `act`, done at `at`, starts on the ticket.
    #[must_use]
    pub fn start_by_act(
        &self,
        policy: &Policy,
        act: &str,
        at: Timestamp,
        ids: &mut FreshIds,
        now: Timestamp,
    ) -> Vec<Clock> {
        let Some(understanding) = &self.understanding else { return Vec::new() };
        let input = StartInput {
            ticket_id: self.ticket.id,
            matter_id: None,
            understanding,
            priority: self.ticket.priority,
            tier: self.ticket.tier,
            received_at: self.ticket.received_at,
            now,
            loan_state: None,
            named_on: None,
            is_reply: false,
            policy_revision: &policy.revision,
        };
        let started = policy.clocks.start_by_act(act, at, &input, ids);
        started.into_iter().map(|started| started.clock).collect()
    }

    /// Whether `flag` was raised.
    #[must_use]
    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|raised| raised.flag == flag)
    }
}

/// What the record says of a clock that an act started.
pub(super) fn clock_started(clock: &Clock, act: &str) -> serde_json::Value {
    serde_json::json!({
        "clock": clock.id, "kind": clock.kind, "class": clock.class,
        "citation": clock.citation, "started_at": clock.started_at,
        "due_at": clock.due_at, "due_on": clock.due_on.to_string(),
        "to_confirm": clock.is_to_confirm, "by": act, "frozen": clock,
    })
}

/// A flag on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaisedFlag {
    /// Flag id of the policy.
    pub flag: String,
    /// When it was first raised.
    pub at: Timestamp,
}

/// A letter that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BouncedLetter {
    /// Which.
    pub id: super::id::LetterId,
    /// When its bounce came.
    pub at: Timestamp,
    /// Whether the law wants it, or it was a receipt.
    pub is_legal: bool,
}

words! {
    /// What a note is.
    NoteKind {
        /// For whoever has the ticket next.
        Note = "note",
        /// What the next tier must know.
        Handover = "handover",
    }
}

/// Words of a person about a ticket; they never leave the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// What it is.
    pub kind: NoteKind,
    /// Who wrote it.
    pub author: PersonId,
    /// When.
    pub written_at: Timestamp,
    /// The words; kept sealed.
    pub text: String,
}

/// Changed fields of a ticket's row; `None` leaves a field alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkUpdate {
    /// Which.
    pub id: TicketId,
    /// Version the decision was taken on; another one in the store is `Stale`.
    pub expected_version: u64,
    /// New status.
    pub status: Option<Status>,
    /// New priority.
    pub priority: Option<Priority>,
    /// New leading category.
    pub category: Option<String>,
    /// New queue.
    pub queue: Option<String>,
    /// New tier.
    pub tier: Option<Tier>,
    /// `Some(None)` takes it from whoever has it.
    pub assignee: Option<Option<PersonId>>,
    /// `Some(None)` undoes a merge.
    pub merged_into: Option<Option<TicketId>>,
    /// Who caused the error.
    pub caused_by: Option<PersonId>,
    /// Whether it counts as reopened.
    pub is_reopened: bool,
    /// When.
    pub at: Timestamp,
}

impl WorkUpdate {
    /// No change yet, on the version that was read.
    #[must_use]
    pub fn of(ticket: &Ticket, at: Timestamp) -> Self {
        Self {
            id: ticket.id,
            expected_version: ticket.version,
            status: None,
            priority: None,
            category: None,
            queue: None,
            tier: None,
            assignee: None,
            merged_into: None,
            caused_by: None,
            is_reopened: false,
            at,
        }
    }
}

/// A person's own signed words to the borrower.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonLetter {
    /// Envelope, thread, what it meets. Its context is empty: no template.
    pub intent: LetterIntent,
    /// Subject line.
    pub subject: String,
    /// The words.
    pub text: String,
    /// Who wrote and signed it.
    pub author: PersonId,
    /// Until then it can be taken back.
    pub not_before_at: Timestamp,
    /// The approved version that was filled in; then subject and words are its.
    pub wording: Option<Digest>,
    /// Files that go with it.
    pub files: Vec<AttachedFile>,
}

words! {
    /// What happens to the rows of a ticket.
    MoveKind {
        /// All of them go to another ticket.
        Merge = "merge",
        /// Some of them go to a new one.
        Split = "split",
    }
}

/// Rows that go from one ticket to another. Their receipt times and clocks go
/// with them unchanged, and the list of them is kept, so that it can be undone.
#[derive(Clone, Debug, PartialEq)]
pub enum Move {
    /// Everything of `from` becomes part of `into`.
    Merge {
        /// Id of the move.
        id: MoveId,
        /// Ticket that is closed.
        from: TicketId,
        /// Ticket that goes on.
        into: TicketId,
    },
    /// These mails, with their matters and clocks, become a ticket of their own.
    Split {
        /// Id of the move.
        id: MoveId,
        /// Ticket they are on.
        from: TicketId,
        /// The new ticket.
        ticket: Box<Ticket>,
        /// Mails that go, and with them their matters and the clocks of those.
        mails: Vec<MailId>,
    },
    /// What a move took goes back.
    Undo {
        /// Which move.
        id: MoveId,
    },
}

/// A move as it is on file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub id: MoveId,
    /// What it was.
    pub kind: MoveKind,
    /// Ticket the rows came from.
    pub source: TicketId,
    /// Ticket they went to.
    pub target: TicketId,
}

/// What a command or a ladder wants: everything, nothing done yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkDecision {
    /// Ticket rows, at most one change each.
    pub tickets: Vec<WorkUpdate>,
    /// Clocks.
    pub clocks: Vec<ClockChange>,
    /// A person's letters.
    pub letters: Vec<PersonLetter>,
    /// Letters of a template.
    pub notifications: Vec<LetterIntent>,
    /// Notes.
    pub notes: Vec<Note>,
    /// Work for persons.
    pub tasks: Vec<Task>,
    /// Flags raised.
    pub flags: Vec<(TicketId, String)>,
    /// Proofs of who a requester is.
    pub proofs: Vec<Proof>,
    /// Drafts that became a letter.
    pub drafts_ended: Vec<EndedDraft>,
    /// Rows that go to another ticket.
    pub moved: Option<Move>,
    /// Ladders begun, moved on, claimed.
    pub escalations: Vec<EscalationChange>,
    /// Who is told by a ladder.
    pub notices: Vec<Notice>,
    /// When the ladders must look at the ticket again by themselves: `Some` of
    /// a look that was made on the version given.
    pub looked: Option<Look>,
    /// The record.
    pub events: Vec<Event>,
}

/// A draft that became a letter as this version of it stood: its words, its
/// release and its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedDraft {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who wrote it.
    pub person: PersonId,
    /// The version that was sent.
    pub version: u64,
}

/// The ladders looked at a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Which.
    pub ticket_id: TicketId,
    /// The version they saw.
    pub version: u64,
    /// When something new can happen by time alone.
    pub next_at: Option<Timestamp>,
}

impl WorkDecision {
    /// Whether nothing would be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
