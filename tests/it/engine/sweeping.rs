//! Two processes sweep one database, one dies in the middle: each warning and
//! each breach is recorded once, with its true instant.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tierline::app::App;
use tierline::app::sweep::{Swept, sweep, sweep_all};
use tierline::domain::clock::{ClockClass, ClockState};
use tierline::store::view::TicketDetail;

use crate::harness::desk::{TestDesk, mail, on_both};

const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";
const DAY: Duration = Duration::from_secs(86_400);
const TICKETS: usize = 6;

fn receives_notices(desk: &TestDesk) {
    for number in 0..TICKETS {
        let from = format!("p{number}@example.net");
        desk.receives(&mail(&format!("Notice of error {number}"), NOTICE).from(&from).raw());
    }
}

/// Every firing on record: how often.
fn firings(tickets: &[TicketDetail]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for line in tickets.iter().flat_map(|ticket| &ticket.events) {
        let event = &line.event;
        let kinds = ["clock_warned", "clock_warning_superseded", "clock_breached", "hold_ended"];
        if kinds.contains(&event.kind.as_str()) {
            let said = &event.particulars;
            let key =
                format!("{} {} {} {}", event.stream, said["clock_id"], said["point"], event.at);
            *found.entry(key).or_default() += 1;
        }
    }
    found
}

/// Each clock that nothing met has fired, once, at its own instant.
fn each_has_fired_once(tickets: &[TicketDetail]) {
    let found = firings(tickets);
    let often: Vec<_> = found.iter().filter(|(_, times)| **times != 1).collect();
    assert!(often.is_empty(), "{often:#?}");
    for clock in tickets.iter().flat_map(|ticket| &ticket.clocks) {
        let expected = match clock.class {
            ClockClass::Hold => ClockState::Met,
            _ if clock.kind == "INT_ACK" => ClockState::Met,
            _ => ClockState::Breached,
        };
        assert_eq!(clock.state, expected, "{}", clock.kind);
        if clock.state == ClockState::Breached {
            assert_eq!(clock.breached_at, Some(clock.due_at), "{}", clock.kind);
        }
    }
}

async fn sweeps(app: Arc<App>) -> usize {
    sweep_all(&app).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_fire_each_clock_once() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        receives_notices(desk);
        desk.settles().await;
        desk.passes(DAY * 90);
        let second = desk.second_app().await;
        let other = tokio::spawn(sweeps(second));
        let own = sweeps(Arc::clone(&desk.app)).await;
        let shares = (own, other.await.unwrap());
        // a ticket may be written by one, and looked at again by the other
        sweeps(Arc::clone(&desk.app)).await;
        assert!(shares.0 + shares.1 >= TICKETS, "{shares:?}");
        each_has_fired_once(&desk.tickets().await);
        let verified = desk.store().verify(None).await.unwrap();
        assert_eq!(verified.first_break, None);
    })
    .await;
}

#[tokio::test]
async fn the_sweeper_says_when_it_must_look_next() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        assert_eq!(sweep(&desk.app).await.unwrap(), Swept::Until(None), "no clock runs");
        desk.receives(&mail("Notice of error", NOTICE).raw());
        desk.settles().await;
        let next = desk.only_ticket().await.clocks.iter().filter_map(|clock| clock.next_at).min();
        assert_eq!(sweep(&desk.app).await.unwrap(), Swept::Until(next));
        let wait = next.unwrap().duration_since(desk.now());
        desk.passes(Duration::try_from(wait - SignedDuration::from_micros(1)).unwrap());
        assert_eq!(sweep(&desk.app).await.unwrap(), Swept::Until(next), "a microsecond early");
        desk.passes(Duration::from_micros(1));
        assert_eq!(sweep(&desk.app).await.unwrap(), Swept::Some(1), "on the instant");
        desk.settles().await;
    })
    .await;
}

#[tokio::test]
async fn a_clock_set_back_fires_nothing_until_it_has_been_right_for_a_minute() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("Notice of error", NOTICE).raw());
        desk.settles().await;
        desk.passes(DAY * 20);
        desk.settles().await;
        let fired = firings(&desk.tickets().await);
        desk.clock.advance(SignedDuration::from_hours(-24 * 5));
        // another process, as after a restart: only the mark in the database knows
        let second = desk.second_app().await;
        let held = sweep(&second).await.unwrap();
        assert!(matches!(held, Swept::Held(_)), "{held:?}");
        let told = desk.store().events_of("sweeper").await.unwrap();
        let jump = told.iter().rev().find(|line| line.event.kind == "clock_jump").unwrap();
        assert!(jump.event.particulars["seconds"].as_i64().unwrap() <= -24 * 5 * 3_600 + 120);
        for _ in 0..2 {
            desk.clock.advance(SignedDuration::from_secs(20));
            assert!(matches!(sweep(&second).await.unwrap(), Swept::Held(_)));
        }
        desk.clock.advance(SignedDuration::from_secs(20));
        assert!(!matches!(sweep(&second).await.unwrap(), Swept::Held(_)), "three agree");
        assert_eq!(firings(&desk.tickets().await), fired, "nothing fires twice or un-fires");
        let tzdata = told.iter().find(|line| line.event.kind == "tzdata_changed").unwrap();
        assert_ne!(tzdata.event.particulars["new"], "", "the zone data is on record");
        desk.clock.advance(SignedDuration::from_hours(24 * 6));
    })
    .await;
}

#[tokio::test]
async fn a_row_that_cannot_be_read_holds_up_no_other() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        for number in 0..3 {
            let from = format!("p{number}@example.net");
            desk.receives(&mail(&format!("Notice of error {number}"), NOTICE).from(&from).raw());
        }
        desk.settles().await;
        // the same one on both databases, so that both end in the same state
        let id = desk.ticket("Notice of error 0").await.ticket.id;
        let literal = match desk.store().is_postgres() {
            true => format!("'{id}'"),
            false => format!("X'{}'", id.0.simple()),
        };
        let broken = format!(
            "UPDATE clock SET warnings = 'torn' WHERE kind = 'NOE_ACK' AND ticket_id = {literal}"
        );
        assert_eq!(desk.sql(&broken).await, 1);
        desk.passes(DAY * 90);
        assert_eq!(sweep(&desk.app).await.unwrap(), Swept::Some(2), "the two others");
        assert!(sweep(&desk.app).await.is_err(), "the worker waits and says why");
        assert_eq!(desk.sql("UPDATE clock SET warnings = '[]' WHERE warnings = 'torn'").await, 1);
        assert_eq!(sweep(&desk.app).await.unwrap(), Swept::Some(1));
        desk.settles().await;
        let found = firings(&desk.tickets().await);
        assert!(found.values().all(|times| *times == 1), "{found:#?}");
    })
    .await;
}
