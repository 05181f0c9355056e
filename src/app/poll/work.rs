//! The work of one window: fetch, take in, and only then put away.

use super::sort::Sorted;
use super::{Looked, PollError, PolledMailbox, TURN, fetch, lease};
use crate::app::App;
use crate::app::intake::{self, Arrived, Via};
use crate::fault;
use crate::mailbox::Listed;
use crate::mailbox::imap::ImapError;
use crate::mailbox::source::{MailSource, SourceError};

/// Takes the window in and puts it away: how many of its mails are still listed.
pub(super) async fn work(
    app: &App,
    mailbox: &mut PolledMailbox,
    via: &Via,
    sorted: Sorted,
    looked: &mut Looked,
) -> Result<usize, PollError> {
    let mut stayed = sorted.staying;
    stayed += put_away(app, &mut mailbox.source, sorted.owed, looked).await?;
    let oldest = sorted.work.iter().filter_map(|row| row.received_at).min();
    let alone = sorted.begun.into_iter().map(|row| vec![row]);
    let mut batches = fetch::batches(sorted.work, mailbox, via).into_iter().chain(alone);
    let mut coming = fetch_next(app, mailbox, via, &mut batches).await?;
    while let Some(arrived) = coming {
        // The next batch is on the wire while this one is decided and committed.
        let taking = take(app, via, arrived);
        let (taken, next) = beside(taking, fetch_next(app, mailbox, via, &mut batches)).await?;
        looked.taken += taken.kept.len() + taken.leaving.len();
        app.store.mark_put_away(&taken.kept).await?;
        stayed += taken.kept.len();
        stayed += put_away(app, &mut mailbox.source, taken.leaving, looked).await?;
        coming = next?;
    }
    if looked.oldest_unread_at.is_none() {
        looked.oldest_unread_at = oldest.filter(|_| looked.taken >= TURN);
    }
    Ok(stayed)
}

/// Both at once, to the end of both; but when the taking-in has failed, nobody
/// waits for the wire. What was under way there is dropped with its connection,
/// which `poll` closes after any error.
async fn beside<T, W>(
    taking: impl Future<Output = Result<T, PollError>>,
    wire: impl Future<Output = W>,
) -> Result<(T, W), PollError> {
    let (mut taking, mut wire) = (std::pin::pin!(taking), std::pin::pin!(wire));
    tokio::select! {
        taken = &mut taking => Ok((taken?, wire.await)),
        wired = &mut wire => Ok((taking.await?, wired)),
    }
}

async fn fetch_next(
    app: &App,
    mailbox: &mut PolledMailbox,
    via: &Via,
    batches: &mut impl Iterator<Item = Vec<Listed>>,
) -> Result<Option<Vec<Arrived>>, PollError> {
    // What is on the wire when the program is to end is finished, and no more.
    if app.stop.is_cancelled() {
        return Ok(None);
    }
    let Some(batch) = batches.next() else { return Ok(None) };
    lease(app, via.mailbox_id).await?;
    fault::point("c1");
    let arrived = fetch::fetch(app, mailbox, via, &batch).await?;
    if fault::is_broken("put_away_first") {
        let keys: Vec<String> = arrived.iter().map(|mail| mail.source_key.clone()).collect();
        mailbox.source.put_away(&keys).await?;
    }
    Ok(Some(arrived))
}

/// A batch that is committed: what may leave the folder, and what stays.
struct TakenBatch {
    leaving: Vec<(i64, String)>,
    kept: Vec<i64>,
}

async fn take(app: &App, via: &Via, arrived: Vec<Arrived>) -> Result<TakenBatch, PollError> {
    let taken = intake::intake(app, via, arrived).await?;
    tracing::info!(mailbox.name = via.name, mails = taken.len(), "mails taken in");
    let (leaving, kept): (Vec<_>, Vec<_>) =
        taken.into_iter().partition(|taken| taken.may_be_put_away);
    Ok(TakenBatch {
        leaving: leaving.into_iter().map(|taken| (taken.source_ref_id, taken.source_key)).collect(),
        kept: kept.into_iter().map(|taken| taken.source_ref_id).collect(),
    })
}

/// Moves committed mails out of the folder and writes that down; if the second
/// step is lost, the next look finds them owed or gone. A server that refuses
/// (a full folder, say) does not keep new mail from being taken in: the mails
/// stay owed, and the mailbox shows the problem.
pub(super) async fn put_away(
    app: &App,
    source: &mut MailSource,
    owed: Vec<(i64, String)>,
    looked: &mut Looked,
) -> Result<usize, PollError> {
    if owed.is_empty() {
        return Ok(0);
    }
    let (ids, keys): (Vec<i64>, Vec<String>) = owed.into_iter().unzip();
    match source.put_away(&keys).await {
        Ok(stays_listed) => {
            app.store.mark_put_away(&ids).await?;
            fault::point("rest");
            Ok(if stays_listed { keys.len() } else { 0 })
        }
        Err(SourceError::Imap(ImapError::Refused { .. })) => {
            tracing::warn!(mails = keys.len(), "the server does not let committed mails leave");
            looked.problem = Some("put_away_refused");
            Ok(keys.len())
        }
        Err(error) => Err(error.into()),
    }
}
