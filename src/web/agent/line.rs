//! One ticket in a list: its two next clocks, ours and the law's, who has it,
//! and whether there is something new on it.

use serde::Serialize;

use crate::domain::clock::{Clock, ClockClass};
use crate::domain::fact::Mask;
use crate::store::view::WorkLine;
use crate::web::shown::{Moment, ShownClock, ShownInstant};

/// A ticket in a list.
#[derive(Serialize)]
pub(super) struct ShownLine {
    number: String,
    /// The state of it that the viewer sees.
    seen: u64,
    subject: String,
    status: String,
    held_reason: String,
    queue: String,
    tier: String,
    priority: String,
    category: String,
    language: String,
    assignee: String,
    is_unread: bool,
    received_at: ShownInstant,
    service: Option<ShownClock>,
    statutory: Option<ShownClock>,
}

/// A ticket with its clocks, as a list shows it.
pub(super) fn shown(moment: &Moment, line: WorkLine, clocks: &[Clock]) -> ShownLine {
    let ticket = line.ticket;
    let next = |class: ClockClass| {
        let open = clocks.iter().filter(|clock| clock.is_open() && clock.class == class);
        open.min_by_key(|clock| clock.due_at).map(|clock| moment.clock(clock))
    };
    ShownLine {
        number: ticket.number.to_string(),
        seen: ticket.version,
        subject: Mask::of(&ticket.subject).apply(&ticket.subject),
        status: ticket.status.to_string(),
        held_reason: ticket.held_reason.unwrap_or_default(),
        queue: ticket.queue,
        tier: ticket.tier.to_string(),
        priority: ticket.priority.to_string(),
        category: ticket.category,
        language: ticket.language,
        assignee: line.assignee.unwrap_or_default(),
        is_unread: line.is_unread,
        received_at: moment.instant(ticket.received_at),
        service: next(ClockClass::Service),
        statutory: next(ClockClass::Statutory),
    }
}
