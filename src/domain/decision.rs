//! The core's only output: everything it wants, nothing done yet.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::authentication::Authentication;
use super::classify::Understanding;
use super::clock::Clock;
use super::event::Event;
use super::id::{ClockId, MailId, MatterId, TicketId};
use super::letter::{LetterIntent, Task};
use super::loan::{LoanLink, SeenLoan};
use super::route::Route;
use super::ticket::{Priority, Status, Ticket, words};
use super::trust::Trust;

words! {
    /// The fate of a mail; a closed set, so that the books can be balanced:
    /// UIDs seen = the sum over these + pending.
    Disposition {
        /// A new ticket.
        New = "new",
        /// Added to a ticket by its reply token.
        Append = "append",
        /// Kept for an agent: a good token from the wrong sender.
        Held = "held",
        /// The same mail again.
        Duplicate = "duplicate",
        /// Automatic mail: kept and shown, never answered.
        Machine = "machine",
        /// A bounce, matched to its letter where possible.
        Bounce = "bounce",
        /// Over the size limit: a ticket from its header, the mail stays.
        Oversize = "oversize",
        /// Struck out: a stub ticket and the raw bytes.
        Unparseable = "unparseable",
        /// Refused by the wire guard or known to be an attack.
        Hostile = "hostile",
        /// Over the limit of new tickets for one address.
        Flood = "flood",
        /// Our own probe.
        Canary = "canary",
    }
}

/// One thing a mail is about, as kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matter {
    /// Its id.
    pub id: MatterId,
    /// Category id.
    pub category: String,
    /// Score.
    pub score: f64,
    /// Whether it leads.
    pub is_primary: bool,
    /// Statutory kinds that run for it.
    pub kinds: Vec<String>,
    /// Whether a person must confirm a statutory kind.
    pub is_to_confirm: bool,
}

/// What happens to the ticket row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketChange {
    /// No ticket is touched.
    Nothing,
    /// A new one.
    Open(Box<Ticket>),
    /// An existing one changes.
    Update(TicketUpdate),
}

/// Changed fields of an existing ticket; `None` leaves a field alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketUpdate {
    /// Which.
    pub id: TicketId,
    /// Version the decision was taken on; another one in the store is `Stale`.
    pub expected_version: u64,
    /// New status.
    pub status: Option<Status>,
    /// New priority.
    pub priority: Option<Priority>,
    /// When.
    pub at: Timestamp,
}

/// What happens to a clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockChange {
    /// A new one runs.
    Start(Box<Clock>),
    /// A warning point was reached; `next_at` moves on.
    Warn {
        /// Which.
        id: ClockId,
        /// Point reached.
        point: String,
        /// Warnings still ahead.
        warnings: Vec<super::clock::WarningPoint>,
        /// Next look.
        next_at: Option<Timestamp>,
    },
    /// Its due instant passed.
    Breach {
        /// Which.
        id: ClockId,
        /// The true instant.
        at: Timestamp,
    },
    /// Satisfied.
    Meet {
        /// Which.
        id: ClockId,
        /// When.
        at: Timestamp,
        /// What met it: `letter:<id>`, the act, or `time` for a hold.
        by: String,
    },
    /// Stands still while the ticket waits for the borrower; service clocks only.
    Pause {
        /// Which.
        id: ClockId,
        /// Since when.
        at: Timestamp,
    },
    /// Runs again, with its new dates.
    Resume(Box<Clock>),
    /// Given more time by a notice sent in time.
    Extend(Box<Clock>),
    /// Its date was worked out again because a person said so, with a reason.
    Recompute(Box<Clock>),
    /// A first person wants it voided.
    AskVoid(Box<Clock>),
    /// Voided by two persons, or superseded by a clock that was met in time.
    End(Box<Clock>),
    /// Owed again: what met it did not arrive.
    Reopen(Box<Clock>),
}

/// The ledger's line for one mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MailRecord {
    /// Its id.
    pub id: MailId,
    /// Fate.
    pub disposition: Disposition,
    /// First copy, when this is a duplicate.
    pub duplicate_of: Option<MailId>,
    /// Letter that bounced, when this is a bounce we could match.
    pub bounced_letter: Option<super::id::LetterId>,
    /// The ticket it belongs to.
    pub ticket_id: Option<TicketId>,
}

/// Why: stored with the decision; page, `explain` and backtest show the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Policy revision.
    pub policy_revision: String,
    /// What the rules saw.
    pub understanding: Understanding,
    /// What the sender's evidence is worth.
    pub trust: Trust,
    /// Signals behind the trust level.
    pub trust_signals: Vec<String>,
    /// What was checked about the sender, and who checked it.
    #[serde(default)]
    pub authentication: Authentication,
    /// What the loan book has for sender and mail.
    #[serde(default)]
    pub loans: Vec<SeenLoan>,
    /// Whether an e-mail to the sender may stand for writing (15 USC 7001(c)).
    #[serde(default)]
    pub has_esign_consent: bool,
    /// How the mail was threaded: `none`, `bad_token`, `expired_token`, `ours`,
    /// `other_sender`.
    pub thread: String,
    /// A ticket number seen in the subject: a hint for agents only.
    pub maybe_related: Option<String>,
    /// Where it went; `None` when no ticket was opened.
    pub route: Option<Route>,
    /// Day-by-day arithmetic of each statutory due date: `(kind, lines)`.
    pub arithmetic: Vec<(String, Vec<String>)>,
    /// Template chosen, or why no letter was written.
    pub letter: String,
}

/// Everything the core wants for one mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The ledger's line.
    pub mail: MailRecord,
    /// The ticket row.
    pub ticket: TicketChange,
    /// Matters of the mail.
    pub matters: Vec<Matter>,
    /// Clocks.
    pub clocks: Vec<ClockChange>,
    /// Letters.
    pub letters: Vec<LetterIntent>,
    /// Loans the ticket is about.
    #[serde(default)]
    pub loans: Vec<LoanLink>,
    /// Letter that a mail server still tries to deliver, by this report.
    #[serde(default)]
    pub delayed_letter: Option<super::id::LetterId>,
    /// Language that the mail's words tell about its requester.
    #[serde(default)]
    pub language_seen: Option<String>,
    /// Work for persons.
    pub tasks: Vec<Task>,
    /// The record.
    pub events: Vec<Event>,
    /// Why.
    pub trace: Trace,
}

/// What a sweep wants for one ticket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepDecision {
    /// The ticket row.
    pub ticket: TicketUpdate,
    /// Clocks warned or breached.
    pub clocks: Vec<ClockChange>,
    /// The record.
    pub events: Vec<Event>,
}
