//! Each point of the list in ARCHITECTURE.md, on each database: the engine dies
//! there, what is left is what the list says, and the next start ends where an
//! engine that never died would have ended.

use std::os::unix::process::ExitStatusExt as _;

use futures::StreamExt as _;

use super::checker::Expected;
use super::mails::{Kind, Sender, sender};
use super::process::Fate;
use super::stage::{Run, Stage};

/// Points, each with the passes at which the engine dies. c9 is only passed on
/// the server without MOVE, once.
const POINTS: [(&str, &[u32]); 13] = [
    ("c1", &[1, 2]),
    ("c2", &[1, 3]),
    ("c3", &[1, 2]),
    ("c4", &[1, 2]),
    ("c5", &[1, 2]),
    ("c6", &[1, 2]),
    ("c7", &[1, 2]),
    ("c8", &[1]),
    ("c9", &[1]),
    ("c10", &[1, 5]),
    ("c11", &[1, 5]),
    ("c12", &[1, 5]),
    ("c13", &[1, 5]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_point_changes_nothing_on_sqlite() {
    die_everywhere(&Stage::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_point_changes_nothing_on_postgres() {
    die_everywhere(&Stage::postgres().await).await;
}

async fn die_everywhere(stage: &Stage) {
    let expected = Expected::observe(stage).await;
    let cases = POINTS.iter().flat_map(|(point, counts)| counts.iter().map(|at| (*point, *at)));
    // Most of a case is waiting for leases to run out: several at once.
    let deaths = futures::stream::iter(cases).map(|(point, at)| die(stage, &expected, point, at));
    deaths.buffer_unordered(4).collect::<()>().await;
}

async fn die(stage: &Stage, expected: &Expected, point: &str, count: u32) {
    let tag = format!("{point}x{count}");
    let run = stage.run(&tag).await;
    // The first mailbox gets one of each kind, the second too.
    let senders: Vec<Sender> = (0..2 * Kind::ALL.len()).map(|n| sender(&tag, n)).collect();
    run.receives(&senders);
    let (status, windows) = run.once(&Fate::crash_at(point, count)).await;
    assert_eq!(status.signal(), Some(libc::SIGABRT), "{tag}: {status}, last at {windows:?}");
    assert_eq!(windows, [point], "{tag}");
    if count == 1 {
        is_left(&run, point, senders.len()).await;
    }
    run.settles(None).await;
    let findings = expected.check(&run, &senders).await;
    let is_in_gap = matches!(point, "c11" | "c12" | "c13");
    findings.assert_good(&tag, usize::from(is_in_gap));
    // A second copy was sent exactly where the first had got through.
    match point {
        "c13" => assert_eq!(findings.second_copies, 1, "{tag}"),
        "c12" => {}
        _ => assert_eq!(findings.second_copies, 0, "{tag}"),
    }
}

/// What the point leaves behind when it is passed for the first time.
async fn is_left(run: &Run<'_>, point: &str, senders: usize) {
    let tag = &run.tag;
    let stored = run.count("SELECT COUNT(*) FROM source_ref WHERE state = 'stored'").await;
    let committed = run.count("SELECT COUNT(*) FROM source_ref WHERE state = 'committed'").await;
    let tickets = run.count("SELECT COUNT(*) FROM ticket").await;
    let in_folders = run.in_folders();
    let mails = senders + 2;
    let phase = |phase: &str| {
        format!("SELECT COUNT(*) FROM outbox WHERE state = 'sending' AND phase = '{phase}'")
    };
    let arrived = || {
        let ending = format!(".{tag}@example.net");
        let to = |line: &serde_json::Value| line["to"][0].as_str().unwrap().ends_with(&ending);
        run.stage.receiver.ledger().iter().filter(|line| to(line)).count()
    };
    match point {
        "c1" | "c2" | "c3" => {
            assert_eq!((stored, committed, tickets, in_folders), (0, 0, 0, mails), "{tag}");
        }
        "c4" | "c5" => {
            assert!(stored > 0 && committed == 0 && tickets == 0, "{tag}: {stored} {committed}");
            assert_eq!(in_folders, mails, "{tag}");
        }
        "c6" => assert_eq!(in_folders, mails, "{tag}"),
        "c7" => {
            assert!(stored == 0 && committed > 0 && tickets > 0, "{tag}: {stored} {committed}");
            assert_eq!(in_folders, mails, "{tag}");
        }
        "c8" | "c9" => assert!(committed > 0 && tickets > 0, "{tag}: {committed} {tickets}"),
        "c10" => assert!(run.count(&phase("claimed")).await > 0, "{tag}"),
        "c11" | "c12" => assert_eq!(run.count(&phase("payload")).await, 1, "{tag}"),
        "c13" => {
            assert_eq!(run.count(&phase("payload")).await, 1, "{tag}");
            assert_eq!(arrived(), 1, "{tag}");
        }
        other => panic!("{other} is no point"),
    }
    if point == "c9" {
        assert!(run.copied() > 0 && in_folders > 0, "{tag}: {in_folders}");
    }
    if matches!(point, "c10" | "c11") {
        assert_eq!(arrived(), 0, "{tag}");
    }
}
