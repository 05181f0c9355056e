//! Which of the dispositions a mail gets, and whether it opens a ticket.

use super::Reading;
use crate::domain::decision::Disposition;
use crate::domain::id::TicketId;
use crate::domain::mail::Completeness;
use crate::domain::origin::Origin;
use crate::domain::thread::ThreadEvidence;
use crate::domain::ticket::Status;
use crate::domain::trust::{self, Trust};

/// More tickets than this from one address within an hour are a flood: one
/// more ticket collects it, and later mails are kept beside it.
pub const TICKETS_PER_SENDER_AND_HOUR: u32 = 20;

/// What becomes of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Kept and visible, without a ticket of its own.
    Aside {
        /// Its disposition.
        disposition: Disposition,
        /// Ticket it is shown on, if it names one.
        ticket_id: Option<TicketId>,
    },
    /// Added to a ticket that its reply token proves.
    Append {
        /// The ticket.
        ticket_id: TicketId,
        /// Its status now.
        status: Status,
        /// Its version now.
        version: u64,
    },
    /// A new ticket.
    Open {
        /// `new`, `held`, `oversize`, `unparseable`, `hostile` or `flood`.
        disposition: Disposition,
        /// Why a person must look before anything else happens.
        hold: Option<&'static str>,
    },
}

pub(super) fn decide(reading: &Reading<'_>) -> Fate {
    let Reading { known, mail, understanding, trust, .. } = reading;
    if let Some((_, ticket_id)) = known.duplicate {
        return Fate::Aside { disposition: Disposition::Duplicate, ticket_id };
    }
    if let Some(aside) = automatic(reading) {
        return aside;
    }
    let open = |disposition, hold| Fate::Open { disposition, hold };
    match mail.completeness {
        Completeness::Stub => return open(Disposition::Unparseable, Some("unparseable")),
        Completeness::Unfetchable => return open(Disposition::Hostile, Some("unfetchable")),
        Completeness::HeadersOnly => return open(Disposition::Oversize, None),
        Completeness::Whole => {}
    }
    match known.thread {
        ThreadEvidence::Ours { ticket_id, status, version } if *trust > Trust::Suspicious => {
            return Fate::Append { ticket_id, status, version };
        }
        // The clocks of such a mail run all the same: a notice of error from
        // the borrower's other address must not wait for an agent unnoticed.
        ThreadEvidence::Ours { .. } => return open(Disposition::Held, Some("suspicious_reply")),
        ThreadEvidence::OtherSender { .. } => {
            return open(Disposition::Held, Some("reply_from_other_sender"));
        }
        ThreadEvidence::None | ThreadEvidence::BadToken | ThreadEvidence::Expired => {}
    }
    // Whatever the flood, a mail that may start a clock of the law gets its ticket.
    if known.tickets_in_hour >= TICKETS_PER_SENDER_AND_HOUR && understanding.kinds.is_empty() {
        if known.tickets_in_hour == TICKETS_PER_SENDER_AND_HOUR {
            return open(Disposition::Flood, Some("flood"));
        }
        return Fate::Aside { disposition: Disposition::Flood, ticket_id: None };
    }
    open(Disposition::New, reason_to_hold(reading))
}

/// Why a person must look at a new ticket before anything else happens.
fn reason_to_hold(reading: &Reading<'_>) -> Option<&'static str> {
    let Reading { desk, mail, understanding, trust, .. } = reading;
    if *trust == Trust::Suspicious {
        let is_ours = trust::is_staff_spoof(mail, &desk.own);
        return Some(if is_ours { "staff_spoof" } else { "suspicious_sender" });
    }
    // Nobody may read the code of a sign-up elsewhere off a ticket.
    trust::is_confirmation(mail, &understanding.origin).then_some("account_confirmation")
}

/// Automatic mail never opens a ticket, stops a clock or reopens anything.
fn automatic(reading: &Reading<'_>) -> Option<Fate> {
    let threaded = match reading.known.thread {
        ThreadEvidence::Ours { ticket_id, .. } => Some(ticket_id),
        _ => None,
    };
    let (disposition, ticket_id) = match reading.understanding.origin.origin {
        Origin::Person | Origin::PersonMarkedAutomatic => return None,
        Origin::Canary => (Disposition::Canary, None),
        Origin::Bounce => {
            (Disposition::Bounce, reading.known.bounced_letter.map(|(_, ticket_id)| ticket_id))
        }
        Origin::AutoReply | Origin::Receipt | Origin::List | Origin::Own => {
            (Disposition::Machine, threaded)
        }
    };
    Some(Fate::Aside { disposition, ticket_id })
}
