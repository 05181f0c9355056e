//! Who wrote a mail: a person, a machine, a bounce, a list, or we ourselves.

use serde::{Deserialize, Serialize};

use super::ticket::words;

words! {
    /// Where a mail comes from. Only `person` is ever acknowledged.
    Origin {
        /// Written by a person, as far as the headers tell.
        Person = "person",
        /// Written by a person, but marked as automatic by a ticket system or
        /// rule that also marks human mail: a ticket, no acknowledgment.
        PersonMarkedAutomatic = "person_marked_automatic",
        /// Out-of-office and other automatic answers (RFC 3834).
        AutoReply = "auto_reply",
        /// Delivery status notification (RFC 3464).
        Bounce = "bounce",
        /// Disposition notification (RFC 8098).
        Receipt = "receipt",
        /// Mailing list or bulk mail (RFC 2369, RFC 2919).
        List = "list",
        /// Our own mail come back.
        Own = "own",
        /// Our own probe that mail still arrives.
        Canary = "canary",
    }
}

/// Origin with the header evidence for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginEvidence {
    /// The verdict.
    pub origin: Origin,
    /// Names of the signals that fired, e.g. `auto-submitted`, `null-return-path`.
    pub signals: Vec<String>,
}

impl OriginEvidence {
    /// Whether a letter may be sent in answer at all.
    #[must_use]
    pub fn may_be_answered(&self) -> bool {
        self.origin == Origin::Person
    }

    /// Whether the mail makes a ticket of its own.
    #[must_use]
    pub fn is_from_a_person(&self) -> bool {
        matches!(self.origin, Origin::Person | Origin::PersonMarkedAutomatic)
    }
}
