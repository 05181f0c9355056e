//! Which mail starts which clocks, until when, with which warnings.

use jiff::ToSpan;
use tierline::domain::catalogue::StartedClock;
use tierline::domain::clock::{Clock, ClockClass, ClockState};
use tierline::domain::ticket::Priority;

use super::{at, book, day, started, started_by};

/// Kinds of the clocks of the law, with `?` where a person must confirm.
fn statutory(words: &str, received: &str) -> Vec<String> {
    let mut kinds: Vec<String> = started(words, received)
        .iter()
        .filter(|one| one.clock.class == ClockClass::Statutory)
        .map(|one| format!("{}{}", one.clock.kind, if one.clock.is_to_confirm { "?" } else { "" }))
        .collect();
    kinds.sort();
    kinds
}

fn the<'a>(kind: &str, all: &'a [StartedClock]) -> &'a Clock {
    &all.iter().find(|one| one.clock.kind == kind).unwrap_or_else(|| panic!("no {kind}")).clock
}

fn points(clock: &Clock) -> Vec<String> {
    let zone = book().zone();
    let show = |at: jiff::Timestamp| zone.to_datetime(at).strftime("%m-%d %H:%M").to_string();
    clock.warnings.iter().map(|w| format!("{} {}", w.point, show(w.at))).collect()
}

#[test]
fn each_kind_starts_its_own_clocks_and_no_others() {
    let received = "2026-05-20T10:00";
    let table: [(&str, &[&str]); 14] = [
        ("", &[]),
        ("@escrow", &[]),
        ("noe/b2", &["NOE_ACK", "NOE_RESP"]),
        ("noe", &["NOE_ACK", "NOE_RESP"]),
        ("noe?", &["NOE_ACK?", "NOE_RESP?"]),
        ("noe/b6", &["NOE_ACK", "NOE_PAYOFF"]),
        ("noe/b9", &["NOE_ACK", "NOE_FCL"]),
        ("noe/b5 noe/b6", &["NOE_ACK", "NOE_PAYOFF", "NOE_RESP"]),
        ("rfi", &["RFI_ACK", "RFI_RESP"]),
        ("rfi/owner", &["RFI_ACK", "RFI_OWNER"]),
        ("noe/b5 rfi", &["NOE_ACK", "NOE_RESP", "RFI_ACK", "RFI_RESP"]),
        ("payoff-request", &["PAYOFF"]),
        ("lossmit-application", &["LM_ACK"]),
        ("noe/b11 #foreclosure-imminent", &["NOE_ACK", "NOE_FCL?", "NOE_RESP"]),
    ];
    for (words, clocks) in table {
        assert_eq!(statutory(words, received), clocks, "{words}");
    }
}

#[test]
fn a_qualified_written_request_runs_the_clocks_of_what_it_asks_and_both_when_in_doubt() {
    let received = "2026-05-20T10:00";
    assert_eq!(statutory("qwr", received), ["NOE_ACK?", "NOE_RESP?", "RFI_ACK?", "RFI_RESP?"]);
    assert_eq!(statutory("qwr noe/b2", received), ["NOE_ACK", "NOE_RESP"]);
    assert_eq!(statutory("qwr rfi", received), ["RFI_ACK", "RFI_RESP"]);
    assert_eq!(statutory("qwr noe rfi", received), ["NOE_ACK", "NOE_RESP", "RFI_ACK", "RFI_RESP"]);
    assert_eq!(statutory("qwr noe?", received), ["NOE_ACK?", "NOE_RESP?", "RFI_ACK?", "RFI_RESP?"]);
}

#[test]
fn a_near_sale_starts_the_late_clock_and_the_others_go_on() {
    let received = "2026-05-20T10:00";
    let late = ["NOE_ACK", "NOE_FCL", "NOE_FCL_LATE"];
    assert_eq!(statutory("noe/b10 sale=2026-05-27", received), late);
    assert_eq!(statutory("noe/b10 sale=2026-05-20", received), late);
    assert_eq!(statutory("noe/b10 sale=2026-05-28", received), ["NOE_ACK", "NOE_FCL"]);
    assert_eq!(statutory("noe/b10 sale=2026-05-19", received), ["NOE_ACK", "NOE_FCL"]);
    assert_eq!(statutory("noe/b10 sale=soon", received), ["NOE_ACK", "NOE_FCL"]);
    assert_eq!(statutory("lossmit-application sale=2026-07-04", received), ["LM_ACK"]);
    assert_eq!(statutory("lossmit-application sale=2026-07-03", received), ["LM_ACK?"]);
}

#[test]
fn a_foreclosure_notice_is_due_the_day_before_the_sale_and_never_before_its_receipt() {
    let table = [
        ("", "2026-07-03", "2026-07-02"),
        ("sale=2026-06-15", "2026-06-14", "2026-06-12"),
        ("sale=2026-07-04", "2026-07-03", "2026-07-02"),
        ("sale=2026-12-01", "2026-07-03", "2026-07-02"),
        ("sale=2026-05-21", "2026-05-20", "2026-05-20"),
        ("sale=2026-05-20", "2026-05-20", "2026-05-20"),
        ("sale=2026-01-05", "2026-07-03", "2026-07-02"),
        // of two dates the earlier one to come counts
        ("sale=2026-07-01 sale=2026-01-05 sale=2026-06-03", "2026-06-02", "2026-06-02"),
    ];
    for (sale, due, staffed) in table {
        let all = started(&format!("noe/b9 {sale}"), "2026-05-20T10:00");
        let clock = the("NOE_FCL", &all);
        assert_eq!((clock.due_on, clock.internal_due_on), (day(due), day(staffed)), "{sale}");
    }
}

#[test]
fn a_legal_day_ends_with_the_last_microsecond_of_the_servicers_day() {
    let all = started("noe/b2", "2026-05-20T23:59");
    let clock = the("NOE_ACK", &all);
    assert_eq!(clock.started_at, at("2026-05-20T23:59"));
    assert_eq!(clock.due_on, day("2026-05-28"));
    assert_eq!(clock.due_at, at("2026-05-28T23:59:59.999999"));
    let next_day = started("noe/b2", "2026-05-21T00:00");
    assert_eq!(the("NOE_ACK", &next_day).due_on, day("2026-05-29"));
}

#[test]
fn warnings_come_at_the_opening_of_staffed_days_and_before_the_due_instant() {
    let all = started("noe/b2", "2026-05-20T10:00");
    assert_eq!(
        points(the("NOE_ACK", &all)),
        ["BD2 05-22 08:00", "BD3 05-26 08:00", "BD4 05-27 08:00", "final 05-28 12:00"]
    );
    let response = the("NOE_RESP", &all);
    assert_eq!(response.warnings.last().unwrap().point, "BD29");
    // day 4 is Friday 3 July: it counts, though the office is closed
    let july = started("payoff-request noe/b6", "2026-06-29T10:00");
    assert_eq!(
        points(the("NOE_PAYOFF", &july)),
        ["BD3 07-02 08:00", "BD5 07-06 08:00", "BD6 07-07 08:00"]
    );
    for one in &all {
        let clock = &one.clock;
        assert!(clock.warnings.is_sorted_by_key(|w| w.at), "{}", clock.kind);
        assert!(clock.warnings.iter().all(|w| w.at >= clock.started_at && w.at < clock.due_at));
        assert_eq!(clock.next_at, clock.warnings.first().map(|w| w.at), "{}", clock.kind);
    }
}

#[test]
fn a_foreclosure_notice_warns_at_once_then_daily_and_by_the_days_to_the_sale() {
    let all = started("noe/b9 sale=2026-05-26", "2026-05-20T10:00");
    let names: Vec<String> =
        the("NOE_FCL", &all).warnings.iter().map(|w| w.point.clone()).collect();
    // Monday 25 May is a holiday: what falls on it is told on Friday
    assert_eq!(names, ["at-once", "BD1", "BD2", "sale-3", "sale-1"]);
    let late = the("NOE_FCL_LATE", &all);
    assert_eq!(
        points(late),
        [
            "at-once 05-20 10:00",
            "4h 05-20 14:00",
            "8h 05-20 18:00",
            "12h 05-21 12:00",
            "16h 05-21 16:00",
            "20h 05-22 10:00",
            "24h 05-22 14:00",
            "28h 05-22 18:00",
        ]
    );
}

#[test]
fn every_warning_of_every_clock_is_told_to_somebody() {
    let words = "noe/b2 noe/b6 noe/b9 rfi rfi/owner payoff-request lossmit-application \
                 #dissatisfaction #asks-supervisor sale=2026-05-26";
    let book = book();
    let all = started(words, "2026-05-20T10:00");
    let statutory = all.iter().filter(|one| one.clock.class == ClockClass::Statutory).count();
    assert_eq!(statutory, 10);
    for one in &all {
        let row = book.find_definition(&one.clock.kind).unwrap();
        for warning in &one.clock.warnings {
            assert!(!row.told_at(&warning.point).is_empty(), "{} {}", row.id, warning.point);
        }
        for strange in ["", "BD", "BD99", "%", "h", "sale-", "sale-99", "99999999999h", "at once"] {
            if !(row.id == "NOE_FCL" && strange == "BD99") {
                assert!(row.told_at(strange).is_empty(), "{} {strange}", row.id);
            }
        }
    }
    let told = |kind: &str, point: &str| -> Vec<&str> {
        let row = book.find_definition(kind).unwrap();
        row.told_at(point).iter().map(|told| told.word()).collect()
    };
    assert_eq!(told("NOE_FCL", "at-once"), ["supervisor", "compliance", "legal"]);
    assert_eq!(told("NOE_ACK", "BD3"), ["supervisor"]);
    assert_eq!(told("NOE_ACK", "final"), ["compliance"]);
    assert_eq!(told("first_response", "90%"), ["supervisor"]);
}

#[test]
fn service_levels_follow_priority_and_tier_in_open_hours() {
    let book = book();
    let received = at("2026-05-22T16:00");
    let urgent = started_by(book, "", received, Priority::Urgent);
    let first = the("first_response", &urgent);
    assert_eq!(first.class, ClockClass::Service);
    assert_eq!(first.due_at, at("2026-05-26T10:00"));
    assert_eq!(points(first), ["50% 05-22 18:00", "75% 05-26 09:00", "90% 05-26 09:36"]);
    let low = started_by(book, "", received, Priority::Low);
    assert!(the("first_response", &low).due_at > first.due_at);
    assert!(the("resolution", &urgent).due_at > first.due_at);
}

#[test]
fn every_clock_is_frozen_with_its_revision_and_explains_itself() {
    let all = started("noe/b2 rfi #dissatisfaction #asks-supervisor", "2026-05-20T10:00");
    let kinds: Vec<&str> = all.iter().map(|one| one.clock.kind.as_str()).collect();
    assert_eq!(kinds[..2], ["NOE_ACK", "RFI_ACK"], "the earliest of the law leads");
    for kind in ["INT_ACK", "INT_TRIAGE", "INT_COMPLAINT", "INT_SUPERVISOR", "resolution"] {
        assert!(kinds.contains(&kind), "{kind}");
    }
    for one in &all {
        assert_eq!(one.clock.policy_revision, "revision");
        assert_eq!(one.clock.state, ClockState::Running);
        assert!(!one.arithmetic.is_empty(), "{}", one.clock.kind);
    }
    assert!(all[0].arithmetic.contains(&"due on 2026-05-28: 12 CFR 1024.35(d)".to_owned()));
    let mut ids: Vec<_> = all.iter().map(|one| one.clock.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all.len(), "one id each");
}

#[test]
fn the_same_mail_starts_the_same_clocks() {
    let start = || started("qwr #attorney sale=2026-06-30", "2026-05-20T10:00");
    assert_eq!(start(), start());
}

#[test]
fn a_receipt_in_the_future_counts_as_now() {
    let book = book();
    let now = at("2026-05-20T10:00");
    let understanding = super::understood("noe");
    let mut ids = tierline::domain::id::FreshIds::new(now, [1; 32]);
    let input = tierline::domain::catalogue::StartInput {
        ticket_id: tierline::domain::id::TicketId(ids.uuid()),
        matter_id: None,
        understanding: &understanding,
        priority: Priority::Normal,
        tier: tierline::domain::ticket::Tier::One,
        received_at: now + 72.hours(),
        now,
        loan_state: None,
        is_reply: false,
        named_on: None,
        policy_revision: "revision",
    };
    let all = book.start(&input, &mut ids);
    assert_eq!(the("NOE_ACK", &all).started_at, now);
}

#[test]
fn a_letter_names_the_earliest_date_of_an_answer_not_of_an_acknowledgment() {
    let book = book();
    let clocks = |words: &str| -> Vec<Clock> {
        started(words, "2026-05-20T10:00").into_iter().map(|one| one.clock).collect()
    };
    // eight hours on the day, six days of ten, four more on the first of June
    let resolution_due = day("2026-06-01");
    assert_eq!(book.answer_by(&clocks("noe/b2")), Some(resolution_due));
    let mut law_only = clocks("noe/b2");
    law_only.retain(|clock| clock.class == ClockClass::Statutory);
    assert_eq!(book.answer_by(&law_only), Some(day("2026-07-03")), "not the acknowledgment's");
    let near_sale = clocks("noe/b9 sale=2026-05-27");
    assert_eq!(book.answer_by(&near_sale), Some(day("2026-05-26")));
    for clock in &mut law_only {
        clock.state = ClockState::Met;
    }
    assert_eq!(book.answer_by(&law_only), None);
}

/// Rows that a person's act starts, in a file of their own.
const BY_ACT: &str = r#"
[[clock]]
id = "X_DOCS"
class = "statutory"
name = "Copies of the documents relied on"
citation = "12 CFR 1024.35(e)(4)"
starts_at = "act:x-requested"
unit = "BD_REGX"
target = 15
requires_writing = true
satisfied_by = ["letter:documents"]
owners = ["2"]
warnings = [{ open_minutes = 30, tell = "assignee" }, { days_before_due = 3, tell = "assignee" }]

[[clock]]
id = "X_RESP_EXT"
class = "statutory"
name = "Respond after extension"
citation = "12 CFR 1024.35(e)(3)(ii)"
starts_at = "letter:x-notice"
counted_from = "receipt"
unit = "BD_REGX"
target = 45
requires_writing = true
satisfied_by = ["letter:response"]
owners = ["2"]
"#;

#[test]
fn an_act_starts_its_own_clocks_from_its_day_or_from_the_receipt() {
    let mut files = super::shipped();
    files.insert("clocks-acts.toml".to_owned(), BY_ACT.to_owned());
    let book = super::book_of(&files);
    let understanding = super::understood("noe/b2");
    let mut ids = tierline::domain::id::FreshIds::new(at("2026-05-20T10:00"), [1; 32]);
    let input = tierline::domain::catalogue::StartInput {
        ticket_id: tierline::domain::id::TicketId(ids.uuid()),
        matter_id: None,
        understanding: &understanding,
        priority: Priority::Normal,
        tier: tierline::domain::ticket::Tier::One,
        received_at: at("2026-05-20T10:00"),
        now: at("2026-06-29T17:45"),
        loan_state: None,
        is_reply: false,
        named_on: None,
        policy_revision: "revision",
    };
    let by_mail = book.start(&input, &mut ids);
    assert!(by_mail.iter().all(|one| !one.clock.kind.ends_with("DOCS")), "no mail starts it");
    let requested = at("2026-06-29T17:45");
    let docs = book.start_by_act("act:x-requested", requested, &input, &mut ids);
    let docs = the("X_DOCS", &docs);
    assert_eq!((docs.started_at, docs.due_on), (requested, day("2026-07-20")));
    assert_eq!(points(docs), ["30m 06-30 08:15", "due-3 07-17 08:00"]);
    let extended = book.start_by_act("letter:x-notice", requested, &input, &mut ids);
    assert_eq!(extended.len(), 1);
    assert_eq!(the("X_RESP_EXT", &extended).due_on, day("2026-07-24"), "30 + 15 from receipt");
    assert_eq!(book.start_by_act("act:nothing", requested, &input, &mut ids), []);
}
