//! Who acts: persons with roles, and what each role may do.

pub mod permission;

use super::ticket::words;

words! {
    /// What a person is here for.
    Role {
        /// Works tickets.
        Agent = "agent",
        /// Watches tiers.
        Supervisor = "supervisor",
        /// Approves letters, faces examiners.
        Compliance = "compliance",
        /// Runs the system; sees no content.
        Operator = "operator",
        /// Reads the record only.
        Auditor = "auditor",
    }
}

impl Role {
    /// Whether the role may release a template version for sending.
    #[must_use]
    pub const fn may_approve_templates(self) -> bool {
        matches!(self, Self::Compliance)
    }
}
