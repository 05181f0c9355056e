//! Persons and endpoints are told what ladders want of them: the number of a
//! ticket and where it is, nothing else of it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::App;
use crate::clock;
use crate::domain::digest::Digest;
use crate::domain::id::{LetterId, PersonId};
use crate::domain::letter::{AcknowledgmentContext, LetterIntent};
use crate::domain::thread;
use crate::postage::webhook::Endpoints;
use crate::store::notice::ClaimedNotice;
use crate::store::work::LeavingLetter;
use crate::store::{StoreError, VaultError};

/// Notices of one round: after an outage at most so many leave at once.
const AT_ONCE: u64 = 50;
/// Whoever died with a notice loses it after so long.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// Tickets named in one letter; the next letter has the others.
const IN_ONE_LETTER: usize = 10;
/// Calls of one endpoint for one notice.
const MOST_CALLS: u64 = 12;
/// Longest wait between two calls.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(30);
/// Template of the letter to a person of the house.
const TEMPLATE: &str = "staff_notice";
/// A notice that did not leave within a day is no news.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// How people are told.
#[derive(Clone, Debug, Default)]
pub struct Telling {
    /// Endpoints that can be called.
    pub endpoints: Endpoints,
    /// Address of the ticket pages; empty: no link.
    pub ticket_url: String,
}

impl Telling {
    /// The number, with the address of its page when there is one.
    fn named(&self, notice: &ClaimedNotice) -> String {
        match self.ticket_url.as_str() {
            "" => notice.number.to_string(),
            url => format!("{} {url}{}", notice.number, notice.number),
        }
    }
}

/// Tells what is due, one round: how many notices left.
///
/// # Errors
/// When the database is out of reach.
pub async fn tell_due(app: &App) -> Result<usize, StoreError> {
    Ok(by_mail(app).await? + by_webhook(app).await?)
}

/// All notices of one person that are due now are one letter.
async fn by_mail(app: &App) -> Result<usize, StoreError> {
    let now = app.now();
    let claimed = app.store.claim_notices("mail", AT_ONCE, now, LEASE).await?;
    let count = claimed.len();
    let mut by_person: BTreeMap<PersonId, Vec<ClaimedNotice>> = BTreeMap::new();
    for notice in claimed {
        if let Some(person) = notice.person {
            by_person.entry(person).or_default().push(notice);
        }
    }
    for (person, notices) in by_person {
        let Some(address) = app.store.address_of(person).await? else {
            for notice in &notices {
                app.store.notice_failed(notice, "no_address", None).await?;
            }
            tracing::warn!(%person, "a ladder cannot tell a person without an address");
            continue;
        };
        for part in notices.chunks(IN_ONE_LETTER) {
            let letter = letter(app, part, &address, now).await?;
            match app.store.tell_by_letter(part, &letter, now).await {
                Err(error) if !error.is_stale() => return Err(error),
                _ => {}
            }
        }
    }
    if count > 0 {
        app.wake.outbox.notify_one();
    }
    Ok(count)
}

async fn letter(
    app: &App,
    notices: &[ClaimedNotice],
    address: &str,
    now: Timestamp,
) -> Result<LeavingLetter, StoreError> {
    let standing = app.standing();
    let desk = &standing.desk;
    let mut numbers: Vec<String> = Vec::new();
    for notice in notices {
        let named = app.telling.named(notice);
        if !numbers.contains(&named) {
            numbers.push(named);
        }
    }
    let first = notices.first().ok_or(StoreError::Absent("notice"))?;
    let mut ids = clock::fresh_ids(now).map_err(VaultError::from)?;
    let about = Digest::of(first.id.0.as_bytes());
    let token = thread::mint(&desk.reply_keys, about, TEMPLATE, address);
    let host = &desk.own.mail_host;
    let intent = LetterIntent {
        id: LetterId(ids.uuid()),
        ticket_id: first.ticket_id,
        template: TEMPLATE.to_owned(),
        locale: "en".to_owned(),
        recipient: address.to_owned(),
        dedupe_key: format!("told:{}", first.id),
        message_id: thread::message_id(&desk.reply_keys, &token, host),
        reply_to: standing.sender.from_address.clone(),
        envelope_from: thread::bounce_address(&token, host),
        in_reply_to: None,
        references: Vec::new(),
        context: AcknowledgmentContext {
            ticket_number: numbers.join(", "),
            servicer_name: desk.servicer.name.clone(),
            ..AcknowledgmentContext::default()
        },
        written_at: now,
        expires_at: now.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX),
        meets: Vec::new(),
        hold: None,
    };
    let approved = app.letters.approved(&app.store, now).await?;
    let letter = approved.freeze(&intent, &standing.sender);
    Ok(LeavingLetter { letter, author: None, not_before_at: now })
}

async fn by_webhook(app: &App) -> Result<usize, StoreError> {
    let now = app.now();
    let mut told = 0;
    for notice in app.store.claim_notices("webhook", AT_ONCE, now, LEASE).await? {
        let body = json!({
            "notice": notice.id, "ticket": notice.number, "ladder": notice.ladder,
            "step": notice.step, "is_statutory": notice.is_statutory,
            "link": app.telling.named(&notice),
        });
        let endpoint = notice.endpoint.clone().unwrap_or_default();
        match app.telling.endpoints.call(&endpoint, &body.to_string(), app.now()).await {
            Ok(()) => {
                told += 1;
                app.store.notices_sent(std::slice::from_ref(&notice), None, app.now()).await?;
            }
            Err(failed) => {
                let is_last = !failed.may_pass() || notice.attempts + 1 >= MOST_CALLS;
                let retry_at = (!is_last).then(|| next_call(notice.attempts, app.now()));
                app.store.notice_failed(&notice, &failed.to_string(), retry_at).await?;
                if is_last {
                    tracing::error!(%endpoint, reason = %failed, "an endpoint cannot be told");
                }
            }
        }
    }
    Ok(told)
}

/// After 5, 10, 20 … seconds, at most half an hour.
fn next_call(attempts: u64, now: Timestamp) -> Timestamp {
    let doublings = u32::try_from(attempts).unwrap_or(u32::MAX).min(10);
    let wait = SignedDuration::from_secs(5 << doublings).min(LONGEST_WAIT);
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_come_ever_later_and_never_later_than_half_an_hour() {
        let now = Timestamp::UNIX_EPOCH;
        let waits: Vec<i64> =
            [0, 1, 2, 8, 9, 40].map(|attempts| next_call(attempts, now).as_second()).into();
        assert_eq!(waits, [5, 10, 20, 1280, 1800, 1800]);
    }
}
