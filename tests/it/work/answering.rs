//! Persons answer: in their own signed words, threaded, and a letter meets only
//! the clocks that its kind may meet. Nobody pauses the law.

use std::time::Duration;

use tierline::app::work::{Wish, release_letter, take_back_letter};
use tierline::domain::clock::{Clock, ClockState};
use tierline::domain::letter::LetterState;
use tierline::domain::ticket::Status;

use super::house::{act, ana, asks, cora, letter, refused, sam, view};
use crate::harness::desk::{MAIL_HOST, ROSA, TestDesk, mail, on_both};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const RESPONSE: &str = "Dear Rosa,\n\nwe corrected the error, effective November 24, 2026.";
const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";

async fn clock(desk: &TestDesk, number: &tierline::domain::id::TicketNumber, kind: &str) -> Clock {
    let view = view(desk, number).await;
    let found = view.clocks.into_iter().rev().find(|clock| clock.kind == kind);
    found.unwrap_or_else(|| panic!("no clock {kind}"))
}

#[tokio::test]
async fn a_letter_of_a_person_is_signed_threaded_and_meets_the_first_response() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let ana = ana(desk);
        desk.passes(HOUR);
        let done =
            act(desk, &number, &ana, letter("answer", "Dear Rosa,\n\nyour taxes rose.")).await;
        assert_eq!(done.meets, ["first_response"]);
        assert_eq!(clock(desk, &number, "first_response").await.state, ClockState::Running);
        desk.passes(HOUR);
        desk.settles().await;
        let met = clock(desk, &number, "first_response").await;
        assert_eq!((met.state, met.met_at), (ClockState::Met, Some(desk.now())));
        assert_eq!(clock(desk, &number, "resolution").await.state, ClockState::Running);
        let arrived = desk.arrived();
        let reply = arrived
            .iter()
            .find(|one| String::from_utf8_lossy(&one.raw).contains("your taxes rose"))
            .expect("the reply left");
        assert_eq!(reply.header("To"), ROSA);
        assert_eq!(reply.header("Auto-Submitted"), "", "a person wrote it");
        assert_eq!(reply.header("Subject"), format!("Your request {number}"));
        assert!(reply.header("In-Reply-To").ends_with("@borrowers.example.net>"));
        assert!(reply.message_id().ends_with(MAIL_HOST));
        assert!(String::from_utf8_lossy(&reply.raw).contains("Ana Ruiz"));
        // her answer finds the ticket by the letter's own Message-ID
        let id = reply.message_id();
        desk.passes(HOUR);
        desk.receives(&mail("Re: your request", "But why so much?").in_reply_to(&id).raw());
        desk.settles().await;
        desk.climbs().await;
        assert_eq!(desk.only_ticket().await.mails.len(), 2);
        let next = clock(desk, &number, "next_response").await;
        assert_eq!((next.state, next.started_at), (ClockState::Running, desk.now()));
        act(desk, &number, &ana, letter("answer", "Because the county said so.")).await;
        desk.settles().await;
        assert_eq!(clock(desk, &number, "next_response").await.state, ClockState::Met);
    })
    .await;
}

#[tokio::test]
async fn an_acknowledgment_or_a_plain_answer_never_meets_a_response_of_the_law() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.store().record_esign_consent(ROSA, desk.now()).await.unwrap();
        let number = asks(desk, "Notice of error", NOTICE).await;
        let (ana, sam) = (ana(desk), sam(desk).await);
        assert_eq!(clock(desk, &number, "NOE_RESP").await.state, ClockState::Running);
        let plain = act(desk, &number, &ana, letter("answer", "We look into it.")).await;
        assert_eq!(plain.meets, ["first_response"]);
        desk.settles().await;
        assert_eq!(clock(desk, &number, "NOE_RESP").await.state, ClockState::Running);
        let why = refused(desk, &number, &ana, Wish::Resolve("It is answered.".into())).await;
        assert!(why.contains("NOE_RESP (12 CFR 1024.35(e)(3)(i)(C)) is owed until"), "{why}");
        assert!(why.contains("letter:response"), "{why}");
        // the response waits for a second person
        let kind = "notice_of_error_response";
        let done = act(desk, &number, &ana, letter(kind, RESPONSE)).await;
        assert_eq!(done.meets, ["NOE_RESP"], "{}", desk.state().await);
        desk.settles().await;
        assert_eq!(clock(desk, &number, "NOE_RESP").await.state, ClockState::Running);
        assert_eq!(desk.letters_in(LetterState::Held).await, 1);
        let own = release_letter(&desk.app, done.letters[0], &ana).await.unwrap_err();
        assert!(own.to_string().contains("you wrote it yourself"), "{own}");
        release_letter(&desk.app, done.letters[0], &sam).await.unwrap();
        desk.settles().await;
        assert_eq!(clock(desk, &number, "NOE_RESP").await.state, ClockState::Met);
        act(desk, &number, &ana, Wish::Resolve("Credited and answered.".into())).await;
        assert_eq!(clock(desk, &number, "resolution").await.state, ClockState::Met);
        act(desk, &number, &ana, Wish::Close).await;
        assert_eq!(view(desk, &number).await.ticket.status, Status::Closed);
    })
    .await;
}

#[tokio::test]
async fn without_consent_an_email_meets_no_clock_that_asks_for_writing() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "Notice of error", NOTICE).await;
        let ana = ana(desk);
        let kind = "notice_of_error_response";
        let done = act(desk, &number, &ana, letter(kind, RESPONSE)).await;
        assert_eq!(done.meets, ["first_response"]);
        assert!(done.tasks.contains(&"send_letter_on_paper".to_owned()), "{done:?}");
        // the same on paper, recorded
        desk.passes(HOUR);
        let deed = Wish::Done("letter:response".into(), desk.now());
        act(desk, &number, &ana, deed).await;
        assert_eq!(clock(desk, &number, "NOE_RESP").await.state, ClockState::Met);
        let later = desk.now() + jiff::SignedDuration::from_hours(1);
        let why = refused(desk, &number, &ana, Wish::Done("letter:response".into(), later)).await;
        assert!(why.contains("is not between"), "{why}");
        let why = refused(desk, &number, &ana, Wish::Done("letter:hello".into(), desk.now())).await;
        assert!(why.contains("no clock is met or started by letter:hello"), "{why}");
    })
    .await;
}

#[tokio::test]
async fn waiting_for_the_borrower_stops_our_own_clocks_and_never_those_of_the_law() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "Notice of error", NOTICE).await;
        let ana = ana(desk);
        let before = clock(desk, &number, "resolution").await;
        let law = clock(desk, &number, "NOE_RESP").await;
        act(desk, &number, &ana, Wish::Pend("We asked for the bank statement.".into())).await;
        assert_eq!(clock(desk, &number, "resolution").await.state, ClockState::Paused);
        assert_eq!(clock(desk, &number, "NOE_RESP").await, law, "untouched");
        // Rosa answers two days later by the token of her receipt
        let id = desk.arrived()[0].message_id();
        desk.passes(2 * DAY);
        desk.receives(&mail("Re: your letter", "Here it is.").in_reply_to(&id).raw());
        desk.settles().await;
        desk.climbs().await;
        assert_eq!(view(desk, &number).await.ticket.status, Status::Open);
        let after = clock(desk, &number, "resolution").await;
        assert_eq!(after.state, ClockState::Running);
        // Thanksgiving lies between: noon Tuesday to noon Thursday holds two
        // open days of ten hours less the holiday's
        assert_eq!(after.due_at, {
            let standing = desk.app.standing();
            let hours = standing.desk.policy.clocks.servicer();
            let left = hours.business_between(before.started_at, before.due_at);
            hours.add_business(desk.now(), left)
        });
        assert!(after.due_at > before.due_at);
        assert_eq!(clock(desk, &number, "NOE_RESP").await.due_at, law.due_at);
        assert_eq!(desk.climbs().await, 0, "a second look finds nothing");
    })
    .await;
}

#[tokio::test]
async fn a_closed_ticket_is_reopened_with_a_reason_and_a_new_promise() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let ana = ana(desk);
        act(desk, &number, &ana, Wish::Resolve("Explained.".into())).await;
        act(desk, &number, &ana, Wish::Close).await;
        let why = refused(desk, &number, &ana, letter("answer", "One more thing.")).await;
        assert!(why.contains("closed does not become open"), "{why}");
        let why = refused(desk, &number, &ana, Wish::Pend("What for?".into())).await;
        assert!(why.contains("closed does not become pending"), "{why}");
        desk.passes(DAY);
        act(desk, &number, &ana, Wish::Reopen("She called.".into())).await;
        let again = clock(desk, &number, "resolution_again").await;
        assert_eq!((again.state, again.started_at), (ClockState::Running, desk.now()));
        assert_eq!(clock(desk, &number, "resolution").await.state, ClockState::Met);
        assert_eq!(view(desk, &number).await.work.reopened, 1);
    })
    .await;
}

#[tokio::test]
async fn a_represented_borrower_is_written_to_only_when_a_supervisor_says_why() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let text = "I am represented by an attorney. Please direct all communication about my \
                    escrow account to my attorney.";
        let number = asks(desk, "My escrow", text).await;
        let (ana, sam) = (ana(desk), sam(desk).await);
        if view(desk, &number).await.ticket.status == Status::Held {
            act(desk, &number, &sam, Wish::Release("Read it.".into())).await;
        }
        let why = refused(desk, &number, &ana, letter("answer", "Hello.")).await;
        assert!(why.contains("the flag attorney") && why.contains("1006.6(b)(2)"), "{why}");
        let Wish::Reply(mut reply) = letter("answer", "Hello.") else { unreachable!() };
        reply.release = Some("The attorney agreed in writing.".into());
        let why = refused(desk, &number, &ana, Wish::Reply(reply.clone())).await;
        assert!(why.contains("may not write_guarded"), "{why}");
        act(desk, &number, &sam, Wish::Reply(reply)).await;
    })
    .await;
}

#[tokio::test]
async fn whoever_caused_the_error_neither_answers_nor_ends_the_ticket() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let (ana, cora) = (ana(desk), cora(desk));
        act(desk, &number, &cora, Wish::Cause(ana.person)).await;
        for wish in [letter("answer", "Sorry."), Wish::Resolve("Done.".into()), Wish::Close] {
            let why = refused(desk, &number, &ana, wish).await;
            assert!(why.contains("caused the error"), "{why}");
        }
        act(desk, &number, &cora, Wish::Resolve("Corrected.".into())).await;
    })
    .await;
}

#[tokio::test]
async fn a_letter_can_be_taken_back_until_it_is_claimed() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let ana = ana(desk);
        let Wish::Reply(mut reply) = letter("answer", "Wrong words.") else { unreachable!() };
        reply.undo = jiff::SignedDuration::from_secs(60);
        let done = act(desk, &number, &ana, Wish::Reply(reply.clone())).await;
        desk.settles().await;
        assert_eq!(desk.arrived().len(), 1, "only the receipt");
        take_back_letter(&desk.app, done.letters[0], &ana).await.unwrap();
        desk.passes(HOUR);
        desk.settles().await;
        assert_eq!(desk.arrived().len(), 1);
        let done = act(desk, &number, &ana, Wish::Reply(reply)).await;
        desk.passes(HOUR);
        desk.settles().await;
        assert_eq!(desk.arrived().len(), 2);
        let late = take_back_letter(&desk.app, done.letters[0], &ana).await.unwrap_err();
        assert!(late.to_string().contains("has left"), "{late}");
    })
    .await;
}
