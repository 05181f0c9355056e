//! Keeps the workers running: one task each, a look at the rows whenever the
//! period ends or something wakes it, a new start after an error or a panic,
//! and an orderly end.
//!
//! A worker takes no input and reads what is due for itself, so a wake-up may
//! be lost, doubled or late without harm: it only shortens the wait. The
//! supervisor never cuts a running step short before the drain time is over,
//! because what it would cut may own a connection or a transaction.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;

/// What one step of a worker did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing more is due: wait for the period or a wake-up.
    Idle,
    /// Nothing is due before this instant: wait until then, for the period, or
    /// for a wake-up, whichever comes first.
    IdleUntil(Timestamp),
    /// More is due at once.
    Busy,
}

/// A boxed step.
pub type Step = Pin<Box<dyn Future<Output = anyhow::Result<Progress>> + Send>>;

/// One line of the table.
pub struct Worker {
    /// Agent noun, e.g. `outbox_sender`.
    pub name: String,
    /// Longest wait between two steps.
    pub period: Duration,
    /// Shortens the wait. Keep a clone to wake the worker.
    pub wake: Arc<Notify>,
    /// One step: read the rows, do what is due.
    pub run_once: Box<dyn Fn() -> Step + Send + Sync>,
}

impl Worker {
    /// A worker from an async function.
    pub fn new<F, R>(name: &str, period: Duration, run_once: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = anyhow::Result<Progress>> + Send + 'static,
    {
        Self {
            name: name.to_owned(),
            period,
            wake: Arc::new(Notify::new()),
            run_once: Box::new(move || Box::pin(run_once())),
        }
    }

    /// What wakes it.
    #[must_use]
    pub fn waker(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }
}

/// How one worker is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WorkerHealth {
    /// Start of the last step.
    pub last_run_at: Option<Timestamp>,
    /// End of the last step that went well.
    pub last_success_at: Option<Timestamp>,
    /// Message of the last error since that, without private words.
    pub last_error: Option<String>,
    /// Errors and panics in a row.
    pub failures: u32,
    /// Whether it has ended.
    pub is_stopped: bool,
}

/// How all of them are doing; cheap to clone, read by `/readyz`.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, WorkerHealth>>>);

impl Health {
    /// A copy, by worker name.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, WorkerHealth> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether every worker has succeeded at least once and none has failed
    /// three times in a row or ended.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.snapshot().values().all(|worker| {
            worker.last_success_at.is_some() && worker.failures < 3 && !worker.is_stopped
        })
    }

    fn update(&self, name: &str, change: impl FnOnce(&mut WorkerHealth)) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(table.entry(name.to_owned()).or_default());
    }
}

/// Waits after failures, and the time to drain.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Wait after the first failure; doubles with each further one.
    pub first_backoff: Duration,
    /// Longest wait after failures.
    pub max_backoff: Duration,
    /// How long running steps may take to end after a stop.
    pub drain: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first_backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(300),
            drain: Duration::from_secs(30),
        }
    }
}

/// Owns the running workers.
pub struct Supervisor {
    clock: Arc<dyn Clock>,
    patience: Patience,
    health: Health,
    stop: CancellationToken,
    tracker: TaskTracker,
    running: BTreeMap<String, JoinHandle<()>>,
}

impl Supervisor {
    /// Nobody works yet. `stop` ends everything when cancelled.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, patience: Patience, stop: CancellationToken) -> Self {
        Self {
            clock,
            patience,
            stop,
            health: Health::default(),
            tracker: TaskTracker::new(),
            running: BTreeMap::new(),
        }
    }

    /// How the workers are doing.
    #[must_use]
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Starts a worker; its first step begins at once.
    pub fn start(&mut self, worker: Worker) {
        self.health.update(&worker.name, |_| {});
        let name = worker.name.clone();
        let rounds = Rounds {
            worker,
            clock: Arc::clone(&self.clock),
            patience: self.patience,
            health: self.health.clone(),
            stop: self.stop.clone(),
        };
        let task = spawn(&self.tracker, rounds.run());
        self.running.insert(name, task);
    }

    /// Runs something that ends by itself after `stop`, such as the web
    /// server, under the same drain.
    pub fn start_service<F>(&mut self, name: &str, service: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        let (health, stop, own_name) = (self.health.clone(), self.stop.clone(), name.to_owned());
        let guarded = async move {
            let outcome = service.await;
            if let Err(error) = outcome {
                tracing::error!(worker.name = own_name, "the service ended: {error:#}");
                health.update(&own_name, |entry| entry.is_stopped = true);
                // Half a program that looks alive is worse than a restart.
                stop.cancel();
            }
        };
        let task = spawn(&self.tracker, guarded);
        self.running.insert(name.to_owned(), task);
    }

    /// Waits for `stop`, lets running steps end, and names those that did not
    /// within the drain time; these are cut off.
    pub async fn finish(self) -> Vec<String> {
        self.stop.cancelled().await;
        self.tracker.close();
        let drained = tokio::time::timeout(self.patience.drain, self.tracker.wait()).await;
        if drained.is_ok() {
            return Vec::new();
        }
        let late = self.running.into_iter().filter(|(_, task)| !task.is_finished());
        let late: Vec<String> = late
            .map(|(name, task)| {
                task.abort();
                name
            })
            .collect();
        tracing::error!(workers = ?late, "these did not stop in time and were cut off");
        late
    }
}

/// One worker's life.
struct Rounds {
    worker: Worker,
    clock: Arc<dyn Clock>,
    patience: Patience,
    health: Health,
    stop: CancellationToken,
}

impl Rounds {
    async fn run(self) {
        let mut failures = 0;
        while !self.stop.is_cancelled() {
            let outcome = self.step().await;
            failures = if outcome.is_ok() { 0 } else { failures + 1 };
            self.publish(&outcome, failures);
            match outcome {
                Ok(Progress::Busy) => tokio::task::yield_now().await,
                Ok(Progress::Idle) => self.wait_for_work(self.worker.period).await,
                Ok(Progress::IdleUntil(at)) => {
                    let until = at.duration_since(self.clock.now());
                    let until = Duration::try_from(until).unwrap_or(Duration::ZERO);
                    self.wait_for_work(until.min(self.worker.period)).await;
                }
                Err(_) => self.wait(backoff(self.patience, failures)).await,
            }
        }
        self.health.update(&self.worker.name, |entry| entry.is_stopped = true);
    }

    // A panic ends the step, not the worker; nothing of the step is used
    // afterwards, so whatever it left half done is dropped with it.
    async fn step(&self) -> anyhow::Result<Progress> {
        let now = self.clock.now();
        self.health.update(&self.worker.name, |entry| entry.last_run_at = Some(now));
        let step = async { (self.worker.run_once)().await };
        match AssertUnwindSafe(step).catch_unwind().await {
            Ok(outcome) => outcome,
            Err(_) => anyhow::bail!("the step panicked"),
        }
    }

    fn publish(&self, outcome: &anyhow::Result<Progress>, failures: u32) {
        let name = self.worker.name.clone();
        let now = self.clock.now();
        if let Err(error) = outcome {
            tracing::warn!(worker.name = name, failures, "a step failed: {error:#}");
            metrics::counter!("tierline_worker_failures_total", "worker" => name.clone())
                .increment(1);
        }
        metrics::counter!("tierline_worker_steps_total", "worker" => name.clone()).increment(1);
        self.health.update(&name, |entry| {
            entry.failures = failures;
            match outcome {
                Ok(_) => (entry.last_success_at, entry.last_error) = (Some(now), None),
                Err(error) => entry.last_error = Some(format!("{error:#}")),
            }
        });
    }

    async fn wait_for_work(&self, at_most: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = self.worker.wake.notified() => {}
            () = tokio::time::sleep(at_most) => {}
        }
    }

    // A wake-up does not shorten a backoff: what failed would fail again.
    async fn wait(&self, pause: Duration) {
        tokio::select! {
            () = self.stop.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Wait after `failures` (from 1) in a row: doubles from the first to the longest.
#[must_use]
pub fn backoff(patience: Patience, failures: u32) -> Duration {
    let factor = 1_u32.checked_shl(failures.saturating_sub(1)).filter(|factor| *factor > 0);
    factor
        .and_then(|factor| patience.first_backoff.checked_mul(factor))
        .map_or(patience.max_backoff, |wait| wait.min(patience.max_backoff))
}

/// Ends with `stop`, or cancels it on SIGTERM or SIGINT. The handlers are in
/// place when this returns, before anything awaits it: whoever is told to stop
/// while still starting stops in order.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn stop_on_signal(
    stop: CancellationToken,
) -> anyhow::Result<impl Future<Output = anyhow::Result<()>> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
            _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
            () = stop.cancelled() => {}
        }
        stop.cancel();
        Ok(())
    })
}

// The only place that spawns: every task is in the tracker and in the table,
// so that nothing outlives its owner unseen.
fn spawn<F>(tracker: &TaskTracker, future: F) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    tracker.spawn(future)
}

#[cfg(test)]
mod tests;
