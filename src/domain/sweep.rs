//! Time passes: which warnings and breaches of a ticket have come due, and
//! what follows from them. Sweeping again before the next instant finds nothing.

pub mod guard;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock::history::BY_TIME;
use super::clock::{Clock, ClockClass, ClockState, WarningPoint};
use super::decision::{ClockChange, SweepDecision, TicketUpdate};
use super::event::Event;
use super::id::TicketId;
use super::ticket::{Priority, Status, Tier};

/// A ticket with its clocks, as the sweeper loads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueTicket {
    /// Its id.
    pub id: TicketId,
    /// Its version now.
    pub version: u64,
    /// Where it stands.
    pub status: Status,
    /// How soon.
    pub priority: Priority,
    /// Queue id of the policy.
    pub queue: String,
    /// Tier it is on.
    pub tier: Tier,
    /// All its clocks, in any state.
    pub clocks: Vec<Clock>,
}

/// What time has done to `ticket` by `now`; `None` when nothing is due.
///
/// Each warning reached gives one event with its own instant. A warning found
/// together with the breach of its clock is recorded as superseded, so that
/// nobody is called twice for one thing. A breach carries the due instant, not
/// `now`. A hold that ends is met, not breached. Statutory clocks go on
/// whatever the status of the ticket.
#[must_use]
pub fn sweep(ticket: &DueTicket, now: Timestamp) -> Option<SweepDecision> {
    let mut found = Found::default();
    for clock in &ticket.clocks {
        if clock.next_look().is_some_and(|at| at <= now) {
            found.look_at(ticket, clock, now);
        }
    }
    if found.changes.is_empty() {
        return None;
    }
    let priority = found.priority.filter(|raised| *raised > ticket.priority);
    // stable: events of one instant keep the order of their clocks
    found.events.sort_by_key(|event| event.at);
    if let Some(raised) = priority {
        found.events.push(priority_raised(ticket, raised, now));
    }
    Some(SweepDecision {
        ticket: TicketUpdate {
            id: ticket.id,
            expected_version: ticket.version,
            status: None,
            priority,
            at: now,
        },
        clocks: found.changes,
        events: found.events,
    })
}

#[derive(Default)]
struct Found {
    changes: Vec<ClockChange>,
    events: Vec<Event>,
    priority: Option<Priority>,
}

impl Found {
    fn look_at(&mut self, ticket: &DueTicket, clock: &Clock, now: Timestamp) {
        let is_past_due = now > clock.due_at;
        let reached = clock.warnings.iter().take_while(|warning| warning.at <= now).count();
        for (place, warning) in clock.warnings.iter().take(reached).enumerate() {
            if is_past_due {
                self.superseded(ticket, clock, warning);
            } else {
                self.warned(ticket, clock, place);
            }
        }
        match (is_past_due, clock.class) {
            (true, ClockClass::Hold) => self.hold_ended(ticket, clock),
            (true, _) => self.breached(ticket, clock),
            (false, _) => {}
        }
    }

    fn warned(&mut self, ticket: &DueTicket, clock: &Clock, place: usize) {
        let (Some(warning), Some(ahead)) =
            (clock.warnings.get(place), clock.warnings.get(place + 1..))
        else {
            return;
        };
        let mut rest = clock.clone();
        rest.warnings = ahead.to_vec();
        self.changes.push(ClockChange::Warn {
            id: clock.id,
            point: warning.point.clone(),
            next_at: rest.next_look(),
            warnings: rest.warnings,
        });
        let mut particulars = about(ticket, clock);
        particulars["point"] = json!(warning.point);
        self.record(ticket, "clock_warned", warning.at, particulars);
        if clock.class == ClockClass::Statutory {
            self.raise(Priority::High);
        }
    }

    fn superseded(&mut self, ticket: &DueTicket, clock: &Clock, warning: &WarningPoint) {
        let mut particulars = about(ticket, clock);
        particulars["point"] = json!(warning.point);
        self.record(ticket, "clock_warning_superseded", warning.at, particulars);
    }

    fn breached(&mut self, ticket: &DueTicket, clock: &Clock) {
        self.changes.push(ClockChange::Breach { id: clock.id, at: clock.due_at });
        self.record(ticket, "clock_breached", clock.due_at, about(ticket, clock));
        self.raise(Priority::Urgent);
    }

    fn hold_ended(&mut self, ticket: &DueTicket, clock: &Clock) {
        self.changes.push(ClockChange::Meet {
            id: clock.id,
            at: clock.due_at,
            by: BY_TIME.to_owned(),
        });
        self.record(ticket, "hold_ended", clock.due_at, about(ticket, clock));
    }

    fn record(&mut self, ticket: &DueTicket, kind: &str, at: Timestamp, particulars: Value) {
        self.events.push(Event::by_engine(stream(ticket), kind, at, particulars));
    }

    fn raise(&mut self, to: Priority) {
        self.priority = self.priority.max(Some(to));
    }
}

/// A clock after the changes of a sweep, as the store will keep it: the proof
/// that a second sweep finds nothing, and what previews show.
#[must_use]
pub fn after_change(clock: &Clock, change: &ClockChange) -> Clock {
    let mut after = clock.clone();
    match change {
        ClockChange::Warn { id, warnings, next_at, .. } if *id == clock.id => {
            after.warnings.clone_from(warnings);
            after.next_at = *next_at;
        }
        ClockChange::Breach { id, at } if *id == clock.id => {
            after.state = ClockState::Breached;
            after.breached_at = Some(*at);
            after.warnings.clear();
            after.next_at = None;
        }
        ClockChange::Meet { id, at, by } if *id == clock.id => {
            after.state = ClockState::Met;
            after.met_at = Some(*at);
            after.life.met_by = Some(by.clone());
            if by == BY_TIME {
                after.warnings.clear();
            }
            after.next_at = None;
        }
        ClockChange::Pause { id, at } if *id == clock.id => {
            after.state = ClockState::Paused;
            after.life.paused_at = Some(*at);
            after.next_at = None;
        }
        ClockChange::Resume(changed)
        | ClockChange::Extend(changed)
        | ClockChange::Recompute(changed)
        | ClockChange::Reopen(changed)
        | ClockChange::End(changed)
        | ClockChange::AskVoid(changed)
            if changed.id == clock.id =>
        {
            after.clone_from(changed);
        }
        _ => {}
    }
    after
}

fn stream(ticket: &DueTicket) -> String {
    format!("ticket:{}", ticket.id)
}

fn about(ticket: &DueTicket, clock: &Clock) -> Value {
    json!({
        "clock_id": clock.id,
        "clock": clock.kind,
        "class": clock.class,
        "due_at": clock.due_at,
        "due_on": clock.due_on,
        "queue": ticket.queue,
        "tier": ticket.tier,
        "status": ticket.status,
    })
}

fn priority_raised(ticket: &DueTicket, to: Priority, now: Timestamp) -> Event {
    let particulars = json!({ "from": ticket.priority, "to": to, "because": "clock" });
    Event::by_engine(stream(ticket), "priority_raised", now, particulars)
}
