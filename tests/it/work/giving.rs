//! Who gets a ticket: by skill, language and room, one at a time, the most
//! urgent first, and never more than a person can hold.

use std::collections::BTreeSet;
use std::time::Duration;

use tierline::app::work::{Wish, WorkError, take_next};
use tierline::domain::actor::Role;
use tierline::domain::assign::urgency;
use tierline::domain::command::{Handover, Refusal};
use tierline::domain::id::TicketNumber;
use tierline::domain::ticket::{Priority, Status, Tier};
use tierline::domain::work::NoteKind;
use tierline::store::worker::WorkerChange;

use super::house::{act, actor, ana, asks, can, cora, refused, sam, view};
use crate::harness::desk::{TestDesk, mail, on_both, person};

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn a_ticket_is_taken_once_and_returned_with_a_reason() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let (ana, sam) = (ana(desk), sam(desk).await);
        let why = refused(desk, &number, &ana, Wish::Take).await;
        assert!(why.contains("asks for the skill escrow"), "{why}");
        can(desk, ana.person, &["escrow"], 5).await;
        act(desk, &number, &ana, Wish::Take).await;
        let taken = view(desk, &number).await;
        assert_eq!(taken.work.assignee, Some(ana.person));
        assert_eq!(taken.ticket.status, Status::Open);
        can(desk, sam.person, &["escrow"], 5).await;
        assert!(refused(desk, &number, &sam, Wish::Take).await.contains("somebody else has"));
        assert!(refused(desk, &number, &ana, Wish::Return(" ".into())).await.contains("a reason"));
        act(desk, &number, &ana, Wish::Return("I am off tomorrow.".into())).await;
        assert_eq!(view(desk, &number).await.work.assignee, None);
        let notes = desk.store().notes_of(view(desk, &number).await.ticket.id).await.unwrap();
        assert_eq!(notes[0].text, "I am off tomorrow.");
    })
    .await;
}

#[tokio::test]
async fn agents_do_not_give_tickets_to_others_and_nobody_gets_more_than_they_can_hold() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let mut numbers = Vec::new();
        for at in 0..3 {
            let subject = format!("My escrow {at}");
            numbers.push(asks(desk, &subject, "Why did my escrow payment go up?").await);
        }
        let (ana, sam) = (ana(desk), sam(desk).await);
        can(desk, ana.person, &["escrow"], 2).await;
        let bob = actor(person(desk.store(), "bob", Role::Agent).await, "Bob", Role::Agent);
        let why = refused(desk, &numbers[0], &bob, Wish::Assign(Some(ana.person))).await;
        assert!(why.contains("may not assign_others"), "{why}");
        for number in &numbers[..2] {
            act(desk, number, &sam, Wish::Assign(Some(ana.person))).await;
        }
        let why = refused(desk, &numbers[2], &sam, Wish::Assign(Some(ana.person))).await;
        assert!(why.contains("holds 2 tickets and can hold 2"), "{why}");
        // Without a name it goes to whoever fits: bob has no skill yet.
        let nobody = refused(desk, &numbers[2], &sam, Wish::Assign(None)).await;
        assert!(nobody.contains("nobody with the skill"), "{nobody}");
        can(desk, bob.person, &["escrow"], 2).await;
        act(desk, &numbers[2], &sam, Wish::Assign(None)).await;
        assert_eq!(view(desk, &numbers[2]).await.work.assignee, Some(bob.person));
    })
    .await;
}

#[tokio::test]
async fn who_is_away_gets_nothing() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let (ana, sam) = (ana(desk), sam(desk).await);
        can(desk, ana.person, &["escrow"], 5).await;
        let until = desk.now() + jiff::SignedDuration::from_hours(48);
        let change =
            WorkerChange { away: Some(Some((desk.now(), until))), ..WorkerChange::default() };
        desk.store().change_worker(ana.person, &change, "engine", desk.now()).await.unwrap();
        let why = refused(desk, &number, &sam, Wish::Assign(Some(ana.person))).await;
        assert!(why.contains("away until 2026-11-26T17:00:00Z"), "{why}");
        let away = take_next(&desk.app, &ana, None).await.unwrap_err();
        assert!(matches!(away, WorkError::Refused(Refusal::Away { .. })), "{away}");
        desk.passes(2 * DAY);
        act(desk, &number, &sam, Wish::Assign(Some(ana.person))).await;
    })
    .await;
}

#[tokio::test]
async fn the_next_ticket_is_the_one_of_the_law_with_the_least_slack() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let plain = asks(desk, "Question", "Why did my escrow payment go up?").await;
        desk.passes(Duration::from_secs(3600));
        let notice = asks(
            desk,
            "Notice of error: escrow",
            "This is a notice of error under 12 CFR 1024.35: you paid the wrong escrow tax bill.",
        )
        .await;
        desk.passes(Duration::from_secs(3600));
        let sale = asks(
            desk,
            "Foreclosure",
            "My foreclosure sale is scheduled for December 15, 2026. I applied for a loan \
             modification to help with my mortgage payments, please stop the foreclosure sale.",
        )
        .await;
        assert!(view(desk, &sale).await.work.sale_on.is_some(), "{}", desk.state().await);
        let everything = [
            "escrow",
            "payments",
            "loss-mitigation",
            "foreclosure",
            "escalations",
            "loan-services",
            "payoff",
            "compliance",
            "bankruptcy",
        ];
        let ana = ana(desk);
        can(desk, ana.person, &everything, 10).await;
        let mut taken = Vec::new();
        while let Some(number) = take_next(&desk.app, &ana, None).await.unwrap() {
            taken.push(number);
        }
        assert_eq!(taken, [sale, notice, plain]);
        assert_eq!(desk.store().load_worker(ana.person).await.unwrap().load(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_small_question_does_not_wait_for_ever() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let old = asks(desk, "Question", "Why did my escrow payment go up?").await;
        desk.passes(4 * DAY);
        let notice = asks(
            desk,
            "Notice of error: escrow",
            "This is a notice of error under 12 CFR 1024.35: you paid the wrong escrow tax bill.",
        )
        .await;
        let queues: Vec<String> = {
            let standing = desk.app.standing();
            let queues = standing.desk.policy.rules.queues();
            queues.iter().map(|queue| queue.id.clone()).collect()
        };
        let queues: Vec<&str> = queues.iter().map(String::as_str).collect();
        let order = desk.store().waiting(&queues, desk.now(), 10).await.unwrap();
        assert_eq!(order, [old, notice]);
        // the order of the database is the order of the core
        let mut views = Vec::new();
        for number in &order {
            views.push(urgency(&view(desk, number).await, desk.now()));
        }
        assert!(views.is_sorted(), "{views:?}");
    })
    .await;
}

#[tokio::test]
async fn two_processes_that_ask_at_once_get_different_tickets_and_no_more_than_there_are() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        for at in 0..12 {
            let text = format!("Why did my escrow payment go up? It is my question number {at}.");
            let from = format!("Borrower <borrower{at}@example.net>");
            desk.receives(&mail(&format!("Escrow {at}"), &text).from(&from).raw());
        }
        desk.settles().await;
        let second = desk.second_app().await;
        let ana = ana(desk);
        let bob = actor(person(desk.store(), "bob", Role::Agent).await, "Bob", Role::Agent);
        can(desk, ana.person, &["escrow"], 5).await;
        can(desk, bob.person, &["escrow"], 20).await;
        let take = async |app: &tierline::app::App, by: &tierline::domain::actor::Actor| {
            let mut taken: Vec<TicketNumber> = Vec::new();
            loop {
                match take_next(app, by, Some("escrow")).await {
                    Ok(Some(number)) => taken.push(number),
                    Ok(None) | Err(WorkError::Refused(Refusal::Full { .. })) => return taken,
                    Err(error) => panic!("{error}"),
                }
            }
        };
        let (mine, again, theirs) =
            tokio::join!(take(&desk.app, &ana), take(&second, &ana), take(&second, &bob));
        assert!(mine.len() + again.len() <= 5, "{mine:?} {again:?}");
        let all: BTreeSet<&TicketNumber> = mine.iter().chain(&again).chain(&theirs).collect();
        assert_eq!(all.len(), mine.len() + again.len() + theirs.len(), "nobody got one twice");
        assert_eq!(all.len(), 12);
        assert_eq!(
            desk.store().load_worker(ana.person).await.unwrap().load() as usize,
            mine.len() + again.len()
        );
        // who got which depends on the race; both databases end alike
        desk.sql("UPDATE ticket SET assignee = NULL").await;
    })
    .await;
}

#[tokio::test]
async fn a_ticket_goes_up_only_with_a_whole_hand_over_note() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let (ana, cora) = (ana(desk), cora(desk));
        let up = |handover: Handover| Wish::Escalate("escalations".into(), handover);
        let requeue = Wish::Requeue("escalations".into(), "They know it.".into());
        let why = refused(desk, &number, &ana, requeue).await;
        assert!(why.contains("with a hand-over note"), "{why}");
        let mut note = Handover {
            tried: vec!["Explained the analysis by telephone.".into()],
            documents: vec!["  ".into()],
            asked: "Decide on a refund.".into(),
        };
        let why = refused(desk, &number, &ana, up(note.clone())).await;
        assert!(why.contains("`documents` is empty"), "{why}");
        note.documents = vec!["The 2026 analysis is attached.".into()];
        act(desk, &number, &ana, up(note)).await;
        let moved = view(desk, &number).await;
        assert_eq!((moved.ticket.queue.as_str(), moved.ticket.tier), ("escalations", Tier::Three));
        assert_eq!(moved.ticket.priority, Priority::High);
        let notes = desk.store().notes_of(moved.ticket.id).await.unwrap();
        assert_eq!(notes[0].kind, NoteKind::Handover);
        assert!(notes[0].text.contains("Asked:\nDecide on a refund."), "{}", notes[0].text);
        // down again only by who may
        let down = Wish::Requeue("escrow".into(), "It is a plain question.".into());
        assert!(refused(desk, &number, &ana, down.clone()).await.contains("may not lower_tier"));
        act(desk, &number, &cora, down).await;
        assert_eq!(view(desk, &number).await.ticket.tier, Tier::Two);
    })
    .await;
}

#[tokio::test]
async fn who_saw_an_older_state_hears_what_the_other_did() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let (ana, cora) = (ana(desk), cora(desk));
        let seen = view(desk, &number).await.ticket.version;
        act(desk, &number, &cora, Wish::Note("I look into it.".into())).await;
        let late =
            tierline::app::work::act(&desk.app, &number, &ana, Some(seen), &Wish::Take).await;
        let why = late.unwrap_err().to_string();
        assert!(why.contains("note written by cora at 2026-11-24T17:00:00Z"), "{why}");
    })
    .await;
}
