//! Two policies over the same mail: what the second would do otherwise. A
//! statutory clock that would not start any more, or be due later, is lost.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::clock::ClockClass;
use super::decision::{ClockChange, Decision, Disposition, TicketChange};

/// What one policy makes of one mail. Holds no words of the mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its fate.
    pub disposition: Disposition,
    /// Queue, `none` without a ticket.
    pub queue: String,
    /// Tier, in digits.
    pub tier: String,
    /// How soon.
    pub priority: String,
    /// Leading matter, `triage` when the rules abstained.
    pub lead: String,
    /// Every matter, in order.
    pub matters: Vec<String>,
    /// Flags.
    pub flags: Vec<String>,
    /// Reason for which it is held.
    pub held: Option<String>,
    /// Letter chosen, or why none.
    pub letter: String,
    /// Clocks that start.
    pub clocks: BTreeMap<String, StartedClock>,
}

/// A clock that starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StartedClock {
    /// Whether the law sets it.
    pub is_statutory: bool,
    /// When it is due.
    pub due_on: Date,
    /// Whether a person must confirm it.
    pub is_to_confirm: bool,
}

impl Outcome {
    /// What `decision` does.
    #[must_use]
    pub fn of(decision: &Decision) -> Self {
        let trace = &decision.trace;
        let seen = &trace.understanding;
        let route = trace.route.as_ref();
        let word = |found: Option<&str>| found.unwrap_or("none").to_owned();
        let held = match &decision.ticket {
            TicketChange::Open(ticket) => ticket.held_reason.clone(),
            TicketChange::Nothing | TicketChange::Update(_) => None,
        };
        Self {
            disposition: decision.mail.disposition,
            queue: word(route.map(|route| route.queue.as_str())),
            tier: word(route.map(|route| route.tier.word())),
            priority: word(route.map(|route| route.priority.word())),
            lead: word(route.map(|route| route.category.as_str())),
            matters: seen.matters.iter().map(|one| one.category.clone()).collect(),
            flags: seen.flags.iter().map(|one| one.flag.clone()).collect(),
            held,
            letter: trace.letter.clone(),
            clocks: decision.clocks.iter().filter_map(started).collect(),
        }
    }
}

fn started(change: &ClockChange) -> Option<(String, StartedClock)> {
    let ClockChange::Start(clock) = change else { return None };
    let started = StartedClock {
        is_statutory: clock.class == ClockClass::Statutory,
        due_on: clock.due_on,
        is_to_confirm: clock.is_to_confirm,
    };
    Some((clock.kind.clone(), started))
}

/// One mail that comes out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Names the mail.
    pub key: String,
    /// Statutory clocks that would not start any more.
    pub lost: Vec<String>,
    /// Statutory clocks that would be due later.
    pub later: Vec<String>,
    /// By the policy compared with.
    pub before: Outcome,
    /// By the other one.
    pub after: Outcome,
}

impl Change {
    /// `None` when both policies do the same.
    #[must_use]
    pub fn between(key: &str, before: &Outcome, after: &Outcome) -> Option<Self> {
        if before == after {
            return None;
        }
        let (mut lost, mut later) = (Vec::new(), Vec::new());
        for (kind, clock) in before.clocks.iter().filter(|(_, clock)| clock.is_statutory) {
            match after.clocks.get(kind) {
                Some(other) if other.is_statutory && other.due_on <= clock.due_on => {}
                Some(other) if other.is_statutory => later.push(kind.clone()),
                _ => lost.push(kind.clone()),
            }
        }
        let (before, after) = (before.clone(), after.clone());
        Some(Self { key: key.to_owned(), lost, later, before, after })
    }

    /// Whether the gate fails by it.
    #[must_use]
    pub const fn loses(&self) -> bool {
        !self.lost.is_empty() || !self.later.is_empty()
    }
}

/// How often something of the first policy became something of the other.
pub type Table = BTreeMap<String, BTreeMap<String, u64>>;

/// All mails together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Mails replayed.
    pub mails: u64,
    /// Mails that come out otherwise.
    pub changed: u64,
    /// Mails whose queue changes.
    pub queue_moves: u64,
    /// Queue before → queue after, of all mails.
    pub queues: Table,
    /// Leading matter before → after, of all mails.
    pub leads: Table,
    /// Letter before → letter after, where they differ.
    pub letters: Table,
    /// Priority before → after, where they differ.
    pub priorities: Table,
    /// Clocks that only the other policy starts, by kind.
    pub clocks_gained: BTreeMap<String, u64>,
    /// Clocks that only the first policy starts, by kind.
    pub clocks_lost: BTreeMap<String, u64>,
    /// Statutory clocks lost.
    pub statutory_lost: u64,
    /// Statutory clocks due later.
    pub statutory_later: u64,
    /// Statutory clocks gained.
    pub statutory_gained: u64,
    /// Flags raised by only one of the two: `-flag` or `+flag`.
    pub flags: BTreeMap<String, u64>,
    /// Mails in the order given that come out otherwise, those that lose a
    /// statutory clock first; bounded.
    pub changes: Vec<Change>,
}

impl Tally {
    /// Counts one mail; at most `list` changes are kept.
    pub fn count(&mut self, key: &str, before: &Outcome, after: &Outcome, list: usize) {
        self.mails += 1;
        add(&mut self.queues, &before.queue, &after.queue);
        add(&mut self.leads, &before.lead, &after.lead);
        let Some(change) = Change::between(key, before, after) else { return };
        self.changed += 1;
        self.queue_moves += u64::from(before.queue != after.queue);
        if before.letter != after.letter {
            add(&mut self.letters, &before.letter, &after.letter);
        }
        if before.priority != after.priority {
            add(&mut self.priorities, &before.priority, &after.priority);
        }
        self.count_clocks(before, after);
        self.count_flags(before, after);
        self.statutory_lost += change.lost.len() as u64;
        self.statutory_later += change.later.len() as u64;
        self.keep(change, list);
    }

    fn count_clocks(&mut self, before: &Outcome, after: &Outcome) {
        for kind in before.clocks.keys().filter(|kind| !after.clocks.contains_key(*kind)) {
            *self.clocks_lost.entry(kind.clone()).or_default() += 1;
        }
        for (kind, clock) in &after.clocks {
            if !before.clocks.contains_key(kind) {
                *self.clocks_gained.entry(kind.clone()).or_default() += 1;
                self.statutory_gained += u64::from(clock.is_statutory);
            }
        }
    }

    fn count_flags(&mut self, before: &Outcome, after: &Outcome) {
        for flag in before.flags.iter().filter(|flag| !after.flags.contains(flag)) {
            *self.flags.entry(format!("-{flag}")).or_default() += 1;
        }
        for flag in after.flags.iter().filter(|flag| !before.flags.contains(flag)) {
            *self.flags.entry(format!("+{flag}")).or_default() += 1;
        }
    }

    /// What loses a clock of the law is never pushed out by what does not.
    fn keep(&mut self, change: Change, list: usize) {
        let losing = self.changes.partition_point(Change::loses);
        if change.loses() {
            self.changes.insert(losing, change);
        } else {
            self.changes.push(change);
        }
        self.changes.truncate(list);
    }

    /// Statutory clocks lost or due later: anything but 0 fails the gate.
    #[must_use]
    pub const fn losses(&self) -> u64 {
        self.statutory_lost + self.statutory_later
    }
}

fn add(table: &mut Table, before: &str, after: &str) {
    *table.entry(before.to_owned()).or_default().entry(after.to_owned()).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn outcome(queue: &str, clocks: &[(&str, bool, i8)]) -> Outcome {
        let clocks = clocks.iter().map(|&(kind, is_statutory, day)| {
            let due_on = date(2026, 11, day);
            (kind.to_owned(), StartedClock { is_statutory, due_on, is_to_confirm: false })
        });
        Outcome {
            disposition: Disposition::New,
            queue: queue.into(),
            tier: "1".into(),
            priority: "normal".into(),
            lead: "balance".into(),
            matters: vec!["balance".into()],
            flags: Vec::new(),
            held: None,
            letter: "ack_general (en)".into(),
            clocks: clocks.collect(),
        }
    }

    #[test]
    fn a_statutory_clock_that_goes_or_comes_later_is_a_loss_and_a_service_clock_is_not() {
        let before =
            outcome("a", &[("NOE_ACK", true, 10), ("RFI_ACK", true, 10), ("FIRST", false, 5)]);
        let after = outcome("b", &[("NOE_ACK", true, 11), ("PAYOFF", true, 9)]);
        let mut tally = Tally::default();
        tally.count("m", &before, &after, 10);
        tally.count("same", &after, &after, 10);
        assert_eq!((tally.mails, tally.changed, tally.queue_moves), (2, 1, 1));
        assert_eq!(
            (tally.statutory_lost, tally.statutory_later, tally.statutory_gained),
            (1, 1, 1)
        );
        assert_eq!(tally.losses(), 2);
        assert_eq!(tally.clocks_lost["FIRST"], 1);
        assert_eq!(tally.changes[0].lost, ["RFI_ACK"]);
        assert_eq!(tally.changes[0].later, ["NOE_ACK"]);
        assert_eq!((tally.queues["a"]["b"], tally.queues["b"]["b"]), (1, 1));
    }

    #[test]
    fn an_earlier_clock_is_no_loss() {
        let before = outcome("a", &[("NOE_ACK", true, 10)]);
        let after = outcome("a", &[("NOE_ACK", true, 9)]);
        let change = Change::between("m", &before, &after).unwrap();
        assert!(!change.loses());
    }

    #[test]
    fn a_long_list_keeps_the_losses() {
        let loses = outcome("a", &[("NOE_ACK", true, 10)]);
        let mut tally = Tally::default();
        for number in 0..5 {
            tally.count(&format!("moves {number}"), &outcome("a", &[]), &outcome("b", &[]), 2);
        }
        tally.count("loses", &loses, &outcome("a", &[]), 2);
        let keys: Vec<&str> = tally.changes.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["loses", "moves 0"]);
        assert_eq!(tally.changed, 6);
    }
}
