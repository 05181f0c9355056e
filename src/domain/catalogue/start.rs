//! A ticket opens: which clocks run for it, and until when.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::due::basis;
use super::point::{Frame, warnings};
use super::trigger::{Fired, Trigger, sale_on};
use super::{ClockBook, ClockDefinition, CountedFrom, Measure, Work};
use crate::domain::classify::Understanding;
use crate::domain::clock::{Clock, ClockClass, ClockState, Life};
use crate::domain::id::{ClockId, FreshIds, MatterId, TicketId};
use crate::domain::ticket::{Priority, Tier};

/// What the start of clocks depends on.
#[derive(Clone, Copy, Debug)]
pub struct StartInput<'a> {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The matter, when the clocks are for one.
    pub matter_id: Option<MatterId>,
    /// What the mail means.
    pub understanding: &'a Understanding,
    /// How soon.
    pub priority: Priority,
    /// Tier of the queue.
    pub tier: Tier,
    /// When the first server of ours had the mail.
    pub received_at: Timestamp,
    /// Now. A receipt in the future is a wrong clock somewhere: counted as now.
    pub now: Timestamp,
    /// State of the loan, e.g. `NY`, when it is known: its own clocks run beside
    /// the federal ones, and the stricter leads.
    pub loan_state: Option<&'a str>,
    /// Date that an act names, for rows counted from one (a planned closure).
    pub named_on: Option<Date>,
    /// Whether the mail came to a ticket that was there: what every first mail
    /// starts runs already.
    pub is_reply: bool,
    /// Policy revision, kept on each clock.
    pub policy_revision: &'a str,
}

/// A clock that now runs, with the arithmetic of its due date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedClock {
    /// The clock.
    pub clock: Clock,
    /// One line a day, then what else bore on the date.
    pub arithmetic: Vec<String>,
}

/// When a clock starts, the date it is counted from, and the sale the mail names.
#[derive(Clone, Copy)]
struct Receipt {
    started_at: Timestamp,
    received_on: Date,
    sale_on: Option<Date>,
}

/// Where a clock ends.
struct End {
    due_at: Timestamp,
    due_on: Date,
    arithmetic: Vec<String>,
}

impl ClockBook {
    /// All clocks that a new ticket starts: statutory ones first, each group
    /// by due instant. A mail whose kind is in doubt starts every clock it
    /// might start; a person confirms.
    #[must_use]
    pub fn start(&self, input: &StartInput<'_>, ids: &mut FreshIds) -> Vec<StartedClock> {
        let started_at = input.received_at.min(input.now);
        let received_on = self.local_date(started_at);
        let sale_on = sale_on(input.understanding, received_on);
        let receipt = Receipt { started_at, received_on, sale_on };
        let mut started: Vec<StartedClock> = Vec::new();
        for definition in &self.definitions {
            let Some(fired) = fired(definition, input, receipt) else {
                continue;
            };
            if let Some(end) = self.end(definition, input, receipt) {
                started.push(self.started(definition, input, receipt, fired, end, ids));
            }
        }
        started.sort_by_key(|one| (one.clock.class != ClockClass::Statutory, one.clock.due_at));
        started
    }

    /// The clocks that an act on the ticket starts, `act:documents-requested`
    /// for example, or a letter. `input` is the ticket's own: its mail, and
    /// when that was received.
    #[must_use]
    pub fn start_by_act(
        &self,
        act: &str,
        act_at: Timestamp,
        input: &StartInput<'_>,
        ids: &mut FreshIds,
    ) -> Vec<StartedClock> {
        let started_at = act_at.min(input.now);
        let mut started = Vec::new();
        for definition in self.definitions.iter().filter(|row| row.starts_at == act) {
            let from_receipt =
                matches!(definition.measure, Measure::Days { from: CountedFrom::Receipt, .. });
            let counted = if from_receipt { input.received_at.min(started_at) } else { started_at };
            let received_on = self.local_date(counted);
            let is_from_named =
                matches!(definition.measure, Measure::Days { from: CountedFrom::Named, .. });
            let sale_on = if is_from_named {
                input.named_on
            } else {
                sale_on(input.understanding, self.local_date(started_at))
            };
            let receipt = Receipt { started_at, received_on, sale_on };
            if let Some(end) = self.end(definition, input, receipt) {
                let fired = Fired { is_to_confirm: false };
                started.push(self.started(definition, input, receipt, fired, end, ids));
            }
        }
        started.sort_by_key(|one| one.clock.due_at);
        started
    }

    fn started(
        &self,
        definition: &ClockDefinition,
        input: &StartInput<'_>,
        receipt: Receipt,
        fired: Fired,
        end: End,
        ids: &mut FreshIds,
    ) -> StartedClock {
        let Receipt { started_at, received_on, sale_on } = receipt;
        let internal_due_on = self.internal_due_on(end.due_on, received_on);
        let warnings = warnings(&Frame {
            definition,
            hours: self.calendar_of(definition),
            servicer: self.servicer(),
            started_at,
            received_on,
            due_at: end.due_at,
            due_on: end.due_on,
            internal_due_on,
            sale_on,
        });
        let mut clock = Clock {
            id: ClockId(ids.uuid()),
            ticket_id: input.ticket_id,
            matter_id: input.matter_id,
            kind: definition.id.clone(),
            class: definition.class,
            citation: definition.citation.clone(),
            state: ClockState::Running,
            started_at,
            due_at: end.due_at,
            due_on: end.due_on,
            internal_due_on,
            warnings,
            next_at: None,
            met_at: None,
            breached_at: None,
            is_to_confirm: fired.is_to_confirm,
            policy_revision: input.policy_revision.to_owned(),
            life: Life {
                basis: basis(definition, received_on, sale_on).ok(),
                supersedes: definition.supersedes.clone(),
                ..Life::default()
            },
        };
        clock.next_at = clock.next_look();
        StartedClock { clock, arithmetic: end.arithmetic }
    }

    /// `None` for a row counted from a sale when none is known.
    fn end(
        &self,
        definition: &ClockDefinition,
        input: &StartInput<'_>,
        receipt: Receipt,
    ) -> Option<End> {
        match definition.measure {
            Measure::Days { .. } => {
                let explained =
                    self.explained(definition, receipt.received_on, receipt.sale_on).ok()?;
                let arithmetic = explained.lines();
                Some(End { due_at: explained.due_at, due_on: explained.due_on, arithmetic })
            }
            Measure::Hours { .. } => {
                let categories: Vec<&str> = input
                    .understanding
                    .matters
                    .iter()
                    .map(|matter| matter.category.as_str())
                    .collect();
                let hours = definition.hours(&Work {
                    tier: input.tier,
                    priority: input.priority,
                    language: &input.understanding.language,
                    categories: &categories,
                })?;
                let due_at = self.due_after_hours(definition, receipt.started_at, hours);
                let line = format!(
                    "{hours} open hours of calendar {} for priority {} on tier {}",
                    self.calendar_of(definition).id(),
                    input.priority,
                    input.tier
                );
                Some(End { due_at, due_on: self.local_date(due_at), arithmetic: vec![line] })
            }
        }
    }

    /// `hours` of open time after `started_at` on the calendar of the row.
    pub(super) fn due_after_hours(
        &self,
        definition: &ClockDefinition,
        started_at: Timestamp,
        hours: u16,
    ) -> Timestamp {
        let open = SignedDuration::from_hours(i64::from(hours));
        self.calendar_of(definition).add_business(started_at, open)
    }
}

/// The least doubtful of the triggers that fire.
fn fired(definition: &ClockDefinition, input: &StartInput<'_>, receipt: Receipt) -> Option<Fired> {
    let Receipt { received_on, sale_on, .. } = receipt;
    let fires = |trigger: &Trigger| {
        let is_meant = if input.is_reply { !trigger.every_mail } else { !trigger.every_reply };
        is_meant
            .then(|| trigger.fires(input.understanding, received_on, sale_on, input.loan_state))
            .flatten()
    };
    definition.triggers.iter().filter_map(fires).min_by_key(|fired| fired.is_to_confirm)
}
