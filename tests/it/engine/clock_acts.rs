//! Persons, letters and bounces change clocks: what is kept is what the record
//! tells, on both databases, and tickets that move leave their clocks alone.

use std::time::Duration;

use jiff::SignedDuration;
use migrations::sea_orm::Database;
use migrations::{Migrator, MigratorTrait as _};
use tierline::app::clock_act::{ActError, act};
use tierline::domain::actor::Role;
use tierline::domain::catalogue::Deed;
use tierline::domain::clock::{Clock, ClockState, Refusal, history};
use tierline::domain::clock_act::{By, ClockAct, Ground};
use tierline::domain::decision::{SweepDecision, TicketUpdate};
use tierline::domain::ticket::{Priority, Status};
use tierline::store::view::TicketDetail;

use super::machines::report;
use crate::harness::desk::{MAIL_HOST, ROSA, TestDesk, mail, on_both, person};

const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";
const DAY: Duration = Duration::from_secs(86_400);

fn the<'a>(ticket: &'a TicketDetail, kind: &str) -> &'a Clock {
    ticket.clocks.iter().find(|clock| clock.kind == kind).unwrap_or_else(|| panic!("no {kind}"))
}

/// Every clock's row is what its events tell.
async fn is_told(desk: &TestDesk) -> TicketDetail {
    let ticket = desk.only_ticket().await;
    let events = desk.store().ticket_events(ticket.ticket.id).await.unwrap();
    for clock in &ticket.clocks {
        assert_eq!(history::fold(&events, clock.id).as_ref(), Some(clock), "{}", clock.kind);
    }
    ticket
}

async fn acts(desk: &TestDesk, wanted: ClockAct, by: By) -> Result<SweepDecision, ActError> {
    let ticket = desk.only_ticket().await.ticket.id;
    act(&desk.app, ticket, &wanted, by).await
}

fn is_refused(outcome: Result<SweepDecision, ActError>) -> Refusal {
    match outcome {
        Err(ActError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_persons_do_to_clocks_is_kept_as_the_record_tells_it() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let sam =
            By { id: person(desk.store(), "sam", Role::Supervisor).await, role: Role::Supervisor };
        let ana = By { id: desk.ana, role: Role::Agent };
        let cora = By { id: desk.cora, role: Role::Compliance };
        desk.receives(&mail("Notice of error", NOTICE).raw());
        desk.settles().await;
        let before = is_told(desk).await;
        let clock = |kind: &str| kind.to_owned();
        let pause = |kind: &str| ClockAct::Pause { clock: clock(kind) };
        let refusal = is_refused(acts(desk, pause("NOE_RESP"), cora).await);
        assert!(matches!(refusal, Refusal::NobodyPausesTheLaw { .. }), "{refusal}");
        acts(desk, pause("first_response"), ana).await.unwrap();
        desk.passes(DAY);
        desk.settles().await;
        acts(desk, ClockAct::Resume { clock: clock("first_response") }, ana).await.unwrap();
        let extend =
            ClockAct::Extend { clock: clock("NOE_RESP"), reason: "old records".to_owned() };
        let refusal = is_refused(acts(desk, extend.clone(), sam).await);
        assert!(matches!(refusal, Refusal::NoNotice { .. }), "{refusal}");
        let deed = Deed {
            what: "letter:extension-notice".to_owned(),
            at: desk.now() - SignedDuration::from_hours(1),
            is_in_writing: true,
        };
        acts(desk, ClockAct::Record { deed, named_on: None }, ana).await.unwrap();
        acts(desk, extend, sam).await.unwrap();
        let void = ClockAct::Void { clock: clock("NOE_CRA_HOLD"), reason: "no payment".to_owned() };
        acts(desk, void, sam).await.unwrap();
        let confirm = ClockAct::ConfirmVoid { clock: clock("NOE_CRA_HOLD") };
        assert!(matches!(
            is_refused(acts(desk, confirm.clone(), sam).await),
            Refusal::SamePerson { .. }
        ));
        acts(desk, confirm, cora).await.unwrap();
        acts(desk, ClockAct::LoanState { state: "NC".to_owned() }, ana).await.unwrap();
        let recompute = ClockAct::Recompute {
            clock: clock("NOE_ACK"),
            on: Ground::Rules,
            reason: "checked".to_owned(),
        };
        acts(desk, recompute, cora).await.unwrap();
        let after = is_told(desk).await;
        assert_eq!(the(&after, "NOE_CRA_HOLD").state, ClockState::Voided);
        assert!(the(&after, "NOE_RESP").due_on > the(&before, "NOE_RESP").due_on);
        assert_eq!(the(&after, "NOE_ACK").due_on, the(&before, "NOE_ACK").due_on);
        assert_eq!(the(&after, "NC_STATEMENT").started_at, after.ticket.received_at);
        let waited = the(&after, "first_response")
            .due_at
            .duration_since(the(&before, "first_response").due_at);
        assert!(waited >= SignedDuration::from_hours(24), "a day of waiting: {waited}");
        let is_by = |who: By| {
            after.events.iter().any(|line| line.event.actor == format!("person:{}", who.id))
        };
        assert!(is_by(ana) && is_by(sam) && is_by(cora));
        desk.passes(DAY * 90);
        desk.settles().await;
        is_told(desk).await;
    })
    .await;
}

#[tokio::test]
async fn a_bounce_reopens_the_clocks_that_its_letter_had_met() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.store().record_esign_consent(ROSA, desk.now()).await.unwrap();
        desk.receives(&mail("Notice of error", NOTICE).raw());
        desk.settles().await;
        let met = is_told(desk).await;
        assert_eq!(the(&met, "NOE_ACK").state, ClockState::Met);
        let id = desk.arrived()[0].message_id();
        let token = id.split('.').next().unwrap();
        desk.passes(DAY);
        desk.receives(&report(&format!("bounce+{token}@{MAIL_HOST}"), &id));
        desk.settles().await;
        let back = is_told(desk).await;
        let owed = the(&back, "NOE_ACK");
        assert_eq!((owed.state, owed.met_at), (ClockState::Running, None));
        assert_eq!(owed.due_at, the(&met, "NOE_ACK").due_at, "the law's day does not move");
        desk.passes(DAY * 30);
        desk.settles().await;
        let late = is_told(desk).await;
        assert_eq!(the(&late, "NOE_ACK").breached_at, Some(owed.due_at));
    })
    .await;
}

#[tokio::test]
async fn a_ticket_that_is_resolved_closed_and_reopened_keeps_its_clocks() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("Notice of error", NOTICE).raw());
        desk.settles().await;
        let before = desk.only_ticket().await;
        for status in [Status::Pending, Status::Resolved, Status::Closed, Status::Open] {
            let ticket = desk.only_ticket().await.ticket;
            let moved = SweepDecision {
                ticket: TicketUpdate {
                    id: ticket.id,
                    expected_version: ticket.version,
                    status: Some(status),
                    priority: Some(Priority::Low),
                    at: desk.now(),
                },
                clocks: Vec::new(),
                events: Vec::new(),
            };
            desk.store().apply_sweep(&moved).await.unwrap();
            assert_eq!(desk.only_ticket().await.clocks, before.clocks, "{status}");
        }
        let closed = desk.only_ticket().await.ticket.version;
        desk.passes(DAY * 20);
        desk.settles().await;
        let late = is_told(desk).await;
        assert_eq!(the(&late, "NOE_ACK").breached_at, Some(the(&late, "NOE_ACK").due_at));
        assert!(late.ticket.version > closed);
    })
    .await;
}

#[tokio::test]
async fn a_database_of_an_older_version_keeps_its_clocks() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("Notice of error", NOTICE).raw());
        desk.settles().await;
        let before = desk.only_ticket().await.clocks;
        desk.sql("ALTER TABLE clock DROP COLUMN life").await;
        desk.sql("DROP TABLE sweep_mark").await;
        desk.sql("DELETE FROM seaql_migrations WHERE version LIKE '%_000003_%'").await;
        let database = Database::connect(&desk.database.options.url).await.unwrap();
        Migrator::up(&database, None).await.unwrap();
        database.close().await.unwrap();
        let after = desk.only_ticket().await.clocks;
        assert_eq!(after.len(), before.len());
        for (old, new) in before.iter().zip(&after) {
            let mut expected = old.clone();
            expected.life = Default::default();
            assert_eq!(*new, expected, "{}", old.kind);
        }
        desk.passes(DAY * 20);
        desk.settles().await;
        let late = desk.only_ticket().await;
        assert_eq!(the(&late, "NOE_ACK").state, ClockState::Breached, "it fires as before");
    })
    .await;
}
