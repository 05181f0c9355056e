//! Who acts: persons with roles, and what each role may do.

pub mod permission;

use serde::{Deserialize, Serialize};

use super::id::PersonId;
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

words! {
    /// Something that not everybody may do: a row of the permission table.
    Power {
        /// Take, answer, note, pend, resolve, close and reopen tickets.
        WorkTickets = "work_tickets",
        /// Give a ticket to somebody else, or take it from them.
        AssignOthers = "assign_others",
        /// Move a ticket to a lower tier.
        LowerTier = "lower_tier",
        /// Join tickets whose senders are different addresses.
        JoinSenders = "join_senders",
        /// Write although the borrower is represented or wants no letters.
        WriteGuarded = "write_guarded",
        /// Say who caused the error that a ticket is about.
        NameCause = "name_cause",
        /// Say what a person can do, and when they are away.
        PlanPersons = "plan_persons",
        /// Release a template version for sending.
        ApproveTemplates = "approve_templates",
        /// See the figures of the reports.
        SeeReports = "see_reports",
    }
}

impl Role {
    /// Whether the role has `power`.
    #[must_use]
    pub const fn has(self, power: Power) -> bool {
        match power {
            Power::WorkTickets => {
                matches!(self, Self::Agent | Self::Supervisor | Self::Compliance)
            }
            Power::AssignOthers
            | Power::LowerTier
            | Power::JoinSenders
            | Power::WriteGuarded
            | Power::NameCause
            | Power::PlanPersons => matches!(self, Self::Supervisor | Self::Compliance),
            Power::ApproveTemplates => matches!(self, Self::Compliance),
            Power::SeeReports => !matches!(self, Self::Operator),
        }
    }

    /// Whether the role may release a template version for sending.
    #[must_use]
    pub const fn may_approve_templates(self) -> bool {
        self.has(Power::ApproveTemplates)
    }

    /// Whether the role may approve a policy revision: it decides which clocks
    /// of the law run.
    #[must_use]
    pub const fn may_approve_policies(self) -> bool {
        matches!(self, Self::Compliance)
    }

    /// Whether the role may say from when an approved revision is in force.
    #[must_use]
    pub const fn may_activate_policies(self) -> bool {
        matches!(self, Self::Compliance | Self::Operator)
    }
}

/// A proven person who gives a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub person: PersonId,
    /// The name their letters are signed with.
    pub name: String,
    /// As what.
    pub role: Role,
}

impl Actor {
    /// As the record names them.
    #[must_use]
    pub fn named(&self) -> String {
        format!("person:{}", self.person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_and_auditors_work_no_tickets() {
        for role in [Role::Operator, Role::Auditor] {
            let powers: Vec<&Power> = Power::ALL.iter().filter(|power| role.has(**power)).collect();
            let expected: &[&Power] =
                if role == Role::Auditor { &[&Power::SeeReports] } else { &[] };
            assert_eq!(powers, expected, "{role}");
        }
        assert!(Role::Agent.has(Power::WorkTickets) && !Role::Agent.has(Power::AssignOthers));
    }
}
