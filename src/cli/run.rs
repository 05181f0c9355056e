//! `tierline run`: every worker under one supervisor until SIGTERM.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::arguments::Run;
use super::compose::{self, ComposedMailbox, TokenKeeper};
use super::exit::{CliError, Exit, OrExit as _};
use super::serve::Admission;
use super::{check, reload};
use crate::app::poll::{self, PolledMailbox};
use crate::app::send::{self, Lane};
use crate::app::sweep::Swept;
use crate::app::{App, ladder, notify, policy, reconcile, sweep};
use crate::config::Config;
use crate::mailbox::source::Waited;
use crate::postage::MailSink;
use crate::telemetry::Metrics;
use crate::worker::supervisor::{Patience, Progress, Supervisor, Worker, stop_on_signal};

/// Longest wait between two looks at the ladders.
const LADDERS_LOOK: Duration = Duration::from_secs(5);
/// Pause of a process that found a mailbox in another's hands.
const SHARED_PAUSE: Duration = Duration::from_millis(250);

/// Works until SIGTERM or SIGINT, then drains within 30 seconds.
///
/// # Errors
/// When the engine cannot be built, or a worker had to be cut off at the end.
pub(super) async fn run(config: &Config, arguments: &Run) -> Result<Exit, CliError> {
    check::refuse_wrong_jobs(config)?;
    let app = Arc::new(compose::app(config).await?);
    check::refuse_wrong_templates(config, &app.standing().desk.policy)?;
    let mailboxes = compose::mailboxes(config)?;
    let sink = compose::sink(config)?;
    if arguments.once {
        once(&app, mailboxes, sink).await?;
        return Ok(Exit::Done);
    }
    let metrics = Metrics::install().or_exit(Exit::Fault)?;
    let signals = stop_on_signal(app.stop.clone()).or_exit(Exit::Fault)?;
    tracing::info!(
        version = env!("CARGO_PKG_VERSION"),
        policy = app.standing().desk.policy.revision,
        mailboxes = mailboxes.len(),
        "begins"
    );
    let stop = app.stop.clone();
    let mut supervisor = Supervisor::new(Arc::clone(&app.clock), Patience::default(), stop.clone());
    supervisor.start_service("signals", signals);
    for mailbox in mailboxes {
        supervisor.start(mailbox_poller(&app, mailbox, stop.clone()));
    }
    for lane in 0..send::LANES {
        supervisor.start(outbox_sender(&app, &sink, lane, config.outbox.poll_interval));
    }
    supervisor.start(outbox_rescuer(&app));
    supervisor.start(clock_sweeper(&app, config.jobs.sweep_interval));
    supervisor.start(ladder_climber(&app, config.jobs.sweep_interval));
    supervisor.start(notice_teller(&app));
    supervisor.start(policy_follower(&app));
    super::jobs::start(&app, config, &mut supervisor)?;
    super::serve::start(&app, config, Admission::SignIn, metrics, stop.clone(), &mut supervisor)
        .await?;
    reload::start(&app, config, stop.clone(), &mut supervisor);
    let late = supervisor.finish().await;
    Ok(if late.is_empty() { Exit::Done } else { Exit::Fault })
}

/// Everything that is due now, once, in the order of the pipe.
pub(super) async fn once(
    app: &App,
    mailboxes: Vec<ComposedMailbox>,
    sink: MailSink,
) -> Result<(), CliError> {
    for mut composed in mailboxes {
        while poll::poll(app, &mut composed.mailbox).await.or_exit(Exit::Unavailable)?.has_more {}
    }
    sweep::sweep_all(app).await.or_exit(Exit::Unavailable)?;
    while ladder::climb(app).await.or_exit(Exit::Unavailable)? > 0 {}
    while notify::tell_due(app).await.or_exit(Exit::Unavailable)? > 0 {}
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

/// A mailbox with what its worker remembers between two steps.
struct Watched {
    mailbox: PolledMailbox,
    tokens: Option<TokenKeeper>,
    /// Whether the last look found everything done.
    is_quiet: bool,
    /// Whether another process is let in before the next look.
    gives_way: bool,
}

/// Waits until the server says that there is more, where it can; then looks.
/// The first look does not wait.
fn mailbox_poller(app: &Arc<App>, composed: ComposedMailbox, stop: CancellationToken) -> Worker {
    let ComposedMailbox { mailbox, tokens, poll_interval } = composed;
    let name = format!("mailbox_poller:{}", mailbox.name);
    let watched =
        Arc::new(Mutex::new(Watched { mailbox, tokens, is_quiet: false, gives_way: false }));
    let app = Arc::clone(app);
    // Processes that share a mailbox take turns: who found it taken asks soon.
    let pause =
        if app.store.is_postgres() { SHARED_PAUSE.min(poll_interval) } else { poll_interval };
    Worker::new(&name, pause, move || {
        let (app, watched, stop) = (Arc::clone(&app), Arc::clone(&watched), stop.clone());
        async move {
            let mut watched = watched.lock().await;
            // One pause more than those who ask make: now they find it free.
            if std::mem::take(&mut watched.gives_way) {
                return Ok(Progress::Idle);
            }
            let waited = watched.is_quiet && wait(&mut watched, poll_interval, &stop).await;
            if stop.is_cancelled() {
                return Ok(Progress::Idle);
            }
            let polled = poll::poll(&app, &mut watched.mailbox).await?;
            if let Some(tokens) = &watched.tokens {
                tokens.keep().await?;
            }
            watched.is_quiet = !polled.has_more && !polled.is_elsewhere;
            watched.gives_way = polled.has_more && polled.is_wanted;
            let again = (polled.has_more || waited) && !watched.gives_way;
            Ok(if again { Progress::Busy } else { Progress::Idle })
        }
    })
}

/// Whether the server was asked to tell; otherwise the worker's period waits.
async fn wait(watched: &mut Watched, at_most: Duration, stop: &CancellationToken) -> bool {
    let source = &mut watched.mailbox.source;
    let waited = tokio::select! {
        () = stop.cancelled() => None,
        waited = source.wait(at_most) => Some(waited),
    };
    match waited {
        Some(Ok(Waited::Waited)) => true,
        Some(Ok(Waited::CannotTell)) => false,
        // Cut short or broken, the connection is never used again.
        Some(Err(_)) | None => {
            source.disconnect();
            false
        }
    }
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

/// A policy is in force from an instant: no program may be late by much.
fn policy_follower(app: &Arc<App>) -> Worker {
    let app = Arc::clone(app);
    Worker::new("policy_follower", Duration::from_secs(1), move || {
        let app = Arc::clone(&app);
        async move {
            policy::follow(&app).await?;
            Ok(Progress::Idle)
        }
    })
}

fn clock_sweeper(app: &Arc<App>, period: Duration) -> Worker {
    let wake = Arc::clone(&app.wake.clocks);
    let app = Arc::clone(app);
    let mut worker = Worker::new("clock_sweeper", period, move || {
        let app = Arc::clone(&app);
        async move {
            Ok(match sweep::sweep(&app).await? {
                Swept::Some(_) => Progress::Busy,
                Swept::Held(until) | Swept::Until(Some(until)) => Progress::IdleUntil(until),
                Swept::Until(None) => Progress::Idle,
            })
        }
    });
    worker.wake = wake;
    worker
}

/// Looks at tickets that changed, and at those for which an instant has come.
fn ladder_climber(app: &Arc<App>, period: Duration) -> Worker {
    let app = Arc::clone(app);
    Worker::new("ladder_climber", LADDERS_LOOK.min(period), move || {
        let app = Arc::clone(&app);
        async move {
            let looked = ladder::climb(&app).await?;
            Ok(if looked > 0 { Progress::Busy } else { Progress::Idle })
        }
    })
}

/// A round a second: after an outage people are told at a pace they can follow.
fn notice_teller(app: &Arc<App>) -> Worker {
    let app = Arc::clone(app);
    Worker::new("notice_teller", Duration::from_secs(1), move || {
        let app = Arc::clone(&app);
        async move {
            notify::tell_due(&app).await?;
            Ok(Progress::Idle)
        }
    })
}
