//! "Give me the next one": the most urgent waiting ticket that fits a person.

use super::{App, WorkError};
use crate::clock;
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::assign::Worker;
use crate::domain::command::{self, Command, Refusal};
use crate::domain::id::TicketNumber;
use crate::domain::rule::Queue;
use crate::domain::work::TicketView;
use crate::store::{StoreError, VaultError};

/// Takes the next ticket for `by`, from `queue` or from every queue they have
/// the skills for; `None` when nothing waits that fits.
///
/// # Errors
/// When they may not work on tickets, are away, hold as much as they can, or the
/// database does not answer.
pub async fn take_next(
    app: &App,
    by: &Actor,
    queue: Option<&str>,
) -> Result<Option<TicketNumber>, WorkError> {
    by.needs(Permission::WorkTickets)?;
    let (now, standing) = (app.now(), app.standing());
    let rules = &standing.desk.policy.rules;
    if let Some(id) = queue.filter(|id| rules.find_queue(id).is_none()) {
        return Err(Refusal::NoSuchQueue { queue: id.to_owned() }.into());
    }
    let worker = app.store.load_worker(by.person).await?;
    if let Some((_, until)) = worker.away.filter(|_| worker.is_away(now)) {
        return Err(Refusal::Away { until }.into());
    }
    if worker.load() >= worker.capacity {
        return Err(Refusal::Full { load: worker.load(), capacity: worker.capacity }.into());
    }
    let queues: Vec<&Queue> = rules
        .queues()
        .iter()
        .filter(|one| queue.is_none_or(|id| one.id == id) && worker.has_skills(one))
        .collect();
    let entropy = clock::entropy().map_err(|error| StoreError::from(VaultError::from(error)))?;
    let decide = |view: &TicketView, worker: &Worker| {
        let ids = crate::domain::id::FreshIds::new(now, entropy);
        let take = Command::Take(worker.clone());
        command::command(&standing.desk, view, &take, by, ids, now).ok()
    };
    let taken = app.store.claim_next(&worker, &queues, now, decide).await?;
    Ok(taken.map(|view| view.ticket.number))
}
