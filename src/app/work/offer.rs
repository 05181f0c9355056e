//! What a person could do with a ticket now. Each act is tried on the core with
//! words that stand for theirs, so that a page offers what a command accepts.

use jiff::Timestamp;

use super::{App, WorkError};
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::assign::{Why, Worker, why};
use crate::domain::command::{self, Command, Handover, Refusal};
use crate::domain::id::{EscalationId, FreshIds, PersonId, TicketNumber};
use crate::domain::receive::Desk;
use crate::domain::rule::Queue;
use crate::domain::ticket::Priority;
use crate::domain::work::TicketView;
use crate::store::StoreError;
use crate::store::person::Person;

/// Words that stand for a reason or a note.
const SOME_WORDS: &str = "words";

/// Whether the core would accept an act.
pub type Answer = Result<(), Refusal>;

/// What a person could do with one ticket.
pub struct Offers {
    /// The ticket as it was when this was found out.
    pub view: TicketView,
    /// Acts that need no choice.
    pub answers: Answers,
    /// Everybody who works on tickets, by name.
    pub persons: Vec<Person>,
    /// Of those, whoever may get it.
    pub takers: Vec<PersonId>,
    /// Queues it may be moved to.
    pub aside: Vec<Queue>,
    /// Queues it may be escalated to.
    pub up: Vec<Queue>,
    /// Priorities it can be raised to.
    pub sooner: Vec<Priority>,
    /// What it could be about instead: id and name.
    pub categories: Vec<(String, String)>,
    /// Flags that can be raised: id and name.
    pub flags: Vec<(String, String)>,
    /// Escalations that somebody may claim.
    pub escalations: Vec<OpenEscalation>,
    /// The ticket that it was joined to.
    pub merged_into: Option<TicketNumber>,
    /// Whether something was joined or parted that can be undone.
    pub can_undo: bool,
    /// Whether they may say who caused an error.
    pub may_name_cause: bool,
    /// Why it comes when it does.
    pub why: Why,
}

/// What the core says to acts that need no choice.
pub struct Answers {
    /// "I have it."
    pub take: Answer,
    /// Back to its queue.
    pub give_back: Answer,
    /// Words for the house.
    pub note: Answer,
    /// It waits for the borrower.
    pub pend: Answer,
    /// No longer held.
    pub release: Answer,
    /// All is answered.
    pub resolve: Answer,
    /// Done.
    pub close: Answer,
    /// Taken up again.
    pub reopen: Answer,
}

/// A ladder that waits for somebody to say "I have it".
pub struct OpenEscalation {
    /// Which.
    pub id: EscalationId,
    /// Name of its ladder.
    pub ladder: String,
    /// When it began.
    pub begun_at: Timestamp,
    /// Until when somebody should claim it.
    pub claim_by_at: Option<Timestamp>,
}

/// An act that is tried and not done.
struct Trial<'a> {
    desk: &'a Desk,
    view: &'a TicketView,
    by: &'a Actor,
    now: Timestamp,
}

impl Trial<'_> {
    /// Ids are made and thrown away: they need no entropy.
    fn of(&self, cmd: &Command) -> Answer {
        let ids = FreshIds::new(self.now, [0; 32]);
        command::command(self.desk, self.view, cmd, self.by, ids, self.now).map(drop)
    }

    fn with_reason(&self, cmd: fn(String) -> Command) -> Answer {
        self.of(&cmd(SOME_WORDS.to_owned()))
    }

    fn answers(&self, worker: Worker) -> Answers {
        Answers {
            take: self.of(&Command::Take(worker)),
            give_back: self.with_reason(|reason| Command::Return { reason }),
            note: self.with_reason(|text| Command::Note { text }),
            pend: self.with_reason(|reason| Command::Pend { reason }),
            release: self.with_reason(|reason| Command::Release { reason }),
            resolve: self.with_reason(|reason| Command::Resolve { reason }),
            close: self.of(&Command::Close),
            reopen: self.with_reason(|reason| Command::Reopen { reason }),
        }
    }

    fn takers(&self, workers: &[Worker]) -> Vec<PersonId> {
        let has = self.view.work.assignee;
        workers
            .iter()
            .filter(|worker| worker.role.may(Permission::WorkTickets))
            .filter(|worker| Some(worker.person) != has)
            .filter(|worker| self.of(&Command::Assign((*worker).clone())).is_ok())
            .map(|worker| worker.person)
            .collect()
    }

    fn queues(&self, cmd: impl Fn(String) -> Command) -> Vec<Queue> {
        let queues = self.desk.policy.rules.queues().iter();
        let queues = queues.filter(|queue| queue.id != self.view.ticket.queue);
        queues.filter(|queue| self.of(&cmd(queue.id.clone())).is_ok()).cloned().collect()
    }

    fn sooner(&self) -> Vec<Priority> {
        let all = Priority::ALL.iter().copied();
        all.filter(|priority| {
            let (priority, reason) = (*priority, SOME_WORDS.to_owned());
            self.of(&Command::Prioritize { priority, reason }).is_ok()
        })
        .collect()
    }

    fn categories(&self) -> Vec<(String, String)> {
        let all = self.desk.policy.rules.categories().iter();
        all.filter(|one| {
            let (category, reason) = (one.card.id.clone(), SOME_WORDS.to_owned());
            self.of(&Command::Reclassify { category, queue: None, reason }).is_ok()
        })
        .map(|one| (one.card.id.clone(), one.name.clone()))
        .collect()
    }

    fn flags(&self) -> Vec<(String, String)> {
        let flags = self.desk.policy.rules.flags().iter();
        flags
            .filter(|rule| !self.view.has_flag(&rule.card.id))
            .filter(|rule| self.of(&Command::Raise { flag: rule.card.id.clone() }).is_ok())
            .map(|rule| (rule.card.id.clone(), rule.name.clone()))
            .collect()
    }

    fn escalations(&self) -> Vec<OpenEscalation> {
        let open = self.view.escalations.iter().filter(|one| one.is_open());
        open.filter(|one| self.of(&Command::Claim { escalation: one.id }).is_ok())
            .map(|one| OpenEscalation {
                id: one.id,
                ladder: match self.desk.policy.ladders.find_ladder(&one.ladder) {
                    Some(ladder) => ladder.name.clone(),
                    None => one.ladder.clone(),
                },
                begun_at: one.begun_at,
                claim_by_at: one.claim_by_at,
            })
            .collect()
    }
}

/// What `by` could do with the ticket; `None` when there is no such ticket.
///
/// # Errors
/// When the database does not answer.
pub async fn offers(
    app: &App,
    number: &TicketNumber,
    by: &Actor,
) -> Result<Option<Offers>, WorkError> {
    let Some(view) = app.store.find_view(number).await? else { return Ok(None) };
    let (workers, mut persons) = (app.store.workers().await?, app.store.persons().await?);
    persons.retain(|person| person.role.may(Permission::WorkTickets));
    let worker = workers.iter().find(|worker| worker.person == by.person).cloned();
    let worker = worker.ok_or(StoreError::Absent("person"))?;
    let merged_into = match view.work.merged_into {
        Some(id) => app.store.find_ticket(id).await?.map(|ticket| ticket.number),
        None => None,
    };
    let can_undo = app.store.find_move(view.ticket.id).await?.is_some();
    let (now, standing) = (app.now(), app.standing());
    let trial = Trial { desk: &standing.desk, view: &view, by, now };
    let handover = Handover {
        tried: vec![SOME_WORDS.to_owned()],
        documents: vec![SOME_WORDS.to_owned()],
        asked: SOME_WORDS.to_owned(),
    };
    Ok(Some(Offers {
        answers: trial.answers(worker),
        takers: trial.takers(&workers),
        aside: trial.queues(|queue| Command::Requeue { queue, reason: SOME_WORDS.to_owned() }),
        up: trial.queues(|queue| Command::Escalate { queue, handover: handover.clone() }),
        sooner: trial.sooner(),
        categories: trial.categories(),
        flags: trial.flags(),
        escalations: trial.escalations(),
        may_name_cause: by.role.may(Permission::NameCause) && merged_into.is_none(),
        why: why(&view, now),
        persons,
        merged_into,
        can_undo,
        view,
    }))
}
