//! Does a mail belong to a ticket we know? Only a signed reply token says so;
//! a ticket number in a subject is a hint, an address is nothing.

mod seen;
mod token;

pub use seen::{TokenPlace, TokenSeen, find_tokens, returned_ids};
pub use token::{
    OnFile, ReplyKeys, Token, TokenVerdict, bounce_address, message_id, mint, reply_address, verify,
};

use serde::{Deserialize, Serialize};

use super::id::TicketId;
use super::ticket::Status;

/// What the token in a mail says, after the store looked its handle up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThreadEvidence {
    /// No token at all.
    None,
    /// A token whose tag is wrong, or whose key or letter is unknown.
    BadToken,
    /// A token of ours that may no longer be answered.
    Expired,
    /// A good token, and the sender is the one it was written to.
    Ours {
        /// The ticket.
        ticket_id: TicketId,
        /// Its status now.
        status: Status,
        /// Its version now.
        version: u64,
    },
    /// A good token in a mail from somebody else: hold for an agent.
    OtherSender {
        /// The ticket.
        ticket_id: TicketId,
        /// Its status now.
        status: Status,
        /// Its version now.
        version: u64,
    },
}
