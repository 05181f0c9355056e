//! A mail comes in: from values to a decision.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::id::{LetterId, MailId, TicketId};
use super::thread::ThreadEvidence;

/// What the store knew about a mail before the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// First mail with the same canonical hash, received within seven days,
    /// with its ticket.
    pub duplicate: Option<(MailId, Option<TicketId>)>,
    /// What its reply token says.
    pub thread: ThreadEvidence,
    /// Letter whose bounce address or Message-ID the mail names.
    pub bounced_letter: Option<(LetterId, TicketId)>,
    /// Acknowledgments to this sender in the last 24 hours.
    pub acknowledged_in_day: u32,
    /// The same in the last seven days.
    pub acknowledged_in_week: u32,
    /// Tickets from this sender in the last hour.
    pub tickets_in_hour: u32,
    /// Acknowledgments to anybody in the last hour.
    pub acknowledged_by_all_in_hour: u32,
    /// Whether E-SIGN consent (15 USC 7001(c)) is on record for the sender.
    pub has_esign_consent: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            duplicate: None,
            thread: ThreadEvidence::None,
            bounced_letter: None,
            acknowledged_in_day: 0,
            acknowledged_in_week: 0,
            tickets_in_hour: 0,
            acknowledged_by_all_in_hour: 0,
            has_esign_consent: false,
        }
    }
}

/// Addresses and marks that are ours, all lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnAddresses {
    /// Every monitored mailbox address and alias.
    pub addresses: BTreeSet<String>,
    /// Domains that only we send from.
    pub domains: BTreeSet<String>,
    /// Host part of our own Message-IDs and reply addresses.
    pub mail_host: String,
}
