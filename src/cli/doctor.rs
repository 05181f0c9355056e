//! `tierline doctor`: tries everything the engine leans on, a line each.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::arguments::Doctor;
use super::compose::{self, ComposedMailbox};
use super::exit::{CliError, Exit};
use super::output::Output;
use super::progress;
use crate::app::doctor::{self, Finding, Verdict};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;

/// Looks and reports; changes nothing.
pub(super) async fn run(
    config: &Config,
    arguments: &Doctor,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let mut findings = vec![key(config), doctor::zone_data()];
    findings.extend(database(config).await);
    findings.push(doctor::disk(folder_of(config)));
    if !arguments.offline {
        let spinner = progress::spinner("trying servers");
        findings.extend(servers(config).await);
        spinner.finish_and_clear();
    }
    for finding in &findings {
        let line = format!("{}: {}", finding.what, finding.said);
        match finding.verdict {
            Verdict::Good => output.passed(&line)?,
            Verdict::Wrong | Verdict::Unreachable => output.failed(&line)?,
        }
        if output.is_json() {
            output.answer("", finding)?;
        }
    }
    let any = |verdict| findings.iter().any(|finding| finding.verdict == verdict);
    Ok(if any(Verdict::Unreachable) {
        Exit::Unavailable
    } else if any(Verdict::Wrong) {
        Exit::Config
    } else {
        Exit::Done
    })
}

fn key(config: &Config) -> Finding {
    let path = &config.vault.key_file;
    let what = format!("key file {}", path.display());
    match (compose::vault(config), std::fs::metadata(path)) {
        (Ok(vault), Ok(meta)) => {
            let mode = meta.permissions().mode() & 0o777;
            Finding::good(&what, format!("mode {mode:04o}, {} key(s)", vault.kids().len()))
        }
        (Err(error), _) => Finding::wrong(&what, error),
        (_, Err(error)) => Finding::wrong(&what, error),
    }
}

async fn database(config: &Config) -> Vec<Finding> {
    match compose::store_beside(config).await {
        Ok(store) => doctor::database(&store).await,
        Err(error) if error.exit == Exit::Unavailable => {
            vec![Finding::unreachable("database", error)]
        }
        Err(error) => vec![Finding::wrong("database", error)],
    }
}

async fn servers(config: &Config) -> Vec<Finding> {
    let now = SystemClock.now();
    let mut findings = Vec::new();
    match compose::mailboxes(config) {
        Ok(mut mailboxes) => {
            for composed in &mut mailboxes {
                findings.push(doctor::mailbox(&mut composed.mailbox, now).await);
                findings.extend(keep_tokens(composed).await);
            }
        }
        Err(error) => findings.push(Finding::wrong("mailboxes", error)),
    }
    findings.push(match compose::sink(config) {
        Ok(sink) => doctor::relay(&sink).await,
        Err(error) => Finding::wrong("relay", error),
    });
    findings
}

/// Asking for a token may have replaced the refresh token.
async fn keep_tokens(composed: &ComposedMailbox) -> Option<Finding> {
    let kept = composed.tokens.as_ref()?.keep().await;
    let what = format!("mailbox {} refresh token", composed.mailbox.name);
    kept.err().map(|error| Finding::wrong(&what, error))
}

/// Where the database grows; for PostgreSQL, where the program runs.
fn folder_of(config: &Config) -> &Path {
    let file = compose::sqlite_file(&config.database);
    let folder = file.and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}
