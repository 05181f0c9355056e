//! Tickets joined and parted. Mails, matters, clocks, letters and tasks move as
//! they are: no receipt time and no clock changes, and each move can be undone.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Deciding, Refusal};
use crate::domain::actor::permission::Permission;
use crate::domain::event::{Event, ticket_stream};
use crate::domain::id::{MailId, MoveId, TicketId};
use crate::domain::ticket::{Status, Ticket};
use crate::domain::work::{Move, MoveKind, Moved, TicketView, WorkUpdate};

impl Deciding<'_> {
    pub(super) fn merge(&mut self, into: &TicketView) -> Result<(), Refusal> {
        let (from, other) = (self.ticket().clone(), &into.ticket);
        if from.id == other.id {
            return Err(Refusal::SameTicket);
        }
        if into.work.merged_into.is_some() || other.status == Status::Closed {
            return Err(Refusal::OtherClosed);
        }
        if from.status == Status::Closed {
            return Err(Refusal::NoSuchStep { from: from.status, to: Status::Closed });
        }
        if from.requester != other.requester {
            self.by.needs(Permission::JoinSenders)?;
        }
        let id = MoveId(self.ids.uuid());
        // Closed as joined, not as answered: its clocks go on with the other.
        self.update.status = Some(Status::Closed);
        self.update.assignee = Some(None);
        self.update.merged_into = Some(Some(other.id));
        let mut going_on = WorkUpdate::of(other, self.now);
        going_on.priority = (from.priority > other.priority).then_some(from.priority);
        self.wanted.tickets.push(going_on);
        self.wanted.moved = Some(Move::Merge { id, from: from.id, into: other.id });
        let particulars = json!({ "move": id, "into": other.number, "from": from.number });
        self.record("ticket_merged", particulars.clone());
        self.record_on(other.id, "ticket_merged_in", particulars);
        Ok(())
    }

    /// What is about the given mails becomes a ticket of its own, received when
    /// the first of them was.
    pub(super) fn split(&mut self, mails: &[MailId]) -> Result<(), Refusal> {
        let wanted: BTreeSet<MailId> = mails.iter().copied().collect();
        if wanted.is_empty() || wanted.len() >= self.view.mails.len() {
            return Err(Refusal::NothingToSplit);
        }
        let received = self.view.mails.iter().filter(|(mail, _)| wanted.contains(mail));
        let times: Vec<jiff::Timestamp> = received.map(|(_, at)| *at).collect();
        let first = times.iter().min().copied().filter(|_| times.len() == wanted.len());
        let received_at = first.ok_or(Refusal::NothingToSplit)?;
        let (id, of) = (MoveId(self.ids.uuid()), self.ticket().clone());
        let ticket = Ticket {
            id: TicketId(self.ids.uuid()),
            number: self.ids.ticket_number(),
            status: Status::New,
            held_reason: None,
            received_at,
            opened_at: self.now,
            updated_at: self.now,
            version: 1,
            policy_revision: self.desk.policy.revision.clone(),
            ..of.clone()
        };
        let particulars = json!({
            "move": id, "from": of.number, "into": ticket.number, "mails": wanted,
        });
        self.record("ticket_split", particulars.clone());
        self.record_on(ticket.id, "ticket_split_off", particulars);
        self.wanted.moved = Some(Move::Split {
            id,
            from: of.id,
            ticket: Box::new(ticket),
            mails: wanted.into_iter().collect(),
        });
        Ok(())
    }

    /// Everything that moved goes back. A ticket that a merge closed is open
    /// again; one that a split made is closed as joined.
    pub(super) fn undo(&mut self, moved: Moved, other: &TicketView) -> Result<(), Refusal> {
        let mut theirs = WorkUpdate::of(&other.ticket, self.now);
        let changed = match moved.kind {
            MoveKind::Merge => moved.source,
            MoveKind::Split => moved.target,
        };
        let change = if changed == self.ticket().id { &mut self.update } else { &mut theirs };
        match moved.kind {
            MoveKind::Merge => {
                change.status = Some(Status::Open);
                change.merged_into = Some(None);
            }
            MoveKind::Split => {
                change.status = Some(Status::Closed);
                change.assignee = Some(None);
                change.merged_into = Some(Some(moved.source));
            }
        }
        self.wanted.tickets.push(theirs);
        self.wanted.moved = Some(Move::Undo { id: moved.id });
        let particulars = json!({ "move": moved.id, "kind": moved.kind });
        self.record("move_undone", particulars.clone());
        self.record_on(other.ticket.id, "move_undone", particulars);
        Ok(())
    }

    fn record_on(&mut self, ticket: TicketId, kind: &str, particulars: serde_json::Value) {
        self.wanted.events.push(Event {
            stream: ticket_stream(ticket),
            at: self.now,
            actor: self.by.named(),
            kind: kind.to_owned(),
            particulars,
        });
    }
}
