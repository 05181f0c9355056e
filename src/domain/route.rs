//! Where a ticket goes: queue, tier, priority, and why.

use serde::{Deserialize, Serialize};

use super::ticket::{Priority, Tier};

/// The outcome of routing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Queue id of the policy.
    pub queue: String,
    /// Tier of that queue.
    pub tier: Tier,
    /// How soon.
    pub priority: Priority,
    /// Leading category, `triage` when the rules abstained.
    pub category: String,
    /// Reason to hold the ticket for a person at once, if any.
    pub hold: Option<String>,
    /// Ids of the routing rules that fired, in order of effect.
    pub rules: Vec<String>,
}
