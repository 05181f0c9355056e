//! Dates, badges and what must not be shown.

use super::*;
use crate::domain::id::{ClockId, TicketId};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn moment(now: &str) -> Moment {
    Moment { now: at(now), zone: TimeZone::get("America/New_York").unwrap() }
}

fn clock(state: ClockState) -> Clock {
    let due_on = jiff::civil::date(2026, 12, 1);
    Clock {
        id: ClockId(uuid::Uuid::nil()),
        ticket_id: TicketId(uuid::Uuid::nil()),
        matter_id: None,
        kind: "NOE_ACK".to_owned(),
        class: ClockClass::Statutory,
        citation: "12 CFR 1024.35(d)".to_owned(),
        state,
        started_at: at("2026-11-21T00:00:00Z"),
        due_at: at("2026-12-01T00:00:00Z"),
        due_on,
        internal_due_on: due_on,
        warnings: Vec::new(),
        next_at: None,
        met_at: None,
        breached_at: None,
        is_to_confirm: false,
        policy_revision: "r".to_owned(),
        life: Default::default(),
    }
}

#[test]
fn a_clock_says_how_near_it_is() {
    let running = clock(ClockState::Running);
    let word = |now: &str| badge(&running, at(now)).2;
    assert_eq!(word("2026-11-22T00:00:00Z"), "running");
    assert_eq!(word("2026-11-26T00:00:00Z"), "due soon");
    assert_eq!(word("2026-11-29T12:00:00Z"), "at risk");
    assert_eq!(word("2026-12-01T00:00:00Z"), "at risk", "still met at the due instant");
    assert_eq!(word("2026-12-01T00:00:01Z"), "due instant passed");
    assert_eq!(badge(&clock(ClockState::Met), at("2027-01-01T00:00:00Z")).2, "met");
    assert_eq!(badge(&clock(ClockState::Breached), at("2026-11-22T00:00:00Z")).2, "breached");
}

#[test]
fn what_is_left_has_its_two_greatest_units() {
    let due_at = at("2026-12-01T00:00:00Z");
    assert_eq!(left(due_at, at("2026-11-28T21:30:00Z")), "2 d 2 h left");
    assert_eq!(left(due_at, at("2026-11-30T23:59:10Z")), "0 min left");
    assert_eq!(left(due_at, at("2026-12-01T02:10:00Z")), "2 h 10 min over");
}

#[test]
fn an_instant_is_shown_in_the_zone_of_legal_dates_and_marked_in_utc() {
    let shown = moment("2026-11-22T00:00:00Z").instant(at("2026-12-01T04:59:59.5Z"));
    assert_eq!(shown.words, "Nov 30, 2026, 11:59 PM EST");
    assert_eq!(shown.iso, "2026-12-01T04:59:59Z");
}

#[test]
fn the_greatest_instants_are_shown_without_a_panic() {
    let mut odd = clock(ClockState::Running);
    (odd.started_at, odd.due_at) = (Timestamp::MIN, Timestamp::MAX);
    let moment = Moment { now: Timestamp::MIN, zone: TimeZone::UTC };
    assert!(!moment.clock(&odd).left.is_empty());
}
