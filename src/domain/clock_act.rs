//! A person acts on the clocks of a ticket: from values to a decision, or a
//! refusal that names the rule. The only way in which a person moves or ends a
//! clock; tickets that move, wait or close do not.

mod deed;
mod permission;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::actor::Role;
use super::catalogue::Deed;
use super::classify::Understanding;
use super::clock::settle::Settled;
use super::clock::{Clock, Refusal};
use super::decision::{ClockChange, SweepDecision, TicketUpdate};
use super::event::{Event, ticket_stream};
use super::id::{FreshIds, PersonId, TicketId};
use super::policy::Policy;
use super::ticket::{Priority, Tier};

/// Who acts, proven by their own secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    /// The person.
    pub id: PersonId,
    /// What they are here for.
    pub role: Role,
}

/// A ticket as an act on its clocks sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClockView {
    /// Its id.
    pub id: TicketId,
    /// Its version now.
    pub version: u64,
    /// How soon.
    pub priority: Priority,
    /// Tier it is on.
    pub tier: Tier,
    /// When its first mail was received.
    pub received_at: Timestamp,
    /// All its clocks, in any state.
    pub clocks: Vec<Clock>,
    /// What was recorded on it.
    pub deeds: Vec<Deed>,
    /// What its first mail means; `None` when it is not known any more.
    pub understanding: Option<Understanding>,
}

/// What a person wants. A clock is named by its kind, or by its id where
/// several of one kind are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClockAct {
    /// Let a service clock stand still: we wait for the borrower.
    Pause {
        /// Which.
        clock: String,
    },
    /// Let it run again.
    Resume {
        /// Which.
        clock: String,
    },
    /// Take the longer term that the law gives, on the notice sent.
    Extend {
        /// Which.
        clock: String,
        /// Why.
        reason: String,
    },
    /// Write down a letter sent or an act done: it meets the clocks that accept
    /// it and starts those that wait for it.
    Record {
        /// What was done, and when.
        deed: Deed,
        /// Date that the act names, for clocks counted from one.
        named_on: Option<Date>,
    },
    /// Ask that a clock which should never have run is ended. It runs on until
    /// a second person agrees.
    Void {
        /// Which.
        clock: String,
        /// Why.
        reason: String,
    },
    /// Agree to that, as the second person.
    ConfirmVoid {
        /// Which.
        clock: String,
    },
    /// Work its date out again.
    Recompute {
        /// Which.
        clock: String,
        /// On what.
        on: Ground,
        /// Why.
        reason: String,
    },
    /// The loan is in this state: the state's own clocks run beside the others,
    /// from the receipt.
    LoanState {
        /// In two letters, `NY`.
        state: String,
    },
}

/// What a date is worked out again on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The definition it started with, and this sale date (none: no sale).
    Sale(Option<Date>),
    /// The rules and calendars in force now.
    Rules,
}

/// Decides one act. The same arguments always give the same decision.
///
/// # Errors
/// Refused with the rule that forbids it; nothing changes then.
pub fn act(
    policy: &Policy,
    view: &ClockView,
    wanted: &ClockAct,
    by: By,
    ids: &mut FreshIds,
    now: Timestamp,
) -> Result<SweepDecision, Refusal> {
    permission::check(wanted, by)?;
    let mut acting = Acting::new(policy, view, by, now);
    match wanted {
        ClockAct::Pause { clock } => acting.pause(acting.named(clock)?)?,
        ClockAct::Resume { clock } => acting.resume(acting.named(clock)?)?,
        ClockAct::Extend { clock, reason } => acting.extend(acting.named(clock)?, reason)?,
        ClockAct::Record { deed, named_on } => acting.record(deed, *named_on, ids)?,
        ClockAct::Void { clock, reason } => acting.ask_void(acting.named(clock)?, reason)?,
        ClockAct::ConfirmVoid { clock } => acting.confirm_void(acting.named(clock)?)?,
        ClockAct::Recompute { clock, on, reason } => {
            acting.recompute(acting.named(clock)?, *on, reason)?;
        }
        ClockAct::LoanState { state } => acting.loan_state(state, ids)?,
    }
    Ok(acting.decided())
}

/// An act while it is decided.
struct Acting<'a> {
    policy: &'a Policy,
    view: &'a ClockView,
    by: By,
    now: Timestamp,
    settled: Settled,
}

impl<'a> Acting<'a> {
    fn new(policy: &'a Policy, view: &'a ClockView, by: By, now: Timestamp) -> Self {
        let settled = Settled::by(&format!("person:{}", by.id));
        Self { policy, view, by, now, settled }
    }

    fn decided(self) -> SweepDecision {
        let ticket = TicketUpdate {
            id: self.view.id,
            expected_version: self.view.version,
            status: None,
            priority: None,
            at: self.now,
        };
        SweepDecision { ticket, clocks: self.settled.changes, events: self.settled.events }
    }

    /// The open clock called `name`; those that have ended can no longer be
    /// acted on.
    fn named(&self, name: &str) -> Result<&'a Clock, Refusal> {
        let open: Vec<&Clock> = self.view.clocks.iter().filter(|clock| clock.is_open()).collect();
        if let Some(clock) = open.iter().find(|clock| clock.id.to_string() == name) {
            return Ok(clock);
        }
        let of_kind: Vec<&Clock> = open.iter().copied().filter(|one| one.kind == name).collect();
        match of_kind.as_slice() {
            [clock] => Ok(clock),
            [] => {
                let kinds: Vec<&str> = open.iter().map(|clock| clock.kind.as_str()).collect();
                Err(Refusal::NoSuchClock { named: name.to_owned(), open: kinds.join(", ") })
            }
            several => {
                let ids: Vec<String> = several.iter().map(|clock| clock.id.to_string()).collect();
                Err(Refusal::Several { kind: name.to_owned(), ids: ids.join(", ") })
            }
        }
    }

    fn pause(&mut self, clock: &Clock) -> Result<(), Refusal> {
        clock.pause(self.now)?;
        self.settled.changes.push(ClockChange::Pause { id: clock.id, at: self.now });
        self.settled.tell("clock_paused", clock, self.now, json!({}));
        Ok(())
    }

    fn resume(&mut self, clock: &Clock) -> Result<(), Refusal> {
        let book = &self.policy.clocks;
        let row = book.row_of(clock);
        let hours = row.map_or_else(|| book.servicer(), |row| book.calendar_of(row));
        let paused_at = clock.life.paused_at.unwrap_or(clock.started_at);
        let resumed = clock.resume(paused_at, self.now, hours, book.servicer())?;
        self.moved("clock_resumed", clock, &resumed, json!({}));
        self.settled.changes.push(ClockChange::Resume(Box::new(resumed)));
        Ok(())
    }

    fn extend(&mut self, clock: &Clock, reason: &str) -> Result<(), Refusal> {
        let extended = self.policy.clocks.extend(clock, &self.view.deeds, self.now)?;
        clock.only_with_reason(reason)?;
        let particulars = json!({ "as": extended.life.extended_as, "reason": reason.trim() });
        self.moved("clock_extended", clock, &extended, particulars);
        self.settled.changes.push(ClockChange::Extend(Box::new(extended)));
        Ok(())
    }

    fn ask_void(&mut self, clock: &Clock, reason: &str) -> Result<(), Refusal> {
        let asked = clock.ask_void(self.by.id, reason, self.now)?;
        let particulars = json!({ "reason": reason.trim(), "after": asked });
        self.settled.tell("clock_void_asked", clock, self.now, particulars);
        self.settled.changes.push(ClockChange::AskVoid(Box::new(asked)));
        Ok(())
    }

    fn confirm_void(&mut self, clock: &Clock) -> Result<(), Refusal> {
        let voided = clock.confirm_void(self.by.id)?;
        let asked = clock.life.void_asked.as_ref();
        let particulars = json!({
            "asked_by": asked.map(|asked| asked.by),
            "reason": asked.map(|asked| &asked.reason),
            "after": voided,
        });
        self.settled.tell("clock_voided", clock, self.now, particulars);
        self.settled.changes.push(ClockChange::End(Box::new(voided)));
        Ok(())
    }

    fn recompute(&mut self, clock: &Clock, on: Ground, reason: &str) -> Result<(), Refusal> {
        let book = &self.policy.clocks;
        let again = match on {
            Ground::Sale(sale_on) => book.move_sale(clock, sale_on, self.now)?,
            Ground::Rules => book.recompute(clock, &self.policy.revision, self.now)?,
        };
        clock.only_with_reason(reason)?;
        let sale_on = again.life.basis.and_then(|basis| basis.sale_on);
        let particulars = json!({
            "reason": reason.trim(),
            "sale_on": sale_on,
            "old_policy": clock.policy_revision,
            "policy": again.policy_revision,
        });
        self.moved("clock_recomputed", clock, &again, particulars);
        self.settled.changes.push(ClockChange::Recompute(Box::new(again)));
        Ok(())
    }

    /// A change of dates: old and new stand side by side in the record.
    fn moved(&mut self, kind: &str, old: &Clock, new: &Clock, mut particulars: Value) {
        particulars["old_due_on"] = json!(old.due_on);
        particulars["due_on"] = json!(new.due_on);
        particulars["old_due_at"] = json!(old.due_at);
        particulars["due_at"] = json!(new.due_at);
        particulars["after"] = json!(new);
        self.settled.tell(kind, old, self.now, particulars);
    }

    fn event(&mut self, kind: &str, at: Timestamp, particulars: Value) {
        self.settled.events.push(Event {
            stream: ticket_stream(self.view.id),
            at,
            actor: format!("person:{}", self.by.id),
            kind: kind.to_owned(),
            particulars,
        });
    }
}
