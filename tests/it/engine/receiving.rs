//! Mail comes in.

use std::sync::Arc;

use tierline::domain::letter::LetterState;

use crate::harness::desk::{ROSA, TestDesk, mail, on_both};
use crate::harness::dovecot::Dovecot;
use crate::harness::smtp_receiver::{SmtpReceiver, Tls};

#[tokio::test]
async fn a_mail_becomes_a_ticket_and_its_letter_arrives() {
    let dovecot = Arc::new(Dovecot::start());
    let receiver = Arc::new(SmtpReceiver::start(Tls::None, None));
    let builder = TestDesk::builder().dovecot("care", &dovecot).receiver(&receiver);
    on_both(&builder, async |desk| {
        desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        desk.settles().await;
        println!("{}", desk.state().await);
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.ticket.requester, ROSA);
        assert_eq!(desk.letters_in(LetterState::HandedOver).await, 1);
    })
    .await;
}
