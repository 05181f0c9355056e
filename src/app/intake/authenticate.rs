//! Who really sent each mail of a batch: asked before anything is decided, and
//! outside of every transaction. Whatever goes wrong, the mail goes on with an
//! unproven sender.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use tokio::runtime::Handle;
use tokio::time::Instant;

use super::strike::is_out;
use super::{Arrived, IntakeError};
use crate::app::App;
use crate::domain::authentication::{Authentication, DmarcCheck, Source, Verdict};
use crate::domain::mail::Completeness;
use crate::mailbox::authenticate::SignatureChecker;
use crate::store::ledger::Stored;

/// Mails whose name servers are asked side by side.
const SIDE_BY_SIDE: usize = 8;
/// Longest time for a whole batch: a name server that is down must not cost the
/// lease of the mailbox. It only ends look-ups; no mail waits for another day.
const BATCH_TIME: Duration = Duration::from_secs(20);

type Item = (Stored, Arrived);

/// Each mail with what its signatures say, in the order of the batch.
#[expect(clippy::disallowed_methods, reason = "how long to wait, and nothing else")]
pub(super) async fn by_signatures(
    app: &App,
    batch: Vec<Item>,
) -> Result<Vec<(Item, Authentication)>, IntakeError> {
    let Some(checker) = &app.checks.signatures else {
        return Ok(batch.into_iter().map(|item| (item, Authentication::default())).collect());
    };
    let until = Instant::now() + BATCH_TIME;
    let checks = batch.into_iter().map(|item| {
        let (checker, runtime) = (Arc::clone(checker), Handle::current());
        // The body is hashed: off the async threads.
        tokio::task::spawn_blocking(move || {
            let checked = check(&checker, &runtime, &item, until);
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

#[expect(clippy::disallowed_methods, reason = "how long to wait, and nothing else")]
fn check(
    checker: &SignatureChecker,
    runtime: &Handle,
    (stored, arrived): &Item,
    until: Instant,
) -> Authentication {
    let is_readable = arrived.completeness == Completeness::Whole && !is_out(stored.strikes);
    if !is_readable {
        return Authentication::default();
    }
    let left = until.saturating_duration_since(Instant::now());
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
