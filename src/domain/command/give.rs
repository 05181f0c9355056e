//! Who has a ticket and where it waits: taken, assigned, returned, moved to
//! another queue, moved up a tier with what the next one must know.

use serde_json::json;

use super::{Deciding, Handover, Refusal};
use crate::domain::actor::permission::Permission;
use crate::domain::assign::Worker;
use crate::domain::rule::Queue;
use crate::domain::ticket::{Priority, Status};
use crate::domain::work::NoteKind;

impl Deciding<'_> {
    pub(super) fn take(&mut self, worker: &Worker) -> Result<(), Refusal> {
        match self.view.work.assignee {
            Some(has) if has == worker.person => return Ok(()),
            Some(_) => return Err(Refusal::Taken),
            None => {}
        }
        self.fits(worker)?;
        if self.ticket().status == Status::New {
            self.go_to(Status::Open)?;
        }
        self.update.assignee = Some(Some(worker.person));
        self.record("ticket_taken", json!({ "by": worker.person }));
        Ok(())
    }

    pub(super) fn assign(&mut self, worker: &Worker) -> Result<(), Refusal> {
        if worker.person == self.by.person && self.view.work.assignee.is_none() {
            return self.take(worker);
        }
        self.by.needs(Permission::AssignOthers)?;
        if self.view.work.assignee == Some(worker.person) {
            return Ok(());
        }
        self.fits(worker)?;
        if self.ticket().status == Status::New {
            self.go_to(Status::Open)?;
        }
        self.update.assignee = Some(Some(worker.person));
        let particulars = json!({ "to": worker.person, "from": self.view.work.assignee });
        self.record("ticket_assigned", particulars);
        Ok(())
    }

    fn fits(&self, worker: &Worker) -> Result<(), Refusal> {
        if matches!(self.ticket().status, Status::Resolved | Status::Closed) {
            return Err(Refusal::NoSuchStep { from: self.ticket().status, to: Status::Open });
        }
        if self.view.work.caused_by == Some(worker.person) {
            return Err(Refusal::ConflictOfDuty);
        }
        let queue = self.queue(&self.ticket().queue)?;
        worker.may_have(queue, &self.ticket().language, self.now)
    }

    pub(super) fn give_back(&mut self, reason: &str) -> Result<(), Refusal> {
        let assignee = self.view.work.assignee.ok_or(Refusal::NotTaken)?;
        if assignee != self.by.person {
            self.by.needs(Permission::AssignOthers)?;
        }
        self.reason(reason)?;
        self.update.assignee = Some(None);
        self.record("ticket_returned", json!({ "from": assignee, "queue": self.ticket().queue }));
        Ok(())
    }

    pub(super) fn requeue(&mut self, queue: &str, reason: &str) -> Result<(), Refusal> {
        let to = self.queue(queue)?.clone();
        if to.tier > self.ticket().tier {
            return Err(Refusal::NeedsHandover { queue: to.id, tier: to.tier });
        }
        if to.tier < self.ticket().tier {
            self.by.needs(Permission::LowerTier)?;
        }
        self.reason(reason)?;
        let particulars = json!({
            "from": self.ticket().queue, "to": to.id,
            "tier_from": self.ticket().tier, "tier_to": to.tier,
        });
        self.move_to(&to);
        self.record("ticket_requeued", particulars);
        Ok(())
    }

    pub(super) fn escalate(&mut self, queue: &str, handover: &Handover) -> Result<(), Refusal> {
        let to = self.queue(queue)?.clone();
        if to.tier <= self.ticket().tier {
            return Err(Refusal::NotUp { queue: to.id, tier: to.tier });
        }
        if matches!(self.ticket().status, Status::Resolved | Status::Closed) {
            return Err(Refusal::NoSuchStep { from: self.ticket().status, to: Status::Open });
        }
        let text = handover_text(handover)?;
        self.note(NoteKind::Handover, &text)?;
        let particulars = json!({
            "from": self.ticket().queue, "to": to.id,
            "tier_from": self.ticket().tier, "tier_to": to.tier,
        });
        self.move_to(&to);
        self.update.priority = Some(self.ticket().priority.max(Priority::High));
        self.record("ticket_escalated", particulars);
        Ok(())
    }

    /// The next assignee is for the new queue to find.
    fn move_to(&mut self, to: &Queue) {
        self.update.queue = Some(to.id.clone());
        self.update.tier = Some(to.tier);
        self.update.assignee = Some(None);
    }

    fn queue(&self, id: &str) -> Result<&Queue, Refusal> {
        let found = self.desk.policy.rules.find_queue(id);
        found.ok_or_else(|| Refusal::NoSuchQueue { queue: id.to_owned() })
    }
}

/// The note in three parts, none of them empty.
fn handover_text(handover: &Handover) -> Result<String, Refusal> {
    let listed = |part: &'static str, lines: &[String]| {
        let lines: Vec<String> = lines
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .map(|line| format!("- {line}"))
            .collect();
        if lines.is_empty() {
            Err(Refusal::HandoverIncomplete { part })
        } else {
            Ok(lines.join("\n"))
        }
    };
    let tried = listed("tried", &handover.tried)?;
    let documents = listed("documents", &handover.documents)?;
    let asked = handover.asked.trim();
    if asked.is_empty() {
        return Err(Refusal::HandoverIncomplete { part: "asked" });
    }
    Ok(format!("Tried:\n{tried}\nDocuments:\n{documents}\nAsked:\n{asked}"))
}
