//! The work of one window: fetch, take in, and only then put away.

use super::sort::Sorted;
use super::{Looked, PollError, PolledMailbox, TURN, fetch, keep_lease};
use crate::app::App;
use crate::app::intake::{self, Arrived, Begun, Via};
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
    let batches = fetch::batches(sorted.work, mailbox, via);
    stayed += run(app, mailbox, via, batches, looked).await?;
    for row in sorted.begun {
        // Nothing else is under way while a mail is taken that may be a bomb.
        stayed += run(app, mailbox, via, vec![vec![row]], looked).await?;
    }
    if looked.oldest_unread_at.is_none() {
        looked.oldest_unread_at = oldest.filter(|_| looked.taken >= TURN);
    }
    Ok(stayed)
}

/// Three batches on their way at once: one comes over the wire, one is kept and
/// read, one is decided and committed; what is committed leaves the folder.
#[derive(Default)]
struct Line {
    arrived: Option<Vec<Arrived>>,
    begun: Option<Begun>,
    committed: Option<Committed>,
}

impl Line {
    const fn is_empty(&self) -> bool {
        self.arrived.is_none() && self.begun.is_none() && self.committed.is_none()
    }
}

/// Takes batches in, in their order, and puts them away: how many of their
/// mails are still listed.
async fn run(
    app: &App,
    mailbox: &mut PolledMailbox,
    via: &Via,
    batches: Vec<Vec<Listed>>,
    looked: &mut Looked,
) -> Result<usize, PollError> {
    let mut batches = batches.into_iter();
    let mut stayed = 0;
    let first = fetch_next(app, mailbox, via, batches.next(), looked).await?;
    let mut line = Line { arrived: first, ..Line::default() };
    while !line.is_empty() {
        let wire = async {
            let stayed = clear(app, mailbox, line.committed, looked).await?;
            let next = batches.next();
            Ok::<_, PollError>((stayed, fetch_next(app, mailbox, via, next, looked).await?))
        };
        let begun = begin(app, via, line.arrived);
        let committed = finish(app, via, line.begun);
        let (wired, begun, committed) =
            tokio::try_join!(or_gone(wire), or_gone(begun), or_gone(committed))?;
        let (begun, committed) = (begun?, committed?);
        looked.taken += committed.as_ref().map_or(0, Committed::len);
        match wired {
            Ok((left, arrived)) => {
                stayed += left;
                line = Line { arrived, begun, committed };
            }
            Err(error) => {
                // What was begun is finished all the same: nobody takes a mail
                // up twice because the wire broke.
                looked.taken += finish(app, via, begun).await?.map_or(0, |done| done.len());
                return Err(error);
            }
        }
    }
    Ok(stayed)
}

/// Without a database the whole line ends at once: none of it would come to
/// anything, and each part would wait for as long as it waits for a connection.
/// What was under way is dropped with its connections, and the ledger's keys
/// tell what was committed.
async fn or_gone<T>(
    part: impl Future<Output = Result<T, PollError>>,
) -> Result<Result<T, PollError>, PollError> {
    match part.await {
        Err(error) if error.is_without_database() => Err(error),
        ended => Ok(ended),
    }
}

async fn fetch_next(
    app: &App,
    mailbox: &mut PolledMailbox,
    via: &Via,
    batch: Option<Vec<Listed>>,
    looked: &mut Looked,
) -> Result<Option<Vec<Arrived>>, PollError> {
    // What is on its way when the program is to end is finished, and no more.
    let Some(batch) = batch.filter(|_| !app.stop.is_cancelled()) else { return Ok(None) };
    keep_lease(app, via.mailbox_id, looked).await?;
    fault::point("c1");
    let arrived = fetch::fetch(app, mailbox, via, &batch).await?;
    if fault::is_broken("put_away_first") {
        let keys: Vec<String> = arrived.iter().map(|mail| mail.source_key.clone()).collect();
        mailbox.source.put_away(&keys).await?;
    }
    Ok(Some(arrived))
}

async fn begin(
    app: &App,
    via: &Via,
    arrived: Option<Vec<Arrived>>,
) -> Result<Option<Begun>, PollError> {
    let Some(arrived) = arrived else { return Ok(None) };
    Ok(Some(intake::begin(app, via, arrived).await?))
}

/// A batch that is committed: what may leave the folder, and what stays.
struct Committed {
    leaving: Vec<(i64, String)>,
    kept: Vec<i64>,
}

impl Committed {
    const fn len(&self) -> usize {
        self.leaving.len() + self.kept.len()
    }
}

async fn finish(
    app: &App,
    via: &Via,
    begun: Option<Begun>,
) -> Result<Option<Committed>, PollError> {
    let Some(begun) = begun else { return Ok(None) };
    let taken = intake::finish(app, via, begun).await?;
    tracing::info!(mailbox.name = via.name, mails = taken.len(), "mails taken in");
    let (leaving, kept): (Vec<_>, Vec<_>) =
        taken.into_iter().partition(|taken| taken.may_be_put_away);
    Ok(Some(Committed {
        leaving: leaving.into_iter().map(|taken| (taken.source_ref_id, taken.source_key)).collect(),
        kept: kept.into_iter().map(|taken| taken.source_ref_id).collect(),
    }))
}

/// Puts a committed batch away: how many of its mails are still listed.
async fn clear(
    app: &App,
    mailbox: &mut PolledMailbox,
    committed: Option<Committed>,
    looked: &mut Looked,
) -> Result<usize, PollError> {
    let Some(committed) = committed else { return Ok(0) };
    app.store.mark_put_away(&committed.kept).await?;
    let stayed = put_away(app, &mut mailbox.source, committed.leaving, looked).await?;
    Ok(committed.kept.len() + stayed)
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
