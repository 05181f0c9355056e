//! How fast a folder is taken in: the whole engine (fetch → committed with
//! ticket, clocks and outbox → put away) against a bare pipeline that moves the
//! same mails and writes as many rows, on SQLite and on PostgreSQL.
//!
//! `INTAKE_MAILS` (5000), `INTAKE_RUNS` (3) and `INTAKE_DATABASE` (`sqlite` or
//! `postgres`; both when absent) change what is measured.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

#[path = "kit"]
mod kit {
    pub mod desk;
    pub mod engine;
    pub mod mails;
    pub mod measure;
    pub mod process;
    pub mod wording;
}

#[path = "../tests/it"]
#[allow(dead_code, unused_imports, reason = "the tests take the rest")]
mod it {
    pub mod harness;
}
// The harness names itself from the root, as it does among the tests.
use it::harness;

#[path = "intake"]
mod intake {
    pub mod bare;
    pub mod shape;
}

use std::time::{Duration, Instant};

use harness::dovecot::Dovecot;
use harness::postgres::Cluster;
use intake::bare::{self, Bare};
use intake::shape::{Shape, shapes};
use kit::measure::{load, median, rate, setting};
use kit::process::{cpu_seconds, forget_peak, peak_mib};
use kit::{engine, mails};
use tierline::app::App;
use tierline::app::intake::BATCH;
use tierline::app::poll::{self, PolledMailbox};
use tierline::mailbox::source::{ImapSource, MailSource};

/// What one run showed.
struct Run {
    bare: f64,
    whole: f64,
    peak: f64,
    processor: f64,
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let (count, runs) = (setting("INTAKE_MAILS", 5_000), setting("INTAKE_RUNS", 3));
    let only = std::env::var("INTAKE_DATABASE").ok();
    let dovecot = Dovecot::start();
    println!("intake of {count} mails of {} bytes, load {}", mails::BYTES, load());
    wire_alone(&dovecot, count).await;
    if only.as_deref() != Some("postgres") {
        let mut all = Vec::new();
        for run in 0..runs {
            let dir = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}", dir.path().join("engine.db").display());
            let beside = format!("sqlite:{}", dir.path().join("bare.db").display());
            all.push(once(&dovecot, &format!("sqlite{run}"), count, &url, &beside).await);
        }
        report("SQLite", all);
    }
    if only.as_deref() != Some("sqlite") {
        let cluster = Cluster::start_with(&[]).await;
        let mut all = Vec::new();
        for run in 0..runs {
            let (url, beside) = (cluster.create_database().await, cluster.create_database().await);
            all.push(once(&dovecot, &format!("postgres{run}"), count, &url, &beside).await);
        }
        report("PostgreSQL", all);
    }
}

fn report(database: &str, runs: Vec<Run>) {
    let of = |pick: fn(&Run) -> f64| median(runs.iter().map(pick).collect());
    println!(
        "{database}: engine {:.0} mails/s, bare {:.0} mails/s, ratio {:.2}, peak {:.0} MiB, \
         {:.2} ms of processor a mail (medians of {}), load {}",
        of(|run| run.whole),
        of(|run| run.bare),
        of(|run| run.whole / run.bare),
        of(|run| run.peak),
        of(|run| run.processor) * 1e3,
        runs.len(),
        load(),
    );
}

/// One engine and one bare pipeline, each over a folder of its own.
async fn once(dovecot: &Dovecot, user: &str, count: usize, url: &str, beside: &str) -> Run {
    deliver(dovecot, user, count);
    let app = engine::engine(url).await;
    let mut mailbox = mailbox(dovecot, user);
    forget_peak();
    let (begun, used) = (Instant::now(), cpu_seconds());
    take_all(&app, &mut mailbox, count).await;
    let (took, used) = (begun.elapsed(), cpu_seconds() - used);
    let peak = peak_mib();
    app.store.clone().close().await.unwrap();
    let shapes = shapes(url, count).await;
    let bare_user = format!("{user}bare");
    deliver(dovecot, &bare_user, count);
    let bare = bare_pipeline(dovecot, &bare_user, beside, &shapes, count).await;
    assert_eq!(dovecot.folder_sizes(user).get("Processed"), Some(&count));
    let run = Run {
        bare: rate(count, bare),
        whole: rate(count, took),
        peak,
        processor: used / count as f64,
    };
    println!(
        "  {user}: engine {:.0}/s, bare {:.0}/s with {:.1} rows a mail, peak {peak:.0} MiB",
        run.whole,
        run.bare,
        shapes.iter().map(|shape| shape.rows_per_mail).sum::<f64>(),
    );
    run
}

async fn bare_pipeline(
    dovecot: &Dovecot,
    user: &str,
    url: &str,
    shapes: &[Shape],
    count: usize,
) -> Duration {
    let mut database = Bare::open(url, shapes).await;
    let begun = Instant::now();
    let moved = bare::run(dovecot.imap_port, user, &mut database, shapes).await;
    let took = begun.elapsed();
    assert_eq!(moved, count);
    took
}

async fn take_all(app: &App, mailbox: &mut PolledMailbox, count: usize) {
    let mut taken = 0;
    loop {
        let polled = poll::poll(app, mailbox).await.unwrap();
        taken += polled.taken;
        if !polled.has_more {
            break;
        }
    }
    assert_eq!(taken, count);
}

fn mailbox(dovecot: &Dovecot, user: &str) -> PolledMailbox {
    PolledMailbox {
        name: "care".to_owned(),
        source: source(dovecot, user),
        own_mx_hosts: vec!["mx.example.com".to_owned()],
        max_mail_bytes: 35 << 20,
        suspects: Default::default(),
    }
}

fn source(dovecot: &Dovecot, user: &str) -> MailSource {
    MailSource::Imap(Box::new(ImapSource::new(dovecot.plain_options(user))))
}

/// In portions, so that the bench itself holds little.
fn deliver(dovecot: &Dovecot, user: &str, count: usize) {
    let mut first = 0;
    while first < count {
        let last = count.min(first + 500);
        let portion: Vec<Vec<u8>> = (first..last).map(mails::mail).collect();
        dovecot.deliver(user, portion.iter().map(Vec::as_slice));
        first = last;
    }
}

/// What the guarded wire alone can do: list, fetch, forget.
async fn wire_alone(dovecot: &Dovecot, count: usize) {
    deliver(dovecot, "wire", count);
    let mut source = source(dovecot, "wire");
    let begun = Instant::now();
    source.select(jiff::Timestamp::UNIX_EPOCH).await.unwrap();
    let (mut position, mut fetched) = (Some(1), 0);
    while let Some(first) = position {
        let window = source.list_window(first, 512).await.unwrap();
        let keys: Vec<String> = window.rows.into_iter().map(|row| row.key).collect();
        for batch in keys.chunks(BATCH) {
            fetched += source.fetch(batch, 35 << 20).await.unwrap().len();
        }
        position = window.next;
    }
    assert_eq!(fetched, count);
    println!("  fetching alone: {:.0} mails/s", rate(count, begun.elapsed()));
}
