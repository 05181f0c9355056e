//! How a clock may change: paused, resumed, met, breached, voided. Each change
//! is a new value or a refusal; nothing here reads the time.

use jiff::{Timestamp, ToSpan};

use super::{Clock, ClockClass, ClockState, WarningPoint};
use crate::domain::calendar::Calendar;
use crate::domain::id::PersonId;

/// Longest reason kept for a voided clock, in characters.
const REASON_CHARS: usize = 1_000;

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

/// Why a clock stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Law 5.
    #[error(
        "{kind} is a {class} clock: nobody pauses the law (law 5); it ends by what its row \
         accepts, or two persons void it with a reason"
    )]
    NobodyPausesTheLaw {
        /// Clock kind.
        kind: String,
        /// Its class.
        class: ClockClass,
    },
    /// The clock is not in a state that allows the change.
    #[error("{kind} is {state}; it can no longer be {change}")]
    WrongState {
        /// Clock kind.
        kind: String,
        /// State it is in.
        state: ClockState,
        /// `paused`, `resumed`, `met` …
        change: &'static str,
    },
    /// The due instant has passed.
    #[error("{kind} was due at {due_at}; a clock past due is not paused")]
    PastDue {
        /// Clock kind.
        kind: String,
        /// When.
        due_at: Timestamp,
    },
    /// The due instant has not passed.
    #[error("{kind} is due at {due_at}; it is not breached before that instant has passed")]
    NotYetDue {
        /// Clock kind.
        kind: String,
        /// When.
        due_at: Timestamp,
    },
    /// The act is not one that the row accepts.
    #[error("{what} does not meet {kind}; it is met by {accepted}")]
    NotAccepted {
        /// Clock kind.
        kind: String,
        /// Act offered.
        what: String,
        /// Acts the row accepts.
        accepted: String,
    },
    /// The act is not in writing, and the law asks for writing.
    #[error(
        "{kind} asks for writing: without recorded E-SIGN consent (15 USC 7001(c)) an e-mail \
         does not meet it; send a letter on paper"
    )]
    NotInWriting {
        /// Clock kind.
        kind: String,
    },
    /// An instant before the one it must follow.
    #[error("{kind} cannot be {change} at {at}, before {earliest}")]
    TooEarly {
        /// Clock kind.
        kind: String,
        /// `met`, `paused`, `resumed`.
        change: &'static str,
        /// Instant offered.
        at: Timestamp,
        /// Instant it must not precede.
        earliest: Timestamp,
    },
    /// One person twice.
    #[error("{kind} is voided by two different persons; one person was named twice")]
    SamePerson {
        /// Clock kind.
        kind: String,
    },
    /// No reason, or one too long to be read.
    #[error("{kind} is voided with a reason of 1 to {REASON_CHARS} characters")]
    NoReason {
        /// Clock kind.
        kind: String,
    },
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
        Ok(self.in_state(ClockState::Paused))
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
        let open = [ClockState::Running, ClockState::Paused, ClockState::Breached];
        self.only_in(&open, "met")?;
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
        let mut clock = self.in_state(ClockState::Met);
        clock.met_at = Some(act.at);
        if act.at > self.due_at && self.state != ClockState::Paused {
            clock.breached_at = clock.breached_at.or(Some(self.due_at));
        }
        Ok(clock)
    }

    /// Takes back that the clock was met: the letter that met it did not arrive.
    /// A breach that is on record stays; a due instant that has passed meanwhile
    /// is noticed by the next sweep, with its true instant.
    ///
    /// # Errors
    /// Refused for a clock that is not met.
    pub fn reopen(&self) -> Result<Self, Refusal> {
        self.only_in(&[ClockState::Met], "reopened")?;
        let is_breached = self.breached_at.is_some();
        let mut clock =
            self.in_state(if is_breached { ClockState::Breached } else { ClockState::Running });
        clock.met_at = None;
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
        let open = [ClockState::Running, ClockState::Paused, ClockState::Breached];
        self.only_in(&open, "voided")?;
        if first == second {
            return Err(Refusal::SamePerson { kind: self.kind.clone() });
        }
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().nth(REASON_CHARS).is_some() {
            return Err(Refusal::NoReason { kind: self.kind.clone() });
        }
        Ok(self.in_state(ClockState::Voided))
    }

    fn in_state(&self, state: ClockState) -> Self {
        let mut clock = self.clone();
        clock.state = state;
        if !clock.is_open() {
            clock.warnings.clear();
        }
        clock.next_at = clock.next_look();
        clock
    }

    fn only_service(&self) -> Result<(), Refusal> {
        if self.class == ClockClass::Service {
            return Ok(());
        }
        Err(Refusal::NobodyPausesTheLaw { kind: self.kind.clone(), class: self.class })
    }

    fn only_in(&self, states: &[ClockState], change: &'static str) -> Result<(), Refusal> {
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
