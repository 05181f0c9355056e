//! SIGHUP: the rule files are read again. A policy with a problem is refused
//! and the running one stays.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::compose::{self, PolicyRefused};
use super::exit::CliError;
use crate::app::App;
use crate::config::Config;
use crate::domain::digest::Digest;
use crate::worker::supervisor::Supervisor;

/// Listens until `stop`.
pub(super) fn start(
    app: &Arc<App>,
    config: &Config,
    stop: CancellationToken,
    supervisor: &mut Supervisor,
) {
    let (app, config) = (Arc::clone(app), config.clone());
    supervisor.start_service("policy_reload", async move {
        let mut hangups = signal(SignalKind::hangup()).context("listening for SIGHUP")?;
        tracing::info!("SIGHUP loads the rules again");
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = hangups.recv() => told(reload(&app, &config).await),
            }
        }
    });
}

/// Puts the rule files in force as they are now: their revision, or `None`
/// when nothing in them has changed.
async fn reload(app: &App, config: &Config) -> Result<Option<String>, CliError> {
    let standing = compose::tested_standing(config, app.store.vault())?;
    let policy = &standing.desk.policy;
    let revision = policy.revision.clone();
    if revision == app.standing().desk.policy.revision {
        return Ok(None);
    }
    let hash = Digest::from_hex(&revision).unwrap_or_default();
    let kept = app.store.keep_revision(hash, &policy.files, app.now()).await;
    kept.map_err(compose::database_error)?;
    app.replace_standing(standing);
    Ok(Some(revision))
}

fn told(reloaded: Result<Option<String>, CliError>) {
    match reloaded {
        Ok(Some(revision)) => tracing::info!(policy = revision, "other rules are in force"),
        Ok(None) => tracing::info!("the rules have not changed"),
        Err(error) => match error.cause.downcast_ref::<PolicyRefused>() {
            Some(PolicyRefused(problems)) => {
                for problem in problems {
                    tracing::error!(%problem, "the rules were not loaded; the old ones stay");
                }
            }
            None => tracing::error!(%error, "the rules were not loaded; the old ones stay"),
        },
    }
}
