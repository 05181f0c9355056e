//! Decisions become rows: once, whole, on the state they were taken on.

use tierline::domain::decision::{Disposition, TicketChange, TicketUpdate};
use tierline::domain::thread::ThreadEvidence;
use tierline::domain::ticket::{Priority, Status};
use tierline::store::Outcome;
use tierline::store::known::KnownQuery;

use super::fixture::{ROSA, Sample, approved_wording, later, noon, sample};
use crate::harness::database::TestDatabase;

pub async fn one_of_two_racing_stores_makes_the_ticket(db: &TestDatabase) {
    let other = db.second().await;
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    for n in 0..10 {
        let (mine, mut theirs) = (sample(n, 0), sample(n, 1));
        theirs.raw.clone_from(&mine.raw);
        theirs.mail.raw_sha = mine.mail.raw_sha;
        let (left, right) =
            tokio::join!(mine.take_in(&db.store, mailbox), theirs.take_in(&other, mailbox));
        let (left, right) = (left.unwrap(), right.unwrap());
        let committed = [left, right].iter().filter(|o| **o == Outcome::Committed).count();
        assert_eq!(committed, 1, "{left:?} {right:?}");
        let (winner, loser) = if left == Outcome::Committed {
            (mine.decision.mail.id, right)
        } else {
            (theirs.decision.mail.id, left)
        };
        assert_eq!(loser, Outcome::AlreadyKnown(winner));
    }
    assert_eq!(db.store.dispositions(mailbox).await.unwrap()[&Disposition::New], 10);
    assert_eq!(db.store.ticket_count().await.unwrap(), 10);
    assert!(db.store.conservation(mailbox).await.unwrap().are_balanced());
}

pub async fn copies_in_two_mailboxes_make_one_ticket(db: &TestDatabase) {
    let other = db.second().await;
    let support = db.store.open_mailbox("support", noon()).await.unwrap().id;
    let escrow = db.store.open_mailbox("escrow", noon()).await.unwrap().id;
    for n in 0..10 {
        let (mine, theirs) = (sample(n, 0), sample(n, 1));
        let (left, right) =
            tokio::join!(mine.take_in(&db.store, support), theirs.take_in(&other, escrow));
        let stale = [&left, &right].into_iter().filter(|r| r.as_ref().is_err_and(|e| e.is_stale()));
        assert_eq!(stale.count(), 1, "{left:?} {right:?}");
    }
    assert_eq!(db.store.ticket_count().await.unwrap(), 10);
    let twins = [sample(99, 0), sample(99, 1)];
    let refs = [
        [twins[0].store_raw(&db.store, support).await],
        [twins[1].store_raw(&db.store, escrow).await],
    ];
    let batch = [twins[0].applied(support, &refs[0]), twins[1].applied(escrow, &refs[1])];
    assert!(db.store.apply(&batch).await.unwrap_err().is_stale(), "both in one batch");
}

pub async fn a_stale_version_writes_nothing(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    let first = sample(1, 0);
    first.take_in(&db.store, mailbox).await.unwrap();
    let append = |n: u64, version: u64| {
        let mut more = sample(n, 0);
        more.decision.mail.disposition = Disposition::Append;
        more.decision.mail.ticket_id = Some(first.ticket_id());
        more.decision.clocks.clear();
        more.letters.clear();
        more.tokens.clear();
        for event in &mut more.decision.events {
            event.stream = format!("ticket:{}", first.ticket_id());
        }
        more.decision.ticket = TicketChange::Update(TicketUpdate {
            id: first.ticket_id(),
            expected_version: version,
            status: Some(Status::Open),
            priority: Some(Priority::High),
            at: later(1),
        });
        more
    };
    let good = append(2, 1);
    assert_eq!(good.take_in(&db.store, mailbox).await.unwrap(), Outcome::Committed);
    let neighbour = sample(4, 0);
    let stale = append(3, 1);
    let refs =
        [neighbour.store_raw(&db.store, mailbox).await, stale.store_raw(&db.store, mailbox).await];
    let batch = [neighbour.applied(mailbox, &refs[..1]), stale.applied(mailbox, &refs[1..])];
    assert!(db.store.apply(&batch).await.unwrap_err().is_stale());
    assert_eq!(db.store.ticket_count().await.unwrap(), 1, "nothing of the batch was written");
    let books = db.store.conservation(mailbox).await.unwrap();
    assert_eq!((books.pending, books.are_balanced()), (2, true));
    let ticket = db.store.find_ticket(first.ticket_id()).await.unwrap().unwrap();
    assert_eq!((ticket.version, ticket.status, ticket.priority), (2, Status::Open, Priority::High));
    assert_eq!(ticket.subject, first.mail.subject);
}

pub async fn one_acknowledgment_a_mail_ever(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    approved_wording(&db.store).await;
    let first = sample(1, 0);
    first.take_in(&db.store, mailbox).await.unwrap();
    let mut second = sample(2, 0);
    second.letters[0].intent.dedupe_key = first.letters[0].intent.dedupe_key.clone();
    assert_eq!(second.take_in(&db.store, mailbox).await.unwrap(), Outcome::Committed);
    let due = db.store.claim_letters("s", 10, noon(), later(25)).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].id, first.letters[0].intent.id);
}

pub async fn what_was_applied_is_known_afterwards(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    let first = sample(1, 0);
    first.take_in(&db.store, mailbox).await.unwrap();
    db.store.record_esign_consent("Rosa@example.com", noon()).await.unwrap();
    let ask = |sample: &Sample, sender: &str| KnownQuery {
        loan_numbers: Vec::new(),
        sender_name: String::new(),
        canonical_sha: sample.mail.canonical_sha,
        sender: sender.into(),
        token: Some(first.tokens[0].handle),
        bounce_addresses: vec![first.letters[0].intent.envelope_from.clone()],
        message_ids: Vec::new(),
        received_at: later(10),
    };
    let mut forged = ask(&sample(3, 0), ROSA);
    forged.token = Some([9; 10]);
    forged.bounce_addresses.clear();
    let queries = [ask(&first, "ROSA@example.com"), ask(&sample(2, 0), "eve@example.com"), forged];
    let known = db.store.find_known(&queries, later(10)).await.unwrap();
    let (ticket_id, status, version) = (first.ticket_id(), Status::New, 1);
    assert_eq!(known[0].duplicate, Some((first.decision.mail.id, Some(ticket_id))));
    assert_eq!(known[0].thread, ThreadEvidence::Ours { ticket_id, status, version });
    assert_eq!(known[0].bounced_letter, Some((first.letters[0].intent.id, ticket_id)));
    assert_eq!((known[0].acknowledged_in_day, known[0].acknowledged_in_week), (1, 1));
    assert_eq!((known[0].tickets_in_hour, known[0].acknowledged_by_all_in_hour), (1, 1));
    assert!(known[0].has_esign_consent);
    assert_eq!(known[1].duplicate, None);
    assert_eq!(known[1].thread, ThreadEvidence::OtherSender { ticket_id, status, version });
    assert_eq!((known[1].tickets_in_hour, known[1].has_esign_consent), (0, false));
    assert_eq!(known[2].thread, ThreadEvidence::BadToken);
    let much_later = db.store.find_known(&queries[..1], later(60 * 24 * 2)).await.unwrap();
    assert_eq!((much_later[0].acknowledged_in_day, much_later[0].acknowledged_in_week), (0, 1));
    let mut old = queries[0].clone();
    old.received_at = later(60 * 24 * 8);
    let known = db.store.find_known(&[old], later(60 * 24 * 8)).await.unwrap();
    assert_eq!(known[0].duplicate, None, "eight days later it is another mail");
}

pub async fn the_books_are_balanced(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    for n in 0..3 {
        sample(n, 0).take_in(&db.store, mailbox).await.unwrap();
    }
    let mut again = sample(0, 0);
    again.key = "second key of the same bytes".into();
    again.store_raw(&db.store, mailbox).await;
    sample(7, 0).store_raw(&db.store, mailbox).await;
    let books = db.store.conservation(mailbox).await.unwrap();
    assert!(books.are_balanced(), "{books:?}");
    assert_eq!((books.seen, books.pending), (5, 1));
    assert_eq!(books.by_disposition[&Disposition::New], 4);
    let owed = db.store.refs_to_put_away(mailbox, 1, 10).await.unwrap();
    assert_eq!(owed.len(), 4);
    let ids: Vec<i64> = owed.iter().map(|owed| owed.id).collect();
    assert_eq!(db.store.mark_put_away(&ids).await.unwrap(), 4);
    assert!(db.store.refs_to_put_away(mailbox, 1, 10).await.unwrap().is_empty());
    assert!(db.store.conservation(mailbox).await.unwrap().are_balanced());
}
