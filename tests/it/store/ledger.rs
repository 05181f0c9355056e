//! Raw mail, keys, epochs, leases.

use tierline::domain::digest::Digest;
use tierline::store::ledger::{STRIKE, SourceState};

use super::fixture::{later, noon, sample};
use crate::harness::database::TestDatabase;

pub async fn raw_mail_is_kept_and_read_back(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap();
    let mut big = sample(1, 0);
    big.raw = (0..1_300_000u32).map(|n| (n % 251) as u8).collect();
    let mut empty = sample(2, 0);
    empty.raw = Vec::new();
    let stored =
        db.store.store_raw(&[big.raw_mail(mailbox.id), empty.raw_mail(mailbox.id)]).await.unwrap();
    assert_eq!(db.store.load_raw(&stored[0].raw_sha).await.unwrap(), big.raw);
    assert_eq!(db.store.load_raw(&stored[1].raw_sha).await.unwrap(), b"");
    assert!(db.store.load_raw(&Digest::of(b"never seen")).await.is_err());
    assert_eq!(db.store.open_mailbox("support", noon()).await.unwrap().id, mailbox.id);
}

pub async fn a_mail_begun_again_alone_gets_a_strike(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap();
    let (mail, neighbour) = (sample(1, 0), sample(2, 0));
    let both = [mail.raw_mail(mailbox.id), neighbour.raw_mail(mailbox.id)];
    for _ in 0..3 {
        let stored = db.store.store_raw(&both).await.unwrap();
        assert_eq!((stored[0].strikes, stored[1].strikes), (0, 0), "it may be either of them");
    }
    for strikes in 1..=3 {
        let stored = db.store.store_raw(&both[..1]).await.unwrap();
        assert_eq!(stored[0].strikes, strikes * STRIKE);
        assert_eq!(stored[0].already, None);
    }
    let stored = db.store.store_raw(&both).await.unwrap();
    assert_eq!((stored[0].strikes, stored[1].strikes), (3 * STRIKE, 0));
    let pending = db.store.pending_raw(mailbox.id, 10).await.unwrap();
    let keys: Vec<&str> = pending.iter().map(|pending| pending.source_key.as_str()).collect();
    assert_eq!(keys, [&neighbour.key, &mail.key], "the likeliest bomb comes last");
    let id = stored[0].source_ref_id;
    db.store.take_back_strike(id, STRIKE - 1).await.unwrap();
    db.store.take_back_strike(stored[1].source_ref_id, STRIKE).await.unwrap();
    let stored = db.store.store_raw(&both).await.unwrap();
    assert_eq!((stored[0].strikes, stored[1].strikes), (2 * STRIKE + 1, 0));
    mail.take_in(&db.store, mailbox.id).await.unwrap();
    let stored = db.store.store_raw(&both[..1]).await.unwrap();
    assert_eq!(stored[0].already, Some(mail.decision.mail.id));
    let known = db.store.known_keys(mailbox.id, 1, std::slice::from_ref(&mail.key)).await.unwrap();
    assert_eq!(known[&mail.key].strikes, 3 * STRIKE + 1, "a committed mail gets no more strikes");
}

pub async fn forty_thousand_keys_are_looked_up(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap();
    let sample = sample(1, 0);
    let id = sample.store_raw(&db.store, mailbox.id).await;
    let mut keys: Vec<String> = (0..40_000).map(|n| format!("{n}")).collect();
    keys.push(sample.key.clone());
    let known = db.store.known_keys(mailbox.id, 1, &keys).await.unwrap();
    assert_eq!(known.len(), 1);
    let found = &known[&sample.key];
    assert_eq!((found.id, found.state), (id, SourceState::Stored));
    assert_eq!((found.size, found.internal_at), (sample.raw.len() as u64, Some(noon())));
    assert_eq!(db.store.reconcile(mailbox.id, 1, &keys).await.unwrap().len(), 40_000);
    assert!(db.store.known_keys(mailbox.id, 2, &keys).await.unwrap().is_empty(), "another epoch");
}

pub async fn a_changed_uidvalidity_begins_an_epoch(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap();
    assert_eq!(db.store.note_folder(mailbox.id, 7, noon()).await.unwrap(), 1);
    assert_eq!(db.store.note_folder(mailbox.id, 7, noon()).await.unwrap(), 1);
    assert_eq!(db.store.note_folder(mailbox.id, 8, noon()).await.unwrap(), 2);
    assert_eq!(db.store.bump_epoch(mailbox.id, "size_changed", noon()).await.unwrap(), 3);
    assert_eq!(db.store.note_folder(mailbox.id, 8, noon()).await.unwrap(), 3);
    let row = db.store.open_mailbox("support", noon()).await.unwrap();
    assert_eq!((row.uidvalidity, row.epoch), (Some(8), 3));
}

pub async fn only_one_poller_has_the_lease(db: &TestDatabase) {
    let (store, other) = (&db.store, db.second().await);
    let id = store.open_mailbox("support", noon()).await.unwrap().id;
    let first = store.claim_lease(id, "a", later(5), noon()).await.unwrap().unwrap();
    assert_eq!(other.claim_lease(id, "b", later(5), noon()).await.unwrap(), None);
    let renewed = store.claim_lease(id, "a", later(6), later(1)).await.unwrap().unwrap();
    assert!(renewed > first, "b has asked for it");
    assert_eq!(store.claim_lease(id, "a", later(6), later(1)).await.unwrap(), Some(renewed));
    let taken = other.claim_lease(id, "b", later(9), later(7)).await.unwrap().unwrap();
    assert!(taken > renewed);
    assert_eq!(store.release_lease(id, "a").await.unwrap(), None, "it was lost");
    assert_eq!(other.release_lease(id, "b").await.unwrap(), Some(taken), "nobody asked");
    let again = store.claim_lease(id, "a", later(20), later(10)).await.unwrap().unwrap();
    assert_eq!(other.claim_lease(id, "b", later(20), later(10)).await.unwrap(), None);
    assert_eq!(store.release_lease(id, "a").await.unwrap(), Some(again + 1), "b is waiting");
}

pub async fn a_refused_mail_is_in_the_books(db: &TestDatabase) {
    let id = db.store.open_mailbox("support", noon()).await.unwrap().id;
    let sample = sample(1, 0);
    let bomb = sample.raw_mail(id);
    assert!(db.store.note_refused(&bomb, "literal_too_large", noon()).await.unwrap());
    assert!(!db.store.note_refused(&bomb, "literal_too_large", noon()).await.unwrap());
    let known = db.store.known_keys(id, 1, std::slice::from_ref(&sample.key)).await.unwrap();
    assert_eq!(known[&sample.key].state, SourceState::Refused);
    let books = db.store.conservation(id).await.unwrap();
    assert_eq!((books.seen, books.refused, books.are_balanced()), (1, 1, true));
    assert!(db.store.refs_to_put_away(id, 1, 10).await.unwrap().is_empty());
    let events = db.store.events_of("mailbox:support").await.unwrap();
    assert_eq!(events.last().unwrap().event.kind, "mail_refused");
}
