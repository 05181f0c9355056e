//! Who really sent each mail of a batch: asked before anything is decided, and
//! outside of every transaction. Whatever goes wrong, the mail goes on with an
//! unproven sender.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use jiff::SignedDuration;
use tokio::runtime::Handle;

use super::strike::is_out;
use super::{Arrived, IntakeError};
use crate::app::App;
use crate::clock::Clock;
use crate::domain::authentication::{Authentication, DmarcCheck, Source, Verdict};
use crate::domain::mail::Completeness;
use crate::mailbox::authenticate::SignatureChecker;
use crate::store::ledger::Stored;

/// Mails whose name servers are asked side by side.
const SIDE_BY_SIDE: usize = 8;
/// Longest time for a whole batch: a name server that is down must not cost the
/// lease of the mailbox. It only ends look-ups; no mail waits for another day.
const BATCH_TIME: SignedDuration = SignedDuration::from_secs(20);

type Item = (Stored, Arrived);

/// Each mail with what its signatures say, in the order of the batch.
pub(super) async fn by_signatures(
    app: &App,
    batch: Vec<Item>,
) -> Result<Vec<(Item, Authentication)>, IntakeError> {
    let Some(checker) = &app.checks.signatures else {
        return Ok(batch.into_iter().map(|item| (item, Authentication::default())).collect());
    };
    let until = app.clock.steady() + BATCH_TIME;
    let checks = batch.into_iter().map(|item| {
        let (checker, runtime) = (Arc::clone(checker), Handle::current());
        let clock = Arc::clone(&app.clock);
        // The body is hashed: off the async threads.
        tokio::task::spawn_blocking(move || {
            let checked = check(&checker, &runtime, &item, left(&*clock, until));
            (item, checked)
        })
    });
    let mut checked = Vec::new();
    let mut results = stream::iter(checks).buffered(SIDE_BY_SIDE);
    while let Some(result) = results.next().await {
        checked.push(result.map_err(|_| IntakeError::Panicked)?);
    }
    Ok(checked)
}

/// What is left until then; nothing when it has passed.
fn left(clock: &dyn Clock, until: SignedDuration) -> Duration {
    Duration::try_from(until.saturating_sub(clock.steady())).unwrap_or_default()
}

fn check(
    checker: &SignatureChecker,
    runtime: &Handle,
    (stored, arrived): &Item,
    left: Duration,
) -> Authentication {
    let is_readable = arrived.completeness == Completeness::Whole && !is_out(stored.strikes);
    if !is_readable {
        return Authentication::default();
    }
    // A bug in the reader of signatures proves nothing, and loses no mail.
    let asked = AssertUnwindSafe(|| runtime.block_on(checker.check_within(&arrived.raw, left)));
    catch_unwind(asked).unwrap_or_else(|_| undecided())
}

/// Nobody could tell.
fn undecided() -> Authentication {
    Authentication {
        dkim: Vec::new(),
        dmarc: DmarcCheck { verdict: Verdict::TempError, ..DmarcCheck::default() },
        from: Source::OwnVerification,
    }
}
