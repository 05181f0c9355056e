//! `tierline mail list`: every mail that came in, with its fate; the place to
//! find one that made no ticket.

use serde::Serialize;

use super::arguments::{self, Mail};
use super::compose::{self, database_error};
use super::exit::{CliError, Exit};
use super::output::Output;
use crate::config::Config;
use crate::domain::decision::Disposition;
use crate::domain::id::MailId;
use crate::store::view::MailEntry;
use crate::store::{Store, StoreError};

/// Rows of one read.
const PAGE: u64 = 500;

/// One mail; neither its words nor its sender.
#[derive(Serialize)]
struct Line {
    mailbox: String,
    source_key: String,
    mail: MailId,
    received_at: jiff::Timestamp,
    disposition: Disposition,
    ticket: Option<String>,
    signals: Vec<String>,
}

/// Lists mails of one mailbox or of all.
pub(super) async fn run(
    config: &Config,
    mail: &Mail,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let Mail::List { mailbox, disposition, limit } = mail;
    let wanted = arguments::word(disposition.as_ref(), Disposition::from_word);
    let store = compose::store_beside(config).await?;
    let lines = lines(&store, mailbox.as_deref(), wanted, *limit as usize).await;
    let lines = lines.map_err(database_error)?;
    let rows: Vec<[String; 6]> = lines
        .iter()
        .map(|line| {
            [
                line.mailbox.clone(),
                line.source_key.chars().take(24).collect(),
                line.received_at.strftime("%Y-%m-%d %H:%MZ").to_string(),
                line.disposition.to_string(),
                line.ticket.clone().unwrap_or_default(),
                line.signals.join(" "),
            ]
        })
        .collect();
    output.table(["mailbox", "key", "received", "fate", "ticket", "signals"], &rows, &lines)?;
    Ok(Exit::Done)
}

async fn lines(
    store: &Store,
    only: Option<&str>,
    wanted: Option<Disposition>,
    limit: usize,
) -> Result<Vec<Line>, StoreError> {
    let mut lines = Vec::new();
    for mailbox in store.mailboxes().await? {
        if only.is_some_and(|name| name != mailbox.name) {
            continue;
        }
        let mut offset = 0;
        while lines.len() < limit {
            let page = store.mail_list(mailbox.id, PAGE, offset).await?;
            offset += page.len() as u64;
            let is_last = (page.len() as u64) < PAGE;
            let kept = page
                .into_iter()
                .filter(|entry| wanted.is_none_or(|wanted| entry.mail.disposition == wanted));
            lines.extend(kept.map(|entry| line(&mailbox.name, entry)));
            if is_last {
                break;
            }
        }
    }
    lines.truncate(limit);
    Ok(lines)
}

fn line(mailbox: &str, entry: MailEntry) -> Line {
    let trace = entry.mail.trace;
    Line {
        mailbox: mailbox.to_owned(),
        source_key: entry.source_key,
        mail: entry.mail.id,
        received_at: entry.mail.received_at,
        disposition: entry.mail.disposition,
        ticket: entry.ticket.map(|number| number.to_string()),
        signals: trace.map(|trace| trace.understanding.origin.signals).unwrap_or_default(),
    }
}
