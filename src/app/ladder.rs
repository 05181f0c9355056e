//! Ladders are climbed: tickets that changed, or for which an instant has come,
//! are looked at; what the core wants of them is written in one transaction, or
//! one by one where another process was faster with some.

use jiff::Timestamp;

use super::App;
use super::work::{self, WorkError};
use crate::clock;
use crate::domain::escalate;
use crate::domain::id::TicketNumber;
use crate::domain::work::WorkDecision;
use crate::store::{StoreError, VaultError};

/// Tickets of one round; the next round goes on.
const TICKETS: u64 = 100;

/// Looks at what is due now: how many tickets were looked at. A ticket that
/// another process was faster with, or that cannot be looked at, is left to the
/// next round.
///
/// # Errors
/// When the database is out of reach.
pub async fn climb(app: &App) -> Result<usize, StoreError> {
    let now = app.now();
    let views = app.store.tickets_to_look_at(now, TICKETS).await?;
    if views.is_empty() {
        return Ok(0);
    }
    let standing = app.standing();
    let mut workers = app.store.workers().await?;
    let (mut looked, mut together) = (0, Vec::new());
    for view in views {
        let ids = clock::fresh_ids(now).map_err(VaultError::from)?;
        let decision = escalate::look(&standing.desk, &view, &workers, ids, now);
        let assigns = decision.tickets.iter().any(|change| change.assignee.is_some());
        let look = (view.ticket.number, decision);
        if assigns {
            // Whoever got this one is less free for the next.
            looked += one_by_one(app, &[look], now).await?;
            workers = app.store.workers().await?;
        } else {
            together.push(look);
        }
    }
    let decisions: Vec<&WorkDecision> = together.iter().map(|(_, decision)| decision).collect();
    match work::apply_all(app, &decisions, now).await {
        Ok(()) => {
            decisions.iter().for_each(|decision| count(decision));
            Ok(looked + decisions.len())
        }
        Err(WorkError::Store(error)) if error.is_unavailable() => Err(error),
        Err(_) => Ok(looked + one_by_one(app, &together, now).await?),
    }
}

async fn one_by_one(
    app: &App,
    looks: &[(TicketNumber, WorkDecision)],
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut looked = 0;
    for (number, decision) in looks {
        match work::apply(app, decision, now).await {
            Ok(()) => {
                looked += 1;
                count(decision);
            }
            Err(WorkError::Store(error)) if error.is_unavailable() => return Err(error),
            Err(WorkError::Store(error)) if error.is_stale() => {}
            Err(error) => {
                tracing::error!(ticket = %number, %error, "a ladder cannot be climbed");
            }
        }
    }
    Ok(looked)
}

fn count(decision: &WorkDecision) {
    let notices = u64::try_from(decision.notices.len()).unwrap_or(u64::MAX);
    metrics::counter!("tierline_escalation_notices_total").increment(notices);
}

/// When the ladders must look next by time alone.
///
/// # Errors
/// When the database is out of reach.
pub async fn next_at(app: &App) -> Result<Option<Timestamp>, StoreError> {
    app.store.next_look_at().await
}
