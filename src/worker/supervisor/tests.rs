//! Workers are woken, restarted, and end in order.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::mpsc;

use super::*;
use crate::clock::SystemClock;

const NEVER: Duration = Duration::from_secs(3_600);

fn supervisor(drain: Duration) -> (Supervisor, CancellationToken) {
    let stop = CancellationToken::new();
    let brief = Duration::from_millis(1);
    let patience = Patience { first_backoff: brief, max_backoff: brief, drain };
    (Supervisor::new(Arc::new(SystemClock), patience, stop.clone()), stop)
}

// A worker that reports each step, and answers by the number of the step.
fn reporting(
    period: Duration,
    answer: fn(u32) -> anyhow::Result<Progress>,
) -> (Worker, mpsc::UnboundedReceiver<u32>) {
    let (send, receive) = mpsc::unbounded_channel();
    let count = Arc::new(AtomicU32::new(0));
    let worker = Worker::new("outbox_sender", period, move || {
        let step = count.fetch_add(1, Ordering::SeqCst);
        send.send(step).unwrap();
        async move { answer(step) }
    });
    (worker, receive)
}

#[tokio::test]
async fn a_wake_up_shortens_the_wait() {
    let (mut supervisor, stop) = supervisor(NEVER);
    let (worker, mut steps) = reporting(NEVER, |_| Ok(Progress::Idle));
    let wake = worker.waker();
    supervisor.start(worker);
    assert_eq!(steps.recv().await, Some(0));
    wake.notify_one();
    assert_eq!(steps.recv().await, Some(1));
    stop.cancel();
    assert!(supervisor.finish().await.is_empty());
}

#[tokio::test]
async fn the_period_ends_a_wait_without_a_wake_up() {
    let (mut supervisor, stop) = supervisor(NEVER);
    let (worker, mut steps) = reporting(Duration::from_millis(1), |_| Ok(Progress::Idle));
    supervisor.start(worker);
    for step in 0..3 {
        assert_eq!(steps.recv().await, Some(step));
    }
    stop.cancel();
    supervisor.finish().await;
}

#[tokio::test]
async fn a_busy_worker_goes_on_at_once() {
    let (mut supervisor, stop) = supervisor(NEVER);
    let busy = |step| Ok(if step < 5 { Progress::Busy } else { Progress::Idle });
    let (worker, mut steps) = reporting(NEVER, busy);
    supervisor.start(worker);
    for step in 0..=5 {
        assert_eq!(steps.recv().await, Some(step));
    }
    stop.cancel();
    supervisor.finish().await;
}

#[tokio::test]
async fn an_error_and_a_panic_are_survived_and_published() {
    let (mut supervisor, stop) = supervisor(NEVER);
    let health = supervisor.health();
    let (worker, mut steps) = reporting(NEVER, |step| match step {
        0 => anyhow::bail!("the relay is away"),
        1 => panic!("a bug"),
        _ => Ok(Progress::Idle),
    });
    let wake = worker.waker();
    supervisor.start(worker);
    assert!(!health.is_ready(), "nothing has succeeded yet");
    for step in 0..3 {
        assert_eq!(steps.recv().await, Some(step));
    }
    // One more step: then the third one's outcome is published.
    wake.notify_one();
    assert_eq!(steps.recv().await, Some(3));
    let sender = health.snapshot().remove("outbox_sender").unwrap();
    assert_eq!((sender.failures, sender.last_error), (0, None));
    assert!(sender.last_success_at.is_some());
    assert!(health.is_ready());
    stop.cancel();
    supervisor.finish().await;
    assert!(health.snapshot()["outbox_sender"].is_stopped);
}

#[tokio::test]
async fn three_failures_in_a_row_are_not_ready_and_say_why() {
    let (mut supervisor, stop) = supervisor(NEVER);
    let health = supervisor.health();
    let (worker, mut steps) = reporting(NEVER, |step| match step {
        0 => Ok(Progress::Busy),
        _ => anyhow::bail!("the relay is away"),
    });
    supervisor.start(worker);
    while steps.recv().await != Some(4) {}
    assert!(!health.is_ready());
    let sender = health.snapshot().remove("outbox_sender").unwrap();
    assert_eq!(sender.last_error.as_deref(), Some("the relay is away"));
    stop.cancel();
    supervisor.finish().await;
}

#[tokio::test]
async fn a_running_step_may_end_before_the_program_does() {
    let (mut supervisor, stop) = supervisor(NEVER);
    let (begun, mut has_begun) = mpsc::unbounded_channel();
    let (release, ended) = (Arc::new(Notify::new()), Arc::new(AtomicU32::new(0)));
    let (gate, counter) = (Arc::clone(&release), Arc::clone(&ended));
    supervisor.start(Worker::new("mailbox_poller", NEVER, move || {
        let (gate, counter, begun) = (Arc::clone(&gate), Arc::clone(&counter), begun.clone());
        async move {
            begun.send(())?;
            gate.notified().await;
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(Progress::Idle)
        }
    }));
    has_begun.recv().await.unwrap();
    stop.cancel();
    release.notify_one();
    assert!(supervisor.finish().await.is_empty());
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_step_that_does_not_end_is_cut_off_and_named() {
    let (mut supervisor, stop) = supervisor(Duration::from_millis(20));
    let (begun, mut has_begun) = mpsc::unbounded_channel();
    supervisor.start(Worker::new("clock_sweeper", NEVER, move || {
        begun.send(()).unwrap();
        std::future::pending()
    }));
    has_begun.recv().await.unwrap();
    stop.cancel();
    assert_eq!(supervisor.finish().await, ["clock_sweeper"]);
}

#[tokio::test]
async fn a_service_that_dies_stops_the_program() {
    let (mut supervisor, stop) = supervisor(NEVER);
    let health = supervisor.health();
    supervisor.start_service("web", async { anyhow::bail!("the port is taken") });
    assert!(supervisor.finish().await.is_empty());
    assert!(stop.is_cancelled() && !health.is_ready());
}

#[test]
fn the_backoff_doubles_up_to_its_longest() {
    let patience = Patience::default();
    let seconds = |failures| backoff(patience, failures).as_secs();
    assert_eq!([1, 2, 3, 8].map(seconds), [1, 2, 4, 128]);
    assert_eq!([9, 10, 33, u32::MAX].map(seconds), [256, 300, 300, 300]);
}
