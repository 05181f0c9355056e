//! Ladders are climbed: tickets that changed, or for which an instant has come,
//! are looked at one by one; what the core wants of each is one transaction.

use jiff::Timestamp;

use super::App;
use super::work::{self, WorkError};
use crate::clock;
use crate::domain::escalate;
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
    let mut looked = 0;
    for view in views {
        let ids = clock::fresh_ids(now).map_err(VaultError::from)?;
        let decision = escalate::look(&standing.desk, &view, &workers, ids, now);
        let fired = decision.notices.len();
        let has_assigned = decision.tickets.iter().any(|change| change.assignee.is_some());
        match work::apply(app, &decision, now).await {
            Ok(()) => {
                looked += 1;
                metrics::counter!("tierline_escalation_notices_total").increment(fired as u64);
            }
            Err(WorkError::Store(error)) if error.is_unavailable() => return Err(error),
            Err(WorkError::Store(error)) if error.is_stale() => {}
            Err(error) => {
                tracing::error!(ticket = %view.ticket.number, %error, "a ladder cannot be climbed");
            }
        }
        if has_assigned {
            workers = app.store.workers().await?;
        }
    }
    Ok(looked)
}

/// When the ladders must look next by time alone.
///
/// # Errors
/// When the database is out of reach.
pub async fn next_at(app: &App) -> Result<Option<Timestamp>, StoreError> {
    app.store.next_look_at().await
}
