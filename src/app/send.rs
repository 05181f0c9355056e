//! Letters leave: claimed under a lease, handed over one by one, and every end
//! of an attempt written down before the next begins.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::App;
use crate::fault;
use crate::postage::MailSink;
use crate::postage::directory::DirectorySink;
use crate::postage::smtp::{self, Envelope, Phase, SmtpConnection, SmtpOptions};
use crate::store::StoreError;
use crate::store::outbox::{ClaimedLetter, HandOver};

/// Connections that an engine sends by at once; each has one letter on its way.
pub const LANES: usize = 4;
/// Letters of one claim.
const CLAIM: u64 = 32;

/// One way out, with the connection it keeps.
pub struct Lane {
    sink: MailSink,
    connection: Option<SmtpConnection>,
}

/// What a round of sending did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Letters claimed.
    pub claimed: usize,
    /// Letters the server has now.
    pub handed_over: usize,
}

impl Lane {
    /// A lane that connects when there is a letter.
    #[must_use]
    pub const fn new(sink: MailSink) -> Self {
        Self { sink, connection: None }
    }

    /// Sends what is due, one claim's worth. What it does not come to, because
    /// the program stops or the lease is nearly over, is given back at once.
    ///
    /// # Errors
    /// When the database is out of reach. A letter on its way then is settled
    /// by its lease.
    pub async fn send_due(&mut self, app: &App) -> Result<Sent, StoreError> {
        let now = app.now();
        let lease_until = now.saturating_add(app.leases.letter).unwrap_or(Timestamp::MAX);
        let letters = app.store.claim_letters(&app.owner, CLAIM, now, lease_until).await?;
        let mut sent = Sent { claimed: letters.len(), handed_over: 0 };
        let mut letters = VecDeque::from(letters);
        while let Some(letter) = letters.pop_front() {
            let is_late = lease_until.duration_since(app.now()) < app.leases.attempt;
            if is_late || app.stop.is_cancelled() {
                letters.push_front(letter);
                give_back(app, &mut letters).await?;
                break;
            }
            fault::point("c10");
            let outcome = self.hand_over_or_stop(app, &letter, &mut letters).await;
            let Some(outcome) = outcome else { continue };
            fault::point("c13");
            sent.handed_over += usize::from(matches!(outcome, HandOver::HandedOver { .. }));
            count(&outcome);
            app.store.finish(letter.id, letter.fence, &outcome, app.now()).await?;
            fault::point("rest");
        }
        if sent.handed_over > 0 {
            tracing::info!(letters = sent.handed_over, "letters handed over");
        }
        if sent.claimed == 0 {
            self.hang_up().await;
        }
        Ok(sent)
    }

    /// Hands one over; when the program stops meanwhile, this one is finished
    /// and those behind it do not wait for that.
    async fn hand_over_or_stop(
        &mut self,
        app: &App,
        letter: &ClaimedLetter,
        behind: &mut VecDeque<ClaimedLetter>,
    ) -> Option<HandOver> {
        let mut handing = std::pin::pin!(self.hand_over(app, letter));
        tokio::select! {
            biased;
            outcome = &mut handing => outcome,
            () = app.stop.cancelled() => {
                if let Err(error) = give_back(app, behind).await {
                    tracing::warn!(%error, "claimed letters wait until their lease is over");
                }
                // A letter on its way is never left: its connection has the word.
                handing.await
            }
        }
    }

    /// Says goodbye; an idle connection would be closed by the server anyway.
    async fn hang_up(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.quit().await;
        }
    }

    /// `None`: the lease was lost, and not a byte of the letter left.
    async fn hand_over(&mut self, app: &App, letter: &ClaimedLetter) -> Option<HandOver> {
        match &self.sink {
            MailSink::Directory(directory) => deliver(app, directory, letter).await,
            MailSink::Smtp(options) => {
                let options = options.clone();
                self.hand_over_by_smtp(app, &options, letter).await
            }
        }
    }

    async fn hand_over_by_smtp(
        &mut self,
        app: &App,
        options: &SmtpOptions,
        letter: &ClaimedLetter,
    ) -> Option<HandOver> {
        if self.connection.as_ref().is_none_or(|connection| !connection.is_usable()) {
            match SmtpConnection::connect(options).await {
                Ok(connection) => self.connection = Some(connection),
                // Whatever refuses the connection says nothing about the letter.
                Err(failed) => return Some(retry(app, letter, failed.code, failed.to_string())),
            }
        }
        let connection = self.connection.as_mut()?;
        let envelope =
            Envelope { from: &letter.envelope_from, to: &letter.recipient, bytes: &letter.bytes };
        let on_payload = async || {
            let is_ours = mark_payload(app, letter).await;
            if is_ours {
                fault::point("c11");
            }
            is_ours
        };
        settled(app, letter, connection.hand_over(&envelope, on_payload).await)
    }
}

/// Leases that nobody is going to use.
async fn give_back(app: &App, letters: &mut VecDeque<ClaimedLetter>) -> Result<(), StoreError> {
    let claims: Vec<_> = letters.drain(..).map(|letter| (letter.id, letter.fence)).collect();
    app.store.give_back(&claims).await?;
    Ok(())
}

/// From here on the letter may be out. Only a lease that lasts to the end of the
/// payload counts: one that ran out on the way would send the letter again.
async fn mark_payload(app: &App, letter: &ClaimedLetter) -> bool {
    if fault::is_broken("forget_payload") {
        return true;
    }
    let ends_at = app.now().saturating_add(app.leases.payload).unwrap_or(Timestamp::MAX);
    app.store.mark_payload(letter.id, letter.fence, ends_at).await.unwrap_or(false)
}

/// What an answer of the server means for the row (the table in ARCHITECTURE.md).
fn settled(app: &App, letter: &ClaimedLetter, answer: smtp::HandOver) -> Option<HandOver> {
    Some(match answer {
        smtp::HandOver::LostLease => return None,
        smtp::HandOver::HandedOver { code, reply } => HandOver::HandedOver { code, reply },
        smtp::HandOver::Uncertain { reason } => HandOver::Uncertain { reply: reason },
        smtp::HandOver::BrokenBefore { phase, reason } => {
            retry(app, letter, None, format!("{phase}: {reason}"))
        }
        smtp::HandOver::Refused { phase, code, reply, is_permanent } => {
            // A 5xx to MAIL is about us, not about the borrower's address.
            let is_about_letter = matches!(phase, Phase::RcptTo | Phase::Data | Phase::AfterDot);
            if is_permanent && is_about_letter {
                let reason = format!("refused_at_{phase}");
                HandOver::Discarded { reason, code: Some(code), reply }
            } else {
                retry(app, letter, Some(code), reply)
            }
        }
    })
}

fn retry(app: &App, letter: &ClaimedLetter, code: Option<u16>, reply: String) -> HandOver {
    // Jitter needs no secret, only spread: the letter's own id gives it.
    let spread = letter.id.0.as_u128() as u32 ^ letter.attempts.wrapping_mul(0x9E37_79B9);
    HandOver::Retry { at: smtp::next_attempt(letter.attempts, app.now(), spread), code, reply }
}

async fn deliver(app: &App, directory: &DirectorySink, letter: &ClaimedLetter) -> Option<HandOver> {
    if !mark_payload(app, letter).await {
        return None;
    }
    // The same letter twice is the same file: no end of this is uncertain.
    match directory.deliver(&letter.message_id, &letter.bytes).await {
        Ok(_) => Some(HandOver::HandedOver { code: 250, reply: "250 written".to_owned() }),
        Err(error) => Some(retry(app, letter, None, format!("directory: {}", error.kind()))),
    }
}

fn count(outcome: &HandOver) {
    let state = match outcome {
        HandOver::HandedOver { .. } => "handed_over",
        HandOver::Retry { .. } => "retryable",
        HandOver::Uncertain { .. } => "uncertain",
        HandOver::Discarded { .. } => "discarded",
    };
    metrics::counter!("tierline_letters_total", "outcome" => state).increment(1);
}

/// Leases that ran out, letters that expired, uncertain receipts whose delay is
/// over: how many rows moved on.
///
/// # Errors
/// When the database is out of reach.
pub async fn rescue(app: &App) -> Result<u64, StoreError> {
    let now = app.now();
    app.store.hold_ended_wording(now).await?;
    let rescued = app.store.rescue_expired(now).await?
        + app.store.discard_expired(now).await?
        + app.store.resolve_uncertain_due(now, app.leases.uncertain).await?;
    if rescued > 0 {
        app.wake.outbox.notify_one();
    }
    Ok(rescued)
}

/// Reasons that end when a template version is approved.
const WAITS_FOR_APPROVAL: [&str; 5] = [
    "no_approved_template",
    "template_not_approved",
    "template_retired",
    "template_ended",
    "template_stopped",
];
/// Letters of one round; the next round goes on.
const RELEASED_AT_ONCE: u64 = 500;

/// Freezes and releases letters that were held for want of an approved
/// template, once there is one: how many. A person's letter is never written
/// anew in other wording: it leaves as it is, or waits.
///
/// # Errors
/// When the database is out of reach.
pub async fn release_approved(app: &App, actor: &str) -> Result<usize, StoreError> {
    let now = app.now();
    let standing = app.standing();
    let approved = app.letters.approved(&app.store, now).await?;
    let mut released = 0;
    for held in app.store.letters_held_for(&WAITS_FOR_APPROVAL, RELEASED_AT_ONCE).await? {
        if held.is_by_person {
            released += usize::from(app.store.release_kept(held.id, actor, now).await?);
            continue;
        }
        let frozen = approved.freeze(&held.intent, &standing.sender);
        if frozen.bytes.is_empty() {
            continue;
        }
        let version = frozen.template_version;
        if app.store.release_held(held.id, &frozen.bytes, version, actor, now).await? {
            released += 1;
        }
    }
    if released > 0 {
        app.wake.outbox.notify_one();
    }
    Ok(released)
}
