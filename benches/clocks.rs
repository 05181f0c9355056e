//! What clocks cost: a sweep that finds nothing due, a sweep that fires many,
//! with more and more clocks running beside them, on SQLite and on PostgreSQL;
//! and how fast one core works out due dates over sixty days.
//!
//! `CLOCKS_MOST` (1000000) is the longest table, in steps of ten from 10000;
//! `CLOCKS_DUE` (10000) how many are due at once. For the figures of docs/SPEED.md:
//! `cargo bench --bench clocks` on a machine that does nothing else.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

#[path = "kit"]
mod kit {
    pub mod desk;
    pub mod engine;
    pub mod mails;
    pub mod measure;
    pub mod timing;
    pub mod wording;
}

#[path = "../tests/it"]
#[allow(dead_code, unused_imports, reason = "the tests take the rest")]
mod it {
    pub mod harness;
}
// The harness names itself from the root, as it does among the tests.
use it::harness;

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use harness::postgres::Cluster;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use kit::measure::{load, median, rate, setting};
use kit::timing::timed;
use kit::{desk, engine, mails};
use migrations::sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tierline::app::App;
use tierline::app::intake::{Arrived, BATCH, Via, intake};
use tierline::app::sweep::{Swept, sweep, sweep_all};
use tierline::domain::calendar::{CountingUnit, count_days};
use tierline::domain::mail::Completeness;

/// Sweeps whose median is the cost of finding nothing.
const LOOKS: usize = 25;

fn main() {
    let (most, due) = (setting("CLOCKS_MOST", 1_000_000), setting("CLOCKS_DUE", 10_000));
    println!("clocks: up to {most} running, {due} due at once, load {}", load());
    dates();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(curve(most, due));
}

async fn curve(most: usize, due: usize) {
    let cluster = Cluster::start_with(&[]).await;
    let mut running = 10_000;
    while running <= most {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", Path::join(dir.path(), "engine.db").display());
        once("SQLite", &url, running, due).await;
        once("PostgreSQL", &cluster.create_database().await, running, due).await;
        running *= 10;
    }
}

async fn once(database: &str, url: &str, running: usize, due: usize) {
    let app = engine::engine(url).await;
    takes_in(&app, 0, BATCH, app.now()).await;
    let beside = Database::connect(url).await.unwrap();
    fill(&beside, url, running).await;
    let mut looks = Vec::new();
    for _ in 0..LOOKS {
        let begun = Instant::now();
        let swept = sweep(&app).await.unwrap();
        looks.push(begun.elapsed().as_secs_f64() * 1_000.0);
        assert!(matches!(swept, Swept::Until(_)), "{swept:?}");
    }
    // mail of eighty days ago: its clocks ran out while nobody looked
    let long_ago = app.now() - (24 * 80).hours();
    let mut first = BATCH;
    while due_now(&beside, &app).await < due {
        takes_in(&app, first, BATCH, long_ago).await;
        first += BATCH;
    }
    let firings = due_now(&beside, &app).await;
    let begun = Instant::now();
    let tickets = sweep_all(&app).await.unwrap();
    let took = begun.elapsed();
    assert_eq!(due_now(&beside, &app).await, 0);
    println!(
        "{database}: {running} running: nothing due {:.2} ms; {firings} due clocks on {tickets} \
         tickets fired at {:.0}/s; load {}",
        median(looks),
        rate(firings, took),
        load()
    );
    beside.close().await.unwrap();
    app.store.clone().close().await.unwrap();
}

/// Clocks that run for years, on one ticket that nobody looks at.
async fn fill(database: &DatabaseConnection, url: &str, running: usize) {
    let (id, numbers) = match url.starts_with("sqlite:") {
        true => (
            "randomblob(16)",
            format!(
                "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {running}) \
                 SELECT i FROM n)"
            ),
        ),
        false => ("gen_random_uuid()", format!("(SELECT generate_series(1, {running}) AS i)")),
    };
    let text = format!(
        "INSERT INTO clock (id, ticket_id, matter_id, kind, class, citation, state, started_at, \
         due_at, due_on, internal_due_on, warnings, next_at, met_at, breached_at, is_to_confirm, \
         policy_revision, life) \
         SELECT {id}, c.ticket_id, NULL, 'FILL', 'statutory', 'bench', 'running', c.started_at, \
         c.due_at + 300000000000000 + CAST(n.i AS BIGINT) * 1000000, '2036-01-01', '2036-01-01', '[]', \
         c.due_at + 300000000000001 + CAST(n.i AS BIGINT) * 1000000, NULL, NULL, false, 'bench', '{{}}' \
         FROM {numbers} AS n, (SELECT * FROM clock WHERE state = 'running' LIMIT 1) AS c"
    );
    let done = database.execute_unprepared(&text).await.unwrap();
    assert_eq!(done.rows_affected(), running as u64);
    database.execute_unprepared("ANALYZE").await.unwrap();
}

async fn due_now(database: &DatabaseConnection, app: &App) -> usize {
    let text = format!(
        "SELECT COUNT(*) AS due FROM clock WHERE next_at <= {}",
        app.now().as_microsecond()
    );
    let row = database.query_one_raw(migrations::sea_orm::Statement::from_string(
        database.get_database_backend(),
        text,
    ));
    let due: i64 = row.await.unwrap().unwrap().try_get("", "due").unwrap();
    usize::try_from(due).unwrap()
}

async fn takes_in(app: &App, first: usize, count: usize, received_at: Timestamp) {
    let row = app.store.open_mailbox("care", app.now()).await.unwrap();
    let via = Via {
        mailbox_id: row.id,
        name: "care".to_owned(),
        epoch: row.epoch,
        uidvalidity: 1,
        own_mx_hosts: Vec::new(),
        by: None,
    };
    let arrived = |n: usize| {
        let raw = mails::mail(n);
        Arrived {
            source_key: n.to_string(),
            size: raw.len() as u64,
            internal_at: None,
            raw,
            completeness: Completeness::Whole,
            received_at: Some(received_at),
        }
    };
    intake(app, &via, (first..first + count).map(arrived).collect()).await.unwrap();
}

/// Due dates over sixty days, one core.
fn dates() {
    let policy = desk::policy();
    let office = policy.clocks.servicer();
    let days: Vec<Date> =
        (0..1_000).map(|day| jiff::civil::date(2026, 1, 1) + day.days()).collect();
    let show = |what: &str, count: usize, work: &dyn Fn()| {
        let rates = (0..5).map(|_| rate(count, timed(work).1)).collect();
        println!("{what}: {:.0}/s, load {}", median(rates), load());
    };
    show("due date, 42 BD_REGX (sixty days)", 100 * days.len(), &|| {
        for _ in 0..100 {
            for day in &days {
                black_box(count_days(CountingUnit::BdRegx, *day, 42, office));
            }
        }
    });
    let row = policy.clocks.find_definition("NOE_RESP_EXT").unwrap();
    show("due date of NOE_RESP_EXT (sixty-five days)", 100 * days.len(), &|| {
        for _ in 0..100 {
            for day in &days {
                black_box(policy.clocks.due_on(row, *day, None));
            }
        }
    });
    let instants: Vec<Timestamp> = days.iter().map(|day| office.instant_on(*day, 600)).collect();
    let open = SignedDuration::from_hours(42 * 10);
    show("due instant, 420 open hours (sixty days)", 10 * instants.len(), &|| {
        for _ in 0..10 {
            for at in &instants {
                black_box(office.add_business(*at, open));
            }
        }
    });
}
