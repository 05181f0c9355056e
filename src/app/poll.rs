//! One look at one mailbox: what the folder has and the ledger has not is
//! fetched, taken in, and only after its commit put away.

mod fetch;
mod sort;
mod work;

use std::collections::HashMap;

use jiff::Timestamp;

use super::intake::{self, IntakeError, Via};
use super::{App, policy};
use crate::mailbox::source::{MailSource, SourceError};
use crate::store::StoreError;

/// Mails of one listing: enough batches that the line of them is mostly full.
const WINDOW: u32 = 2000;
/// Mails of one turn, after which another process may have the mailbox.
const TURN: usize = 2000;

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
    /// Whether another process asked for it during the look.
    pub is_wanted: bool,
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
    /// The folder got another UIDVALIDITY while it was looked at: no UID of
    /// this look means anything any more.
    #[error("the folder was rebuilt during the look")]
    Rebuilt,
}

impl PollError {
    fn is_without_database(&self) -> bool {
        match self {
            Self::Store(error) | Self::Intake(IntakeError::Store(error)) => error.is_unavailable(),
            _ => false,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Store(_) => "database",
            Self::Intake(_) => "intake",
            Self::Rebuilt => "folder_rebuilt",
        }
    }
}

/// Looks once, for at most [`TURN`] mails, under the mailbox's lease.
///
/// # Errors
/// When the server or the database is out of reach. What was committed stays
/// committed; the next look finds the rest.
pub async fn poll(app: &App, mailbox: &mut PolledMailbox) -> Result<Polled, PollError> {
    // At the instant of an activation, not up to a second later. When it cannot
    // be taken up mail goes on by the old one; the follower raises the alarm.
    let _ = policy::follow(app).await;
    let now = app.now();
    let row = app.store.open_mailbox(&mailbox.name, now).await?;
    let Some(fence) = lease(app, row.id).await? else {
        return Ok(Polled { is_elsewhere: true, ..Polled::default() });
    };
    let looked = look(app, mailbox, row.id).await;
    let problem = match &looked {
        Ok(looked) => looked.problem,
        Err(error) => Some(error.code()),
    };
    if looked.is_err() {
        mailbox.source.disconnect();
    }
    // A database that is away would keep both notes waiting for as long as it
    // waits for anything; the lease runs out by itself.
    let looked = match looked {
        Err(error) if error.is_without_database() => return Err(error),
        other => other,
    };
    let oldest = looked.as_ref().ok().and_then(|looked| looked.oldest_unread_at);
    // The outcome of the look matters more than the note about it.
    let noted = app.store.note_poll(row.id, problem, oldest, app.now()).await;
    let released = app.store.release_lease(row.id, &app.owner).await;
    let looked = looked?;
    noted?;
    let is_wanted = released?.is_some_and(|now| now != fence);
    Ok(Polled { taken: looked.taken, has_more: looked.has_more, is_elsewhere: false, is_wanted })
}

/// Takes the mailbox, or keeps it: a program that dies gives it up soon. Whoever
/// lost it meanwhile only wastes work, since the ledger's keys decide.
async fn lease(app: &App, id: i64) -> Result<Option<u64>, StoreError> {
    let now = app.now();
    let until = now.saturating_add(app.leases.mailbox).unwrap_or(Timestamp::MAX);
    app.store.claim_lease(id, &app.owner, until, now).await
}

/// Renews the lease when a good part of it is over.
async fn keep_lease(app: &App, id: i64, looked: &mut Looked) -> Result<(), StoreError> {
    let now = app.now();
    if now.duration_since(looked.leased_at) >= app.leases.mailbox / 4 {
        lease(app, id).await?;
        looked.leased_at = now;
    }
    Ok(())
}

#[derive(Default)]
struct Looked {
    taken: usize,
    has_more: bool,
    oldest_unread_at: Option<Timestamp>,
    /// When the lease was last renewed.
    leased_at: Timestamp,
    /// What went wrong without stopping the look, for the health page.
    problem: Option<&'static str>,
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
        by: None,
    };
    let mut looked = Looked::default();
    let mut position = Some(1);
    let mut is_rebuilt = false;
    while let Some(first) = position {
        let window = mailbox.source.list_window(first, WINDOW).await?;
        let Some(sorted) = sort::sort(app, mailbox, &via, &window).await? else {
            // A server that shows other sizes each time must not hold us here.
            if is_rebuilt {
                looked.problem = Some("uid_reused_again");
                return Ok(looked);
            }
            is_rebuilt = true;
            via.epoch = app.store.bump_epoch(id, "uid_reused", app.now()).await?;
            position = Some(1);
            continue;
        };
        let stayed = work::work(app, mailbox, &via, sorted, &mut looked).await?;
        let gone = window.rows.len().saturating_sub(stayed);
        let gone = u32::try_from(gone).unwrap_or(u32::MAX);
        position = window.next.map(|next| next.saturating_sub(gone).max(1));
        if looked.taken >= TURN || app.stop.is_cancelled() {
            looked.has_more = position.is_some();
            return Ok(looked);
        }
    }
    // What the ledger holds and the folder does not show any more was begun
    // and then lost its server copy: its bytes are ours, and it is taken in.
    looked.taken += intake::take_pending(app, &via).await?;
    // A move whose answer was lost: moving what is gone is a success.
    let owed = app.store.refs_to_put_away(id, via.epoch, u64::from(WINDOW)).await?;
    let owed = owed.into_iter().map(|owed| (owed.id, owed.source_key)).collect();
    work::put_away(app, &mut mailbox.source, owed, &mut looked).await?;
    Ok(looked)
}
