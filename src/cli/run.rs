//! `tierline run`: every worker under one supervisor until SIGTERM.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::arguments::Run;
use super::exit::{CliError, Exit, OrExit as _};
use super::{check, compose, reload};
use crate::app::poll::{self, PolledMailbox};
use crate::app::send::{self, Lane};
use crate::app::{App, reconcile, sweep};
use crate::config::Config;
use crate::mailbox::source::Waited;
use crate::postage::MailSink;
use crate::telemetry::Metrics;
use crate::worker::supervisor::{Patience, Progress, Supervisor, Worker, stop_on_signal};

/// Ways out at once.
const LANES: usize = 2;

/// Works until SIGTERM or SIGINT, then drains within 30 seconds.
///
/// # Errors
/// When the engine cannot be built, or a worker had to be cut off at the end.
pub(super) async fn run(config: &Config, arguments: &Run) -> Result<Exit, CliError> {
    check::refuse_problems(config)?;
    let app = Arc::new(compose::app(config).await?);
    let mailboxes = compose::mailboxes(config)?;
    let sink = compose::sink(config)?;
    if arguments.once {
        once(&app, mailboxes, sink).await?;
        return Ok(Exit::Done);
    }
    let metrics = Metrics::install().or_exit(Exit::Fault)?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        policy = app.standing().desk.policy.revision,
        mailboxes = mailboxes.len(),
        "begins"
    );
    let stop = CancellationToken::new();
    let mut supervisor = Supervisor::new(Arc::clone(&app.clock), Patience::default(), stop.clone());
    for (mailbox, settings) in mailboxes.into_iter().zip(&config.mailboxes) {
        supervisor.start(mailbox_poller(&app, mailbox, settings.poll_interval, stop.clone()));
    }
    for lane in 0..LANES {
        supervisor.start(outbox_sender(&app, &sink, lane, config.outbox.poll_interval));
    }
    supervisor.start(outbox_rescuer(&app));
    supervisor.start(clock_sweeper(&app, config.jobs.sweep_interval));
    super::jobs::start(&app, config, &mut supervisor)?;
    super::serve::start(&app, config, metrics, stop.clone(), &mut supervisor).await?;
    reload::start(&app, config, stop.clone(), &mut supervisor);
    supervisor.start_service("signals", stop_on_signal(stop));
    let late = supervisor.finish().await;
    Ok(if late.is_empty() { Exit::Done } else { Exit::Fault })
}

/// Everything that is due now, once, in the order of the pipe.
pub(super) async fn once(
    app: &App,
    mailboxes: Vec<PolledMailbox>,
    sink: MailSink,
) -> Result<(), CliError> {
    for mut mailbox in mailboxes {
        while poll::poll(app, &mut mailbox).await.or_exit(Exit::Unavailable)?.has_more {}
    }
    while sweep::sweep(app).await.or_exit(Exit::Unavailable)? > 0 {}
    send::rescue(app).await.or_exit(Exit::Unavailable)?;
    let mut lane = Lane::new(sink);
    while lane.send_due(app).await.or_exit(Exit::Unavailable)?.claimed > 0 {}
    let unbalanced = reconcile::unbalanced(app).await.or_exit(Exit::Unavailable)?;
    if unbalanced.is_empty() {
        return Ok(());
    }
    let names = unbalanced.join(", ");
    Err(CliError::new(Exit::ProblemsFound, anyhow::anyhow!("the books do not balance: {names}")))
}

/// Looks, then waits for the server to say that there is more; the period
/// bounds the wait where it cannot.
fn mailbox_poller(
    app: &Arc<App>,
    mailbox: PolledMailbox,
    period: Duration,
    stop: CancellationToken,
) -> Worker {
    let name = format!("mailbox_poller:{}", mailbox.name);
    let mailbox = Arc::new(Mutex::new(mailbox));
    let app = Arc::clone(app);
    // Two processes take turns: whoever found nothing to do looks again soon.
    let rest = if app.store.is_postgres() { Duration::from_millis(250) } else { period };
    Worker::new(&name, rest.min(period), move || {
        let (app, mailbox, stop) = (Arc::clone(&app), Arc::clone(&mailbox), stop.clone());
        async move {
            let mut mailbox = mailbox.lock().await;
            let polled = poll::poll(&app, &mut mailbox).await?;
            if polled.has_more {
                return Ok(Progress::Busy);
            }
            if polled.is_elsewhere {
                return Ok(Progress::Idle);
            }
            let waited = tokio::select! {
                () = stop.cancelled() => None,
                waited = mailbox.source.wait(period) => Some(waited),
            };
            match waited {
                // The wait owned the connection; cut short, it is not used again.
                None => mailbox.source.disconnect(),
                Some(Ok(Waited::Waited)) => return Ok(Progress::Busy),
                Some(Ok(Waited::CannotTell)) => {}
                Some(Err(_)) => mailbox.source.disconnect(),
            }
            Ok(Progress::Idle)
        }
    })
}

fn outbox_sender(app: &Arc<App>, sink: &MailSink, lane: usize, period: Duration) -> Worker {
    let sending = Arc::new(Mutex::new(Lane::new(sink.clone())));
    let wake = Arc::clone(&app.wake.outbox);
    let app = Arc::clone(app);
    let mut worker = Worker::new(&format!("outbox_sender:{lane}"), period, move || {
        let (app, sending) = (Arc::clone(&app), Arc::clone(&sending));
        async move {
            let sent = sending.lock().await.send_due(&app).await?;
            Ok(if sent.claimed > 0 { Progress::Busy } else { Progress::Idle })
        }
    });
    worker.wake = wake;
    worker
}

fn outbox_rescuer(app: &Arc<App>) -> Worker {
    let app = Arc::clone(app);
    Worker::new("outbox_rescuer", Duration::from_secs(30), move || {
        let app = Arc::clone(&app);
        async move {
            let rescued = send::rescue(&app).await?;
            let released = send::release_approved(&app, "engine").await?;
            let is_busy = rescued > 0 || released > 0;
            Ok(if is_busy { Progress::Busy } else { Progress::Idle })
        }
    })
}

fn clock_sweeper(app: &Arc<App>, period: Duration) -> Worker {
    let wake = Arc::clone(&app.wake.clocks);
    let app = Arc::clone(app);
    let mut worker = Worker::new("clock_sweeper", period, move || {
        let app = Arc::clone(&app);
        async move {
            let swept = sweep::sweep(&app).await?;
            Ok(if swept > 0 { Progress::Busy } else { Progress::Idle })
        }
    });
    worker.wake = wake;
    worker
}
