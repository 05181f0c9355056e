//! Which mails are fetched together, and what happens when one of them cannot
//! be fetched at all.

use std::collections::{HashMap, HashSet};

use super::{PollError, PolledMailbox};
use crate::app::App;
use crate::app::intake::{Arrived, BATCH, Via};
use crate::domain::mail::Completeness;
use crate::mailbox::Listed;
use crate::mailbox::source::{SourceError, SourceMail};

/// Bytes of one round trip; bounds the engine's memory.
const BATCH_BYTES: u64 = 8 * 1024 * 1024;
/// Header bytes of a mail that is not fetched whole.
const HEAD_BYTES: u32 = 64 * 1024;
/// When so many in a row cannot be fetched and none can, the server is at
/// fault and not one of its mails.
const MOST_FAILURES: u32 = 3;
/// A mail that has failed for so much is not asked for whole again.
const GIVEN_UP: u32 = 10;
/// What a break of the wire's bounds weighs, or a mail that does not come.
const BREAK: u32 = 5;
/// What a NO weighs: a server in trouble says it for a while and then gives
/// the mail out after all.
const REFUSAL: u32 = 1;

/// Cuts a window into round trips; an oversize mail and one that could not be
/// fetched before are alone.
pub(super) fn batches(rows: Vec<Listed>, mailbox: &PolledMailbox, via: &Via) -> Vec<Vec<Listed>> {
    let is_apart = |row: &Listed| {
        row.size > mailbox.max_mail_bytes || mailbox.suspects.contains_key(&name(via, row))
    };
    let (apart, ordinary): (Vec<Listed>, Vec<Listed>) = rows.into_iter().partition(is_apart);
    let mut batches: Vec<Vec<Listed>> = Vec::new();
    let mut bytes = 0;
    for row in ordinary {
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes + row.size <= BATCH_BYTES => {
                bytes += row.size;
                batch.push(row);
            }
            _ => {
                bytes = row.size;
                batches.push(vec![row]);
            }
        }
    }
    batches.extend(apart.into_iter().map(|row| vec![row]));
    batches
}

/// A key means nothing without its epoch: the same UID may be another mail.
fn name(via: &Via, row: &Listed) -> String {
    format!("{}/{}", via.epoch, row.key)
}

/// Fetches one batch. When the wire guard or the protocol breaks on it, the
/// connection is made anew and each mail is asked for alone; one that breaks
/// it again and again is represented by its header or, at the worst, its name.
pub(super) async fn fetch(
    app: &App,
    mailbox: &mut PolledMailbox,
    via: &Via,
    batch: &[Listed],
) -> Result<Vec<Arrived>, PollError> {
    if let [only] = batch {
        let failed = mailbox.suspects.get(&name(via, only));
        let given_up = failed.is_some_and(|weight| *weight >= GIVEN_UP);
        if only.size > mailbox.max_mail_bytes {
            return head_only(app, mailbox, via, only, Completeness::HeadersOnly).await;
        }
        if given_up {
            return head_only(app, mailbox, via, only, Completeness::Unfetchable).await;
        }
    }
    let keys: Vec<String> = batch.iter().map(|row| row.key.clone()).collect();
    match mailbox.source.fetch(&keys, mailbox.max_mail_bytes).await {
        Ok(mails) => {
            let arrived = arrived(batch, mails);
            remember_missing(mailbox, via, batch, &arrived);
            Ok(arrived)
        }
        Err(error) if error.may_be_one_mail() => suspect(app, mailbox, via, batch, error).await,
        Err(error) => Err(error.into()),
    }
}

async fn suspect(
    app: &App,
    mailbox: &mut PolledMailbox,
    via: &Via,
    batch: &[Listed],
    error: SourceError,
) -> Result<Vec<Arrived>, PollError> {
    mailbox.source.disconnect();
    if let [only] = batch {
        let weight = if error.is_refusal() { REFUSAL } else { BREAK };
        *mailbox.suspects.entry(name(via, only)).or_insert(0) += weight;
        return Err(error.into());
    }
    let mut all = Vec::new();
    let mut failed = 0;
    for row in batch {
        select_again(app, mailbox, via).await?;
        match Box::pin(fetch(app, mailbox, via, std::slice::from_ref(row))).await {
            Ok(one) => all.extend(one),
            // It is counted, the connection is gone, and the others go on.
            Err(PollError::Source(error)) if error.may_be_one_mail() => {
                failed += 1;
                if all.is_empty() && failed == MOST_FAILURES {
                    for row in batch {
                        mailbox.suspects.remove(&name(via, row));
                    }
                    return Err(error.into());
                }
            }
            Err(error) => return Err(error),
        }
    }
    select_again(app, mailbox, via).await?;
    Ok(all)
}

/// The UIDs in hand are good only in the folder they were listed in.
async fn select_again(app: &App, mailbox: &mut PolledMailbox, via: &Via) -> Result<(), PollError> {
    let uidvalidity = mailbox.source.select(app.now()).await?;
    if uidvalidity == via.uidvalidity { Ok(()) } else { Err(PollError::Rebuilt) }
}

/// A mail that is listed and never comes must not stay unseen for ever; one
/// that was moved away meanwhile is not listed again.
fn remember_missing(mailbox: &mut PolledMailbox, via: &Via, batch: &[Listed], arrived: &[Arrived]) {
    let came: HashSet<&str> = arrived.iter().map(|mail| mail.source_key.as_str()).collect();
    for row in batch.iter().filter(|row| !came.contains(row.key.as_str())) {
        *mailbox.suspects.entry(name(via, row)).or_insert(0) += BREAK;
    }
}

async fn head_only(
    app: &App,
    mailbox: &mut PolledMailbox,
    via: &Via,
    row: &Listed,
    completeness: Completeness,
) -> Result<Vec<Arrived>, PollError> {
    let head = match mailbox.source.fetch_head(&row.key, HEAD_BYTES).await {
        Ok(Some(head)) => head,
        Ok(None) => return Ok(Vec::new()),
        Err(error) if completeness == Completeness::Unfetchable && error.may_be_one_mail() => {
            mailbox.source.disconnect();
            select_again(app, mailbox, via).await?;
            // Another mail under the same key of another epoch is another mail.
            format!("X-Tierline-Unfetchable: {}/{}\r\n\r\n", via.epoch, row.key).into_bytes()
        }
        Err(error) => return Err(error.into()),
    };
    Ok(vec![Arrived {
        source_key: row.key.clone(),
        size: row.size,
        internal_at: row.received_at,
        raw: head,
        completeness,
        received_at: None,
    }])
}

fn arrived(batch: &[Listed], mails: Vec<SourceMail>) -> Vec<Arrived> {
    let rows: HashMap<&str, &Listed> = batch.iter().map(|row| (row.key.as_str(), row)).collect();
    let known = mails.into_iter().filter_map(|mail| {
        let row = rows.get(mail.key.as_str())?;
        Some(Arrived {
            source_key: mail.key,
            size: row.size,
            internal_at: row.received_at,
            raw: mail.raw,
            completeness: Completeness::Whole,
            received_at: None,
        })
    });
    known.collect()
}
