//! How a clock may change: paused, resumed, met, breached, voided. Each change
//! is a new value or a refusal; nothing here reads the time.

use jiff::{Timestamp, ToSpan};

use super::{Clock, ClockClass, ClockState, Refusal, VoidAsked, WarningPoint};
use crate::domain::calendar::Calendar;
use crate::domain::id::{ClockId, PersonId};

/// Longest reason kept, in characters.
pub(super) const REASON_CHARS: usize = 1_000;
/// States in which the promise is still owed.
const OPEN: [ClockState; 3] = [ClockState::Running, ClockState::Paused, ClockState::Breached];

/// What ends a clock, from its row of the catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// `letter:<kind>` and `act:<kind>` words that satisfy it.
    pub satisfied_by: Vec<String>,
    /// Whether only writing satisfies it: a letter on paper, or an e-mail to
    /// somebody whose E-SIGN consent is on record (15 USC 7001(c)).
    pub requires_writing: bool,
}

/// A letter sent or an act recorded that may satisfy a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act<'a> {
    /// `letter:response`, `act:answer-recorded` …
    pub what: &'a str,
    /// When it was done.
    pub at: Timestamp,
    /// Whether it counts as writing (see [`Terms::requires_writing`]).
    pub is_in_writing: bool,
}

impl Clock {
    /// When the sweeper must look next: at the next warning, else one
    /// microsecond after the due instant, which is the last instant at which
    /// the clock is still met; `None` when nothing can happen by itself.
    #[must_use]
    pub fn next_look(&self) -> Option<Timestamp> {
        if self.state != ClockState::Running {
            return None;
        }
        let past_due = self.due_at.checked_add(1.microsecond()).unwrap_or(Timestamp::MAX);
        Some(self.warnings.first().map_or(past_due, |warning| warning.at.min(past_due)))
    }

    /// Whether the promise is still owed.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, ClockState::Running | ClockState::Paused | ClockState::Breached)
    }

    /// Stops a service clock while the ticket waits for the borrower.
    ///
    /// # Errors
    /// Refused for every class but `service`, for a clock that is not running,
    /// and past its due instant.
    pub fn pause(&self, at: Timestamp) -> Result<Self, Refusal> {
        self.only_service()?;
        self.only_in(&[ClockState::Running], "paused")?;
        self.not_before(self.started_at, at, "paused")?;
        if at > self.due_at {
            return Err(Refusal::PastDue { kind: self.kind.clone(), due_at: self.due_at });
        }
        let mut clock = self.in_state(ClockState::Paused);
        clock.life.paused_at = Some(at);
        Ok(clock)
    }

    /// Starts a paused clock again with the business time that was left at
    /// `paused_at`. Neither the due instant nor a warning ever moves earlier.
    /// `hours` is the calendar it runs on, `servicer` the one that dates it.
    ///
    /// # Errors
    /// Refused for every class but `service`, for a clock that is not paused,
    /// and for an instant before the pause.
    pub fn resume(
        &self,
        paused_at: Timestamp,
        at: Timestamp,
        hours: &Calendar,
        servicer: &Calendar,
    ) -> Result<Self, Refusal> {
        self.only_service()?;
        self.only_in(&[ClockState::Paused], "resumed")?;
        self.not_before(paused_at, at, "resumed")?;
        let shifted = |old: Timestamp| {
            if old <= paused_at {
                return old;
            }
            old.max(hours.add_business(at, hours.business_between(paused_at, old)))
        };
        let mut clock = self.in_state(ClockState::Running);
        clock.life.paused_at = None;
        clock.due_at = shifted(self.due_at);
        clock.due_on = servicer.local_date(clock.due_at);
        clock.internal_due_on = servicer
            .last_staffed_day_on_or_before(clock.due_on)
            .max(self.internal_due_on.min(clock.due_on));
        clock.warnings = self
            .warnings
            .iter()
            .map(|warning| WarningPoint { point: warning.point.clone(), at: shifted(warning.at) })
            .collect();
        clock.next_at = clock.next_look();
        Ok(clock)
    }

    /// Ends the clock by an act that its row accepts, in time or late. An act
    /// after the due instant leaves the breach on record.
    ///
    /// # Errors
    /// Refused for a clock that has ended, an act the row does not accept, an
    /// act that is not writing where writing is asked for, and an act before
    /// the clock started.
    pub fn meet(&self, terms: &Terms, act: &Act<'_>) -> Result<Self, Refusal> {
        self.only_in(&OPEN, "met")?;
        if !terms.satisfied_by.iter().any(|accepted| accepted == act.what) {
            return Err(Refusal::NotAccepted {
                kind: self.kind.clone(),
                what: act.what.to_owned(),
                accepted: terms.satisfied_by.join(", "),
            });
        }
        if terms.requires_writing && !act.is_in_writing {
            return Err(Refusal::NotInWriting { kind: self.kind.clone() });
        }
        self.not_before(self.started_at, act.at, "met")?;
        if self.class == ClockClass::Hold && act.at > self.due_at {
            return Err(Refusal::HoldEnded { kind: self.kind.clone(), due_at: self.due_at });
        }
        let mut clock = self.in_state(ClockState::Met);
        clock.met_at = Some(act.at);
        clock.life.met_by = Some(act.what.to_owned());
        if act.at > self.due_at && self.state != ClockState::Paused {
            clock.breached_at = clock.breached_at.or(Some(self.due_at));
        }
        Ok(clock)
    }

    /// Notes that the due instant has passed. The breach carries that instant,
    /// however late it was noticed.
    ///
    /// # Errors
    /// Refused for a clock that is not running, and up to its due instant.
    pub fn breach(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.only_in(&[ClockState::Running], "breached")?;
        if now <= self.due_at {
            return Err(Refusal::NotYetDue { kind: self.kind.clone(), due_at: self.due_at });
        }
        let mut clock = self.in_state(ClockState::Breached);
        clock.breached_at = Some(self.due_at);
        clock.warnings.clear();
        Ok(clock)
    }

    /// Ends a clock that should never have run, on the word of two persons.
    ///
    /// # Errors
    /// Refused for a clock that has ended, one person twice, and no reason.
    pub fn void(&self, first: PersonId, second: PersonId, reason: &str) -> Result<Self, Refusal> {
        self.only_in(&OPEN, "voided")?;
        if first == second {
            return Err(Refusal::SamePerson { kind: self.kind.clone() });
        }
        self.only_with_reason(reason)?;
        Ok(self.in_state(ClockState::Voided))
    }

    /// Ends a clock that `by`, met in time, leaves without object: an error
    /// corrected within five days (12 CFR 1024.35(f)(1)).
    ///
    /// # Errors
    /// Refused for a clock that has ended.
    pub fn supersede(&self, by: ClockId) -> Result<Self, Refusal> {
        self.only_in(&[ClockState::Running, ClockState::Paused], "superseded")?;
        let mut clock = self.in_state(ClockState::Superseded);
        clock.life.superseded_by = Some(by);
        Ok(clock)
    }

    /// Owed again since `at`: the letter that met it did not arrive. The due
    /// date stays; a clock met after its due instant is breached again. Warnings
    /// that are past are not given again.
    ///
    /// # Errors
    /// Refused for a clock that is not met, or was met by something else.
    pub fn reopen(&self, met_by: &str, at: Timestamp) -> Result<Self, Refusal> {
        self.only_in(&[ClockState::Met], "reopened")?;
        if self.life.met_by.as_deref() != Some(met_by) {
            return Err(Refusal::NotAccepted {
                kind: self.kind.clone(),
                what: met_by.to_owned(),
                accepted: self.life.met_by.clone().unwrap_or_default(),
            });
        }
        Ok(self.owed_again(at))
    }

    /// Owed again since `at`: what superseded it is itself owed again.
    ///
    /// # Errors
    /// Refused for a clock that `by` did not supersede.
    pub fn unsupersede(&self, by: ClockId, at: Timestamp) -> Result<Self, Refusal> {
        self.only_in(&[ClockState::Superseded], "reopened")?;
        if self.life.superseded_by != Some(by) {
            return Err(Refusal::NotAccepted {
                kind: self.kind.clone(),
                what: by.to_string(),
                accepted: self.life.superseded_by.map(|id| id.to_string()).unwrap_or_default(),
            });
        }
        Ok(self.owed_again(at))
    }

    fn owed_again(&self, at: Timestamp) -> Self {
        let mut clock = self.clone();
        clock.met_at = None;
        clock.life.met_by = None;
        clock.life.superseded_by = None;
        // a paused clock that was met runs again: the wait is over
        clock.life.paused_at = None;
        clock.warnings.retain(|warning| warning.at > at);
        let is_late = self.breached_at.is_some();
        clock.in_state(if is_late { ClockState::Breached } else { ClockState::Running })
    }

    /// One person's word that it should never have run. Nothing ends by it: a
    /// second person must confirm.
    ///
    /// # Errors
    /// Refused for a clock that has ended, and without a reason.
    pub fn ask_void(&self, by: PersonId, reason: &str, at: Timestamp) -> Result<Self, Refusal> {
        self.only_in(&OPEN, "voided")?;
        self.only_with_reason(reason)?;
        let mut clock = self.clone();
        clock.life.void_asked = Some(VoidAsked { by, at, reason: reason.trim().to_owned() });
        Ok(clock)
    }

    /// The second person's word.
    ///
    /// # Errors
    /// Refused when nobody asked, and for the person who did.
    pub fn confirm_void(&self, by: PersonId) -> Result<Self, Refusal> {
        let asked = self.life.void_asked.as_ref();
        let asked = asked.ok_or_else(|| Refusal::NobodyAsked { kind: self.kind.clone() })?;
        self.void(asked.by, by, &asked.reason)
    }

    /// Whether `reason` can be kept.
    ///
    /// # Errors
    /// Refused when it is empty or too long.
    pub fn only_with_reason(&self, reason: &str) -> Result<(), Refusal> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().nth(REASON_CHARS).is_some() {
            return Err(Refusal::NoReason { kind: self.kind.clone() });
        }
        Ok(())
    }

    fn in_state(&self, state: ClockState) -> Self {
        let mut clock = self.clone();
        clock.state = state;
        clock.next_at = clock.next_look();
        clock
    }

    fn only_service(&self) -> Result<(), Refusal> {
        if self.class == ClockClass::Service {
            return Ok(());
        }
        Err(Refusal::NobodyPausesTheLaw { kind: self.kind.clone(), class: self.class })
    }

    pub(in crate::domain) fn only_in(
        &self,
        states: &[ClockState],
        change: &'static str,
    ) -> Result<(), Refusal> {
        if states.contains(&self.state) {
            return Ok(());
        }
        Err(Refusal::WrongState { kind: self.kind.clone(), state: self.state, change })
    }

    fn not_before(
        &self,
        earliest: Timestamp,
        at: Timestamp,
        change: &'static str,
    ) -> Result<(), Refusal> {
        if at >= earliest {
            return Ok(());
        }
        Err(Refusal::TooEarly { kind: self.kind.clone(), change, at, earliest })
    }
}
