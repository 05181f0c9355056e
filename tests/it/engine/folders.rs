//! A folder lies about its UIDs: nothing is lost, nothing becomes two tickets.

use crate::harness::desk::{TestDesk, mail, on_both};

fn numbered(number: u32) -> Vec<u8> {
    let text = format!("Question number {number} about my escrow account.");
    mail(&format!("Mail {number}"), &text).from(&format!("p{number}@example.net")).raw()
}

async fn subjects(desk: &TestDesk) -> Vec<String> {
    let tickets = desk.tickets().await;
    let mut subjects: Vec<String> =
        tickets.into_iter().map(|detail| detail.ticket.subject).collect();
    subjects.sort();
    subjects
}

#[tokio::test]
async fn a_folder_restored_under_a_new_uidvalidity_gives_no_second_ticket() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        (1..=4).for_each(|number| desk.receives(&numbered(number)));
        desk.settles().await;
        assert_eq!(desk.folders(0)["Processed"], 4);
        // the restored folder shows the old mails again, and a new one among them
        desk.imap_peer(0).with(|state| {
            let inbox = state.folder("INBOX");
            for number in [2, 1, 5, 3, 4] {
                inbox.add(&numbered(number));
            }
            inbox.renumber(77);
        });
        desk.settles().await;
        assert_eq!(subjects(desk).await, ["Mail 1", "Mail 2", "Mail 3", "Mail 4", "Mail 5"]);
        assert_eq!(desk.folders(0)["INBOX"], 0);
        assert_eq!(desk.arrived().len(), 5);
    })
    .await;
}

#[tokio::test]
async fn a_uidvalidity_that_changes_between_mails_loses_none() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        for number in 1..=6 {
            desk.receives(&numbered(number));
            desk.imap_peer(0).with(|state| state.folder("INBOX").renumber(100 + number));
            desk.settles().await;
        }
        assert_eq!(subjects(desk).await.len(), 6);
        assert_eq!(desk.arrived().len(), 6);
    })
    .await;
}

#[tokio::test]
async fn uids_used_again_under_the_same_uidvalidity_hide_no_mail() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        (1..=3).for_each(|number| desk.receives(&numbered(number)));
        desk.settles().await;
        // a broken server starts again at 1 and says the folder is the same
        desk.imap_peer(0).with(|state| state.folder("INBOX").uidnext = 1);
        (4..=7).for_each(|number| desk.receives(&numbered(number)));
        desk.passes(std::time::Duration::from_secs(60));
        desk.settles().await;
        assert_eq!(subjects(desk).await.len(), 7);
        assert_eq!(desk.folders(0)["INBOX"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_uid_used_again_for_a_mail_of_the_same_size_and_second_hides_no_mail() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        desk.receives(&numbered(1));
        desk.settles().await;
        desk.imap_peer(0).with(|state| state.folder("INBOX").uidnext = 1);
        desk.receives(&numbered(2));
        assert_eq!(numbered(1).len(), numbered(2).len());
        desk.settles().await;
        assert_eq!(subjects(desk).await, ["Mail 1", "Mail 2"]);
    })
    .await;
}

#[tokio::test]
async fn a_uidnext_that_goes_backwards_hides_no_mail() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        (1..=3).for_each(|number| desk.receives(&numbered(number)));
        desk.imap_peer(0).with(|state| state.folder("INBOX").told_uidnext = Some(2));
        desk.settles().await;
        desk.receives(&numbered(4));
        desk.imap_peer(0).with(|state| state.folder("INBOX").told_uidnext = Some(1));
        desk.settles().await;
        assert_eq!(subjects(desk).await, ["Mail 1", "Mail 2", "Mail 3", "Mail 4"]);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_cannot_move_or_mark_keeps_its_mail_and_gives_no_second_ticket() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        desk.imap_peer(0).with(|state| {
            state.capabilities = vec!["IDLE".to_owned()];
            state.folder("INBOX").keeps_keywords = false;
        });
        (1..=3).for_each(|number| desk.receives(&numbered(number)));
        desk.settles().await;
        desk.receives(&numbered(4));
        desk.settles().await;
        assert_eq!(subjects(desk).await.len(), 4);
        assert_eq!(desk.arrived().len(), 4);
    })
    .await;
}
