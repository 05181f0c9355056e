//! Machines, forgers and floods: always visible, never acknowledged.

use tierline::domain::letter::LetterState;
use tierline::domain::ticket::Status;

use crate::harness::desk::{CARE, MAIL_HOST, ROSA, TestDesk, Written, mail, on_both};

pub(super) fn report(to: &str, returned: &str) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example.net\r\nTo: {to}\r\n\
         Delivered-To: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Message-ID: <bounce-1@mx.example.net>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nYour letter was not delivered.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.net\r\n\r\n\
         Final-Recipient: rfc822; {ROSA}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{returned}>\r\n--b--\r\n"
    )
    .into_bytes()
}

#[tokio::test]
async fn automatic_mail_is_kept_and_shown_and_never_answered() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let auto = |name: &str, value: &str| mail(name, "I am away.").header(name, value).raw();
        desk.receives(&auto("Auto-Submitted", "auto-replied (vacation)"));
        desk.receives(&auto("List-Id", "<news.lists.example.com>"));
        desk.receives(&auto("Return-Path", "<>"));
        desk.receives(&auto("Precedence", "bulk"));
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["machine"; 4]);
        assert_eq!(desk.tickets().await.len(), 0);
        assert_eq!(desk.arrived().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_out_of_office_answer_to_our_letter_is_shown_on_the_ticket_and_changes_nothing() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        desk.settles().await;
        let id = desk.arrived()[0].message_id();
        desk.sql("UPDATE ticket SET status = 'closed'").await;
        let before = desk.only_ticket().await;
        let away = mail("Automatic reply", "I am away until Monday.").in_reply_to(&id);
        desk.receives(&away.header("Auto-Submitted", "auto-replied").raw());
        desk.settles().await;
        let after = desk.only_ticket().await;
        assert_eq!(desk.dispositions().await, ["new", "machine"]);
        assert_eq!(after.mails.len(), 2, "shown");
        assert_eq!(after.ticket.status, Status::Closed, "not reopened");
        assert_eq!((after.clocks, after.events), (before.clocks, before.events));
        assert_eq!(desk.arrived().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_bounce_of_our_letter_is_linked_and_becomes_a_task() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        desk.settles().await;
        let id = desk.arrived()[0].message_id();
        let token = id.split('.').next().unwrap();
        desk.receives(&report(&format!("bounce+{token}@{MAIL_HOST}"), &id));
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new", "bounce"]);
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.mails.len(), 2, "the bounce is shown on the ticket");
        assert!(ticket.letters[0].bounced_at.is_some());
        assert!(ticket.tasks.iter().any(|task| task.kind == "reach_borrower_another_way"));
        assert_eq!(desk.arrived().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_bounce_of_a_letter_that_was_never_ours_is_kept_aside() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.receives(&report(CARE, "never-ours@example.org"));
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["bounce"]);
        assert_eq!(desk.tickets().await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn our_own_letter_that_comes_back_makes_no_loop() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        desk.settles().await;
        // a forwarding rule at the borrower's sends our letter back, as it is
        let letter = desk.arrived().remove(0).raw;
        desk.receives(&letter);
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new", "machine"]);
        assert_eq!(desk.arrived().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_suspicious_sender_is_held_and_gets_no_letter() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let text = "Why did my escrow payment go up?";
        let two = "Rosa <rosa@example.net>, Luis <luis@example.org>";
        desk.receives(&mail("Two senders", text).from(two).raw());
        desk.receives(&mail("Two lines", text).header("From", "Luis <luis@example.org>").raw());
        desk.receives(&mail("Ourselves", text).from(&format!("Care <ceo@{MAIL_HOST}>")).raw());
        desk.settles().await;
        for (subject, review) in [
            ("Two senders", "review_suspicious_sender"),
            ("Two lines", "review_suspicious_sender"),
            ("Ourselves", "review_staff_spoof"),
        ] {
            let ticket = desk.ticket(subject).await;
            assert_eq!(ticket.ticket.status, Status::Held, "{subject}");
            assert!(ticket.letters.is_empty(), "{subject}");
            assert!(ticket.tasks.iter().any(|task| task.kind == review), "{subject}");
        }
        assert_eq!(desk.arrived().len(), 0);
    })
    .await;
}

fn numbered(number: u32, text: &str) -> Written {
    mail(&format!("Mail {number:02}"), &format!("{text} ({number})"))
}

#[tokio::test]
async fn a_flood_from_one_address_is_collected_and_a_notice_of_error_still_gets_its_ticket() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        for number in 1..=25 {
            desk.receives(&numbered(number, "Hello hello hello").raw());
        }
        desk.settles().await;
        let notice = "This is a notice of error: you did not credit my November payment.";
        desk.receives(&mail("Notice of error", notice).raw());
        desk.settles().await;
        let fates = desk.dispositions().await;
        let count = |fate: &str| fates.iter().filter(|found| **found == fate).count();
        assert_eq!((count("new"), count("flood")), (21, 5), "{fates:?}");
        let collected = desk.ticket("Mail 21").await;
        assert_eq!(collected.ticket.held_reason.as_deref(), Some("flood"));
        let notice = desk.ticket("Notice of error").await;
        assert!(notice.clocks.iter().any(|clock| clock.kind == "NOE_ACK"));
        assert_eq!(desk.arrived().len(), 4, "the limit of letters to one address");
        // an hour later the address is an ordinary one again
        desk.passes(std::time::Duration::from_secs(3601));
        desk.receives(&numbered(99, "Hello again").raw());
        desk.settles().await;
        assert_eq!(desk.ticket("Mail 99").await.mails[0].disposition.word(), "new");
    })
    .await;
}

#[tokio::test]
async fn the_fifth_letter_of_a_day_is_withheld_and_owed_receipts_become_tasks() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        for number in 1..=4 {
            desk.receives(&numbered(number, "A question about my escrow account").raw());
            desk.settles().await;
        }
        let notice = "This is a notice of error: you did not credit my November payment.";
        desk.receives(&mail("Fifth", notice).raw());
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::HandedOver).await, 4);
        let fifth = desk.ticket("Fifth").await;
        assert!(fifth.letters.is_empty());
        let clock = fifth.clocks.iter().find(|clock| clock.kind == "NOE_ACK").unwrap();
        let task = fifth
            .tasks
            .iter()
            .find(|task| task.clock_kind.as_deref() == Some("NOE_ACK"))
            .expect("a person sends the receipt that the law asks for");
        assert_eq!(task.due_on, clock.internal_due_on);
        // a day later letters go out again
        desk.passes(std::time::Duration::from_secs(24 * 3600 + 1));
        desk.receives(&numbered(6, "Another question").raw());
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::HandedOver).await, 5);
    })
    .await;
}
