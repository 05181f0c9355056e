//! What would be decided about a mail, with nothing known about its sender and
//! nothing changed: for dry runs and for whoever writes rules.

use jiff::Timestamp;

use super::Standing;
use crate::domain::decision::Decision;
use crate::domain::id::FreshIds;
use crate::domain::mail::InboundMail;
use crate::domain::receive::{self, Known};
use crate::mailbox::mime::{self, MimeLimits};

/// A mail and what the core wants for it.
#[derive(Clone, Debug)]
pub struct Explained {
    /// As it was read.
    pub mail: InboundMail,
    /// As it was decided, the trace included.
    pub decision: Decision,
}

/// Decides `raw`, received at `received_at` by mailbox `via`. The same path as
/// intake, without a store: no thread, no duplicate and no limit is known.
#[must_use]
pub fn explain(
    standing: &Standing,
    raw: &[u8],
    via: &str,
    received_at: Timestamp,
    ids: FreshIds,
    now: Timestamp,
) -> Explained {
    let mail = mime::parse(raw, received_at, &MimeLimits::default());
    let decision = receive::receive(&standing.desk, &Known::default(), &mail, via, ids, now);
    Explained { mail, decision }
}
