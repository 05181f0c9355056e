//! The built program dies inside a sweep: what was fired is rolled back, and the
//! next start fires each clock once.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;

use jiff::ToSpan;
use serde_json::Value;

use super::desk::{Desk, NOTICE};
use crate::harness::postgres::Cluster;

/// Together they have more firings than one transaction takes.
const TICKETS: usize = 14;

/// A desk with tickets whose clocks ran out while the program was down.
fn late(desk: Desk) -> Desk {
    let received = (super::now() - (24 * 80).hours()).to_string();
    let names: Vec<String> = (0..TICKETS).map(|number| format!("{number}.eml")).collect();
    for (number, name) in names.iter().enumerate() {
        let text = NOTICE
            .replace("<1@", &format!("<{number}@"))
            .replace("rosa@example.com", &format!("p{number}@example.net"));
        desk.write(name, text.as_bytes());
    }
    let mut ingest = vec!["ingest", "--received", &received];
    ingest.extend(names.iter().map(String::as_str));
    desk.run(&ingest).ended(0);
    desk
}

/// How often each clock of the tickets fired, by point; of the first few
/// tickets listed, or of all.
fn firings(desk: &Desk, tickets: usize) -> BTreeMap<String, usize> {
    let listed = desk.run(&["ticket", "list", "--json", "--limit", "100"]).ended(0).lines();
    assert_eq!(listed.len(), TICKETS);
    let mut found = BTreeMap::new();
    for line in listed.iter().take(tickets) {
        let number = line["ticket"].as_str().unwrap();
        let ticket = desk.run(&["ticket", "show", number, "--json"]).ended(0).json();
        for event in ticket["events"].as_array().unwrap() {
            let kind = event["kind"].as_str().unwrap();
            let kinds =
                ["clock_warned", "clock_warning_superseded", "clock_breached", "hold_ended"];
            if kinds.contains(&kind) {
                let said: &Value = &event["particulars"];
                let key = format!("{number} {kind} {} {}", said["clock_id"], said["point"]);
                *found.entry(key).or_default() += 1;
            }
        }
    }
    found
}

fn dies_and_fires_once(desk: &Desk) {
    for (point, what) in [("c14:1", "inside the first"), ("c14:2", "inside a later transaction")] {
        let mut doomed = desk.command(&["run", "--once"]);
        doomed.env("TIERLINE_CRASH_AT", point);
        let died = doomed.output().unwrap();
        let err = String::from_utf8_lossy(&died.stderr);
        assert_eq!(died.status.signal(), Some(libc::SIGABRT), "{what}: {err}");
        if point == "c14:1" {
            assert_eq!(firings(desk, 2), BTreeMap::new(), "rolled back");
        }
    }
    desk.run(&["run", "--once"]).ended(0);
    let all = firings(desk, TICKETS);
    assert!(all.len() >= TICKETS * 8, "{}", all.len());
    assert!(all.values().all(|times| *times == 1), "{all:#?}");
    desk.run(&["run", "--once"]).ended(0);
    assert_eq!(firings(desk, TICKETS), all, "and never again");
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn a_program_that_dies_inside_a_sweep_fires_each_clock_once() {
    dies_and_fires_once(&late(Desk::staffed()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_on_postgres() {
    let cluster = Cluster::start().await;
    let url = cluster.create_database().await;
    let section = format!("url = {url:?}\nallow_unsafe_durability = true");
    dies_and_fires_once(&late(Desk::on(&section).with_staff()));
}
