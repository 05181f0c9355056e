//! SIGHUP: the rule files are read again. What differs from the policy in
//! force becomes a draft; nothing is put in force here.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::compose::{self, PolicyRefused};
use super::exit::CliError;
use crate::app::App;
use crate::config::Config;
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
                _ = hangups.recv() => told(compose::draft_folder(&app, &config).await),
            }
        }
    });
}

fn told(reloaded: Result<Option<String>, CliError>) {
    match reloaded {
        Ok(Some(revision)) => {
            tracing::info!(draft = revision, "other rules are a draft; `tierline policy diff`");
        }
        Ok(None) => tracing::info!("the rules have not changed"),
        Err(error) => match error.cause.downcast_ref::<PolicyRefused>() {
            Some(PolicyRefused(problems)) => {
                for problem in problems {
                    tracing::error!(%problem, "the rules were not loaded; the policy in force stays");
                }
            }
            None => tracing::error!(%error, "the rules were not loaded; the policy in force stays"),
        },
    }
}
