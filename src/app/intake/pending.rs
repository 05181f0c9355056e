//! Mails that were stored and not understood when the engine was killed, and
//! whose server copy is gone since: their bytes are ours, so they go on.

use super::{Arrived, IntakeError, Via, intake};
use crate::app::App;
use crate::domain::mail::Completeness;
use crate::store::ledger::PendingRaw;

/// Takes in what the ledger holds undecided for one mailbox: how many mails.
/// Each runs alone, since each has a strike.
///
/// # Errors
/// When the database is out of reach.
pub async fn take_pending(app: &App, via: &Via) -> Result<usize, IntakeError> {
    let mut taken = 0;
    for pending in app.store.pending_raw(via.mailbox_id, 200).await? {
        if app.stop.is_cancelled() {
            break;
        }
        let of_then = Via { epoch: pending.epoch, uidvalidity: pending.uidvalidity, ..via.clone() };
        let is_whole = is_whole(&pending);
        let arrived = Arrived {
            source_key: pending.source_key,
            size: pending.size,
            internal_at: pending.internal_at,
            raw: pending.raw,
            completeness: if is_whole { Completeness::Whole } else { Completeness::HeadersOnly },
            received_at: None,
        };
        taken += intake(app, &of_then, vec![arrived]).await?.len();
    }
    Ok(taken)
}

/// Servers misstate sizes, so a body is taken for what it is: a header that was
/// fetched alone ends with its blank line.
fn is_whole(pending: &PendingRaw) -> bool {
    let blank = |width: usize, line: &[u8]| {
        let end = pending.raw.windows(width).position(|window| window == line)?;
        Some(end + width)
    };
    let head = [blank(4, b"\r\n\r\n"), blank(2, b"\n\n")].into_iter().flatten().min();
    let has_body = head.is_some_and(|head| head < pending.raw.len());
    has_body || pending.size <= pending.raw.len() as u64
}
