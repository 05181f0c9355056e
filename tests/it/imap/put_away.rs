//! The three ways to put mails away, and what is left when one breaks off.

use tierline::mailbox::imap::PutAway;

use super::peer::{four_mails, selected};
use crate::harness::imap_peer::Fault;

#[tokio::test]
async fn without_move_mails_are_copied_marked_and_expunged_by_uid() {
    let peer = four_mails().await;
    peer.with(|state| state.capabilities = vec!["UIDPLUS".to_owned()]);
    // another client's mark must survive
    peer.with(|state| state.folder("INBOX").mail(4).flags.insert("\\Deleted".to_owned()));
    let mut session = selected(&peer).await;
    assert!(!session.offers_idle());
    assert_eq!(session.put_away(&[1, 3]).await.unwrap(), PutAway::CopiedAndExpunged);
    assert_eq!(peer.uids("INBOX"), [2, 4]);
    assert_eq!(peer.uids("Processed").len(), 2);
    assert_eq!(session.exists(), 2);
    assert_eq!(peer.commands_like("UID EXPUNGE"), ["UID EXPUNGE 1,3"]);
    assert!(peer.commands_like("EXPUNGE").is_empty());
}

#[tokio::test]
async fn a_put_away_that_broke_off_is_finished_later_without_losing_a_mail() {
    for verb in ["UID COPY", "UID STORE", "UID EXPUNGE"] {
        let peer = four_mails().await;
        peer.with(|state| state.capabilities = vec!["UIDPLUS".to_owned()]);
        let mut session = selected(&peer).await;
        peer.fault(verb, Fault::DoThenClose);
        session.put_away(&[1]).await.unwrap_err();
        let mut session = selected(&peer).await;
        session.put_away(&[1]).await.unwrap();
        assert_eq!(peer.uids("INBOX"), [2, 3, 4], "{verb}");
        assert!(!peer.uids("Processed").is_empty(), "{verb}");
    }
    let peer = four_mails().await;
    let mut session = selected(&peer).await;
    peer.with(|state| {
        state.folder("Processed");
    });
    peer.fault("UID MOVE", Fault::DoThenClose);
    session.put_away(&[1, 2]).await.unwrap_err();
    let mut session = selected(&peer).await;
    assert_eq!(session.put_away(&[1, 2]).await.unwrap(), PutAway::Moved);
    assert_eq!((peer.uids("INBOX"), peer.uids("Processed").len()), (vec![3, 4], 2));
}

#[tokio::test]
async fn without_uidplus_mails_are_marked_and_stay() {
    let peer = four_mails().await;
    peer.with(|state| state.capabilities.clear());
    let mut session = selected(&peer).await;
    assert_eq!(session.put_away(&[1, 3, 99]).await.unwrap(), PutAway::Marked);
    let marked = peer.with(|state| {
        let mails = &state.folder("INBOX").mails;
        mails.iter().filter(|mail| mail.flags.contains("$Ingested")).count()
    });
    assert_eq!((marked, peer.uids("INBOX").len()), (2, 4));
    peer.with(|state| state.folder("INBOX").keeps_keywords = false);
    let mut session = selected(&peer).await;
    assert_eq!(session.put_away(&[2]).await.unwrap(), PutAway::LeftInPlace);
    assert!(peer.commands_like("UID STORE 2").is_empty());
}
