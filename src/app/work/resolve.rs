//! From a wish to a command: the person, the other ticket and the move that it
//! names are looked up.

use jiff::Timestamp;

use super::{Wish, WorkError, examine, other_of};
use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::assign::{self, Worker};
use crate::domain::command::{Command, Refusal};
use crate::domain::work::TicketView;
use crate::store::StoreError;

pub(super) async fn command(
    app: &App,
    view: &TicketView,
    wish: &Wish,
    by: &Actor,
    now: Timestamp,
) -> Result<Command, WorkError> {
    Ok(match wish.clone() {
        Wish::Take => Command::Take(app.store.load_worker(by.person).await?),
        Wish::Assign(Some(person)) => Command::Assign(app.store.load_worker(person).await?),
        Wish::Assign(None) => {
            // who chooses must be allowed to, before anything is looked up
            by.needs(Permission::AssignOthers)?;
            Command::Assign(best(app, view, now).await?)
        }
        Wish::Return(reason) => Command::Return { reason },
        Wish::Requeue(queue, reason) => Command::Requeue { queue, reason },
        Wish::Escalate(queue, handover) => Command::Escalate { queue, handover },
        Wish::Reply(reply) => {
            Command::Reply(Box::new(examine::prepared(app, view, &reply, by).await?))
        }
        Wish::Prove(way, checked) => Command::Prove { way, checked },
        Wish::Done(deed, at) => Command::Done { deed, at },
        Wish::Note(text) => Command::Note { text },
        Wish::Pend(reason) => Command::Pend { reason },
        Wish::Release(reason) => Command::Release { reason },
        Wish::Resolve(reason) => Command::Resolve { reason },
        Wish::Close => Command::Close,
        Wish::Reopen(reason) => Command::Reopen { reason },
        Wish::Reclassify(category, queue, reason) => {
            Command::Reclassify { category, queue, reason }
        }
        Wish::Prioritize(priority, reason) => Command::Prioritize { priority, reason },
        Wish::Raise(flag) => Command::Raise { flag },
        Wish::Cause(person) => Command::Cause { person },
        Wish::Merge(number) => {
            let into = app.store.find_view(&number).await?;
            Command::Merge { into: Box::new(into.ok_or(WorkError::NoSuchTicket(number))?) }
        }
        Wish::Split(mails) => Command::Split { mails },
        Wish::Undo => undo(app, view).await?,
        Wish::Claim(escalation) => Command::Claim { escalation },
        Wish::Refuse(escalation, reason) => Command::Refuse { escalation, reason },
    })
}

async fn best(app: &App, view: &TicketView, now: Timestamp) -> Result<Worker, WorkError> {
    let (standing, workers) = (app.standing(), app.store.workers().await?);
    let queue = standing.desk.policy.rules.find_queue(&view.ticket.queue);
    let queue = queue.ok_or_else(|| Refusal::NoSuchQueue { queue: view.ticket.queue.clone() })?;
    let not = view.work.caused_by;
    let found = assign::choose(queue, &view.ticket.language, &workers, not, now);
    found.cloned().ok_or(WorkError::NobodyFits)
}

async fn undo(app: &App, view: &TicketView) -> Result<Command, WorkError> {
    let moved = app.store.find_move(view.ticket.id).await?;
    let moved = moved.ok_or(WorkError::NothingToUndo)?;
    let other = app.store.find_view_by_id(other_of(&moved, view.ticket.id)).await?;
    let other = other.ok_or(WorkError::Store(StoreError::Absent("ticket")))?;
    Ok(Command::Undo { moved, other: Box::new(other) })
}
