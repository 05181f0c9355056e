//! The work between the two transactions that needs no database: bytes to
//! mails, mails to decisions, decisions to letters. Runs off the async threads.

use std::sync::Arc;

use jiff::Timestamp;

use super::known::Earlier;
use super::{Arrived, Decided, Read, Via, strike};
use crate::app::Standing;
use crate::app::letters::ApprovedLetters;
use crate::domain::authentication::Authentication;
use crate::domain::decision::Decision;
use crate::domain::digest::Digest;
use crate::domain::id::FreshIds;
use crate::domain::letter::{FrozenLetter, LetterIntent};
use crate::domain::mail::{Completeness, InboundMail};
use crate::domain::receive::{self, Known, Understood};
use crate::domain::thread::Token;
use crate::mailbox::mime::{self, MimeLimits};
use crate::store::NewReplyToken;
use crate::store::ledger::Stored;

/// A borrower may answer a letter for half a year by its token.
const TOKEN_LIFETIME: jiff::SignedDuration = jiff::SignedDuration::from_hours(180 * 24);

/// Bytes to a mail that is understood, whatever they are.
pub(super) fn read(
    standing: &Standing,
    (stored, arrived): (Stored, Arrived),
    authentication: Authentication,
    via: &Via,
    now: Timestamp,
) -> Read {
    let mail = parse(&stored, &arrived, &via.own_mx_hosts, now);
    let understood = Understood::of(&standing.desk, &mail, &via.name);
    Read { stored, source_key: arrived.source_key, mail, understood, authentication }
}

fn parse(stored: &Stored, arrived: &Arrived, own_hosts: &[String], now: Timestamp) -> InboundMail {
    let own_mx = mime::received_by_own_mx(&arrived.raw, own_hosts);
    let received_at =
        arrived.received_at.unwrap_or_else(|| mime::receipt(arrived.internal_at, own_mx, now));
    let mut mail = if arrived.completeness == Completeness::Unfetchable {
        mime::unfetchable(&arrived.raw, stored.raw_sha, arrived.size, received_at)
    } else if arrived.completeness == Completeness::HeadersOnly {
        mime::headers_only(&arrived.raw, arrived.size, received_at)
    } else if strike::is_out(stored.strikes) || arrived.completeness == Completeness::Stub {
        mime::stub(&arrived.raw, received_at)
    } else {
        mime::parse(&arrived.raw, received_at, &MimeLimits::default())
    };
    // The claim key is the digest of the bytes that the ledger keeps.
    mail.raw_sha = stored.raw_sha;
    mail
}

/// Decides a batch in order; each mail sees what the earlier ones change.
pub(super) fn decide(
    standing: &Standing,
    via: &Via,
    read: &[Arc<Read>],
    known: Vec<Known>,
    entropy: [u8; 32],
    now: Timestamp,
) -> Vec<Decision> {
    let mut earlier = Earlier::default();
    let mut decided = Vec::with_capacity(read.len());
    for (at, (one, mut known)) in read.iter().zip(known).enumerate() {
        let mail = (&one.mail, &one.understood);
        earlier.correct(&mut known, &one.mail);
        let seed = Digest::of_fields(&[&entropy, &(at as u64).to_be_bytes()]);
        let ids = FreshIds::new(now, seed.0);
        let mut decision = receive::decide(&standing.desk, &known, mail, &via.name, ids, now);
        name_the_person(via, &mut decision);
        earlier.remember(&one.mail, &decision);
        decided.push(decision);
    }
    decided
}

/// The mail came in by a person's act: the record says whose.
fn name_the_person(via: &Via, decision: &mut Decision) {
    let first = decision.events.first_mut().filter(|event| event.kind != "clock_started");
    if let (Some(person), Some(event)) = (via.by, first) {
        event.actor = format!("person:{person}");
    }
}

/// A decision with its letters as they will leave.
pub(super) fn with_letters(
    standing: &Standing,
    approved: &ApprovedLetters,
    mut decision: Decision,
    now: Timestamp,
) -> Decided {
    let freeze = |intent: &LetterIntent| approved.freeze(intent, &standing.sender);
    let letters: Vec<FrozenLetter> = decision.letters.iter().map(freeze).collect();
    let today = standing.desk.policy.clocks.local_date(now);
    for letter in letters.iter().filter(|letter| is_stuck(letter)) {
        receive::ask_for_wording(&mut decision, &letter.intent, today, now);
    }
    seal_on_record(&letters, &mut decision);
    let reply_tokens = decision.letters.iter().filter_map(|intent| token_of(intent, now)).collect();
    Decided { decision: Arc::new(decision), letters, reply_tokens }
}

/// Nothing but a person's act will let it go.
fn is_stuck(letter: &FrozenLetter) -> bool {
    let reasons = ["no_approved_template", "not_renderable"];
    letter.held_reason.as_deref().is_some_and(|reason| reasons.contains(&reason))
}

/// The record of a written letter names its bytes, so that later edits are found.
fn seal_on_record(letters: &[FrozenLetter], decision: &mut Decision) {
    for letter in letters.iter().filter(|letter| !letter.bytes.is_empty()) {
        let id = serde_json::json!(letter.intent.id);
        let written = decision
            .events
            .iter_mut()
            .find(|event| event.kind == "letter_written" && event.particulars["letter"] == id);
        if let Some(event) = written {
            event.particulars["sha256"] = serde_json::json!(Digest::of(&letter.bytes));
            event.particulars["version"] = serde_json::json!(letter.template_version);
        }
    }
}

/// The reply token that a letter carries, as the store keeps it.
pub(in crate::app) fn token_of(intent: &LetterIntent, now: Timestamp) -> Option<NewReplyToken> {
    let text = intent.reply_to.strip_prefix("reply+")?.split('@').next()?;
    Some(NewReplyToken {
        handle: Token::parse(text)?.handle,
        ticket_id: intent.ticket_id,
        recipient: intent.recipient.clone(),
        expires_at: now.saturating_add(TOKEN_LIFETIME).unwrap_or(Timestamp::MAX),
    })
}
