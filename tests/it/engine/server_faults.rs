//! The mail server dies, refuses or falls silent in the middle: the next look
//! takes the rest, nothing is lost and nothing becomes two tickets.

use tierline::mailbox::imap::ImapOptions;
use tierline::mailbox::source::{ImapSource, MailSource};

use crate::harness::desk::{TestDesk, mail, on_both};
use crate::harness::imap_peer::Fault;

fn five(desk: &TestDesk, name: &str) {
    for number in 1..=5 {
        let written = mail(&format!("{name} {number}"), "A question about my escrow account.");
        desk.receives(&written.from(&format!("{name}{number}@example.net")).raw());
    }
}

async fn survives(verb: &str, faults: &[(&str, Fault)]) {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        for (round, (name, fault)) in faults.iter().enumerate() {
            let before = desk.troubles.len();
            five(desk, name);
            desk.imap_peer(0).fault(verb, fault.clone());
            desk.settles().await;
            assert!(desk.troubles.len() > before, "{verb} {fault:?} was noticed");
            assert_eq!(desk.tickets().await.len(), (round + 1) * 5, "{verb} {fault:?}");
            assert_eq!(desk.arrived().len(), (round + 1) * 5, "{verb} {fault:?}");
            assert_eq!(desk.folders(0)["INBOX"], 0, "{verb} {fault:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_dies_while_it_gives_mail_out() {
    let faults = [
        ("halfway", Fault::CloseHalfway),
        ("before-tagged", Fault::CloseBeforeTagged),
        ("closed", Fault::Close),
        ("bye", Fault::Bye),
        ("bad", Fault::Bad),
    ];
    survives("UID FETCH", &faults).await;
}

#[tokio::test]
async fn a_server_that_dies_while_it_moves_mail() {
    let faults = [
        ("moved-unsaid", Fault::DoThenClose),
        ("unmoved", Fault::Close),
        ("bye", Fault::Bye),
        ("bad", Fault::Bad),
    ];
    survives("UID MOVE", &faults).await;
}

#[tokio::test]
async fn a_server_that_fails_while_it_lists_or_selects() {
    survives("FETCH", &[("no", Fault::No), ("half", Fault::CloseHalfway)]).await;
    survives("SELECT", &[("no", Fault::No), ("closed", Fault::Close)]).await;
}

#[tokio::test]
async fn a_server_that_says_no_to_a_fetch_once() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        for (round, fault) in [Fault::No, Fault::NoHalfway].into_iter().enumerate() {
            five(desk, if round == 0 { "no" } else { "half" });
            desk.imap_peer(0).fault("UID FETCH", fault.clone());
            desk.settles().await;
            assert_eq!(desk.dispositions().await, vec!["new"; (round + 1) * 5], "{fault:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_confuses_its_mails_is_asked_again() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        let faults = [("wrong", Fault::WrongUid), ("twice", Fault::Twice)];
        for (round, (name, fault)) in faults.into_iter().enumerate() {
            five(desk, name);
            desk.imap_peer(0).fault("UID FETCH", fault.clone());
            desk.settles().await;
            assert_eq!(desk.dispositions().await, vec!["new"; (round + 1) * 5], "{fault:?}");
        }
        five(desk, "missing");
        desk.imap_peer(0).fault("UID FETCH", Fault::MissingFirst);
        desk.settles().await;
        assert_eq!(desk.dispositions().await, vec!["new"; 15], "the missing one comes later");
        assert_eq!(desk.folders(0)["INBOX"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_silent_server_is_left_and_asked_again() {
    let builder = TestDesk::builder().imap_peer("care");
    on_both(&builder, async |desk| {
        let options = ImapOptions {
            command_timeout: std::time::Duration::from_millis(150),
            ..desk.imap_peer(0).options()
        };
        desk.mailboxes[0].source = MailSource::Imap(Box::new(ImapSource::new(options)));
        five(desk, "silence");
        desk.imap_peer(0).fault("UID FETCH", Fault::Silence);
        desk.settles().await;
        assert!(desk.troubles.iter().any(|said| said.contains("silent")), "{:?}", desk.troubles);
        assert_eq!(desk.dispositions().await, ["new"; 5]);
        assert_eq!(desk.folders(0)["INBOX"], 0);
    })
    .await;
}
