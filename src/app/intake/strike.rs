//! A mail that was begun before and not finished is taken alone, under a
//! strike: written down before it is read, and taken back when it is decided,
//! so that a kill at any other moment is not held against it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Arrived, IntakeError, Taken, Via, commit, decided, read, take_alone};
use crate::app::App;
use crate::fault;
use crate::store::ledger::{STRIKE, Stored};

/// A mail over whose reading the engine died so often, with no other mail in
/// hand, is not read again: it becomes a stub ticket.
pub const DEATHS: u32 = 3;
/// What stays of a strike when its mail is decided and the engine dies before
/// the commit: nearly nothing. But a mail that kills the engine only then must
/// not do so for ever.
const DECIDED: u32 = 1;

/// Whether a mail is not to be read any more; `strikes` as they stand now,
/// the one for the present attempt included.
pub(super) fn is_out(strikes: u32) -> bool {
    strikes > DEATHS * STRIKE
}

/// Strikes that are in the ledger though the engine lived: the database was
/// away when they should have been taken back.
#[derive(Debug, Default)]
pub struct Survived(Mutex<HashMap<i64, u32>>);

impl Survived {
    fn add(&self, source_ref: i64) {
        let mut unjust = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *unjust.entry(source_ref).or_insert(0) += STRIKE;
    }

    fn of(&self, source_ref: i64) -> u32 {
        let unjust = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unjust.get(&source_ref).copied().unwrap_or(0)
    }

    fn forget(&self, source_ref: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&source_ref);
    }
}

/// Takes in one mail that has a strike for this attempt.
pub(super) async fn take_struck(
    app: &App,
    via: &Via,
    (mut stored, arrived): (Stored, Arrived),
) -> Result<Vec<Taken>, IntakeError> {
    let id = stored.source_ref_id;
    let unjust = app.survived.of(id);
    stored.strikes = stored.strikes.saturating_sub(unjust);
    let was_out = is_out(stored.strikes);
    if was_out {
        tracing::warn!(mailbox.name = via.name, source_ref = id, "the engine died over this mail");
    }
    let standing = app.standing();
    let read = read(app, via, vec![(stored, arrived)]).await?;
    if read.is_empty() {
        // The parser panicked: the strike stands.
        return Err(IntakeError::Panicked);
    }
    let decided = decided(app, &standing, via, &read).await;
    if let Err(IntakeError::Store(_)) = &decided {
        app.survived.add(id);
    }
    let decided = decided?;
    if !was_out && !fault::is_broken("keep_strikes") {
        app.store.take_back_strike(id, STRIKE + unjust - DECIDED).await?;
        app.survived.forget(id);
    }
    match commit(app, via, &read, decided).await {
        Err(error) if error.is_stale() => take_alone(app, &standing, via, &read).await,
        ended => ended,
    }
}
