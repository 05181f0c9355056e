//! A person acts on a clock: the core decides on what is known, the store
//! applies it, and the sweeper looks at the new dates.

use super::App;
use crate::clock::fresh_ids;
use crate::domain::clock::Refusal;
use crate::domain::clock_act::{self, By, ClockAct};
use crate::domain::decision::SweepDecision;
use crate::domain::id::TicketId;
use crate::store::{StoreError, VaultError};

/// How often another writer may be faster before the act fails.
const TRIES: usize = 5;

/// Why an act changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// A rule forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such ticket, or the database is out of reach.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Does what `by` wants on the clocks of `ticket`: the decision that was applied.
///
/// # Errors
/// `Refused` with the rule; `Store` when the ticket is not there or the
/// database does not answer.
pub async fn act(
    app: &App,
    ticket: TicketId,
    wanted: &ClockAct,
    by: By,
) -> Result<SweepDecision, ActError> {
    let standing = app.standing();
    let mut tries = 0;
    loop {
        let view = app.store.find_clock_view(ticket).await?.ok_or(StoreError::Absent("ticket"))?;
        let now = app.now();
        let mut ids = fresh_ids(now).map_err(|error| StoreError::from(VaultError::from(error)))?;
        let policy = &standing.desk.policy;
        let decision = clock_act::act(policy, &view, wanted, by, &mut ids, now)?;
        tries += 1;
        match app.store.apply_sweep(&decision).await {
            Ok(()) => {
                app.wake.clocks.notify_one();
                return Ok(decision);
            }
            Err(error) if error.is_stale() && tries < TRIES => {}
            Err(error) => return Err(error.into()),
        }
    }
}
