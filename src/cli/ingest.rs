//! `tierline ingest`: mail from files or standard input takes the same path as
//! mail from a mailbox; with `--dry-run` the decision is shown and forgotten.

use std::path::Path;

use anyhow::anyhow;
use jiff::Timestamp;
use serde_json::json;

use super::arguments::Ingest;
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use super::{compose, decision, progress};
use crate::app::explain::{Explained, Looking};
use crate::app::intake::{self, Arrived, Taken, Via};
use crate::app::{App, Standing};
use crate::clock::{Clock as _, SystemClock, entropy, fresh_ids};
use crate::config::Config;
use crate::domain::digest::Digest;
use crate::domain::mail::Completeness;
use crate::domain::policy::Policy;
use crate::mailbox::file::{self, FileMail};
use crate::mailbox::mime;
use crate::store::Vault;

/// Name under which the ledger knows mail from files.
pub(super) const DOOR: &str = "file";

/// Takes every file in; one that cannot be read does not stop the others.
pub(super) async fn run(
    config: &Config,
    arguments: &Ingest,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let now = SystemClock.now();
    if arguments.received.is_some_and(|at| at > now) {
        return Err(CliError::new(Exit::Usage, anyhow!("--received lies in the future")));
    }
    let mut ingesting = if arguments.dry_run {
        Ingesting::Dry(Box::new(compose::looking(config).await?))
    } else {
        let app = compose::app_beside(config).await?;
        let via = via(config, &app).await?;
        Ingesting::Real(Box::new(app), via)
    };
    let bar = progress::bar(arguments.files.len(), "taking in");
    let mut exit = Exit::Done;
    for path in &arguments.files {
        match file::read(path).await {
            Ok(mail) => {
                let received_at = received_at(config, &mail, arguments.received, now);
                ingesting.take(config, &mail, received_at, output).await?;
            }
            Err(error) => {
                exit = Exit::ProblemsFound;
                bar.suspend(|| output.failed(&error.to_string()))?;
                if output.is_json() {
                    let path = path.display().to_string();
                    output.answer("", &json!({ "file": path, "error": error.to_string() }))?;
                }
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(exit)
}

/// With a database, or without any.
enum Ingesting {
    Dry(Box<Looking>),
    Real(Box<App>, Via),
}

impl Ingesting {
    async fn take(
        &mut self,
        config: &Config,
        mail: &FileMail,
        received_at: Timestamp,
        output: &mut Output,
    ) -> Result<(), CliError> {
        match self {
            Self::Dry(looking) => {
                let explained = explained(config, looking, mail, received_at).await?;
                show(&mail.path, received_at, &explained, output)
            }
            Self::Real(app, via) => {
                let arrived = vec![arrived(mail, received_at)];
                let taken = intake::intake(app, via, arrived).await.or_exit(Exit::Unavailable)?;
                let ids: Vec<i64> = taken.iter().map(|one| one.source_ref_id).collect();
                app.store.mark_put_away(&ids).await.map_err(compose::database_error)?;
                taken.iter().try_for_each(|one| tell(&mail.path, received_at, one, output))
            }
        }
    }
}

/// Another policy with keys that nobody keeps: for looking only.
///
/// # Errors
/// When the operating system has no randomness to give.
pub(super) fn unkept_standing_on(policy: Policy, config: &Config) -> Result<Standing, CliError> {
    let key = entropy().or_exit(Exit::Unavailable)?;
    let vault = Vault::from_entries([(1, key)]).or_exit(Exit::Fault)?;
    compose::standing_on(policy, config, &vault)
}

/// Decides a mail and keeps nothing.
///
/// # Errors
/// When the operating system has no randomness to give, or a database that is
/// there does not answer.
pub(super) async fn explained(
    config: &Config,
    looking: &Looking,
    mail: &FileMail,
    received_at: Timestamp,
) -> Result<Explained, CliError> {
    let now = SystemClock.now();
    let ids = fresh_ids(now).or_exit(Exit::Unavailable)?;
    let own_hosts = own_mx_hosts(config);
    let explained = looking.explain(&mail.raw, (DOOR, &own_hosts), received_at, ids, now).await;
    explained.map_err(compose::database_error)
}

/// The receipt stated, else the earlier of the file's time and our own server's line.
pub(super) fn received_at(
    config: &Config,
    mail: &FileMail,
    stated: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    let own_mx = mime::received_by_own_mx(&mail.raw, &own_mx_hosts(config));
    stated.unwrap_or_else(|| mime::receipt(mail.received_at, own_mx, now))
}

/// Shows a decision that nobody keeps.
///
/// # Errors
/// When it cannot be written.
pub(super) fn show(
    path: &Path,
    received_at: Timestamp,
    explained: &Explained,
    output: &mut Output,
) -> Result<(), CliError> {
    let name = path.display().to_string();
    let shown = decision::shown(&name, received_at, &explained.decision, true);
    output.answer(&shown.text(&explained.mail), &shown)?;
    Ok(())
}

pub(super) fn own_mx_hosts(config: &Config) -> Vec<String> {
    config.mailboxes.iter().flat_map(|mailbox| mailbox.own_mx_hosts.iter().cloned()).collect()
}

async fn via(config: &Config, app: &App) -> Result<Via, CliError> {
    let row = app.store.open_mailbox(DOOR, app.now()).await.map_err(compose::database_error)?;
    Ok(Via {
        mailbox_id: row.id,
        name: row.name,
        epoch: row.epoch,
        uidvalidity: 0,
        own_mx_hosts: own_mx_hosts(config),
        by: None,
    })
}

fn arrived(mail: &FileMail, received_at: Timestamp) -> Arrived {
    Arrived {
        // The same bytes again are the same mail, whatever the file is called.
        source_key: Digest::of(&mail.raw).hex(),
        size: mail.raw.len() as u64,
        internal_at: None,
        raw: mail.raw.clone(),
        completeness: Completeness::Whole,
        received_at: Some(received_at),
    }
}

fn tell(
    path: &Path,
    received_at: Timestamp,
    taken: &Taken,
    output: &mut Output,
) -> Result<(), CliError> {
    let name = path.display().to_string();
    match &taken.decision {
        Some(decision) => {
            let shown = decision::shown(&name, received_at, decision, false);
            output.answer(&shown.line(), &shown)?;
        }
        None => {
            let text = format!("{name}: in the ledger already, nothing changed");
            output.answer(&text, &json!({ "file": name, "is_known": true }))?;
        }
    }
    Ok(())
}
