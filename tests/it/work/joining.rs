//! Tickets are joined and parted, and put back as they were: no receipt time and
//! no clock changes by it.

use tierline::app::work::Wish;
use tierline::domain::ticket::Status;

use super::house::{act, ana, asks, cora, refused, view};
use crate::harness::desk::{TestDesk, mail, on_both};

const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";

#[tokio::test]
async fn a_merge_moves_everything_and_its_undoing_moves_it_back() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let first = asks(desk, "My payment", "Where is my November payment?").await;
        desk.passes(std::time::Duration::from_secs(3600));
        let second = asks(desk, "Notice of error", NOTICE).await;
        let ana = ana(desk);
        desk.climbs().await;
        let (one, two) = (view(desk, &first).await, view(desk, &second).await);
        act(desk, &second, &ana, Wish::Merge(first.clone())).await;
        let (joined, empty) = (view(desk, &first).await, view(desk, &second).await);
        assert_eq!(joined.mails.len(), 2);
        assert_eq!(joined.clocks.len(), one.clocks.len() + two.clocks.len());
        for clock in &two.clocks {
            let moved = joined.clocks.iter().find(|other| other.id == clock.id).unwrap();
            assert_eq!((moved.started_at, moved.due_at), (clock.started_at, clock.due_at));
        }
        assert_eq!((empty.ticket.status, empty.clocks.len()), (Status::Closed, 0));
        let why = refused(desk, &second, &ana, Wish::Reopen("Oh.".into())).await;
        assert!(why.contains("joined to another"), "{why}");
        // the law is still owed, on the ticket that goes on
        let why = refused(desk, &first, &ana, Wish::Resolve("Done.".into())).await;
        assert!(why.contains("NOE_"), "{why}");
        act(desk, &second, &ana, Wish::Undo).await;
        let (back, again) = (view(desk, &first).await, view(desk, &second).await);
        assert_eq!((back.clocks, back.mails), (one.clocks, one.mails));
        assert_eq!((again.clocks, again.mails), (two.clocks, two.mails));
        assert_eq!(again.ticket.received_at, two.ticket.received_at);
        assert_eq!(again.ticket.status, Status::Open);
        assert!(refused(desk, &second, &ana, Wish::Undo).await.contains("nothing was joined"));
    })
    .await;
}

#[tokio::test]
async fn a_reply_to_a_joined_ticket_finds_the_one_that_goes_on() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let first = asks(desk, "My payment", "Where is my November payment?").await;
        let second = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let ana = ana(desk);
        let letters = desk.arrived();
        let of = |number: &str| {
            let named = letters.iter().find(|one| one.header("Subject").contains(number));
            named.map(|one| one.message_id()).unwrap()
        };
        let id = of(second.as_str());
        act(desk, &second, &ana, Wish::Merge(first.clone())).await;
        desk.receives(&mail("Re: your letter", "One more thing.").in_reply_to(&id).raw());
        desk.settles().await;
        assert_eq!(view(desk, &first).await.mails.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn strangers_are_not_joined_by_an_agent() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let rosa = asks(desk, "My payment", "Where is my November payment?").await;
        let text = "Where is my December payment?";
        desk.receives(&mail("His payment", text).from("Luis <luis@example.org>").raw());
        desk.settles().await;
        let luis = desk.ticket("His payment").await.ticket.number;
        let why = refused(desk, &luis, &ana(desk), Wish::Merge(rosa.clone())).await;
        assert!(why.contains("may not join_senders"), "{why}");
        let why = refused(desk, &rosa, &ana(desk), Wish::Merge(rosa.clone())).await;
        assert!(why.contains("to itself"), "{why}");
        act(desk, &luis, &cora(desk), Wish::Merge(rosa)).await;
    })
    .await;
}

#[tokio::test]
async fn a_split_takes_a_mail_with_its_clocks_and_can_be_undone() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My payment", "Where is my November payment?").await;
        let id = desk.arrived()[0].message_id();
        desk.passes(std::time::Duration::from_secs(24 * 3600));
        desk.receives(&mail("Re: your letter", NOTICE).in_reply_to(&id).raw());
        desk.settles().await;
        desk.climbs().await;
        let whole = view(desk, &number).await;
        assert_eq!(whole.mails.len(), 2);
        let ana = ana(desk);
        let all: Vec<_> = whole.mails.iter().map(|(mail, _)| *mail).collect();
        let why = refused(desk, &number, &ana, Wish::Split(all)).await;
        assert!(why.contains("leave at least one"), "{why}");
        let (mail, at) = whole.mails[1];
        let done = act(desk, &number, &ana, Wish::Split(vec![mail])).await;
        let made = done.made.unwrap();
        let (old, new) = (view(desk, &number).await, view(desk, &made).await);
        assert_eq!((old.mails.len(), new.mails.len()), (1, 1));
        assert_eq!(new.ticket.received_at, at);
        let law = |view: &tierline::domain::work::TicketView| {
            let of_law = view.clocks.iter().filter(|clock| clock.kind.starts_with("NOE"));
            of_law.cloned().map(|clock| (clock.kind, clock.due_at)).collect::<Vec<_>>()
        };
        assert!(!law(&whole).is_empty());
        assert_eq!((law(&new), law(&old)), (law(&whole), vec![]));
        desk.climbs().await;
        act(desk, &made, &ana, Wish::Undo).await;
        assert_eq!(law(&view(desk, &number).await), law(&whole));
        let gone = view(desk, &made).await;
        assert_eq!((gone.ticket.status, gone.mails.len()), (Status::Closed, 0));
    })
    .await;
}
