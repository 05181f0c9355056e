//! One look at one mailbox: what the folder has and the ledger has not is
//! fetched, taken in, and only after its commit put away.

mod fetch;

use std::collections::HashMap;

use jiff::Timestamp;

use super::App;
use super::intake::{self, IntakeError, Via};
use crate::fault;
use crate::mailbox::Listed;
use crate::mailbox::source::{MailSource, SourceError, SourceWindow};
use crate::store::StoreError;
use crate::store::ledger::SourceState;

/// Mails of one listing.
const WINDOW: u32 = 512;
/// Mails of one turn, after which another process may have the mailbox.
const TURN: usize = 1024;

/// A mailbox that is polled.
#[derive(Debug)]
pub struct PolledMailbox {
    /// Name in the configuration.
    pub name: String,
    /// Where it is.
    pub source: MailSource,
    /// Hosts whose `Received` lines are our own.
    pub own_mx_hosts: Vec<String>,
    /// Above this, only the header is fetched and the mail stays, in bytes.
    pub max_mail_bytes: u64,
    /// Mail that turned out to be unreadable on the wire in this run.
    pub suspects: HashMap<String, u32>,
}

/// What a look did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Polled {
    /// Mails taken in.
    pub taken: usize,
    /// Whether the folder may hold more work right now.
    pub has_more: bool,
    /// Whether another process has the mailbox at the moment.
    pub is_elsewhere: bool,
}

/// Why a look ended early.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// The source.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Taking a batch in.
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

impl PollError {
    fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Store(_) => "database",
            Self::Intake(_) => "intake",
        }
    }
}

/// Looks once, for at most [`TURN`] mails, under the mailbox's lease.
///
/// # Errors
/// When the server or the database is out of reach. What was committed stays
/// committed; the next look finds the rest.
pub async fn poll(app: &App, mailbox: &mut PolledMailbox) -> Result<Polled, PollError> {
    let now = app.now();
    let row = app.store.open_mailbox(&mailbox.name, now).await?;
    let Some(fence) = lease(app, row.id).await? else {
        return Ok(Polled { is_elsewhere: true, ..Polled::default() });
    };
    let looked = look(app, mailbox, row.id).await;
    let problem = looked.as_ref().err().map(PollError::code);
    if looked.is_err() {
        mailbox.source.disconnect();
    }
    let oldest = looked.as_ref().ok().and_then(|looked| looked.oldest_unread_at);
    // The outcome of the look matters more than the note about it.
    let noted = app.store.note_poll(row.id, problem, oldest, app.now()).await;
    let released = app.store.release_lease(row.id, fence).await;
    let looked = looked?;
    noted?;
    released?;
    Ok(Polled { taken: looked.taken, has_more: looked.has_more, is_elsewhere: false })
}

/// Takes the mailbox, or keeps it: a program that dies gives it up soon. Whoever
/// lost it meanwhile only wastes work, since the ledger's keys decide.
async fn lease(app: &App, id: i64) -> Result<Option<u64>, StoreError> {
    let now = app.now();
    let until = now.saturating_add(app.leases.mailbox).unwrap_or(Timestamp::MAX);
    app.store.claim_lease(id, &app.owner, until, now).await
}

#[derive(Default)]
struct Looked {
    taken: usize,
    has_more: bool,
    oldest_unread_at: Option<Timestamp>,
}

async fn look(app: &App, mailbox: &mut PolledMailbox, id: i64) -> Result<Looked, PollError> {
    let uidvalidity = mailbox.source.select(app.now()).await?;
    let epoch = app.store.note_folder(id, uidvalidity, app.now()).await?;
    let mut via = Via {
        mailbox_id: id,
        name: mailbox.name.clone(),
        epoch,
        uidvalidity,
        own_mx_hosts: mailbox.own_mx_hosts.clone(),
    };
    let mut looked = Looked::default();
    let mut position = Some(1);
    while let Some(first) = position {
        let window = mailbox.source.list_window(first, WINDOW).await?;
        let Some(sorted) = sort(app, &mut via, &window).await? else {
            // Another epoch began: everything is looked at again.
            position = Some(1);
            continue;
        };
        let stayed = work(app, mailbox, &via, sorted, &mut looked).await?;
        let gone = window.rows.len().saturating_sub(stayed);
        let gone = u32::try_from(gone).unwrap_or(u32::MAX);
        position = window.next.map(|next| next.saturating_sub(gone).max(1));
        if looked.taken >= TURN {
            looked.has_more = position.is_some();
            return Ok(looked);
        }
    }
    // What the ledger holds and the folder does not show any more was begun
    // and then lost its server copy: its bytes are ours, and it is taken in.
    looked.taken += intake::take_pending(app, &via).await?;
    Ok(looked)
}

/// A window held against the ledger.
struct Sorted {
    /// Never seen before.
    work: Vec<Listed>,
    /// Begun before and not committed: each is taken alone, so that a bomb
    /// never strikes its neighbours.
    begun: Vec<Listed>,
    /// Committed, but still in the folder.
    owed: Vec<(i64, String)>,
    /// Committed and meant to stay: oversize, or refused.
    staying: usize,
}

/// `None` when a known UID shows another size or date: the folder was rebuilt
/// without a new UIDVALIDITY, and its UIDs mean nothing any more.
async fn sort(
    app: &App,
    via: &mut Via,
    window: &SourceWindow,
) -> Result<Option<Sorted>, PollError> {
    let keys: Vec<String> = window.rows.iter().map(|row| row.key.clone()).collect();
    let known = app.store.known_keys(via.mailbox_id, via.epoch, &keys).await?;
    let mut sorted = Sorted { work: Vec::new(), begun: Vec::new(), owed: Vec::new(), staying: 0 };
    for row in &window.rows {
        let Some(known) = known.get(&row.key) else {
            sorted.work.push(row.clone());
            continue;
        };
        if known.size != row.size || known.internal_at != row.received_at {
            via.epoch = app.store.bump_epoch(via.mailbox_id, "uid_reused", app.now()).await?;
            return Ok(None);
        }
        match known.state {
            SourceState::Stored => sorted.begun.push(row.clone()),
            SourceState::Committed => sorted.owed.push((known.id, row.key.clone())),
            SourceState::PutAway | SourceState::Refused => sorted.staying += 1,
        }
    }
    Ok(Some(sorted))
}

/// Takes the window in and puts it away: how many of its mails are still listed.
async fn work(
    app: &App,
    mailbox: &mut PolledMailbox,
    via: &Via,
    sorted: Sorted,
    looked: &mut Looked,
) -> Result<usize, PollError> {
    let mut stayed = sorted.staying;
    stayed += put_away(app, &mut mailbox.source, sorted.owed).await?;
    let oldest = sorted.work.iter().filter_map(|row| row.received_at).min();
    let alone = sorted.begun.into_iter().map(|row| vec![row]);
    for batch in fetch::batches(sorted.work, mailbox).into_iter().chain(alone) {
        lease(app, via.mailbox_id).await?;
        fault::point("c1");
        let arrived = fetch::fetch(app, mailbox, &batch).await?;
        if fault::is_broken("put_away_first") {
            let keys: Vec<String> = arrived.iter().map(|mail| mail.source_key.clone()).collect();
            mailbox.source.put_away(&keys).await?;
        }
        let keys: Vec<String> = arrived.iter().map(|mail| mail.source_key.clone()).collect();
        let taken = intake::intake(app, via, arrived).await?;
        looked.taken += taken.len();
        tracing::info!(mailbox.name = via.name, mails = taken.len(), "mails taken in");
        let (leaving, staying): (Vec<_>, Vec<_>) =
            taken.iter().zip(keys).partition(|(taken, _)| taken.may_be_put_away);
        let kept: Vec<i64> = staying.iter().map(|(taken, _)| taken.source_ref_id).collect();
        app.store.mark_put_away(&kept).await?;
        stayed += kept.len();
        let leaving = leaving.into_iter().map(|(taken, key)| (taken.source_ref_id, key)).collect();
        stayed += put_away(app, &mut mailbox.source, leaving).await?;
    }
    if looked.oldest_unread_at.is_none() {
        looked.oldest_unread_at = oldest.filter(|_| looked.taken >= TURN);
    }
    Ok(stayed)
}

/// Moves committed mails out of the folder and writes that down; if the second
/// step is lost, the next look finds them owed or gone.
async fn put_away(
    app: &App,
    source: &mut MailSource,
    owed: Vec<(i64, String)>,
) -> Result<usize, PollError> {
    let (ids, keys): (Vec<i64>, Vec<String>) = owed.into_iter().unzip();
    let stays_listed = source.put_away(&keys).await?;
    app.store.mark_put_away(&ids).await?;
    Ok(if stays_listed { keys.len() } else { 0 })
}
