//! What the pages show, and whom they ask for it.

use std::future::Future;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::clock::Clock;
use crate::domain::decision::{Matter, Trace};
use crate::domain::id::TicketNumber;
use crate::domain::letter::{LetterState, Task};
use crate::domain::ticket::{Priority, Status, Ticket, Tier};
use crate::domain::trust::Trust;

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
    /// Who did it.
    pub actor: String,
    /// What happened.
    pub kind: String,
    /// Particulars.
    pub particulars: Value,
    /// Hash in the chain, hex.
    pub hash: String,
}
