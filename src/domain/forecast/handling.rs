//! How long a ticket keeps a person busy, from what the record says they did.
//!
//! Nobody stops a watch. But each act is on record with its instant, and a
//! person does one thing at a time: what lies between one act and the next,
//! up to a bound, was work on the ticket of the later act.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::domain::id::{PersonId, TicketId};

/// A longer gap is a pause: nobody knows when the work after it began.
const LONGEST_GAP: SignedDuration = SignedDuration::from_mins(45);
/// What is assumed of a ticket before anything is on record.
pub const ASSUMED_MINUTES: u32 = 20;
/// A category with fewer tickets takes those of all.
const FEWEST: usize = 8;

/// One act of a person on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonAct {
    /// Who.
    pub person: PersonId,
    /// On which ticket.
    pub ticket: TicketId,
    /// Its category.
    pub category: String,
    /// When.
    pub at: Timestamp,
}

/// Minutes of work on a ticket, as they were observed, by category.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handling {
    by_category: BTreeMap<String, Vec<u32>>,
    all: Vec<u32>,
}

impl Handling {
    /// What `acts` say, in any order.
    #[must_use]
    pub fn of(acts: &[PersonAct]) -> Self {
        let mut acts: Vec<&PersonAct> = acts.iter().collect();
        acts.sort_by_key(|act| (act.person, act.at));
        let mut worked: BTreeMap<(TicketId, &str), SignedDuration> = BTreeMap::new();
        for pair in acts.windows(2) {
            let [before, act] = pair else { continue };
            let gap = act.at.duration_since(before.at);
            if before.person == act.person && gap <= LONGEST_GAP {
                *worked.entry((act.ticket, act.category.as_str())).or_default() += gap;
            }
        }
        let mut handling = Self::default();
        for ((_, category), time) in worked {
            let minutes = u32::try_from(time.as_mins()).unwrap_or(0).max(1);
            handling.by_category.entry(category.to_owned()).or_default().push(minutes);
            handling.all.push(minutes);
        }
        handling
    }

    /// Observed minutes of a category; those of all when it has too few.
    #[must_use]
    pub fn minutes(&self, category: &str) -> &[u32] {
        match self.by_category.get(category) {
            Some(own) if own.len() >= FEWEST => own,
            _ if self.all.is_empty() => &[ASSUMED_MINUTES],
            _ => &self.all,
        }
    }

    /// How many tickets were observed.
    #[must_use]
    pub fn observed(&self) -> usize {
        self.all.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(person: u128, ticket: u128, category: &str, at: &str) -> PersonAct {
        PersonAct {
            person: PersonId(uuid::Uuid::from_u128(person)),
            ticket: TicketId(uuid::Uuid::from_u128(ticket)),
            category: category.to_owned(),
            at: format!("2026-12-01T{at}:00Z").parse().unwrap(),
        }
    }

    #[test]
    fn work_on_a_ticket_is_what_lies_between_the_acts_of_one_person() {
        let handling = Handling::of(&[
            act(1, 10, "escrow", "09:00"),
            act(1, 10, "escrow", "09:12"),
            act(1, 11, "payoff", "09:20"),
            act(2, 10, "escrow", "09:15"), // another person begins here
            act(1, 10, "escrow", "09:25"),
            act(1, 12, "payoff", "12:00"), // after a pause: nobody knows
        ]);
        assert_eq!(handling.observed(), 2);
        assert_eq!(handling.minutes("payoff"), [17, 8], "too few of its own: those of all");
    }

    #[test]
    fn a_category_with_enough_tickets_has_its_own_times() {
        let mut acts = Vec::new();
        for ticket in 0..8 {
            let hour = 9 + ticket / 2;
            let start = (ticket % 2) * 30;
            acts.push(act(1, ticket, "escrow", &format!("{hour:02}:{start:02}")));
            acts.push(act(1, ticket, "escrow", &format!("{hour:02}:{:02}", start + 5)));
        }
        let handling = Handling::of(&acts);
        assert_eq!(handling.minutes("escrow").len(), 8);
        assert_eq!(Handling::default().minutes("escrow"), [ASSUMED_MINUTES]);
    }
}
