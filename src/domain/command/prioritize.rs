//! A person wants a ticket sooner. It never comes later by that: what is due by
//! its clocks is nobody's to put off.

use serde_json::json;

use super::{Deciding, Refusal};
use crate::domain::ticket::{Priority, Status};

impl Deciding<'_> {
    pub(super) fn prioritize(&mut self, to: Priority, reason: &str) -> Result<(), Refusal> {
        let (status, from) = (self.ticket().status, self.ticket().priority);
        if matches!(status, Status::Resolved | Status::Closed) {
            return Err(Refusal::NoSuchStep { from: status, to: Status::Open });
        }
        if to <= from {
            return Err(Refusal::NotSooner { priority: from });
        }
        self.reason(reason)?;
        self.update.priority = Some(to);
        self.record("ticket_prioritized", json!({ "from": from, "to": to }));
        Ok(())
    }
}
