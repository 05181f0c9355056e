//! Ladders: what calls whom when, step by step, until somebody says "I have it"
//! or the cause is gone. Each step fires once for each cause.

mod cause;
mod check;
mod fire;
mod look;
mod shape;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::catalogue::ClockBook;
use super::clock::ClockClass;
use super::id::{EscalationId, NoticeId, PersonId, TicketId};
use super::policy::{PolicyFiles, PolicyProblem};
use super::rule::RuleBook;
use super::ticket::{Priority, words};

pub use look::{Looking, look};

words! {
    /// Where an escalation stands.
    EscalationState {
        /// Its next step will come.
        Running = "running",
        /// Somebody said "I have it".
        Claimed = "claimed",
        /// Refused with a reason, and no step was left.
        Refused = "refused",
        /// Its last step fired, or its cause is gone.
        Ended = "ended",
        /// A warning found together with its breach.
        Superseded = "superseded",
    }
}

words! {
    /// Who is told.
    Audience {
        /// Whoever has the ticket.
        Assignee = "assignee",
        /// Every supervisor who is not away.
        Supervisor = "supervisor",
        /// Every compliance officer who is not away.
        Compliance = "compliance",
        /// Every operator who is not away.
        Operator = "operator",
    }
}

/// What begins a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A point of a clock that is still owed then.
    Clock {
        /// Only clocks of this class.
        class: Option<ClockClass>,
        /// Only these kinds; empty means any.
        kinds: Vec<String>,
        /// Only clocks whose end answers the matter.
        is_answer: bool,
        /// When.
        point: Point,
    },
    /// A flag is raised, by a mail or a person.
    Flag(Vec<String>),
    /// A word of the subject, as it is folded: lower case, no accents.
    Subject(Vec<String>),
    /// So many mails of the borrower without a human letter.
    Unanswered(u32),
    /// So long without an end.
    Age(SignedDuration),
    /// Reopened so often.
    Reopened(u32),
    /// A letter of the law, or a receipt, came back.
    Bounced,
}

/// A point of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// After so many percent of its time: open time for a service clock.
    Percent(u8),
    /// So long before (negative) or after its due instant.
    FromDue(SignedDuration),
}

/// How long after the beginning a step comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    /// By the wall clock.
    Wall(SignedDuration),
    /// In open time of the ladders' calendar.
    Open(SignedDuration),
}

/// One rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When, counted from the beginning.
    pub after: Delay,
    /// Who is told by mail.
    pub notify: Vec<Audience>,
    /// Endpoints that are told by webhook.
    pub webhooks: Vec<String>,
    /// Endpoints that call somebody now.
    pub pages: Vec<String>,
    /// Least priority.
    pub priority: Option<Priority>,
    /// Queue to move to; a ticket is never moved down.
    pub queue: Option<String>,
    /// Whether it is given to somebody by skill, language and load.
    pub assigns: bool,
    /// Task that is made.
    pub task: Option<String>,
    /// Template of a letter to the borrower.
    pub letter: Option<String>,
    /// The next step comes when nobody claimed it for so long.
    pub claim_within: Option<SignedDuration>,
}

/// Conditions on the ticket; an empty list asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Only {
    /// Leading category.
    pub categories: Vec<String>,
    /// Queue it waits in.
    pub queues: Vec<String>,
    /// Least priority.
    pub priority: Option<Priority>,
    /// Not with any of these flags.
    pub without_flags: Vec<String>,
}

/// One ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// Its id.
    pub id: String,
    /// Name shown.
    pub name: String,
    /// What begins it.
    pub trigger: Trigger,
    /// For which tickets.
    pub only: Only,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// Whether quiet hours and digests never apply to it, whatever the clock.
    pub is_statutory: bool,
}

/// All ladders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LadderBook {
    ladders: Vec<Ladder>,
    /// Calendar of open time and quiet hours.
    calendar: String,
    /// How long notices of service steps to one person are gathered.
    digest: SignedDuration,
    tests: Vec<shape::TestShape>,
    endpoints: BTreeSet<String>,
}

/// One ladder on one ticket for one cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// Its id.
    pub id: EscalationId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// Ladder id of the policy.
    pub ladder: String,
    /// What began it; once per cause.
    pub cause: String,
    /// When that was.
    pub begun_at: Timestamp,
    /// Where it stands.
    pub state: EscalationState,
    /// Whether quiet hours and digests never apply.
    pub is_statutory: bool,
    /// Place of the step that comes next, from 0.
    pub step: u32,
    /// When it comes.
    pub next_at: Option<Timestamp>,
    /// Until when somebody should claim it.
    pub claim_by_at: Option<Timestamp>,
    /// Policy revision that began it.
    pub policy_revision: String,
}

impl Escalation {
    /// Whether it can still be claimed or refused: running, or past its last
    /// step with nobody having said "I have it".
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.state, EscalationState::Running)
            || matches!(self.state, EscalationState::Ended) && self.claim_by_at.is_some()
    }
}

/// What happens to an escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EscalationChange {
    /// It begins; nothing is written when its cause has begun it before.
    Begin(Escalation),
    /// A step fires.
    Fire {
        /// As it is after the step.
        after: Escalation,
        /// Place of the step.
        step: u32,
        /// When it was due.
        due_at: Timestamp,
        /// When it was noticed.
        fired_at: Timestamp,
    },
    /// Nothing more will come of it.
    End(EscalationId),
    /// A person settles it.
    Settle {
        /// Which.
        id: EscalationId,
        /// Claimed, refused, or running on to the next step.
        state: EscalationState,
        /// When the next step comes.
        next_at: Option<Timestamp>,
        /// Who.
        by: PersonId,
        /// When.
        at: Timestamp,
        /// Why it is refused; kept sealed.
        reason: Option<String>,
    },
}

/// Who is told by a step, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// The escalation.
    pub escalation_id: EscalationId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// Place of the step.
    pub step: u32,
    /// Place among the notices of the step.
    pub place: u32,
    /// By mail or webhook.
    pub via: Via,
    /// Whether quiet hours and digests never apply.
    pub is_statutory: bool,
    /// Not before.
    pub not_before_at: Timestamp,
}

/// How somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A letter to a person of the house.
    Mail(PersonId),
    /// An endpoint of the configuration.
    Webhook(String),
}

/// "I have it": what becomes of the escalation, and what the record says.
pub(super) fn claimed(
    escalation: &Escalation,
    by: PersonId,
    at: Timestamp,
) -> (EscalationChange, Value) {
    let change = EscalationChange::Settle {
        id: escalation.id,
        state: EscalationState::Claimed,
        next_at: None,
        by,
        at,
        reason: None,
    };
    (change, about(escalation))
}

/// "Not for us": the next step comes at once, if there is one.
pub(super) fn refused(
    escalation: &Escalation,
    ladder: Option<&Ladder>,
    by: PersonId,
    reason: String,
    at: Timestamp,
) -> (EscalationChange, Value) {
    let has_next = ladder.is_some_and(|ladder| (escalation.step as usize) < ladder.steps.len());
    let change = EscalationChange::Settle {
        id: escalation.id,
        state: if has_next { EscalationState::Running } else { EscalationState::Refused },
        next_at: has_next.then_some(at),
        by,
        at,
        reason: Some(reason),
    };
    (change, about(escalation))
}

/// Ids and words of ours only.
pub(super) fn about(escalation: &Escalation) -> Value {
    json!({
        "escalation": escalation.id, "ladder": escalation.ladder, "cause": escalation.cause,
        "begun_at": escalation.begun_at, "step": escalation.step,
    })
}

impl LadderBook {
    /// Reads every `escalation*.toml`; what is wrong goes to `problems` with
    /// file, line and fix.
    #[must_use]
    pub fn load(
        files: &PolicyFiles,
        rules: &RuleBook,
        clocks: &ClockBook,
        problems: &mut Vec<PolicyProblem>,
    ) -> Self {
        check::load(files, rules, clocks, problems)
    }

    /// The ladder called `id`.
    #[must_use]
    pub fn find_ladder(&self, id: &str) -> Option<&Ladder> {
        self.ladders.iter().find(|ladder| ladder.id == id)
    }

    /// All ladders, in the order of the files.
    #[must_use]
    pub fn ladders(&self) -> &[Ladder] {
        &self.ladders
    }

    /// Endpoints that any step names: the configuration must have each.
    #[must_use]
    pub const fn endpoints(&self) -> &BTreeSet<String> {
        &self.endpoints
    }

    /// Number of worked ladders in the files.
    #[must_use]
    pub fn self_test_count(&self) -> usize {
        self.tests.len()
    }
}
