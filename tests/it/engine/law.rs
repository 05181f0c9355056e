//! What the law asks for: a courtesy by e-mail never passes for a writing that
//! the borrower did not agree to get electronically (15 USC 7001(c)).

use tierline::domain::clock::ClockState;
use tierline::domain::letter::LetterState;

use crate::harness::desk::{ROSA, TestDesk, mail, on_both};

const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";

#[tokio::test]
async fn a_notice_of_error_without_consent_is_owed_a_written_receipt() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        desk.receives(&mail("Notice of error", NOTICE).raw());
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.letters[0].state, LetterState::HandedOver, "a courtesy all the same");
        assert!(!ticket.letters[0].meets.contains(&"NOE_ACK".to_owned()));
        let clock = ticket.clocks.iter().find(|clock| clock.kind == "NOE_ACK").unwrap();
        assert_eq!(clock.state, ClockState::Running, "the courtesy meets nothing");
        assert_eq!(clock.citation, "12 CFR 1024.35(d)");
        // Tuesday 24 November; Thanksgiving is no business day; five days: 2 December
        assert_eq!(clock.due_on, jiff::civil::date(2026, 12, 2));
        let task = ticket
            .tasks
            .iter()
            .find(|task| task.kind == "send_written_acknowledgment")
            .expect("a person sends the writing");
        assert_eq!(task.due_on, clock.internal_due_on);
    })
    .await;
}

#[tokio::test]
async fn with_consent_on_record_the_handed_over_letter_meets_the_clock() {
    let builder = TestDesk::builder().maildir("care").no_relay();
    on_both(&builder, async |desk| {
        desk.store().record_esign_consent(ROSA, desk.now()).await.unwrap();
        desk.receives(&mail("Notice of error", NOTICE).raw());
        desk.settles().await;
        let clock = |ticket: &tierline::store::view::TicketDetail| {
            ticket.clocks.iter().find(|clock| clock.kind == "NOE_ACK").unwrap().clone()
        };
        let ticket = desk.only_ticket().await;
        assert_eq!(clock(&ticket).state, ClockState::Running, "written is not handed over");
        assert!(ticket.tasks.iter().all(|task| task.kind != "send_written_acknowledgment"));
        let path = tempfile::tempdir().unwrap();
        desk.sends_by(crate::harness::desk::WayOut::Directory(path.path().to_owned()));
        desk.passes(std::time::Duration::from_secs(600));
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!(clock(&ticket).state, ClockState::Met);
        assert_eq!(clock(&ticket).met_at, Some(desk.now()), "at hand-over");
    })
    .await;
}
