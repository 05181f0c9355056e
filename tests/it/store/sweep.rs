//! Time passes on clocks.

use serde_json::json;
use tierline::domain::clock::{Clock, ClockState};
use tierline::domain::decision::{ClockChange, SweepDecision, TicketUpdate};
use tierline::domain::event::Event;
use tierline::domain::ticket::{Priority, Ticket};

use super::fixture::{later, noon, sample};
use crate::harness::database::TestDatabase;

fn breach(ticket: &Ticket, clocks: &[Clock]) -> SweepDecision {
    let change = |clock: &Clock| ClockChange::Breach { id: clock.id, at: clock.due_at };
    SweepDecision {
        ticket: TicketUpdate {
            id: ticket.id,
            expected_version: ticket.version,
            status: None,
            priority: Some(Priority::Urgent),
            at: later(61),
        },
        clocks: clocks.iter().map(change).collect(),
        events: vec![Event::by_engine(
            format!("ticket:{}", ticket.id),
            "clock_breached",
            later(60),
            json!({}),
        )],
    }
}

pub async fn a_due_clock_is_found_and_swept_once(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    let sample = sample(1, 0);
    sample.take_in(&db.store, mailbox).await.unwrap();
    assert_eq!(db.store.next_due_at().await.unwrap(), Some(later(45)));
    assert!(db.store.due_tickets(later(44), 10).await.unwrap().is_empty());
    let due = db.store.due_tickets(later(45), 10).await.unwrap();
    assert_eq!((due.len(), due[0].clocks.len()), (1, 4));
    let mut wanted: Vec<Clock> = sample
        .decision
        .clocks
        .iter()
        .map(|change| match change {
            ClockChange::Start(clock) => clock.as_ref().clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    wanted.sort_by_key(|clock| (clock.due_at, clock.id));
    assert_eq!(due[0].clocks, wanted, "clocks come back as they were started");
    let decision = breach(&due[0].ticket, &due[0].clocks);
    db.store.apply_sweep(&decision).await.unwrap();
    assert!(db.store.apply_sweep(&decision).await.unwrap_err().is_stale(), "the later process");
    assert!(db.store.due_tickets(later(600), 10).await.unwrap().is_empty());
    assert_eq!(db.store.next_due_at().await.unwrap(), None);
    let after = db.store.find_ticket_clocks(sample.ticket_id()).await.unwrap().unwrap();
    assert_eq!((after.ticket.priority, after.ticket.version), (Priority::Urgent, 2));
    for clock in after.clocks {
        assert_eq!((clock.state, clock.breached_at), (ClockState::Breached, Some(later(60))));
    }
}

pub async fn a_clock_met_meanwhile_makes_the_sweep_stale(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    let sample = sample(1, 0);
    sample.take_in(&db.store, mailbox).await.unwrap();
    let mut due = db.store.due_tickets(later(61), 10).await.unwrap().remove(0);
    let mut met = breach(&due.ticket, &[]);
    met.clocks.push(ClockChange::Meet { id: due.clocks[0].id, at: later(50), by: "act:x".into() });
    db.store.apply_sweep(&met).await.unwrap();
    due.ticket.version = 2;
    let late = breach(&due.ticket, &due.clocks);
    assert!(db.store.apply_sweep(&late).await.unwrap_err().is_stale());
    let after = db.store.find_ticket_clocks(sample.ticket_id()).await.unwrap().unwrap();
    let states: Vec<ClockState> = after.clocks.iter().map(|clock| clock.state).collect();
    let running = ClockState::Running;
    assert_eq!(states, [ClockState::Met, running, running, running], "all or nothing");
}
