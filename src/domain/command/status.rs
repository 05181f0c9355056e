//! Where a ticket may go from where it stands, and what a change of status
//! does to its clocks. Only service clocks stand still; nobody pauses the law.

use jiff::Timestamp;
use serde_json::json;

use super::{Deciding, Refusal};
use crate::domain::clock::settle::Settled;
use crate::domain::clock::{Act, Clock, ClockClass};
use crate::domain::decision::ClockChange;
use crate::domain::id::ClockId;
use crate::domain::ticket::Status;

impl Status {
    /// The status after a step to `next`.
    ///
    /// # Errors
    /// When the machine has no such step.
    pub const fn to(self, next: Self) -> Result<Self, Refusal> {
        let is_step = match self {
            Self::New => matches!(next, Self::Open | Self::Pending | Self::Resolved | Self::Held),
            Self::Open => matches!(next, Self::Pending | Self::Resolved | Self::Held),
            Self::Pending => matches!(next, Self::Open | Self::Resolved | Self::Held),
            Self::Held => matches!(next, Self::Open),
            Self::Resolved => matches!(next, Self::Open | Self::Closed),
            Self::Closed => matches!(next, Self::Open),
        };
        if is_step { Ok(next) } else { Err(Refusal::NoSuchStep { from: self, to: next }) }
    }
}

impl Deciding<'_> {
    pub(super) fn pend(&mut self, reason: &str) -> Result<(), Refusal> {
        self.go_to(Status::Pending)?;
        self.reason(reason)?;
        let pausing: Vec<&Clock> = self
            .view
            .clocks
            .iter()
            .filter(|clock| self.pauses(clock))
            .filter(|clock| clock.pause(self.now).is_ok())
            .collect();
        self.record("ticket_pended", json!({ "paused": kinds(&pausing) }));
        for clock in pausing {
            self.wanted.clocks.push(ClockChange::Pause { id: clock.id, at: self.now });
            self.record("clock_paused", json!({ "clock": clock.id, "kind": clock.kind }));
        }
        Ok(())
    }

    fn pauses(&self, clock: &Clock) -> bool {
        clock.class == ClockClass::Service
            && self
                .desk
                .policy
                .clocks
                .find_definition(&clock.kind)
                .is_some_and(|row| row.pauses_in.contains(&Status::Pending))
    }

    pub(super) fn release(&mut self, reason: &str) -> Result<(), Refusal> {
        if self.ticket().status != Status::Held {
            return Err(Refusal::NoSuchStep { from: self.ticket().status, to: Status::Open });
        }
        self.go_to(Status::Open)?;
        self.reason(reason)?;
        self.record("ticket_released", json!({ "held": self.ticket().held_reason }));
        Ok(())
    }

    /// All matters are answered, and the law is owed nothing: an answer under
    /// 12 CFR 1024.35(e) or 1024.36(d) leaves first, then the ticket is resolved.
    pub(super) fn resolve(&mut self, reason: &str) -> Result<(), Refusal> {
        self.no_conflict()?;
        self.nothing_owed()?;
        self.go_to(Status::Resolved)?;
        self.reason(reason)?;
        let act = Act { what: "act:resolved", at: self.now, is_in_writing: false };
        let met = self.desk.policy.clocks.met_by(&self.view.clocks, &act).met;
        self.record("ticket_resolved", json!({ "met": kinds(&met.iter().collect::<Vec<_>>()) }));
        self.meet(&met, act.what, self.now);
        Ok(())
    }

    /// Clocks end by `what`, late ones after their breach, and what those met in
    /// time leave without object ends with them.
    pub(super) fn meet(&mut self, met: &[Clock], what: &str, at: Timestamp) {
        let ids: Vec<ClockId> = met.iter().map(|clock| clock.id).collect();
        let mut settled = Settled::by(&self.by.named());
        let before: Vec<&Clock> =
            self.view.clocks.iter().filter(|clock| ids.contains(&clock.id)).collect();
        for clock in &before {
            settled.meet(clock, what, at, json!({}));
        }
        for clock in before.iter().filter(|clock| at <= clock.due_at) {
            settled.supersede(clock, &self.view.clocks, &ids, self.now);
        }
        self.wanted.clocks.extend(settled.changes);
        self.wanted.events.extend(settled.events);
    }

    pub(super) fn nothing_owed(&self) -> Result<(), Refusal> {
        let is_owed = |clock: &&Clock| clock.class == ClockClass::Statutory && clock.is_open();
        let Some(clock) = self.view.clocks.iter().find(is_owed) else { return Ok(()) };
        let row = self.desk.policy.clocks.find_definition(&clock.kind);
        Err(Refusal::StatutoryClockOwed {
            kind: clock.kind.clone(),
            citation: clock.citation.clone(),
            due_on: clock.due_on,
            accepted: row.map(|row| row.terms.satisfied_by.join(", ")).unwrap_or_default(),
        })
    }

    pub(super) fn close(&mut self) -> Result<(), Refusal> {
        self.no_conflict()?;
        self.nothing_owed()?;
        self.go_to(Status::Closed)?;
        self.update.assignee = Some(None);
        self.record("ticket_closed", json!({}));
        Ok(())
    }

    /// Clocks of the law go on as they are; our own promise of a resolution
    /// starts anew.
    pub(super) fn reopen(&mut self, reason: &str) -> Result<(), Refusal> {
        if !matches!(self.ticket().status, Status::Resolved | Status::Closed) {
            return Err(Refusal::NoSuchStep { from: self.ticket().status, to: Status::Open });
        }
        self.go_to(Status::Open)?;
        self.reason(reason)?;
        self.update.is_reopened = true;
        self.record("ticket_reopened", json!({ "times": self.view.work.reopened + 1 }));
        self.start_clocks("act:reopened", self.now);
        Ok(())
    }
}

pub(super) fn kinds(clocks: &[&Clock]) -> Vec<String> {
    clocks.iter().map(|clock| clock.kind.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_machine_is_this_table() {
        let steps: Vec<(Status, Vec<Status>)> = Status::ALL
            .iter()
            .map(|from| {
                let to = Status::ALL.iter().copied().filter(|to| from.to(*to).is_ok());
                (*from, to.collect())
            })
            .collect();
        use Status::{Closed, Held, New, Open, Pending, Resolved};
        assert_eq!(
            steps,
            [
                (New, vec![Open, Pending, Held, Resolved]),
                (Open, vec![Pending, Held, Resolved]),
                (Pending, vec![Open, Held, Resolved]),
                (Held, vec![Open]),
                (Resolved, vec![Open, Closed]),
                (Closed, vec![Open]),
            ]
        );
    }
}
