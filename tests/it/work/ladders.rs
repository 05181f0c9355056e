//! Ladders call whom they must, once for each cause, at the right instant: steps,
//! claims, refusals, quiet hours, two processes, and a whole month.

mod month;
mod telling;

use std::time::Duration;

use jiff::Timestamp;
use tierline::app::ladder;
use tierline::app::work::Wish;
use tierline::domain::actor::Role;
use tierline::domain::escalate::{Escalation, EscalationState};
use tierline::domain::id::TicketNumber;
use tierline::domain::ticket::{Priority, Tier};

use super::house::{act, actor, ana, asks, can, letter, refused, sam, view};
use crate::harness::desk::{ROSA, TestDesk, mail, on_both, person};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";

pub async fn of(desk: &TestDesk, number: &TicketNumber, ladder: &str) -> Vec<Escalation> {
    let all = view(desk, number).await.escalations;
    all.into_iter().filter(|one| one.ladder == ladder).collect()
}

/// Instants of the steps that fired, from the record.
async fn steps(desk: &TestDesk, number: &TicketNumber, ladder: &str) -> Vec<Timestamp> {
    let ticket = desk.store().ticket_detail(number).await.unwrap().unwrap();
    let fired =
        ticket.events.into_iter().map(|line| line.event).filter(|event| {
            event.kind == "escalation_step" && event.particulars["ladder"] == ladder
        });
    fired.map(|event| event.at).collect()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn who_asks_for_a_supervisor_gets_one_or_goes_up_after_four_hours() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        sam(desk).await;
        let text = "My escrow payment went up. I want to speak to a supervisor.";
        let number = asks(desk, "My escrow", text).await;
        desk.climbs().await;
        let begun = of(desk, &number, "asks-supervisor").await;
        assert_eq!(begun.len(), 1, "{}", desk.state().await);
        assert_eq!((begun[0].state, begun[0].step), (EscalationState::Running, 1));
        assert_eq!(begun[0].claim_by_at, Some(at("2026-11-24T21:00:00Z")));
        assert!(view(desk, &number).await.ticket.priority >= Priority::High);
        desk.passes(4 * HOUR - Duration::from_secs(1));
        desk.climbs().await;
        assert_eq!(of(desk, &number, "asks-supervisor").await[0].step, 1);
        // looked at three hours late, it still carries its own instant
        desk.passes(3 * HOUR);
        desk.climbs().await;
        let ended = of(desk, &number, "asks-supervisor").await;
        assert_eq!((ended[0].state, ended[0].step), (EscalationState::Ended, 2));
        let fired = steps(desk, &number, "asks-supervisor").await;
        assert_eq!(fired, [at("2026-11-24T17:00:00Z"), at("2026-11-24T21:00:00Z")]);
        let moved = view(desk, &number).await.ticket;
        assert_eq!((moved.queue.as_str(), moved.tier), ("escalations", Tier::Three));
        desk.passes(30 * DAY);
        desk.climbs().await;
        assert_eq!(steps(desk, &number, "asks-supervisor").await.len(), 2, "once for each cause");
    })
    .await;
}

#[tokio::test]
async fn a_claim_stops_the_next_step_and_a_refusal_brings_it() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let sam = sam(desk).await;
        let text = "My escrow payment went up. I want to speak to a supervisor.";
        let first = asks(desk, "My escrow", text).await;
        let second = asks(desk, "My escrow again", &format!("{text} Please.")).await;
        let before = view(desk, &first).await.ticket.queue;
        desk.climbs().await;
        let claimed = of(desk, &first, "asks-supervisor").await[0].id;
        let other = of(desk, &second, "asks-supervisor").await[0].id;
        act(desk, &first, &sam, Wish::Claim(claimed)).await;
        let again = refused(desk, &first, &sam, Wish::Claim(claimed)).await;
        assert!(again.contains("that escalation is claimed"), "{again}");
        let none = refused(desk, &second, &sam, Wish::Refuse(other, "  ".into())).await;
        assert!(none.contains("a reason"), "{none}");
        let strange = refused(desk, &second, &sam, Wish::Claim(claimed)).await;
        assert!(strange.contains("no such escalation"), "{strange}");
        desk.passes(HOUR);
        act(desk, &second, &sam, Wish::Refuse(other, "It belongs to escrow.".into())).await;
        desk.climbs().await;
        assert_eq!(steps(desk, &second, "asks-supervisor").await.len(), 2);
        assert_eq!(view(desk, &second).await.ticket.queue, "escalations");
        desk.passes(5 * HOUR);
        desk.climbs().await;
        assert_eq!(steps(desk, &first, "asks-supervisor").await.len(), 1);
        assert_eq!(view(desk, &first).await.ticket.queue, before, "nothing moved it");
    })
    .await;
}

#[tokio::test]
async fn a_deadline_of_the_law_warns_once_and_its_breach_goes_to_compliance() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        sam(desk).await;
        let number = asks(desk, "Notice of error", NOTICE).await;
        let clock = view(desk, &number).await.clocks;
        let due = clock.iter().find(|clock| clock.kind == "NOE_RESP").unwrap().due_at;
        // the engine was down for two months
        desk.passes(60 * DAY);
        desk.settles().await;
        desk.climbs().await;
        let warned = of(desk, &number, "law-warning").await;
        assert!(warned.iter().all(|one| one.state == EscalationState::Superseded), "{warned:?}");
        assert!(steps(desk, &number, "law-warning").await.is_empty(), "nobody is called twice");
        let first = steps(desk, &number, "law-breach").await;
        assert!(first.contains(&(due + jiff::SignedDuration::from_micros(1))), "{first:?} {due}");
        let moved = view(desk, &number).await.ticket;
        assert_eq!((moved.queue.as_str(), moved.priority), ("compliance", Priority::Urgent));
        let tasks = desk.ticket("Notice of error").await.tasks;
        assert!(tasks.iter().any(|task| task.kind == "review_breach"));
    })
    .await;
}

#[tokio::test]
async fn a_ladder_ends_when_its_cause_is_gone() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        sam(desk).await;
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let clocks = view(desk, &number).await.clocks;
        let due = clocks.iter().find(|clock| clock.kind == "first_response").unwrap().clone();
        // past three quarters of the open time
        desk.passes(2 * DAY);
        while of(desk, &number, "service-warning").await.is_empty() {
            desk.passes(HOUR);
            desk.climbs().await;
            assert!(desk.now() < due.due_at, "{}", desk.state().await);
        }
        let ana = ana(desk);
        act(desk, &number, &ana, letter("answer", "Your taxes rose.")).await;
        desk.settles().await;
        desk.passes(5 * DAY);
        desk.climbs().await;
        let ended = of(desk, &number, "service-warning").await;
        assert_eq!((ended[0].state, ended[0].step), (EscalationState::Ended, 1));
        let breached = of(desk, &number, "service-breach").await;
        assert!(breached.iter().all(|one| !one.cause.contains(&due.id.to_string())));
    })
    .await;
}

#[tokio::test]
async fn the_third_mail_without_an_answer_is_given_to_whoever_fits() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let bob = actor(person(desk.store(), "bob", Role::Agent).await, "Bob", Role::Agent);
        can(desk, bob.person, &["escrow", "payments"], 5).await;
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let id = desk.arrived()[0].message_id();
        for round in 1..=2 {
            assert!(of(desk, &number, "third-mail").await.is_empty());
            desk.passes(HOUR);
            let text = format!("I am still waiting, number {round}.");
            desk.receives(&mail("Re: your letter", &text).in_reply_to(&id).raw());
            desk.settles().await;
            desk.climbs().await;
        }
        assert_eq!(of(desk, &number, "third-mail").await.len(), 1);
        assert_eq!(view(desk, &number).await.work.assignee, Some(bob.person));
    })
    .await;
}

#[tokio::test]
async fn a_date_that_slips_is_told_to_the_borrower_once_by_an_approved_letter() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let clocks = view(desk, &number).await.clocks;
        let promised = clocks.iter().find(|clock| clock.kind == "resolution").unwrap().due_at;
        while of(desk, &number, "promise-slips").await.is_empty() {
            assert!(desk.now() < promised);
            desk.passes(6 * HOUR);
            desk.climbs().await;
        }
        desk.settles().await;
        desk.passes(DAY);
        desk.climbs().await;
        desk.settles().await;
        let arrived = desk.arrived();
        let status: Vec<_> = arrived
            .iter()
            .filter(|one| one.header("Subject").starts_with("We are still working"))
            .collect();
        assert_eq!(status.len(), 1, "{}", desk.state().await);
        assert_eq!(status[0].header("To"), ROSA);
        assert_eq!(status[0].header("Auto-Submitted"), "auto-replied");
        let resolution = clocks.iter().find(|clock| clock.kind == "first_response").unwrap();
        let now = view(desk, &number).await.clocks;
        let same = now.iter().find(|clock| clock.id == resolution.id).unwrap();
        assert!(same.met_at.is_none(), "no letter of the engine meets a response");
    })
    .await;
}

#[tokio::test]
async fn a_ticket_that_is_resolved_calls_nobody_for_its_age() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        sam(desk).await;
        let first = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let second = asks(desk, "My payment", "Where is my November payment?").await;
        let ana = ana(desk);
        act(desk, &first, &ana, Wish::Resolve("Explained by telephone.".into())).await;
        desk.passes(8 * DAY);
        desk.climbs().await;
        assert!(of(desk, &first, "a-week-old").await.is_empty());
        assert_eq!(steps(desk, &second, "a-week-old").await, [at("2026-12-01T17:00:00Z")]);
        for _ in 0..2 {
            act(desk, &first, &ana, Wish::Reopen("She called.".into())).await;
            act(desk, &first, &ana, Wish::Resolve("Explained again.".into())).await;
        }
        act(desk, &first, &ana, Wish::Reopen("And again.".into())).await;
        desk.climbs().await;
        assert_eq!(of(desk, &first, "reopened-twice").await.len(), 1);
        assert_eq!(view(desk, &first).await.ticket.queue, "escalations");
    })
    .await;
}

#[tokio::test]
async fn an_agent_calls_for_help_and_only_with_a_flag_that_exists() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        sam(desk).await;
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let ana = ana(desk);
        let none = refused(desk, &number, &ana, Wish::Raise("help".into())).await;
        assert!(none.contains("no flag called help"), "{none}");
        act(desk, &number, &ana, Wish::Raise("agent-asks-help".into())).await;
        desk.climbs().await;
        assert_eq!(of(desk, &number, "agent-asks").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn two_processes_that_look_at_once_fire_each_step_once() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        sam(desk).await;
        for at in 0..8 {
            let text = format!("My escrow payment {at} went up. I want to speak to a supervisor.");
            let from = format!("Borrower <borrower{at}@example.net>");
            desk.receives(&mail(&format!("Escrow {at}"), &text).from(&from).raw());
        }
        desk.settles().await;
        let second = desk.second_app().await;
        for _ in 0..4 {
            let climb = async |app: &tierline::app::App| {
                while ladder::climb(app).await.unwrap() > 0 {}
            };
            tokio::join!(climb(&desk.app), climb(&second));
            desk.passes(2 * HOUR);
        }
        for ticket in desk.tickets().await {
            let number = &ticket.ticket.number;
            let fired = steps(desk, number, "asks-supervisor").await;
            assert_eq!(fired.len(), 2, "{}", desk.state().await);
            assert_eq!(of(desk, number, "asks-supervisor").await.len(), 1);
        }
    })
    .await;
}
