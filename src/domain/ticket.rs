//! One piece of work with a number: its status, tier, priority, and how it may change.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{TicketId, TicketNumber};
use super::trust::Trust;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word kept in the database and shown in lists.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads that word; `None` for any other.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Where a ticket stands.
    Status {
        /// Nobody has looked at it.
        New = "new",
        /// Somebody works on it.
        Open = "open",
        /// Waiting for the borrower.
        Pending = "pending",
        /// Stopped for a named reason.
        Held = "held",
        /// The matters are answered.
        Resolved = "resolved",
        /// Done; only a person reopens it.
        Closed = "closed",
    }
}

words! {
    /// How soon. Order is urgency: the greatest is the most urgent.
    Priority {
        /// When there is time.
        Low = "low",
        /// In the ordinary order.
        Normal = "normal",
        /// Before the ordinary.
        High = "high",
        /// Now.
        Urgent = "urgent",
    }
}

words! {
    /// Level of skill and authority.
    Tier {
        /// Front line.
        One = "1",
        /// Specialist.
        Two = "2",
        /// Supervisor or executive office.
        Three = "3",
        /// Compliance or legal.
        Four = "4",
    }
}

/// Why a ticket is held, in a closed set of words.
pub type HoldReason = String;

/// A ticket as the core sees it when it decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// Its number.
    pub number: TicketNumber,
    /// Where it stands.
    pub status: Status,
    /// Why it is held, when it is.
    pub held_reason: Option<HoldReason>,
    /// Queue id of the policy.
    pub queue: String,
    /// Tier of that queue, or above it after an escalation.
    pub tier: Tier,
    /// How soon.
    pub priority: Priority,
    /// Leading category.
    pub category: String,
    /// Language of the requester: `en`, `es`, or another ISO 639-1 code.
    pub language: String,
    /// What the first sender's evidence was worth.
    pub trust: Trust,
    /// Address the ticket is for; empty when none could be read.
    pub requester: String,
    /// Subject of the first mail; a private column.
    pub subject: String,
    /// When the first mail was received.
    pub received_at: Timestamp,
    /// When the ticket was made.
    pub opened_at: Timestamp,
    /// Last change.
    pub updated_at: Timestamp,
    /// Counts the changes of the ticket's row, from 1; `apply` refuses a decision
    /// taken on another than the present one.
    pub version: u64,
    /// Policy revision that opened it.
    pub policy_revision: String,
}
