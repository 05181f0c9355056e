//! What became of a letter changes clocks: handed over, it meets those it was
//! written for; bounced, they are owed again.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Clock, ClockClass, ClockState};
use crate::domain::decision::ClockChange;
use crate::domain::event::{Event, ticket_stream};
use crate::domain::id::{ClockId, LetterId};

/// Changes of the clocks of one ticket, with the events that tell them.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// Who did it, as the record names them.
    actor: String,
    /// What happens to the clocks.
    pub changes: Vec<ClockChange>,
    /// The record.
    pub events: Vec<Event>,
}

const ENGINE: &str = "engine";

/// How `letter` is named as what met a clock.
#[must_use]
pub fn by_name(letter: LetterId) -> String {
    format!("letter:{letter}")
}

/// The letter was handed over at `at`: the open clocks of `kinds` are met. One
/// that is met late is breached first, at its own due instant. What a clock met
/// in time leaves without object ends with it.
#[must_use]
pub fn handed_over(clocks: &[Clock], kinds: &[String], letter: LetterId, at: Timestamp) -> Settled {
    let mut settled = Settled::by(ENGINE);
    // a hold that time has ended waits for nothing
    let is_over = |clock: &Clock| clock.class == ClockClass::Hold && at > clock.due_at;
    let met: Vec<&Clock> = clocks
        .iter()
        .filter(|clock| clock.is_open() && kinds.contains(&clock.kind) && !is_over(clock))
        .collect();
    for clock in &met {
        settled.meet(clock, &by_name(letter), at, json!({ "letter": letter }));
    }
    let ids: Vec<ClockId> = met.iter().map(|clock| clock.id).collect();
    for clock in met.iter().filter(|clock| at <= clock.due_at) {
        settled.supersede(clock, clocks, &ids, at);
    }
    settled
}

/// The letter came back at `at`: what it had met is owed again, and so is what
/// that had superseded.
#[must_use]
pub fn bounced(clocks: &[Clock], letter: LetterId, at: Timestamp) -> Settled {
    let mut settled = Settled::by(ENGINE);
    let met_by = by_name(letter);
    for clock in clocks {
        let Ok(reopened) = clock.reopen(&met_by, at) else { continue };
        settled.reopen(reopened, &met_by, at);
        for ended in clocks {
            if let Ok(reopened) = ended.unsupersede(clock.id, at) {
                settled.reopen(reopened, &met_by, at);
            }
        }
    }
    settled
}

impl Settled {
    /// Nothing yet, done by `actor`.
    pub(in crate::domain) fn by(actor: &str) -> Self {
        Self { actor: actor.to_owned(), changes: Vec::new(), events: Vec::new() }
    }

    /// `by` meets `clock` at `at`.
    pub(in crate::domain) fn meet(
        &mut self,
        clock: &Clock,
        by: &str,
        at: Timestamp,
        mut particulars: Value,
    ) {
        if at > clock.due_at && clock.state == ClockState::Running {
            self.changes.push(ClockChange::Breach { id: clock.id, at: clock.due_at });
            self.tell("clock_breached", clock, clock.due_at, json!({ "due_on": clock.due_on }));
        }
        self.changes.push(ClockChange::Meet { id: clock.id, at, by: by.to_owned() });
        particulars["by"] = json!(by);
        self.tell("clock_met", clock, at, particulars);
    }

    /// Ends what `by` leaves without object among the clocks of its matter,
    /// those that are met themselves (`met`) left out: how many.
    pub(in crate::domain) fn supersede(
        &mut self,
        by: &Clock,
        clocks: &[Clock],
        met: &[ClockId],
        at: Timestamp,
    ) -> usize {
        let is_meant = |clock: &&Clock| {
            by.life.supersedes.contains(&clock.kind)
                && clock.matter_id == by.matter_id
                && clock.started_at == by.started_at
                && !met.contains(&clock.id)
        };
        let ended: Vec<Clock> = clocks
            .iter()
            .filter(is_meant)
            .filter_map(|clock| clock.supersede(by.id).ok())
            .collect();
        for clock in &ended {
            let particulars = json!({ "by": by.kind, "by_clock": by.id, "after": clock });
            self.tell("clock_superseded", clock, at, particulars);
            self.changes.push(ClockChange::End(Box::new(clock.clone())));
        }
        ended.len()
    }

    fn reopen(&mut self, clock: Clock, met_by: &str, at: Timestamp) {
        let particulars = json!({ "met_by": met_by, "due_on": clock.due_on, "after": clock });
        self.tell("clock_reopened", &clock, at, particulars);
        self.changes.push(ClockChange::Reopen(Box::new(clock)));
    }

    /// One line of the record about `clock`.
    pub(in crate::domain) fn tell(
        &mut self,
        kind: &str,
        clock: &Clock,
        at: Timestamp,
        mut particulars: Value,
    ) {
        particulars["clock"] = json!(clock.id);
        particulars["kind"] = json!(clock.kind);
        self.events.push(Event {
            stream: ticket_stream(clock.ticket_id),
            at,
            actor: self.actor.clone(),
            kind: kind.to_owned(),
            particulars,
        });
    }
}
