//! What the pages show, and whom they ask for it.

use std::future::Future;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::clock::Clock;
use crate::domain::decision::{Disposition, Matter, Trace};
use crate::domain::id::{PersonId, TicketNumber};
use crate::domain::letter::{LetterState, Task};
use crate::domain::mail::{Address, Attachment, Completeness, Defect};
use crate::domain::ticket::{Priority, Status, Ticket, Tier};
use crate::domain::trust::Trust;
use crate::domain::work::NoteKind;

/// Tickets on one page of the list.
pub const PAGE_SIZE: u32 = 50;

/// Read models behind the pages.
pub trait TicketPages: Send + Sync + 'static {
    /// At most `PAGE_SIZE + 1` tickets, from the `page`-th page (from 0): first
    /// those that are not closed by their next due instant, then the others,
    /// newest first. One more than a page tells that there is another.
    fn list(&self, page: u32) -> impl Future<Output = anyhow::Result<Vec<TicketLine>>> + Send;

    /// Everything about one ticket.
    fn ticket(
        &self,
        number: &TicketNumber,
    ) -> impl Future<Output = anyhow::Result<Option<TicketPage>>> + Send;

    /// What borrowers wrote on one ticket. Puts on record that `reader` reads it.
    fn words(
        &self,
        number: &TicketNumber,
        reader: PersonId,
    ) -> impl Future<Output = anyhow::Result<Option<TicketWords>>> + Send;
}

/// What only those read who may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketWords {
    /// Whom the ticket is for, as they write their address.
    pub requester: String,
    /// Mails, oldest first.
    pub mails: Vec<MailWords>,
    /// Words of the house, oldest first.
    pub notes: Vec<NoteWords>,
    /// What we wrote, oldest first.
    pub letters: Vec<LetterWords>,
}

/// A letter with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterWords {
    /// Where it stands.
    pub line: LetterLine,
    /// To whom.
    pub recipient: String,
    /// Its subject; empty while it has no bytes.
    pub subject: String,
    /// Its text; empty while it has no bytes.
    pub text: String,
}

/// A note of a person; it never leaves the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteWords {
    /// What it is.
    pub kind: NoteKind,
    /// Name of its author.
    pub author: String,
    /// When it was written.
    pub written_at: Timestamp,
    /// The words.
    pub text: String,
}

/// One mail's words, and where in them the rules found something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailWords {
    /// Its fate.
    pub disposition: Disposition,
    /// When it was received.
    pub received_at: Timestamp,
    /// Who wrote it, as they say.
    pub from: Vec<Address>,
    /// Its subject.
    pub subject: String,
    /// Byte ranges of the subject that are secrets.
    pub subject_secrets: Vec<(u32, u32)>,
    /// Language of the new text.
    pub language: String,
    /// The readable text.
    pub text: String,
    /// Byte ranges of the text that are new.
    pub new_text: Vec<(u32, u32)>,
    /// Byte ranges that evidence rests on.
    pub marks: Vec<(u32, u32)>,
    /// Byte ranges that are secrets.
    pub secrets: Vec<(u32, u32)>,
    /// What was attached.
    pub attachments: Vec<Attachment>,
    /// What was wrong with the bytes.
    pub defects: Vec<Defect>,
    /// Whether all of it was read.
    pub completeness: Completeness,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketLine {
    /// The ticket.
    pub head: TicketHead,
    /// The clock that is due first, of those that run.
    pub next_clock: Option<Clock>,
}

/// A ticket without private columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketHead {
    /// Its number.
    pub number: TicketNumber,
    /// Where it stands.
    pub status: Status,
    /// Why it is held.
    pub held_reason: Option<String>,
    /// Queue id.
    pub queue: String,
    /// Tier.
    pub tier: Tier,
    /// How soon.
    pub priority: Priority,
    /// Leading category.
    pub category: String,
    /// Language of the requester.
    pub language: String,
    /// What the first sender's evidence was worth.
    pub trust: Trust,
    /// When the first mail was received.
    pub received_at: Timestamp,
    /// When the ticket was made.
    pub opened_at: Timestamp,
    /// Policy revision that opened it.
    pub policy_revision: String,
}

impl From<&Ticket> for TicketHead {
    fn from(ticket: &Ticket) -> Self {
        Self {
            number: ticket.number.clone(),
            status: ticket.status,
            held_reason: ticket.held_reason.clone(),
            queue: ticket.queue.clone(),
            tier: ticket.tier,
            priority: ticket.priority,
            category: ticket.category.clone(),
            language: ticket.language.clone(),
            trust: ticket.trust,
            received_at: ticket.received_at,
            opened_at: ticket.opened_at,
            policy_revision: ticket.policy_revision.clone(),
        }
    }
}

/// Everything one page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketPage {
    /// The ticket.
    pub head: TicketHead,
    /// Its clocks, in any order.
    pub clocks: Vec<Clock>,
    /// Its matters.
    pub matters: Vec<Matter>,
    /// Why, one for each mail, oldest first.
    pub traces: Vec<Trace>,
    /// Letters, oldest first.
    pub letters: Vec<LetterLine>,
    /// Work for persons.
    pub tasks: Vec<Task>,
    /// The record, oldest first.
    pub events: Vec<EventLine>,
    /// Tickets it was joined to or parted from.
    pub links: Vec<LinkLine>,
}

/// Another ticket that this one has to do with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkLine {
    /// How.
    pub kind: LinkKind,
    /// That ticket.
    pub number: TicketNumber,
}

/// How two tickets have to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// This one was joined to that one.
    JoinedTo,
    /// That one was joined to this one.
    Joined,
    /// That one was made of mails of this one.
    PartedInto,
    /// This one was made of mails of that one.
    PartedFrom,
}

impl LinkKind {
    /// What a page says before the number.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::JoinedTo => "joined to",
            Self::Joined => "has the mails of",
            Self::PartedInto => "gave mails to",
            Self::PartedFrom => "made of mails of",
        }
    }
}

/// One outbox row, without its recipient and its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterLine {
    /// Template name.
    pub template: String,
    /// Locale.
    pub locale: String,
    /// Where it stands.
    pub state: LetterState,
    /// Why it is held, retried or discarded; empty otherwise.
    pub reason: String,
    /// Attempts counted so far.
    pub attempts: u32,
    /// When it was written.
    pub written_at: Timestamp,
    /// When a server took it.
    pub handed_over_at: Option<Timestamp>,
    /// When its bounce came back.
    pub bounced_at: Option<Timestamp>,
    /// Clock kinds it meets.
    pub meets: Vec<String>,
}

/// One event of the ticket's stream.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLine {
    /// Place in the stream, from 1.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who did it, as the record names them.
    pub actor: String,
    /// Who did it, by name.
    pub who: String,
    /// What happened.
    pub kind: String,
    /// Particulars.
    pub particulars: Value,
    /// Hash in the chain, hex.
    pub hash: String,
}
