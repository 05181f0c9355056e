//! Letters leave: what becomes of them follows from how far the conversation
//! with the relay had come.

use std::sync::Arc;
use std::time::Duration;

use tierline::domain::letter::LetterState;
use tierline::store::view::LetterLine;

use crate::harness::database::TestDatabase;
use crate::harness::desk::{ROSA, TestDesk, WayOut, mail, on_both};
use crate::harness::dovecot::install_tls;
use crate::harness::postgres::Cluster;
use crate::harness::smtp_peer::{At, Fault, Script};
use crate::harness::smtp_receiver::{SmtpReceiver, Tls};

async fn letter(desk: &TestDesk) -> LetterLine {
    desk.only_ticket().await.letters.remove(0)
}

async fn asked(desk: &mut TestDesk) {
    desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
    desk.settles().await;
}

/// The relay goes wrong in one way; then it is well again and an hour passes.
async fn recovers(at: At, fault: Fault) {
    let builder = TestDesk::builder()
        .maildir("care")
        .smtp_peer(Script::fault(at, fault))
        .patience(Duration::from_millis(300));
    on_both(&builder, async |desk| {
        asked(desk).await;
        assert_eq!(letter(desk).await.state, LetterState::Retryable, "{at:?} {fault:?}");
        assert_eq!(letter(desk).await.attempts, 1);
        desk.smtp_peer().plays(Script::default());
        desk.settles().await;
        assert_eq!(letter(desk).await.attempts, 1, "not before its time");
        desk.passes(Duration::from_secs(3600));
        desk.settles().await;
        assert_eq!(letter(desk).await.state, LetterState::HandedOver, "{at:?} {fault:?}");
        let taken = desk.arrived().len();
        // a relay that refuses after the dot has seen the letter, and says it has not got it
        assert_eq!(taken, if at == At::AfterDot { 2 } else { 1 }, "{at:?} {fault:?}");
    })
    .await;
}

#[tokio::test]
async fn an_address_that_takes_no_mail_gets_no_other_letter_but_a_person_is_asked() {
    let unknown = Fault::Say("550 5.1.1 no such user\r\n");
    let builder = TestDesk::builder().maildir("care").smtp_peer(Script::fault(At::Rcpt, unknown));
    on_both(&builder, async |desk| {
        asked(desk).await;
        assert_eq!(letter(desk).await.state, LetterState::Discarded);
        let suppressed = desk.store().suppressed_addresses(Some(ROSA)).await.unwrap();
        assert_eq!(suppressed[0].reason, "refused_at_rcpt_to");
        desk.smtp_peer().plays(Script::default());
        desk.receives(&mail("Still my escrow", "You did not answer me about it.").raw());
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::HandedOver).await, 0);
        assert_eq!(desk.letters_in(LetterState::Discarded).await, 1, "no second letter");
        let tasks = desk.store().open_tasks(100).await.unwrap();
        assert!(tasks.iter().any(|task| task.kind == "reach_borrower_another_way"), "{tasks:?}");
        assert!(desk.store().unsuppress(ROSA, "person:sam", desk.now()).await.unwrap());
        desk.receives(&mail("Once more", "Is this address good again?").raw());
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::HandedOver).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_relay_that_refuses_the_connection_is_tried_again() {
    recovers(At::Banner, Fault::SayAndClose("421 4.3.2 too busy\r\n")).await;
    recovers(At::Banner, Fault::SayAndClose("554 5.3.2 go away\r\n")).await;
}

#[tokio::test]
async fn a_relay_that_is_silent_at_its_banner_is_tried_again() {
    recovers(At::Banner, Fault::Silence).await;
}

#[tokio::test]
async fn a_relay_that_refuses_the_sender_is_tried_again() {
    recovers(At::Mail, Fault::Say("451 4.3.0 later\r\n")).await;
    recovers(At::Mail, Fault::Say("550 5.7.1 we do not know you\r\n")).await;
}

#[tokio::test]
async fn a_relay_that_defers_the_recipient_or_the_letter_is_tried_again() {
    recovers(At::Rcpt, Fault::Say("450 4.2.1 mailbox busy\r\n")).await;
    recovers(At::Data, Fault::Say("451 4.3.0 no room\r\n")).await;
    recovers(At::AfterDot, Fault::Say("451 4.3.0 try later\r\n")).await;
}

#[tokio::test]
async fn a_relay_that_hangs_up_before_the_payload_is_tried_again() {
    recovers(At::Rcpt, Fault::Eof).await;
    recovers(At::Data, Fault::Eof).await;
}

#[tokio::test]
async fn a_letter_refused_for_good_is_given_up_and_a_person_is_told() {
    for (at, text) in [
        (At::Rcpt, "550 5.1.1 no such user\r\n"),
        (At::Data, "554 5.7.1 no\r\n"),
        (At::AfterDot, "554 5.6.0 we do not like it\r\n"),
    ] {
        let builder =
            TestDesk::builder().maildir("care").smtp_peer(Script::fault(at, Fault::Say(text)));
        on_both(&builder, async |desk| {
            asked(desk).await;
            let ticket = desk.only_ticket().await;
            assert_eq!(ticket.letters[0].state, LetterState::Discarded, "{at:?}");
            let task = ticket.tasks.iter().find(|task| task.kind == "letter_discarded");
            assert!(task.is_some(), "{at:?}: {:?}", ticket.tasks);
            desk.passes(Duration::from_secs(3600));
            desk.settles().await;
            assert_eq!(letter(desk).await.attempts, 1, "never tried again");
        })
        .await;
    }
}

/// Nobody knows whether the letter arrived: after the delay it goes once more,
/// the same bytes under the same Message-ID, and never a third time.
async fn goes_once_more(at: At, fault: Fault, arrived_at_first: usize) {
    let builder = TestDesk::builder()
        .maildir("care")
        .smtp_peer(Script::fault(at, fault))
        .patience(Duration::from_millis(300));
    on_both(&builder, async |desk| {
        asked(desk).await;
        assert_eq!(letter(desk).await.state, LetterState::Uncertain, "{at:?} {fault:?}");
        assert_eq!(desk.arrived().len(), arrived_at_first);
        desk.smtp_peer().plays(Script::default());
        desk.passes(Duration::from_secs(60));
        desk.settles().await;
        assert_eq!(letter(desk).await.state, LetterState::Uncertain, "it waits for a bounce");
        desk.passes(Duration::from_secs(3600));
        desk.settles().await;
        assert_eq!(letter(desk).await.state, LetterState::HandedOver);
        desk.passes(Duration::from_secs(24 * 3600));
        desk.settles().await;
        let arrived = desk.arrived();
        assert_eq!(arrived.len(), arrived_at_first + 1, "once more, and only once");
        assert!(arrived.iter().all(|copy| copy.raw == arrived[0].raw), "identical bytes");
        assert!(arrived[0].message_id().contains('@'));
    })
    .await;
}

#[tokio::test]
async fn a_letter_whose_relay_hung_up_after_the_dot_goes_once_more() {
    goes_once_more(At::AfterDot, Fault::Eof, 1).await;
}

#[tokio::test]
async fn a_letter_whose_relay_fell_silent_after_the_dot_goes_once_more() {
    goes_once_more(At::AfterDot, Fault::Silence, 1).await;
}

#[tokio::test]
async fn a_letter_whose_relay_hung_up_within_it_goes_once_more() {
    goes_once_more(At::Payload, Fault::Eof, 0).await;
}

#[tokio::test]
async fn a_letter_that_stays_uncertain_waits_for_a_person() {
    let builder = TestDesk::builder()
        .maildir("care")
        .smtp_peer(Script::fault(At::AfterDot, Fault::Eof))
        .patience(Duration::from_millis(300));
    on_both(&builder, async |desk| {
        asked(desk).await;
        for _ in 0..3 {
            desk.passes(Duration::from_secs(3600));
            desk.settles().await;
        }
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.letters[0].state, LetterState::Uncertain);
        assert_eq!(desk.arrived().len(), 2, "the first copy and one more, never a third");
        assert!(ticket.tasks.iter().any(|task| task.kind == "letter_uncertain"));
    })
    .await;
}

#[tokio::test]
async fn a_bounce_settles_an_uncertain_letter() {
    let builder = TestDesk::builder()
        .maildir("care")
        .smtp_peer(Script::fault(At::AfterDot, Fault::Eof))
        .patience(Duration::from_millis(300));
    on_both(&builder, async |desk| {
        asked(desk).await;
        let id = desk.arrived()[0].message_id();
        let to = format!("bounce+{}@mail.example.com", id.split('.').next().unwrap());
        let bounce = format!(
            "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net\r\nTo: {to}\r\n\
             Subject: Undelivered Mail Returned to Sender\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mx.example.net\r\n\r\n\
             Final-Recipient: rfc822; {ROSA}\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
        );
        desk.receives(bounce.as_bytes());
        desk.settles().await;
        assert_eq!(letter(desk).await.state, LetterState::Discarded);
        desk.passes(Duration::from_secs(3600));
        desk.settles().await;
        assert_eq!(desk.arrived().len(), 1, "what bounced is not sent once more");
    })
    .await;
}

#[tokio::test]
async fn one_bad_recipient_does_not_affect_the_others() {
    let builder =
        TestDesk::builder().maildir("care").smtp_peer(Script::refusing("bad@example.org"));
    on_both(&builder, async |desk| {
        let senders =
            ["a@example.net", "b@example.net", "bad@example.org", "c@example.net", "d@example.net"];
        for sender in senders {
            desk.receives(&mail(sender, "A question about my escrow.").from(sender).raw());
        }
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::HandedOver).await, 4);
        assert_eq!(desk.letters_in(LetterState::Discarded).await, 1);
        assert_eq!(desk.arrived().len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_program_that_stops_gives_the_letters_it_has_not_begun_back_at_once() {
    let builder = TestDesk::builder()
        .maildir("care")
        .smtp_peer(Script::fault(At::AfterDot, Fault::Silence))
        .patience(Duration::from_secs(3600));
    install_tls();
    let cluster = Cluster::start().await;
    stops_in_the_middle(builder.build(TestDatabase::sqlite().await).await).await;
    stops_in_the_middle(builder.build(TestDatabase::postgres(&cluster).await).await).await;
}

async fn stops_in_the_middle(mut desk: TestDesk) {
    for number in 1..=4 {
        let sender = format!("p{number}@example.net");
        desk.receives(&mail(&sender, "A question about my escrow.").from(&sender).raw());
    }
    desk.polls(0).await;
    let mut lane = desk.new_lane();
    let stopping = async {
        desk.smtp_peer().until(|seen| !seen.letters.is_empty()).await;
        assert_eq!(desk.letters_in(LetterState::Sending).await, 4);
        desk.app.stop.cancel();
        while desk.letters_in(LetterState::Available).await < 3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(desk.letters_in(LetterState::Sending).await, 1, "the one on its way");
        let attempts: u64 = desk.letters().await.iter().map(|letter| letter.attempts).sum();
        assert_eq!(attempts, 1, "what was not begun is not counted");
        desk.smtp_peer().plays(Script::default());
    };
    tokio::select! {
        sent = lane.send_due(&desk.app) => panic!("the relay says nothing for an hour: {sent:?}"),
        () = stopping => {}
    }
    let restarted = desk.second_app().await;
    let mut next = desk.new_lane();
    assert_eq!(next.send_due(&restarted).await.unwrap().handed_over, 3, "no lease in the way");
    desk.is_in_order().await;
}

#[tokio::test]
async fn a_relay_that_was_down_gets_every_letter_when_it_is_up() {
    let receiver = Arc::new(SmtpReceiver::start(Tls::None, None));
    let builder = TestDesk::builder().maildir("care").no_relay();
    on_both(&builder, async |desk| {
        for number in 1..=5 {
            let sender = format!("p{number}@example.net");
            desk.receives(&mail(&sender, "A question about my escrow.").from(&sender).raw());
        }
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::Retryable).await, 5);
        desk.passes(Duration::from_secs(3600));
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::Retryable).await, 5, "still down");
        desk.sends_by(WayOut::Receiver(Arc::clone(&receiver)));
        desk.passes(Duration::from_secs(3600));
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::HandedOver).await, 5);
        assert_eq!(desk.arrived().len(), 5);
    })
    .await;
}
