//! A reply finds its ticket by its token and by nothing else.

use tierline::domain::clock::ClockState;
use tierline::domain::ticket::Status;
use tierline::store::view::TicketDetail;

use crate::harness::desk::{MAIL_HOST, ROSA, TestDesk, mail, on_both};

/// Rosa asks, is acknowledged; the Message-ID and the reply address of the letter.
async fn acknowledged(desk: &mut TestDesk) -> (String, String) {
    desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
    desk.settles().await;
    let letter = desk.arrived().remove(0);
    (letter.message_id(), letter.header("Reply-To"))
}

/// An agent's act, until agents have commands.
async fn set_status(desk: &TestDesk, status: &str) {
    assert_eq!(desk.sql(&format!("UPDATE ticket SET status = '{status}'")).await, 1);
}

fn event_kinds(ticket: &TicketDetail) -> Vec<&str> {
    ticket.events.iter().map(|line| line.event.kind.as_str()).collect()
}

#[tokio::test]
async fn a_reply_to_a_closed_resolved_or_pending_ticket_reopens_it() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let (id, _) = acknowledged(desk).await;
        for (round, status) in ["closed", "resolved", "pending"].into_iter().enumerate() {
            set_status(desk, status).await;
            let text = format!("Answer number {round}: I am still waiting.");
            desk.receives(&mail("Re: your letter", &text).in_reply_to(&id).raw());
            desk.settles().await;
            let ticket = desk.only_ticket().await;
            assert_eq!(ticket.ticket.status, Status::Open, "{status}");
            assert_eq!(ticket.mails.len(), round + 2);
        }
        assert_eq!(desk.dispositions().await, ["new", "append", "append", "append"]);
        let letters = desk.arrived();
        assert_eq!(letters.len(), 2, "only the answer to a closed ticket is acknowledged again");
        assert!(letters[1].header("Subject").contains("open again"), "{:?}", letters[1]);
        assert_ne!(letters[0].message_id(), letters[1].message_id());
    })
    .await;
}

#[tokio::test]
async fn a_reply_to_an_open_ticket_leaves_its_status() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let (id, _) = acknowledged(desk).await;
        set_status(desk, "open").await;
        desk.receives(&mail("Re: your letter", "One more thing.").in_reply_to(&id).raw());
        // two replies in one batch: the second sees the first
        desk.receives(&mail("Re: your letter", "And another.").in_reply_to(&id).raw());
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.ticket.status, Status::Open);
        assert_eq!(event_kinds(&ticket).iter().filter(|kind| **kind == "mail_appended").count(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_token_in_the_plus_address_is_enough() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let (_, reply_to) = acknowledged(desk).await;
        desk.receives(&mail("Something else", "From another program.").to(&reply_to).raw());
        desk.settles().await;
        // gateways fold the case of local parts
        let loud = reply_to.to_uppercase();
        desk.receives(&mail("Shouting", "From a loud gateway.").to(&loud).raw());
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new", "append", "append"]);
    })
    .await;
}

#[tokio::test]
async fn a_reply_that_is_a_notice_of_error_starts_its_own_clocks() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let (id, _) = acknowledged(desk).await;
        desk.passes(std::time::Duration::from_secs(3 * 24 * 3600));
        let notice = "This is a notice of error: you did not credit my November payment.";
        desk.receives(&mail("Re: your letter", notice).in_reply_to(&id).raw());
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        let clock = ticket.clocks.iter().find(|clock| clock.kind == "NOE_ACK").unwrap();
        assert_eq!(clock.started_at, desk.now(), "from the receipt of the reply");
        assert_eq!(clock.state, ClockState::Running);
        let task = ticket.tasks.iter().find(|task| task.clock_kind.as_deref() == Some("NOE_ACK"));
        assert_eq!(task.unwrap().kind, "send_written_acknowledgment");
    })
    .await;
}

#[tokio::test]
async fn a_token_from_another_sender_is_held_with_running_clocks_and_no_letter() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let (id, _) = acknowledged(desk).await;
        let notice = "Notice of error: my wife's payment was not credited.";
        let stranger = mail("Re: your letter", notice).from("Luis <luis@example.org>");
        desk.receives(&stranger.in_reply_to(&id).raw());
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new", "held"]);
        let held = desk.ticket("Re: your letter").await;
        assert_eq!(held.ticket.status, Status::Held);
        assert_eq!(held.ticket.held_reason.as_deref(), Some("reply_from_other_sender"));
        let statutory = held.clocks.iter().find(|clock| clock.kind == "NOE_ACK").unwrap();
        assert_eq!(statutory.state, ClockState::Running);
        assert!(held.tasks.iter().any(|task| task.kind == "review_reply_from_other_sender"));
        assert!(held.letters.is_empty());
        assert_eq!(desk.arrived().len(), 1, "only Rosa's own receipt left");
        assert_eq!(desk.ticket("My escrow").await.mails.len(), 1, "Rosa's ticket is untouched");
    })
    .await;
}

#[tokio::test]
async fn an_altered_token_opens_a_new_ticket() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let (id, reply_to) = acknowledged(desk).await;
        let altered = |text: &str, at: usize| {
            let mut chars: Vec<char> = text.chars().collect();
            chars[at] = if chars[at] == 'q' { 'r' } else { 'q' };
            chars.into_iter().collect::<String>()
        };
        // one in the handle, one in the tag, and one in the plus-address
        desk.receives(&mail("Handle", "Reply.").in_reply_to(&altered(&id, 4)).raw());
        desk.receives(&mail("Tag", "Reply.").in_reply_to(&altered(&id, 30)).raw());
        desk.receives(&mail("Plus", "Reply.").to(&altered(&reply_to, 36)).raw());
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new"; 4]);
        assert_eq!(desk.ticket("My escrow").await.mails.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn neither_a_ticket_number_nor_an_address_appends() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        acknowledged(desk).await;
        let number = desk.only_ticket().await.ticket.number;
        let subject = format!("Re: [{number}] My escrow");
        desk.receives(&mail(&subject, "I only have the number.").raw());
        desk.receives(&mail("My escrow", "The same person, the same subject.").raw());
        let strange = "somebody-elses-mail@borrowers.example.net";
        desk.receives(&mail("Re: My escrow", "Not your id.").in_reply_to(strange).raw());
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new"; 4]);
        let hinted = desk.ticket(&subject).await;
        let trace = hinted.mails[0].trace.as_ref().unwrap();
        assert_eq!(trace.maybe_related.as_deref(), Some(number.as_str()), "a hint for agents");
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_opens_a_new_ticket() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let (id, _) = acknowledged(desk).await;
        desk.passes(std::time::Duration::from_secs(181 * 24 * 3600));
        desk.receives(&mail("Re: your letter", "Half a year later.").in_reply_to(&id).raw());
        desk.settles().await;
        assert_eq!(desk.dispositions().await, ["new", "new"]);
        assert!(desk.tickets().await.iter().all(|ticket| ticket.ticket.requester == ROSA));
        assert!(id.ends_with(MAIL_HOST));
    })
    .await;
}
