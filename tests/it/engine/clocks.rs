//! Time passes: each warning and each breach is one event with its true time,
//! however late the engine is there to see it.

use std::time::Duration;

use tierline::domain::clock::{ClockClass, ClockState};
use tierline::domain::ticket::Priority;
use tierline::store::view::TicketDetail;

use crate::harness::desk::{TestDesk, mail, on_both};

const DAY: Duration = Duration::from_secs(24 * 3600);
const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";

/// `(kind of event, clock, instant)` of every warning and breach.
fn marks(ticket: &TicketDetail) -> Vec<(String, String, jiff::Timestamp)> {
    let marks = ticket.events.iter().map(|line| &line.event).filter(|event| {
        matches!(
            event.kind.as_str(),
            "clock_warned" | "clock_breached" | "clock_warning_superseded"
        )
    });
    let mark = |event: &tierline::domain::event::Event| {
        let clock = event.particulars["clock"].as_str().unwrap_or_default().to_owned();
        (event.kind.clone(), clock, event.at)
    };
    marks.map(mark).collect()
}

#[tokio::test]
async fn after_a_long_downtime_each_mark_is_recorded_once_with_its_true_time() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("Notice of error", NOTICE).raw());
        desk.settles().await;
        let before = desk.only_ticket().await;
        desk.passes(DAY * 90);
        desk.settles().await;
        let after = desk.only_ticket().await;
        assert_eq!(after.ticket.priority, Priority::Urgent);
        let marks = marks(&after);
        for clock in &before.clocks {
            // a hold ends with its time, nobody owes it
            if clock.state != ClockState::Running || clock.class == ClockClass::Hold {
                continue;
            }
            let breaches: Vec<_> = marks
                .iter()
                .filter(|(kind, of, _)| kind == "clock_breached" && *of == clock.kind)
                .collect();
            assert_eq!(breaches.len(), 1, "{}: {marks:#?}", clock.kind);
            assert_eq!(breaches[0].2, clock.due_at, "the true instant, not that of the sweep");
        }
        let now = desk.now();
        assert!(marks.iter().all(|(_, _, at)| *at < now - jiff::SignedDuration::from_hours(24)));
        let settled = desk.state().await;
        desk.settles().await;
        desk.passes(DAY);
        desk.settles().await;
        assert_eq!(desk.state().await, settled, "nothing fires twice");
    })
    .await;
}

#[tokio::test]
async fn day_by_day_and_all_at_once_give_the_same_breaches() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("Notice of error", NOTICE).raw());
        desk.settles().await;
        assert_eq!(desk.only_ticket().await.ticket.priority, Priority::High);
        let (mut warned, mut breached) = (0, 0);
        // the longest hold ends with the sixtieth day
        for _ in 0..62 {
            desk.passes(DAY);
            desk.settles().await;
            let marks = marks(&desk.only_ticket().await);
            let count = |wanted: &str| marks.iter().filter(|(kind, _, _)| kind == wanted).count();
            assert!(count("clock_warned") >= warned && count("clock_breached") >= breached);
            (warned, breached) = (count("clock_warned"), count("clock_breached"));
        }
        let ticket = desk.only_ticket().await;
        let owed = ticket.clocks.iter().filter(|clock| clock.state == ClockState::Breached).count();
        assert_eq!(breached, owed);
        assert!(warned >= 4, "the warnings before the breach were given: {warned}");
        assert!(ticket.clocks.iter().all(|clock| clock.next_at.is_none()));
    })
    .await;
}
