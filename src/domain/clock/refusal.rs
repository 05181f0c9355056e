//! Why a clock stays as it is: each refusal names the rule behind it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::transition::REASON_CHARS;
use super::{ClockClass, ClockState};
use crate::domain::actor::Role;

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
    /// A hold that time has ended.
    #[error("{kind} ended at {due_at}; what it allows was to be done by then")]
    HoldEnded {
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
    /// Only one person so far.
    #[error("nobody has asked to void {kind}; one person asks with a reason, another confirms")]
    NobodyAsked {
        /// Clock kind.
        kind: String,
    },
    /// No reason, or one too long to be read.
    #[error("{kind}: give a reason of 1 to {REASON_CHARS} characters")]
    NoReason {
        /// Clock kind.
        kind: String,
    },
    /// The law of the row gives no more time.
    #[error("{kind} cannot be extended: its law gives no more time")]
    NotExtendable {
        /// Clock kind.
        kind: String,
    },
    /// Extended once already.
    #[error("{kind} was extended already, to {due_on}; the law gives more time once")]
    ExtendedBefore {
        /// Clock kind.
        kind: String,
        /// Its date now.
        due_on: Date,
    },
    /// What must have been sent or recorded in time is not on record.
    #[error(
        "{kind} is extended only by {with}, in writing where the law asks for it, sent by \
         {due_on}; record that first, with the instant at which it was sent"
    )]
    NoNotice {
        /// Clock kind.
        kind: String,
        /// What the row asks for.
        with: String,
        /// By when.
        due_on: Date,
    },
    /// Another date, though the count does not look at it.
    #[error("{kind} does not depend on a sale date, or cannot be without one")]
    NoSale {
        /// Clock kind.
        kind: String,
    },
    /// The rules in force count this clock no longer in days, or have no such row.
    #[error("{kind} cannot be computed again: {why}")]
    NotComputable {
        /// Clock kind.
        kind: String,
        /// What is missing.
        why: String,
    },
    /// Nothing open by that name.
    #[error("no clock {named} is open on this ticket; open are: {open}")]
    NoSuchClock {
        /// Kind or id that was named.
        named: String,
        /// Kinds that are open.
        open: String,
    },
    /// Several open clocks of that kind.
    #[error("{kind} runs more than once on this ticket; name one by its id: {ids}")]
    Several {
        /// Clock kind.
        kind: String,
        /// Ids of the open ones.
        ids: String,
    },
    /// Nothing in the catalogue knows the act.
    #[error("{what} starts, meets and extends no clock of the catalogue")]
    UnknownAct {
        /// Act offered.
        what: String,
    },
    /// The act concerns nothing on this ticket.
    #[error("{what} meets no open clock of this ticket and starts none")]
    Idle {
        /// Act offered.
        what: String,
    },
    /// A date that the act must name.
    #[error("{what} starts {kind}, which counts from a date; give it")]
    NoDate {
        /// Act offered.
        what: String,
        /// Clock kind.
        kind: String,
    },
    /// The mail's meaning is not on record.
    #[error("what the mail means is not on record, so nobody can say which clocks of a state run")]
    NothingUnderstood,
    /// In the future.
    #[error("{at} has not come yet; record what has been done")]
    InFuture {
        /// Instant offered.
        at: Timestamp,
    },
    /// The role may not.
    #[error("{role} may not {what}; {who}")]
    NotByRole {
        /// Role of the person.
        role: Role,
        /// What they wanted.
        what: &'static str,
        /// Who may.
        who: &'static str,
    },
}
