//! Periodic jobs of a running engine: cron expressions in the instance's zone,
//! each run claimed by exactly one process.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use jiff::tz::TimeZone;

use super::exit::{CliError, Exit, OrExit as _};
use crate::app::{App, reconcile};
use crate::config::Config;
use crate::worker::scheduler::{Schedule, next_after};
use crate::worker::supervisor::{Progress, Supervisor, Worker};

/// How often the job table is looked at.
const LOOK: Duration = Duration::from_secs(20);

/// Starts the scheduler and the gauges.
///
/// # Errors
/// With exit status 3 when a cron expression cannot be read.
pub fn start(app: &Arc<App>, config: &Config, supervisor: &mut Supervisor) -> Result<(), CliError> {
    let mut jobs = Vec::new();
    for (name, expression) in config.jobs.expressions() {
        jobs.push((name, Schedule::parse(expression).or_exit(Exit::Config)?));
    }
    supervisor.start(scheduler(app, Arc::new(jobs), config.instance.timezone.clone()));
    supervisor.start(gauge_keeper(app));
    Ok(())
}

type Jobs = Arc<Vec<(&'static str, Schedule)>>;

fn scheduler(app: &Arc<App>, jobs: Jobs, zone: TimeZone) -> Worker {
    let app = Arc::clone(app);
    Worker::new("scheduler", LOOK, move || {
        let (app, jobs, zone) = (Arc::clone(&app), Arc::clone(&jobs), zone.clone());
        async move {
            for (name, schedule) in jobs.iter() {
                let now = app.now();
                let next = next_after(schedule, &zone, now).context("a job without a next run")?;
                app.store.ensure_job(name, next).await?;
                if app.store.claim_job(name, now, next).await? {
                    tracing::info!(job = name, "begins");
                    run(&app, name).await.with_context(|| format!("job {name}"))?;
                }
            }
            Ok(Progress::Idle)
        }
    })
}

async fn run(app: &App, name: &str) -> anyhow::Result<()> {
    match name {
        "conservation_check" => {
            let unbalanced = reconcile::unbalanced(app).await?;
            metrics::gauge!("tierline_unbalanced_mailboxes").set(unbalanced.len() as f64);
            anyhow::ensure!(unbalanced.is_empty(), "the books do not balance: {unbalanced:?}");
        }
        "audit_check" => {
            let report = app.store.verify(None).await?;
            if let Some(broken) = report.first_break {
                anyhow::bail!("the record is broken: {} at event {}", broken.stream, broken.seq);
            }
        }
        other => anyhow::bail!("there is no job called {other}"),
    }
    Ok(())
}

/// Keeps the gauges of `/metrics` true: ages in seconds, rows by state.
fn gauge_keeper(app: &Arc<App>) -> Worker {
    let app = Arc::clone(app);
    Worker::new("gauge_keeper", Duration::from_secs(15), move || {
        let app = Arc::clone(&app);
        async move {
            let now = app.now();
            let age = |at: Option<jiff::Timestamp>| {
                at.map_or(0.0, |at| now.duration_since(at).as_secs_f64().max(0.0))
            };
            for (state, rows) in app.store.outbox_counts().await? {
                metrics::gauge!("tierline_outbox_letters", "state" => state.word())
                    .set(rows as f64);
            }
            let oldest = app.store.outbox_oldest_at().await?;
            metrics::gauge!("tierline_outbox_age_seconds").set(age(oldest));
            for mailbox in app.store.mailboxes().await? {
                let name = mailbox.name.clone();
                metrics::gauge!("tierline_mailbox_last_success_age_seconds", "mailbox" => name)
                    .set(age(mailbox.last_success_at));
                metrics::gauge!("tierline_oldest_unread_age_seconds", "mailbox" => mailbox.name)
                    .set(age(mailbox.oldest_unread_at));
            }
            Ok(Progress::Idle)
        }
    })
}
