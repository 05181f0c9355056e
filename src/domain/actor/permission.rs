//! What each role may see and do: one table, read by every page and command.

use super::Role;
use crate::domain::ticket::words;

words! {
    /// One thing that not everybody may do.
    Permission {
        /// See which tickets there are, their clocks and why they are where they are.
        SeeTickets = "see_tickets",
        /// Read borrowers' words, names and addresses.
        SeeWords = "see_words",
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
        /// See the figures of the reports and the board.
        SeeReports = "see_reports",
        /// See the record of a ticket.
        SeeRecord = "see_record",
        /// See the wording of letters, in every version, and what became of it.
        SeeWording = "see_wording",
        /// See policy revisions, and what became of them.
        SeePolicies = "see_policies",
        /// Release template versions and policy revisions: they decide what
        /// borrowers read and which clocks of the law run.
        Approve = "approve",
        /// Say from when an approved policy revision is in force.
        ActivatePolicies = "activate_policies",
        /// Add persons, give roles, reset second factors.
        AddPersons = "add_persons",
        /// See workers, mailboxes and outbox as a whole.
        SeeHealth = "see_health",
        /// Send a letter again, give it up, say what became of it.
        SettleLetters = "settle_letters",
        /// See and end one's own sessions.
        OwnAccount = "own_account",
    }
}

impl Role {
    /// Whether the role has the permission. The operator runs the system and
    /// sees no content; the auditor reads the record and no borrower's words.
    #[must_use]
    pub const fn may(self, permission: Permission) -> bool {
        use Permission as P;
        use Role as R;
        match permission {
            P::OwnAccount => true,
            P::SeeTickets => matches!(self, R::Agent | R::Supervisor | R::Compliance | R::Auditor),
            P::SeeWords => matches!(self, R::Agent | R::Supervisor | R::Compliance),
            P::WorkTickets => matches!(self, R::Agent | R::Supervisor | R::Compliance),
            P::AssignOthers
            | P::LowerTier
            | P::JoinSenders
            | P::WriteGuarded
            | P::NameCause
            | P::PlanPersons => matches!(self, R::Supervisor | R::Compliance),
            P::SeeReports => !matches!(self, R::Operator),
            P::SeeRecord => matches!(self, R::Supervisor | R::Compliance | R::Auditor),
            P::SeeWording => !matches!(self, R::Operator),
            P::SeePolicies => !matches!(self, R::Agent),
            P::Approve => matches!(self, R::Compliance),
            P::ActivatePolicies | P::AddPersons => matches!(self, R::Operator | R::Compliance),
            P::SeeHealth => matches!(self, R::Operator | R::Supervisor),
            P::SettleLetters => matches!(self, R::Operator | R::Supervisor | R::Compliance),
        }
    }

    /// Whether the role may make somebody `other`. Compliance officers make
    /// compliance officers, so that nobody who runs the system approves their
    /// own letters under a second name; only the first one is made by an
    /// operator (`has_officer` false).
    #[must_use]
    pub const fn may_grant(self, other: Role, has_officer: bool) -> bool {
        let is_officer = matches!(self, Role::Compliance);
        self.may(Permission::AddPersons)
            && (is_officer || !has_officer || !matches!(other, Role::Compliance))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_makes_only_the_first_compliance_officer() {
        assert!(Role::Operator.may_grant(Role::Compliance, false));
        assert!(!Role::Operator.may_grant(Role::Compliance, true));
        assert!(Role::Operator.may_grant(Role::Agent, true));
        assert!(Role::Compliance.may_grant(Role::Compliance, true));
        assert!(!Role::Supervisor.may_grant(Role::Agent, true));
    }

    /// The whole table as a picture, so that a change is seen.
    #[test]
    fn every_cell_of_the_table_is_as_written_here() {
        let lines: Vec<String> = Permission::ALL
            .iter()
            .map(|permission| {
                let cells: String = Role::ALL
                    .iter()
                    .map(|role| if role.may(*permission) { 'x' } else { '.' })
                    .collect();
                format!("{permission} {cells}")
            })
            .collect();
        // agent, supervisor, compliance, operator, auditor
        let expected = [
            "see_tickets xxx.x",
            "see_words xxx..",
            "work_tickets xxx..",
            "assign_others .xx..",
            "lower_tier .xx..",
            "join_senders .xx..",
            "write_guarded .xx..",
            "name_cause .xx..",
            "plan_persons .xx..",
            "see_reports xxx.x",
            "see_record .xx.x",
            "see_wording xxx.x",
            "see_policies .xxxx",
            "approve ..x..",
            "activate_policies ..xx.",
            "add_persons ..xx.",
            "see_health .x.x.",
            "settle_letters .xxx.",
            "own_account xxxxx",
        ];
        assert_eq!(lines, expected);
    }
}
