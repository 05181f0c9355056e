//! A promise applied to a ticket: a service level of ours or a deadline of the law.
//! How it may change is in `transition`; what became of it, told again from the
//! record, in `history`; what a letter does to it, in `settle`.

pub mod history;
mod life;
mod refusal;
pub mod settle;
pub mod timeline;
mod transition;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::id::{ClockId, MatterId, TicketId};
use super::ticket::words;

pub use life::{Basis, Life, VoidAsked};
pub use refusal::Refusal;
pub use transition::{Act, Terms};

words! {
    /// Whose promise it is.
    ClockClass {
        /// Ours: business hours, may pause.
        Service = "service",
        /// The law's: nobody pauses it.
        Statutory = "statutory",
        /// Ours, for work inside the house.
        Internal = "internal",
        /// Something that must not happen before it ends.
        Hold = "hold",
    }
}

words! {
    /// Where a clock stands.
    ClockState {
        /// Counting.
        Running = "running",
        /// Waiting for the borrower; service clocks only.
        Paused = "paused",
        /// Satisfied in time or late.
        Met = "met",
        /// Past its due instant and still owed.
        Breached = "breached",
        /// Ended by two persons with a reason.
        Voided = "voided",
        /// Replaced by another clock.
        Superseded = "superseded",
    }
}

/// One point before the due instant at which somebody is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarningPoint {
    /// Name shown, e.g. `BD2`, `75%`, `final`.
    pub point: String,
    /// When.
    pub at: Timestamp,
}

/// A clock as kept: frozen with the policy revision that started it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Its id.
    pub id: ClockId,
    /// The ticket it is on.
    pub ticket_id: TicketId,
    /// The matter it is for, when it is for one.
    pub matter_id: Option<MatterId>,
    /// Id in the clock catalogue, e.g. `NOE_ACK`, `first_response`.
    pub kind: String,
    /// Whose promise.
    pub class: ClockClass,
    /// Source in the law, empty for our own promises.
    pub citation: String,
    /// Where it stands.
    pub state: ClockState,
    /// Receipt or the event that started it.
    pub started_at: Timestamp,
    /// Last instant at which it is still met.
    pub due_at: Timestamp,
    /// Local date of `due_at` in the servicer's zone.
    pub due_on: Date,
    /// Last staffed day on or before `due_on`.
    pub internal_due_on: Date,
    /// Warning points still ahead, earliest first.
    pub warnings: Vec<WarningPoint>,
    /// When the sweeper must look next: the next warning, else the microsecond
    /// after `due_at`, else nothing. See [`Clock::next_look`].
    pub next_at: Option<Timestamp>,
    /// When it was met.
    pub met_at: Option<Timestamp>,
    /// When it was breached: the true instant, not the sweep's.
    pub breached_at: Option<Timestamp>,
    /// Whether a person must confirm that the clock applies at all.
    pub is_to_confirm: bool,
    /// Policy revision that defined it.
    pub policy_revision: String,
    /// What its due date rests on, and what was done to it.
    #[serde(default)]
    pub life: Life,
}
