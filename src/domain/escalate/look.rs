//! A look at a ticket: what time and others have done to it since the last one.
//! It takes no input but the rows; looking again finds nothing.

use jiff::Timestamp;
use serde_json::json;

use super::cause::{Cause, causes, stands};
use super::{Escalation, EscalationChange, EscalationState, about};
use crate::domain::assign::Worker;
use crate::domain::clock::{Clock, ClockClass, ClockState};
use crate::domain::decision::ClockChange;
use crate::domain::event::{Event, ticket_stream};
use crate::domain::id::{EscalationId, FreshIds};
use crate::domain::receive::Desk;
use crate::domain::ticket::Status;
use crate::domain::work::{Look, TicketView, WorkDecision, WorkUpdate, clock_started};

/// A ticket while it is looked at.
pub struct Looking<'a> {
    /// What decisions rest on.
    pub desk: &'a Desk,
    /// The ticket.
    pub view: &'a TicketView,
    /// Everybody of the house, with what they hold.
    pub workers: &'a [Worker],
    /// Fresh ids.
    pub ids: FreshIds,
    /// Now.
    pub now: Timestamp,
    pub(super) update: WorkUpdate,
    pub(super) wanted: WorkDecision,
}

/// What is due on the ticket in `view` at `now`: paused clocks that run again
/// because the borrower answered, ladders that begin, steps that fire, ladders
/// that end because their cause is gone; and when to look again.
#[must_use]
pub fn look(
    desk: &Desk,
    view: &TicketView,
    workers: &[Worker],
    ids: FreshIds,
    now: Timestamp,
) -> WorkDecision {
    let update = WorkUpdate::of(&view.ticket, now);
    let wanted = WorkDecision::default();
    let mut looking = Looking { desk, view, workers, ids, now, update, wanted };
    looking.resume();
    looking.promise_again();
    looking.climb();
    let (before, update) = (WorkUpdate::of(&view.ticket, now), looking.update.clone());
    if update != before {
        looking.wanted.tickets.push(update);
    }
    looking.wanted
}

impl Looking<'_> {
    /// The borrower answered, or somebody took the ticket up: what stood still
    /// runs again from that instant, with the time that was left.
    fn resume(&mut self) {
        if self.view.ticket.status == Status::Pending {
            return;
        }
        let work = &self.view.work;
        let Some(since) = work.pending_since_at else { return };
        let until = work.pending_until_at.filter(|until| *until >= since).unwrap_or(self.now);
        let clocks = &self.desk.policy.clocks;
        for clock in self.view.clocks.iter().filter(|clock| clock.state == ClockState::Paused) {
            let Some(row) = clocks.find_definition(&clock.kind) else { continue };
            let hours = clocks.calendar_of(row);
            let since = clock.life.paused_at.unwrap_or(since);
            let Ok(resumed) = clock.resume(since, until.max(since), hours, clocks.servicer())
            else {
                continue;
            };
            let particulars = json!({
                "clock": clock.id, "kind": clock.kind, "paused_at": since,
                "due_at": resumed.due_at, "due_on": resumed.due_on.to_string(), "after": resumed,
            });
            self.record("clock_resumed", until, particulars);
            self.wanted.clocks.push(ClockChange::Resume(Box::new(resumed)));
        }
    }

    /// The borrower wrote after the ticket was resolved: our promise of a
    /// resolution starts anew at the receipt of that mail.
    fn promise_again(&mut self) {
        let view = self.view;
        let resolved = view
            .clocks
            .iter()
            .filter(|clock| clock.class == ClockClass::Service && self.answers(clock))
            .filter_map(|clock| clock.met_at)
            .max();
        if let Some(resolved) = resolved.filter(|_| view.work.reopened > 0) {
            self.start_from_mail_after(resolved, "act:reopened");
        }
    }

    fn answers(&self, clock: &Clock) -> bool {
        let row = self.desk.policy.clocks.find_definition(&clock.kind);
        row.is_some_and(|row| row.is_answer)
    }

    /// Starts what `act` starts at the first mail after `at`, unless it started
    /// since: by that mail, or by a person.
    fn start_from_mail_after(&mut self, at: Timestamp, act: &str) {
        let view = self.view;
        let is_over = matches!(view.ticket.status, Status::Resolved | Status::Closed);
        let Some((_, mail_at)) = view.mails.iter().find(|(_, mail_at)| *mail_at > at) else {
            return;
        };
        let policy = &self.desk.policy;
        for clock in view.start_by_act(policy, act, *mail_at, &mut self.ids, self.now) {
            let has_started =
                view.clocks.iter().any(|one| one.kind == clock.kind && one.started_at > at);
            if has_started || is_over {
                continue;
            }
            self.record("clock_started", self.now, clock_started(&clock, act));
            self.wanted.clocks.push(ClockChange::Start(Box::new(clock)));
        }
    }

    fn climb(&mut self) {
        let mut next: Option<Timestamp> = None;
        let mut due: Vec<Escalation> = Vec::new();
        for escalation in &self.view.escalations {
            if escalation.state != EscalationState::Running {
                continue;
            }
            if stands(escalation, self.view) {
                due.push(escalation.clone());
            } else {
                self.end(escalation);
            }
        }
        let ladders = self.desk.policy.ladders.ladders();
        for ladder in ladders {
            for cause in causes(ladder, self.view, &self.desk.policy.clocks, self.now) {
                if self.has_begun(&ladder.id, &cause) {
                    continue;
                }
                if cause.at > self.now {
                    next = earliest(next, cause.at);
                } else if let Some(begun) = self.begin(&ladder.id, cause) {
                    due.push(begun);
                }
            }
        }
        due.sort_by(|a, b| (a.next_at, &a.cause).cmp(&(b.next_at, &b.cause)));
        for escalation in due {
            self.fire_due(escalation);
        }
        self.wanted.looked = Some(Look {
            ticket_id: self.view.ticket.id,
            version: self.view.ticket.version,
            next_at: next,
        });
    }

    fn has_begun(&self, ladder: &str, cause: &Cause) -> bool {
        let same = |one: &Escalation| one.ladder == ladder && one.cause == cause.key;
        self.view.escalations.iter().any(same)
    }

    /// A warning that comes too late is written down and calls nobody.
    fn begin(&mut self, ladder: &str, cause: Cause) -> Option<Escalation> {
        let ladder = self.desk.policy.ladders.find_ladder(ladder)?;
        let (policy, first) = (&self.desk.policy, ladder.steps.first()?);
        let due_at = policy.ladders.due_of(first, cause.at, None, &policy.clocks);
        let is_running = !cause.is_superseded;
        let begun = Escalation {
            id: EscalationId(self.ids.uuid()),
            ticket_id: self.view.ticket.id,
            ladder: ladder.id.clone(),
            cause: cause.key,
            begun_at: cause.at,
            state: match is_running {
                true => EscalationState::Running,
                false => EscalationState::Superseded,
            },
            is_statutory: ladder.is_statutory || cause.is_statutory,
            step: 0,
            next_at: is_running.then_some(due_at),
            claim_by_at: None,
            policy_revision: self.desk.policy.revision.clone(),
        };
        let kind = if is_running { "escalation_begun" } else { "escalation_superseded" };
        self.record(kind, cause.at, about(&begun));
        self.wanted.escalations.push(EscalationChange::Begin(begun.clone()));
        is_running.then_some(begun)
    }

    fn end(&mut self, escalation: &Escalation) {
        let mut particulars = about(escalation);
        particulars["because"] = json!("cause_gone");
        self.record("escalation_ended", self.now, particulars);
        self.wanted.escalations.push(EscalationChange::End(escalation.id));
    }

    pub(super) fn record(&mut self, kind: &str, at: Timestamp, particulars: serde_json::Value) {
        let stream = ticket_stream(self.view.ticket.id);
        self.wanted.events.push(Event::by_engine(stream, kind, at, particulars));
    }
}

fn earliest(known: Option<Timestamp>, other: Timestamp) -> Option<Timestamp> {
    Some(known.map_or(other, |known| known.min(other)))
}
