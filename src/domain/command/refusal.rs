//! Why a command is not carried out, in words for the person who gave it.

use jiff::civil::Date;

use crate::domain::actor::Role;
use crate::domain::actor::permission::Permission;
use crate::domain::escalate::EscalationState;
use crate::domain::id::TicketId;
use crate::domain::identity::NoProof;
use crate::domain::send_guard::{Finding, Outcome};
use crate::domain::ticket::{Priority, Status, Tier};

/// The rule that forbids a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The role does not have the permission.
    #[error("somebody who is {role} may not {permission}; see the table of roles")]
    NotAllowed {
        /// Role of the person.
        role: Role,
        /// What it takes.
        permission: Permission,
    },
    /// The status machine has no such step.
    #[error("a ticket that is {from} does not become {to}")]
    NoSuchStep {
        /// Where it stands.
        from: Status,
        /// Where it should go.
        to: Status,
    },
    /// The ticket was joined to another.
    #[error("this ticket was joined to another one; work on that one, or undo the merge")]
    Merged {
        /// That one.
        into: TicketId,
    },
    /// Somebody has it.
    #[error("somebody else has this ticket; a supervisor can assign it")]
    Taken,
    /// Nobody has it.
    #[error("nobody has this ticket")]
    NotTaken,
    /// The person lacks a skill of the queue.
    #[error("queue {queue} asks for the skill {skill}")]
    NoSkill {
        /// The queue.
        queue: String,
        /// What it asks for.
        skill: String,
    },
    /// The person does not write the borrower's language.
    #[error("the borrower writes {language}, which is not among the person's languages")]
    NoLanguage {
        /// Language of the ticket.
        language: String,
    },
    /// The person holds as much as they can.
    #[error("the person holds {load} tickets and can hold {capacity}")]
    Full {
        /// What they hold.
        load: u32,
        /// What they can hold.
        capacity: u32,
    },
    /// The person is away.
    #[error("the person is away until {until}")]
    Away {
        /// Until when.
        until: jiff::Timestamp,
    },
    /// No queue is called so.
    #[error("there is no queue called {queue}")]
    NoSuchQueue {
        /// The name.
        queue: String,
    },
    /// No category is called so.
    #[error("there is no category called {category}")]
    NoSuchCategory {
        /// The name.
        category: String,
    },
    /// It is that already.
    #[error("the ticket is {category} already")]
    SameCategory {
        /// The name.
        category: String,
    },
    /// It is as urgent already.
    #[error("the ticket is {priority} already, and does not become less urgent")]
    NotSooner {
        /// How urgent it is.
        priority: Priority,
    },
    /// No flag is called so.
    #[error("there is no flag called {flag}")]
    NoSuchFlag {
        /// The name.
        flag: String,
    },
    /// The queue is on a higher tier: that takes a hand-over note.
    #[error("queue {queue} is on tier {tier}: escalate the ticket, with a hand-over note")]
    NeedsHandover {
        /// The queue.
        queue: String,
        /// Its tier.
        tier: Tier,
    },
    /// The queue is not above the ticket's tier.
    #[error("queue {queue} is on tier {tier}, which is not above the ticket's; requeue it")]
    NotUp {
        /// The queue.
        queue: String,
        /// Its tier.
        tier: Tier,
    },
    /// A part of the hand-over note is empty.
    #[error(
        "the hand-over note must say what was tried, which documents are here, and what is \
         asked; `{part}` is empty"
    )]
    HandoverIncomplete {
        /// Which part.
        part: &'static str,
    },
    /// A clock of the law is still owed.
    #[error("{kind} ({citation}) is owed until {due_on}; it is met by {accepted}")]
    StatutoryClockOwed {
        /// Its kind.
        kind: String,
        /// The law.
        citation: String,
        /// Its legal date.
        due_on: Date,
        /// What its row accepts.
        accepted: String,
    },
    /// They caused the error.
    #[error("whoever caused the error neither answers nor ends the ticket about it")]
    ConflictOfDuty,
    /// No reply is called so.
    #[error("there is no reply called {kind}; rules/replies.toml has {known}")]
    NoSuchReply {
        /// The name.
        kind: String,
        /// The names there are.
        known: String,
    },
    /// There is no mail address to write to.
    #[error("the ticket has no mail address: write on paper, and record that letter")]
    NoAddress,
    /// The send guard found something that nobody dealt with.
    #[error("the letter does not leave like this:{}", listed(.0))]
    Stopped(Vec<Finding>),
    /// It is no proof of who somebody is.
    #[error(transparent)]
    NoProof(#[from] NoProof),
    /// Not between receipt and now.
    #[error("{at} is not between the receipt of the ticket's mail and now")]
    NotThen {
        /// When it is said to have been done.
        at: jiff::Timestamp,
    },
    /// No clock knows of it.
    #[error("no clock is met or started by {deed}; see satisfied_by in the clock files")]
    NoSuchDeed {
        /// The word.
        deed: String,
    },
    /// No words.
    #[error("the {what} is empty")]
    NoWords {
        /// `note`, `letter` …
        what: &'static str,
    },
    /// Too many.
    #[error("the {what} is longer than {} characters", super::MOST_TEXT)]
    TooManyWords {
        /// `note`, `letter` …
        what: &'static str,
    },
    /// No reason.
    #[error("give a reason")]
    NoReason,
    /// A ticket joined to itself.
    #[error("a ticket is not joined to itself")]
    SameTicket,
    /// Two borrowers.
    #[error(
        "the two tickets are from different addresses; a supervisor who knows that they are one \
         borrower may join them"
    )]
    OtherSender,
    /// The other ticket is closed or was joined itself.
    #[error("the other ticket is closed")]
    OtherClosed,
    /// Nothing to split, or nothing that would stay.
    #[error("name at least one mail of the ticket, and leave at least one")]
    NothingToSplit,
    /// No such escalation on the ticket.
    #[error("the ticket has no such escalation")]
    NoSuchEscalation,
    /// It ended.
    #[error("that escalation is {0}")]
    EscalationOver(EscalationState),
}

/// One line for each finding: what it does, its rule, what is wrong, the fix.
fn listed(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let way = match finding.outcome {
            Outcome::Asks => "or confirm it",
            Outcome::Blocks => "or a supervisor releases it",
        };
        let Finding { rule, outcome, says, fix, .. } = finding;
        format!("\n  {outcome} {rule}: {says}; {fix}, {way}")
    };
    findings.iter().map(line).collect()
}
