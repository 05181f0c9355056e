//! Mail comes in: each mail one ticket, each ticket one receipt, whatever way
//! the mail came and however often it was delivered.

use std::sync::Arc;

use tierline::domain::clock::ClockState;
use tierline::domain::letter::LetterState;

use crate::harness::desk::{CARE, MAIL_HOST, ROSA, TestDesk, mail, on_both};
use crate::harness::dovecot::Dovecot;
use crate::harness::smtp_receiver::{SmtpReceiver, Tls};

#[tokio::test]
async fn a_borrowers_mail_becomes_a_ticket_with_clocks_and_is_acknowledged_once() {
    let dovecot = Arc::new(Dovecot::start());
    let receiver = Arc::new(SmtpReceiver::start(Tls::None, None));
    let builder = TestDesk::builder().dovecot("care", &dovecot).receiver(&receiver);
    on_both(&builder, async |desk| {
        let question = mail("My escrow", "Why did my escrow payment go up?")
            .message_id(Some("question-1@borrowers.example.net"));
        desk.receives(&question.raw());
        desk.settles().await;
        desk.settles().await;

        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.ticket.requester, ROSA);
        assert_eq!(ticket.ticket.queue, "escrow");
        let running = |kind: &str| {
            ticket.clocks.iter().any(|clock| {
                clock.kind == kind && clock.state == ClockState::Running && clock.next_at.is_some()
            })
        };
        assert!(running("first_response") && running("resolution"), "{ticket:#?}");
        let receipt = ticket.clocks.iter().find(|clock| clock.kind == "INT_ACK").unwrap();
        assert_eq!(receipt.state, ClockState::Met, "the receipt meets our own promise");

        let arrived = desk.arrived();
        assert_eq!(arrived.len(), 1, "one acknowledgment");
        let letter = &arrived[0];
        assert_eq!(letter.envelope_to, ROSA);
        assert_eq!(letter.header("To"), ROSA);
        assert!(letter.header("From").contains(CARE));
        assert_eq!(letter.header("Auto-Submitted"), "auto-replied");
        assert_eq!(letter.header("In-Reply-To"), "<question-1@borrowers.example.net>");
        assert!(letter.header("References").contains("<question-1@borrowers.example.net>"));
        let id = letter.message_id();
        let token = id.split('.').next().unwrap();
        assert_eq!(token.len(), 34, "our Message-ID carries the token: {id}");
        assert!(id.ends_with(&format!("@{MAIL_HOST}")));
        assert_eq!(letter.header("Reply-To"), format!("reply+{token}@{MAIL_HOST}"));
        assert_eq!(letter.envelope_from, format!("bounce+{token}@{MAIL_HOST}"));
        let text = String::from_utf8_lossy(&letter.raw).into_owned();
        assert!(text.contains(ticket.ticket.number.as_str()), "the letter names the ticket");
        assert!(!text.contains("escrow payment"), "a letter echoes nothing");

        let folders = desk.folders(0);
        assert_eq!((folders["INBOX"], folders["Processed"]), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn mail_that_another_program_has_read_is_taken_too() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("Seen", "Somebody opened this in a mail program.").raw());
        desk.receives(&mail("Flagged", "Somebody answered this.").raw());
        desk.imap_peer(0).with(|state| {
            state.folder("INBOX").mail(1).flags.insert("\\Seen".to_owned());
            let flags = &mut state.folder("INBOX").mail(2).flags;
            flags.extend(["\\Seen", "\\Answered", "\\Flagged"].map(str::to_owned));
        });
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new", "new"]);
    })
    .await;
}

#[tokio::test]
async fn the_same_mail_in_two_mailboxes_is_one_ticket() {
    let builder = TestDesk::builder().maildir("care").maildir("complaints");
    on_both(&builder, async |desk| {
        let both = mail("To you both", "I write to care and complaints at once.");
        desk.receives_at(0, &both.clone().header("Delivered-To", CARE).raw());
        desk.receives_at(1, &both.header("Delivered-To", "complaints@example.com").raw());
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!(desk.dispositions().await, ["new", "duplicate"]);
        assert_eq!(ticket.mails.len(), 2, "the copy is shown on the ticket");
        assert_eq!(desk.arrived().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_a_relay_delivers_again_is_a_visible_duplicate() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let first = mail("My escrow", "Why did my escrow payment go up?");
        let by = |relay: &str| {
            let trace = format!("from {relay} by mx.example.com; Tue, 24 Nov 2026 16:59:30 +0000");
            first.clone().header("Received", &trace).raw()
        };
        desk.receives(&by("relay-1.example.net"));
        desk.settles().await;
        // in the same batch and in a later one
        desk.receives(&by("relay-2.example.net"));
        desk.receives(&by("relay-3.example.net"));
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new", "duplicate", "duplicate"]);
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.mails.len(), 3);
        assert_eq!(desk.arrived().len(), 1, "only the first is acknowledged");
    })
    .await;
}

#[tokio::test]
async fn different_mails_with_one_message_id_or_none_are_tickets_of_their_own() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let id = Some("reused@borrowers.example.net");
        desk.receives(&mail("First", "A question about escrow.").message_id(id).raw());
        desk.receives(&mail("Second", "A question about insurance.").message_id(id).raw());
        desk.settles().await;
        desk.receives(&mail("Third", "A question about taxes.").message_id(id).raw());
        desk.receives(&mail("Fourth", "No id at all.").message_id(None).raw());
        desk.receives(&mail("Fifth", "No id either.").message_id(None).raw());
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new"; 5]);
        assert_eq!(desk.letters_in(LetterState::HandedOver).await, 4, "the limit of a day");
    })
    .await;
}
