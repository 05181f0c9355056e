//! Which mails are fetched together, and what happens when one of them cannot
//! be fetched at all.

use std::collections::{HashMap, HashSet};

use super::{PollError, PolledMailbox};
use crate::app::App;
use crate::app::intake::{Arrived, BATCH};
use crate::domain::mail::Completeness;
use crate::mailbox::Listed;
use crate::mailbox::source::{SourceError, SourceMail};

/// Bytes of one round trip; bounds the engine's memory.
const BATCH_BYTES: u64 = 8 * 1024 * 1024;
/// Header bytes of a mail that is not fetched whole.
const HEAD_BYTES: u32 = 64 * 1024;
/// A mail whose bytes broke the wire's bounds this often is not asked for again.
const FAILURES: u32 = 2;

/// Cuts a window into round trips; an oversize mail and one that could not be
/// fetched before are alone.
pub(super) fn batches(rows: Vec<Listed>, mailbox: &PolledMailbox) -> Vec<Vec<Listed>> {
    let is_apart =
        |row: &Listed| row.size > mailbox.max_mail_bytes || mailbox.suspects.contains_key(&row.key);
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

/// Fetches one batch. When the wire guard or the protocol breaks on it, the
/// connection is made anew and each mail is asked for alone; one that breaks
/// it again and again is represented by its header or, at the worst, its name.
pub(super) async fn fetch(
    app: &App,
    mailbox: &mut PolledMailbox,
    batch: &[Listed],
) -> Result<Vec<Arrived>, PollError> {
    if let [only] = batch {
        let given_up = mailbox.suspects.get(&only.key).is_some_and(|count| *count >= FAILURES);
        if only.size > mailbox.max_mail_bytes {
            return head_only(mailbox, only, Completeness::HeadersOnly).await;
        }
        if given_up {
            return head_only(mailbox, only, Completeness::Stub).await;
        }
    }
    let keys: Vec<String> = batch.iter().map(|row| row.key.clone()).collect();
    match mailbox.source.fetch(&keys, mailbox.max_mail_bytes).await {
        Ok(mails) => {
            let arrived = arrived(batch, mails);
            remember_missing(mailbox, batch, &arrived);
            Ok(arrived)
        }
        Err(error) if error.may_be_one_mail() => suspect(app, mailbox, batch, error).await,
        Err(error) => Err(error.into()),
    }
}

async fn suspect(
    app: &App,
    mailbox: &mut PolledMailbox,
    batch: &[Listed],
    error: SourceError,
) -> Result<Vec<Arrived>, PollError> {
    mailbox.source.disconnect();
    if let [only] = batch {
        *mailbox.suspects.entry(only.key.clone()).or_insert(0) += 1;
        return Err(error.into());
    }
    let mut all = Vec::new();
    for row in batch {
        mailbox.source.select(app.now()).await?;
        match Box::pin(fetch(app, mailbox, std::slice::from_ref(row))).await {
            Ok(one) => all.extend(one),
            Err(PollError::Source(error)) if error.may_be_one_mail() => {
                mailbox.source.disconnect();
            }
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}

/// A mail that is listed and never comes must not stay unseen for ever; one
/// that was moved away meanwhile is not listed again.
fn remember_missing(mailbox: &mut PolledMailbox, batch: &[Listed], arrived: &[Arrived]) {
    let came: HashSet<&str> = arrived.iter().map(|mail| mail.source_key.as_str()).collect();
    for row in batch.iter().filter(|row| !came.contains(row.key.as_str())) {
        *mailbox.suspects.entry(row.key.clone()).or_insert(0) += 1;
    }
}

async fn head_only(
    mailbox: &mut PolledMailbox,
    row: &Listed,
    completeness: Completeness,
) -> Result<Vec<Arrived>, PollError> {
    let head = match mailbox.source.fetch_head(&row.key, HEAD_BYTES).await {
        Ok(Some(head)) => head,
        Ok(None) => return Ok(Vec::new()),
        Err(error) if completeness == Completeness::Stub && error.may_be_one_mail() => {
            mailbox.source.disconnect();
            format!("X-Tierline-Unfetchable: {}\r\n\r\n", row.key).into_bytes()
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
