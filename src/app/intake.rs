//! Mail comes in: bytes are stored and claimed first, then understood, then
//! everything that follows is one transaction for the batch.

mod authenticate;
mod decide;
pub(super) mod known;
mod pending;
mod shares;
mod strike;

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::letters::ApprovedLetters;
use crate::app::{App, Standing};
use crate::domain::authentication::Authentication;
use crate::domain::decision::{Decision, Disposition};
use crate::domain::id::PersonId;
use crate::domain::letter::FrozenLetter;
use crate::domain::mail::{Completeness, InboundMail};
use crate::domain::receive::{Known, Understood};
use crate::fault;
use crate::mailbox::authenticate::merged;
pub(in crate::app) use decide::token_of;
pub use pending::take_pending;
use shares::side_by_side;
pub use strike::{DEATHS, Survived};

use crate::store::ledger::{RawMail, Stored};
use crate::store::{Applied, NewReplyToken, Outcome, StoreError};

/// Rows of one transaction are bounded by this many mails.
pub const BATCH: usize = 128;

/// Why a batch could not be taken in now. Nothing is lost by it: the next look
/// meets the same mails again.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The operating system has no randomness to give.
    #[error("no randomness from the operating system")]
    NoEntropy,
    /// A bug: the core gave up on a mail of this batch.
    #[error("deciding a mail of the batch panicked")]
    Panicked,
}

impl IntakeError {
    fn is_unavailable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_unavailable())
    }

    fn is_stale(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_stale())
    }
}

/// Where a batch comes from.
#[derive(Clone, Debug)]
pub struct Via {
    /// The ledger's id of the mailbox.
    pub mailbox_id: i64,
    /// Its name.
    pub name: String,
    /// Epoch of its UIDs.
    pub epoch: u64,
    /// UIDVALIDITY of the folder (RFC 9051 §2.3.1.1), 0 where there is none.
    pub uidvalidity: u32,
    /// Hosts whose `Received` lines are our own.
    pub own_mx_hosts: Vec<String>,
    /// Who brought the mail in, when that was a person.
    pub by: Option<PersonId>,
}

/// One mail as a source hands it over.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// UID in decimal, or file name.
    pub source_key: String,
    /// Size the source states, in bytes.
    pub size: u64,
    /// INTERNALDATE or file time.
    pub internal_at: Option<Timestamp>,
    /// All bytes, or the header alone of an oversize mail.
    pub raw: Vec<u8>,
    /// Which of the two.
    pub completeness: Completeness,
    /// Receipt stated by a person (`--received`), for mail that came by another door.
    pub received_at: Option<Timestamp>,
}

/// What became of one mail.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Row of the ledger.
    pub source_ref_id: i64,
    /// UID in decimal, or file name.
    pub source_key: String,
    /// Its fate; `None` when another process or an earlier run had it already.
    pub disposition: Option<Disposition>,
    /// Whether it may leave the folder now.
    pub may_be_put_away: bool,
    /// The decision, for who wants to show it.
    pub decision: Option<Arc<Decision>>,
}

/// One mail that is stored, read, and not yet decided.
struct Read {
    stored: Stored,
    source_key: String,
    mail: InboundMail,
    understood: Understood,
    /// Who really sent it, as far as that was checked.
    authentication: Authentication,
}

/// A batch whose bytes are kept and read, and on which nothing is decided yet.
#[derive(Default)]
pub struct Begun {
    read: Vec<Arc<Read>>,
    already: Vec<Taken>,
    /// Begun before: each is read and taken by itself.
    apart: Vec<(Stored, Arrived)>,
    is_alone: bool,
}

/// Takes a batch in.
///
/// # Errors
/// When the database is out of reach; what was committed until then stays
/// committed, the rest is met again by the next poll.
pub async fn intake(
    app: &App,
    via: &Via,
    arrived: Vec<Arrived>,
) -> Result<Vec<Taken>, IntakeError> {
    let begun = begin(app, via, arrived).await?;
    finish(app, via, begun).await
}

/// The first half, which rests on nothing that is decided: the bytes are kept
/// and claimed, and only then read. May run beside the second half of the
/// batch before.
///
/// # Errors
/// When the database is out of reach.
pub async fn begin(app: &App, via: &Via, arrived: Vec<Arrived>) -> Result<Begun, IntakeError> {
    let mut begun = Begun { is_alone: arrived.len() == 1, ..Begun::default() };
    let stored = store_raw(app, via, &arrived).await?;
    fault::point("c4");
    let mut together = Vec::with_capacity(arrived.len());
    for (stored, arrived) in stored.into_iter().zip(arrived) {
        if stored.already.is_some() {
            begun.already.push(already(&stored, arrived.source_key));
        } else if stored.strikes > 0 {
            begun.apart.push((stored, arrived));
        } else {
            together.push((stored, arrived));
        }
    }
    begun.read = read(app, via, together).await?;
    Ok(begun)
}

/// The second half: decided on what is known now, and committed.
///
/// # Errors
/// When the database is out of reach.
pub async fn finish(app: &App, via: &Via, begun: Begun) -> Result<Vec<Taken>, IntakeError> {
    let mut taken = begun.already;
    if !begun.read.is_empty() {
        taken.extend(take_together(app, via, &begun.read).await?);
    }
    for one in begun.apart {
        // A strike was counted for the mail that came alone, and only for it.
        taken.extend(match begun.is_alone {
            true => strike::take_struck(app, via, one).await?,
            false => {
                let read = read(app, via, vec![one]).await?;
                take_together(app, via, &read).await?
            }
        });
    }
    Ok(taken)
}

fn already(stored: &Stored, source_key: String) -> Taken {
    Taken {
        source_ref_id: stored.source_ref_id,
        source_key,
        disposition: None,
        may_be_put_away: true,
        decision: None,
    }
}

async fn store_raw(app: &App, via: &Via, arrived: &[Arrived]) -> Result<Vec<Stored>, StoreError> {
    let raws: Vec<RawMail<'_>> = arrived
        .iter()
        .map(|mail| RawMail {
            mailbox_id: via.mailbox_id,
            epoch: via.epoch,
            uidvalidity: via.uidvalidity,
            source_key: &mail.source_key,
            size: mail.size,
            internal_at: mail.internal_at,
            raw: &mail.raw,
        })
        .collect();
    app.store.store_raw(&raws).await
}

/// One transaction for all; if it fails for a reason that is not the database
/// itself, each mail again alone.
async fn take_together(
    app: &App,
    via: &Via,
    read: &[Arc<Read>],
) -> Result<Vec<Taken>, IntakeError> {
    let standing = app.standing();
    match take(app, &standing, via, read).await {
        Ok(taken) => Ok(taken),
        Err(error) if error.is_unavailable() || read.len() == 1 && !error.is_stale() => Err(error),
        Err(error) => {
            tracing::info!(mails = read.len(), %error, "taking the batch one by one");
            let mut taken = Vec::with_capacity(read.len());
            for one in read {
                taken.extend(take_alone(app, &standing, via, std::slice::from_ref(one)).await?);
            }
            Ok(taken)
        }
    }
}

/// A stale decision is taken again on what is known now, a bounded number of
/// times; each loss means that another writer won.
async fn take_alone(
    app: &App,
    standing: &Arc<Standing>,
    via: &Via,
    one: &[Arc<Read>],
) -> Result<Vec<Taken>, IntakeError> {
    let mut last = None;
    for _ in 0..8 {
        match take(app, standing, via, one).await {
            Err(error) if error.is_stale() => last = Some(error),
            other => return other,
        }
    }
    last.map_or_else(|| Ok(Vec::new()), Err)
}

async fn take(
    app: &App,
    standing: &Arc<Standing>,
    via: &Via,
    read: &[Arc<Read>],
) -> Result<Vec<Taken>, IntakeError> {
    let decided = decided(app, standing, via, read).await?;
    commit(app, via, read, decided).await
}

/// What is to be done about them, and nothing done yet.
async fn decided(
    app: &App,
    standing: &Arc<Standing>,
    via: &Via,
    read: &[Arc<Read>],
) -> Result<Vec<Decided>, IntakeError> {
    let now = app.now();
    let approved = app.letters.approved(&app.store, now).await?;
    let known = known::of_batch(app, standing, read, now).await?;
    decide(standing, via, read, (approved, known), now).await
}

async fn commit(
    app: &App,
    via: &Via,
    read: &[Arc<Read>],
    decided: Vec<Decided>,
) -> Result<Vec<Taken>, IntakeError> {
    let outcomes = apply(app, via, read, &decided).await?;
    fault::point("c7");
    app.wake.outbox.notify_one();
    app.wake.clocks.notify_one();
    let taken = read.iter().zip(decided).zip(outcomes);
    Ok(taken.map(|((one, decided), outcome)| fate(via, one, decided.decision, &outcome)).collect())
}

async fn apply(
    app: &App,
    via: &Via,
    read: &[Arc<Read>],
    decided: &[Decided],
) -> Result<Vec<Outcome>, StoreError> {
    let ids: Vec<[i64; 1]> = read.iter().map(|one| [one.stored.source_ref_id]).collect();
    let applied: Vec<Applied<'_>> = read
        .iter()
        .zip(decided)
        .zip(&ids)
        .map(|((one, decided), ids)| Applied {
            source_ref_ids: ids,
            mailbox_id: via.mailbox_id,
            mail: &one.mail,
            decision: &decided.decision,
            letters: &decided.letters,
            reply_tokens: &decided.reply_tokens,
        })
        .collect();
    app.store.apply(&applied).await
}

fn fate(via: &Via, one: &Read, decision: Arc<Decision>, outcome: &Outcome) -> Taken {
    let is_ours = matches!(outcome, Outcome::Committed);
    let disposition = decision.mail.disposition;
    if is_ours {
        tracing::info!(
            mailbox.name = via.name,
            mail.id = %decision.mail.id,
            disposition = disposition.word(),
            queue.name = decision.trace.route.as_ref().map(|route| route.queue.as_str()),
            "a mail is decided"
        );
    }
    metrics::counter!("tierline_mails_total", "disposition" => disposition.word()).increment(1);
    Taken {
        source_ref_id: one.stored.source_ref_id,
        source_key: one.source_key.clone(),
        disposition: is_ours.then_some(disposition),
        may_be_put_away: disposition != Disposition::Oversize,
        decision: is_ours.then_some(decision),
    }
}

/// Reads and understands the bytes. A mail with too many strikes is looked at
/// by the bounded header scan only.
async fn read(
    app: &App,
    via: &Via,
    batch: Vec<(Stored, Arrived)>,
) -> Result<Vec<Arc<Read>>, IntakeError> {
    let batch = authenticate::by_signatures(app, batch).await?;
    let (standing, via, now) = (app.standing(), via.clone(), app.now());
    let checks = app.checks.clone();
    let reading = move |((stored, arrived), by_signatures): ((Stored, Arrived), _)| {
        let by_server = checks.by_server(&via.name, &arrived.raw, &via.own_mx_hosts);
        let authentication = merged(by_server, by_signatures);
        Arc::new(decide::read(&standing, (stored, arrived), authentication, &via, now))
    };
    // A panic in a parser would be a bug in it, not a reason to lose a batch:
    // whoever is missing now is begun alone and under a strike the next time.
    let shares = side_by_side(batch, reading).await;
    Ok(shares.into_iter().flat_map(Result::unwrap_or_default).collect())
}

/// Decides in order, since each decision changes what is known for the next;
/// letters are rendered side by side.
async fn decide(
    standing: &Arc<Standing>,
    via: &Via,
    read: &[Arc<Read>],
    (approved, known): (Arc<ApprovedLetters>, Vec<Known>),
    now: Timestamp,
) -> Result<Vec<Decided>, IntakeError> {
    let entropy = crate::clock::entropy().map_err(|_| IntakeError::NoEntropy)?;
    let deciding = {
        let (standing, via, read) = (Arc::clone(standing), via.clone(), read.to_vec());
        move || decide::decide(&standing, &via, &read, known, entropy, now)
    };
    let decisions =
        tokio::task::spawn_blocking(deciding).await.map_err(|_| IntakeError::Panicked)?;
    let standing = Arc::clone(standing);
    let writing = move |decision| decide::with_letters(&standing, &approved, decision, now);
    let mut decided = Vec::with_capacity(read.len());
    for share in side_by_side(decisions, writing).await {
        decided.extend(share.map_err(|_| IntakeError::Panicked)?);
    }
    Ok(decided)
}

/// Everything that goes with one decision into the transaction.
pub(crate) struct Decided {
    pub(crate) decision: Arc<Decision>,
    pub(crate) letters: Vec<FrozenLetter>,
    pub(crate) reply_tokens: Vec<NewReplyToken>,
}
