//! How fast letters leave: the outbox (claimed, marked, handed over, settled
//! with its events, each step committed) against a bare SMTP conversation with
//! one committed update a letter, on SQLite and on PostgreSQL.
//!
//! `HANDOVER_LETTERS` (500) and `HANDOVER_RUNS` (3) change what is measured.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

#[path = "kit"]
mod kit {
    pub mod desk;
    pub mod engine;
    pub mod mails;
    pub mod measure;
    pub mod wording;
}

#[path = "../tests/it"]
#[allow(dead_code, unused_imports, reason = "the tests take the rest")]
mod it {
    pub mod harness;
}
// The harness names itself from the root, as it does among the tests.
use it::harness;

#[path = "handover"]
mod handover {
    pub mod bare;
    pub mod sink;
}

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use handover::{bare, sink};
use harness::postgres::Cluster;
use kit::measure::{load, median, rate, setting};
use kit::{engine, mails};
use tierline::app::App;
use tierline::app::intake::{Arrived, BATCH, Via, intake};
use tierline::app::send::{LANES, Lane};
use tierline::domain::mail::Completeness;
use tierline::postage::MailSink;
use tierline::postage::smtp::{Security, SmtpCredentials, SmtpOptions, SmtpTimeouts};

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let (letters, runs) = (setting("HANDOVER_LETTERS", 500), setting("HANDOVER_RUNS", 3));
    println!("hand-over of {letters} letters to a sink on loopback, load {}", load());
    let mut all = Vec::new();
    for _ in 0..runs {
        let dir = tempfile::tempdir().unwrap();
        let url = |name: &str| format!("sqlite:{}", Path::join(dir.path(), name).display());
        all.push(once(&url("engine.db"), &url("bare.db"), letters).await);
    }
    report("SQLite", &all);
    let cluster = Cluster::start_with(&[]).await;
    all.clear();
    for _ in 0..runs {
        let (url, beside) = (cluster.create_database().await, cluster.create_database().await);
        all.push(once(&url, &beside, letters).await);
    }
    report("PostgreSQL", &all);
}

fn report(database: &str, runs: &[(f64, f64)]) {
    println!(
        "{database}: outbox {:.0} letters/s, bare {:.0} letters/s, ratio {:.2} (medians of {}), \
         load {}",
        median(runs.iter().map(|run| run.0).collect()),
        median(runs.iter().map(|run| run.1).collect()),
        median(runs.iter().map(|run| run.0 / run.1).collect()),
        runs.len(),
        load(),
    );
}

/// Letters a second of the outbox, then of the bare conversation.
async fn once(url: &str, beside: &str, letters: usize) -> (f64, f64) {
    let port = sink::start().await;
    let app = engine::engine(url).await;
    write_letters(&app, letters).await;
    let app = Arc::new(app);
    let begun = Instant::now();
    let lanes: Vec<_> = (0..LANES).map(|_| tokio::spawn(drain(Arc::clone(&app), port))).collect();
    let mut handed_over = 0;
    for lane in lanes {
        handed_over += lane.await.unwrap();
    }
    let outbox = rate(handed_over, begun.elapsed());
    assert!(handed_over >= letters, "the sink refuses nothing");
    app.store.clone().close().await.unwrap();
    let mut database = bare::Bare::open(beside, letters).await;
    let begun = Instant::now();
    bare::run(port, &mut database, letters).await;
    (outbox, rate(letters, begun.elapsed()))
}

/// One way out until nothing is due: how many letters left by it.
async fn drain(app: Arc<App>, port: u16) -> usize {
    let mut lane = Lane::new(MailSink::Smtp(options(port)));
    let mut handed_over = 0;
    loop {
        let sent = lane.send_due(&app).await.unwrap();
        handed_over += sent.handed_over;
        if sent.claimed == 0 {
            return handed_over;
        }
    }
}

fn options(port: u16) -> SmtpOptions {
    SmtpOptions {
        host: "127.0.0.1".to_owned(),
        port,
        security: Security::Plain,
        ca_file: None,
        credentials: SmtpCredentials::None,
        client_id: "mail.example.com".to_owned(),
        timeouts: SmtpTimeouts::default(),
    }
}

/// Takes mail in until so many letters wait, at least.
async fn write_letters(app: &App, letters: usize) {
    let row = app.store.open_mailbox("care", app.now()).await.unwrap();
    let via = Via {
        mailbox_id: row.id,
        name: "care".to_owned(),
        epoch: row.epoch,
        uidvalidity: 1,
        own_mx_hosts: Vec::new(),
        by: None,
    };
    let (mut written, mut first) = (0, 0);
    while written < letters {
        let batch = (first..first + BATCH).map(arrived).collect();
        first += BATCH;
        for taken in intake(app, &via, batch).await.unwrap() {
            written += taken.decision.map_or(0, |decision| decision.letters.len());
        }
    }
}

fn arrived(n: usize) -> Arrived {
    let raw = mails::mail(n);
    Arrived {
        source_key: n.to_string(),
        size: raw.len() as u64,
        internal_at: None,
        raw,
        completeness: Completeness::Whole,
        received_at: None,
    }
}
