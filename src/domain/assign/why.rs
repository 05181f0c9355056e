//! Why a waiting ticket comes when it does, in the order of [`super::urgency`].

use jiff::Timestamp;
use jiff::civil::Date;

use super::PROMOTED_AFTER;
use crate::domain::clock::{Clock, ClockClass};
use crate::domain::work::TicketView;

/// What put a ticket where it stands among those that wait.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// A foreclosure sale is ahead.
    Sale(Date),
    /// This clock of the law is the first to be due.
    Law(Clock),
    /// It has waited so long that it counts like those of the law: since when.
    Waited(Timestamp),
    /// This promise of ours is the first to be due.
    Promise(Clock),
    /// No clock runs: whoever came first.
    Age(Timestamp),
}

/// Why the ticket in `view` comes when it does.
#[must_use]
pub fn why(view: &TicketView, now: Timestamp) -> Why {
    if let Some(on) = view.work.sale_on {
        return Why::Sale(on);
    }
    let first = |class: ClockClass| {
        let open = view.clocks.iter().filter(|clock| clock.is_open() && clock.class == class);
        open.min_by_key(|clock| clock.due_at).cloned()
    };
    let received_at = view.ticket.received_at;
    let promoted_at = received_at.saturating_add(PROMOTED_AFTER).unwrap_or(Timestamp::MAX);
    let law = first(ClockClass::Statutory);
    let is_promoted =
        promoted_at <= now && law.as_ref().is_none_or(|clock| promoted_at <= clock.due_at);
    match (law, first(ClockClass::Service)) {
        _ if is_promoted => Why::Waited(received_at),
        (Some(clock), _) => Why::Law(clock),
        (None, Some(clock)) => Why::Promise(clock),
        (None, None) => Why::Age(received_at),
    }
}
