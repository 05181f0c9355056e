//! `tierline ticket open`: a letter, a call or a visit becomes a ticket by the
//! same decision as a mail; statutory notices arrive on paper too.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use serde_json::json;

use crate::app::open_ticket::{self, Contact, Paper};
use crate::cli::arguments::{self, OpenTicket};
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::cli::output::Output;
use crate::cli::{compose, decision, identity};
use crate::config::Config;
use crate::domain::actor::Role;
use crate::domain::channel::Channel;

/// Bytes of all papers together.
const MOST_BYTES: u64 = 25 << 20;

pub(super) async fn run(
    config: &Config,
    open: &OpenTicket,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let address = open.from_address.as_deref().map(checked).transpose()?;
    let papers = papers(&open.files).or_exit(Exit::Usage)?;
    let app = compose::app_beside(config).await?;
    if open.received > app.now() {
        return Err(CliError::new(Exit::Usage, anyhow!("--received lies in the future")));
    }
    let person = identity::proven(&app.store, &open.by, open.secret.secret_file.as_deref()).await?;
    if !matches!(person.role, Role::Agent | Role::Supervisor | Role::Compliance) {
        let text = format!("an {} opens no tickets", person.role);
        return Err(CliError::new(Exit::Refused, anyhow!(text)));
    }
    let contact = Contact {
        channel: channel(open.channel),
        received_at: open.received,
        subject: open.subject.clone(),
        from_name: open.from_name.clone(),
        from_address: address,
        papers,
        by: person.id,
    };
    let taken = open_ticket::open_ticket(&app, &contact).await.or_exit(Exit::Unavailable)?;
    let door = contact.channel.word();
    match taken.as_ref().and_then(|taken| taken.decision.as_deref()) {
        Some(decided) => {
            let shown = decision::shown(door, contact.received_at, decided, false);
            output.answer(&shown.line(), &shown)?;
        }
        None => {
            let text = format!("{door}: this contact is a ticket already, nothing changed");
            output.answer(&text, &json!({ "file": door, "is_known": true }))?;
        }
    }
    Ok(Exit::Done)
}

fn channel(channel: arguments::Channel) -> Channel {
    match channel {
        arguments::Channel::Letter => Channel::Letter,
        arguments::Channel::Phone => Channel::Phone,
        arguments::Channel::WalkIn => Channel::WalkIn,
    }
}

fn checked(address: &str) -> Result<String, CliError> {
    let is_plain = address.bytes().all(|b| b.is_ascii_graphic() && !b"<>,;\"".contains(&b));
    match address.split_once('@') {
        Some((local, host)) if is_plain && !local.is_empty() && !host.is_empty() => {
            Ok(address.to_lowercase())
        }
        _ => Err(CliError::new(Exit::Usage, anyhow!("--from-address: write name@host"))),
    }
}

fn papers(files: &[std::path::PathBuf]) -> anyhow::Result<Vec<Paper>> {
    let mut left = MOST_BYTES;
    let mut papers = Vec::with_capacity(files.len());
    for path in files {
        let named = || path.display().to_string();
        let size = std::fs::metadata(path).with_context(named)?.len();
        left = left.checked_sub(size).ok_or_else(|| anyhow!("the files are over 25 MiB"))?;
        let bytes = std::fs::read(path).with_context(named)?;
        papers.push(Paper { name: file_name(path), bytes });
    }
    Ok(papers)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
