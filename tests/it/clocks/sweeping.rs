//! Time passes: warnings and breaches with their true instants, each once.

use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use serde_json::json;
use tierline::domain::clock::{Clock, ClockClass, ClockState};
use tierline::domain::decision::{ClockChange, SweepDecision};
use tierline::domain::sweep::{DueTicket, after_change, sweep};
use tierline::domain::ticket::{Priority, Status, Tier};

use super::{at, day, started};

fn ticket_of(words: &str, received: &str, kinds: &[&str]) -> DueTicket {
    let clocks: Vec<Clock> = started(words, received)
        .into_iter()
        .map(|one| one.clock)
        .filter(|clock| kinds.contains(&clock.kind.as_str()))
        .collect();
    assert_eq!(clocks.len(), kinds.len());
    DueTicket {
        id: clocks[0].ticket_id,
        version: 7,
        status: Status::Open,
        priority: Priority::Normal,
        queue: "research".to_owned(),
        tier: Tier::Two,
        clocks,
    }
}

fn acknowledgment_due() -> DueTicket {
    ticket_of("noe/b2", "2026-05-20T10:00", &["NOE_ACK"])
}

fn applied(ticket: &DueTicket, decision: &SweepDecision) -> DueTicket {
    let mut after = ticket.clone();
    after.priority = decision.ticket.priority.unwrap_or(after.priority);
    after.version += u64::try_from(decision.events.len()).unwrap();
    for clock in &mut after.clocks {
        for change in &decision.clocks {
            *clock = after_change(clock, change);
        }
    }
    after
}

/// `kind point instant` of each event.
fn lines(decision: &SweepDecision) -> Vec<String> {
    let line = |event: &tierline::domain::event::Event| {
        let point = event.particulars["point"].as_str().unwrap_or("-");
        let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
        format!("{} {point} {}", event.kind, zone.to_datetime(event.at).strftime("%m-%d %H:%M"))
    };
    decision.events.iter().map(line).collect()
}

#[test]
fn nothing_is_due_before_the_first_warning() {
    let ticket = acknowledgment_due();
    assert_eq!(sweep(&ticket, at("2026-05-22T07:59:59")), None);
}

#[test]
fn a_warning_of_the_law_raises_the_priority_and_carries_its_own_instant() {
    let ticket = acknowledgment_due();
    let now = at("2026-05-22T09:30");
    let decision = sweep(&ticket, now).unwrap();
    assert_eq!(lines(&decision), ["clock_warned BD2 05-22 08:00", "priority_raised - 05-22 09:30"]);
    assert_eq!(decision.ticket.priority, Some(Priority::High));
    assert_eq!((decision.ticket.expected_version, decision.ticket.status), (7, None));
    assert_eq!(decision.events[0].stream, format!("ticket:{}", ticket.id));
    assert_eq!(decision.events[0].particulars["clock"], json!("NOE_ACK"));
    assert_eq!(decision.events[0].particulars["due_on"], json!("2026-05-28"));
    let ClockChange::Warn { next_at, warnings, .. } = &decision.clocks[0] else {
        panic!("{:?}", decision.clocks)
    };
    assert_eq!(*next_at, Some(at("2026-05-26T08:00")));
    assert_eq!(warnings.len(), 3);
    let after = applied(&ticket, &decision);
    assert_eq!(sweep(&after, now), None, "once");
    assert_eq!(sweep(&after, at("2026-05-26T07:59:59")), None);
    let next = sweep(&after, at("2026-05-26T08:00")).unwrap();
    assert_eq!(lines(&next), ["clock_warned BD3 05-26 08:00"], "the priority is high already");
}

#[test]
fn a_breach_has_the_due_instant_however_late_it_is_noticed() {
    let ticket = acknowledgment_due();
    let a_month_later = at("2026-06-28T03:00");
    let decision = sweep(&ticket, a_month_later).unwrap();
    assert_eq!(
        lines(&decision),
        [
            "clock_warning_superseded BD2 05-22 08:00",
            "clock_warning_superseded BD3 05-26 08:00",
            "clock_warning_superseded BD4 05-27 08:00",
            "clock_warning_superseded final 05-28 12:00",
            "clock_breached - 05-28 23:59",
            "priority_raised - 06-28 03:00",
        ]
    );
    let due_at = ticket.clocks[0].due_at;
    assert_eq!(decision.clocks, [ClockChange::Breach { id: ticket.clocks[0].id, at: due_at }]);
    assert_eq!(decision.ticket.priority, Some(Priority::Urgent));
    let after = applied(&ticket, &decision);
    assert_eq!(after.clocks[0].breached_at, Some(due_at));
    assert_eq!(sweep(&after, a_month_later + 10_000.hours()), None, "once and for all");
}

#[test]
fn the_due_instant_itself_is_still_in_time() {
    let ticket = acknowledgment_due();
    let due_at = ticket.clocks[0].due_at;
    let warned = applied(&ticket, &sweep(&ticket, due_at).unwrap());
    assert_eq!(warned.clocks[0].state, ClockState::Running);
    assert_eq!(sweep(&warned, due_at), None);
    let past = due_at + 1.microsecond();
    assert_eq!(warned.clocks[0].next_at, Some(past), "the sweeper looks when it can be breached");
    assert!(sweep(&warned, past).is_some());
}

#[test]
fn several_clocks_of_one_ticket_come_in_the_order_of_their_instants() {
    let ticket = ticket_of("noe/b6", "2026-05-20T10:00", &["NOE_ACK", "NOE_PAYOFF"]);
    let decision = sweep(&ticket, at("2026-05-29T00:00")).unwrap();
    assert_eq!(
        lines(&decision),
        [
            "clock_warning_superseded BD2 05-22 08:00",
            "clock_warning_superseded BD3 05-26 08:00",
            "clock_warned BD3 05-26 08:00",
            "clock_warning_superseded BD4 05-27 08:00",
            "clock_warned BD5 05-28 08:00",
            "clock_warning_superseded final 05-28 12:00",
            "clock_breached - 05-28 23:59",
            "priority_raised - 05-29 00:00",
        ]
    );
}

#[test]
fn a_warning_of_our_own_raises_no_priority_but_a_breach_does() {
    let ticket = ticket_of("", "2026-05-20T10:00", &["first_response"]);
    let clock = &ticket.clocks[0];
    let warned = sweep(&ticket, clock.warnings[0].at).unwrap();
    assert_eq!(warned.ticket.priority, None);
    let breached = sweep(&ticket, clock.due_at + 1.microsecond()).unwrap();
    assert_eq!(breached.ticket.priority, Some(Priority::Urgent));
}

#[test]
fn priority_is_never_lowered() {
    let mut ticket = acknowledgment_due();
    ticket.priority = Priority::Urgent;
    let decision = sweep(&ticket, at("2026-05-22T08:00")).unwrap();
    assert_eq!(decision.ticket.priority, None);
}

#[test]
fn the_law_goes_on_in_a_closed_ticket_and_paused_or_ended_clocks_stand_still() {
    let mut ticket = acknowledgment_due();
    ticket.status = Status::Closed;
    assert!(sweep(&ticket, at("2026-06-28T03:00")).is_some());
    for state in [
        ClockState::Paused,
        ClockState::Met,
        ClockState::Breached,
        ClockState::Voided,
        ClockState::Superseded,
    ] {
        ticket.clocks[0].state = state;
        assert_eq!(sweep(&ticket, at("2026-06-28T03:00")), None, "{state}");
    }
}

#[test]
fn a_hold_that_ends_is_met_and_not_breached() {
    let mut ticket = acknowledgment_due();
    ticket.clocks[0].class = ClockClass::Hold;
    let decision = sweep(&ticket, at("2026-06-28T03:00")).unwrap();
    let due_at = ticket.clocks[0].due_at;
    assert_eq!(
        decision.clocks,
        [ClockChange::Meet { id: ticket.clocks[0].id, at: due_at, by: "time".into() }]
    );
    assert_eq!(decision.ticket.priority, None);
    assert_eq!(decision.events.last().unwrap().kind, "hold_ended");
    assert_eq!(sweep(&applied(&ticket, &decision), at("2026-07-28T03:00")), None);
}

#[test]
fn a_sale_tomorrow_warns_at_once() {
    let ticket = ticket_of(
        "noe/b9 sale=2026-05-21",
        "2026-05-20T10:00",
        &["NOE_ACK", "NOE_FCL", "NOE_FCL_LATE"],
    );
    let decision = sweep(&ticket, at("2026-05-20T10:00")).unwrap();
    assert_eq!(decision.ticket.priority, Some(Priority::High));
    let late = ticket.clocks.iter().find(|clock| clock.kind == "NOE_FCL_LATE").unwrap();
    assert_eq!(late.due_on, day("2026-05-20"));
    let night = sweep(&applied(&ticket, &decision), at("2026-05-21T00:00")).unwrap();
    assert_eq!(night.ticket.priority, Some(Priority::Urgent));
}

fn all_kinds() -> DueTicket {
    let clocks: Vec<Clock> = started("noe/b2 noe/b9 rfi payoff-request", "2026-05-20T10:00")
        .into_iter()
        .map(|one| one.clock)
        .collect();
    DueTicket { clocks, ..acknowledgment_due() }
}

/// What one long sleep and many short ones leave behind, superseded warnings
/// aside: they are the same.
fn record_of(looks: &[Timestamp]) -> (DueTicket, Vec<(Timestamp, String)>) {
    let mut ticket = all_kinds();
    let mut record = Vec::new();
    for now in looks {
        if let Some(decision) = sweep(&ticket, *now) {
            let breaches = decision.events.iter().filter(|event| event.kind == "clock_breached");
            record.extend(breaches.map(|event| (event.at, event.particulars["clock"].to_string())));
            ticket = applied(&ticket, &decision);
        }
    }
    record.sort();
    (ticket, record)
}

proptest! {
    #[test]
    fn a_sweep_finds_something_exactly_when_a_clock_asks_to_be_looked_at(
        after in 0_i64..6_000_000,
    ) {
        let ticket = all_kinds();
        let now = at("2026-05-20T09:00") + SignedDuration::from_secs(after);
        let is_due = ticket.clocks.iter().any(|clock| clock.next_at.is_some_and(|at| at <= now));
        let decision = sweep(&ticket, now);
        prop_assert_eq!(decision.is_some(), is_due);
        if let Some(decision) = decision {
            let after = applied(&ticket, &decision);
            prop_assert_eq!(sweep(&after, now), None);
            prop_assert!(after.clocks.iter().all(|clock| clock.next_at == clock.next_look()));
            prop_assert!(decision.events.iter().all(|event| event.at <= now));
        }
    }

    #[test]
    fn however_often_the_sweeper_looks_it_leaves_the_same_record(
        mut looks in proptest::collection::vec(0_i64..8_000_000, 0..40),
    ) {
        looks.sort_unstable();
        let end = at("2026-05-20T09:00") + SignedDuration::from_secs(8_000_000);
        let mut looks: Vec<Timestamp> = looks
            .into_iter()
            .map(|after| at("2026-05-20T09:00") + SignedDuration::from_secs(after))
            .collect();
        looks.push(end);
        let (often, breaches) = record_of(&looks);
        let (once, all_at_once) = record_of(&[end]);
        prop_assert_eq!(breaches, all_at_once);
        prop_assert_eq!(often.priority, once.priority);
        prop_assert_eq!(often.clocks, once.clocks);
    }
}
