//! However mails fall into batches, the tickets are the same.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tierline::app::intake::{Arrived, Via, intake};
use tierline::domain::mail::Completeness;
use tierline::store::ledger::SourceState;

use crate::harness::database::TestDatabase;
use crate::harness::desk::{TestDesk, mail, on_both};

/// Mails that look at each other: copies, replies to nothing, one sender twice.
fn mails() -> Vec<Vec<u8>> {
    let notice = "This is a notice of error: you did not credit my November payment.";
    let mut mails: Vec<Vec<u8>> = (1..=6)
        .map(|number| {
            let text = format!("Question number {number} about my escrow account.");
            mail(&format!("Mail {number}"), &text).raw()
        })
        .collect();
    mails.push(mail("Notice", notice).from("luis@example.org").raw());
    mails.push(mail("Away", "Out of office.").header("Auto-Submitted", "auto-replied").raw());
    let copy =
        [b"Received: from b.example.net by c.example.net\r\n".as_slice(), &mails[2]].concat();
    mails.push(copy);
    mails.push(mail("No id", "Nothing to go by.").message_id(None).raw());
    mails
}

/// State after the mails came in groups of these sizes.
async fn state_after(groups: &[usize]) -> String {
    let builder = TestDesk::builder().maildir("care");
    let mut desk = builder.build(TestDatabase::sqlite().await).await;
    let mails = mails();
    let mut next = mails.iter();
    for size in groups {
        next.by_ref().take(*size).for_each(|raw| desk.receives(raw));
        desk.settles().await;
    }
    next.for_each(|raw| desk.receives(raw));
    desk.settles().await;
    desk.is_in_order().await;
    desk.state().await
}

#[test]
fn any_partition_into_batches_gives_the_same_tickets() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let whole = runtime.block_on(state_after(&[]));
    let single = runtime.block_on(state_after(&[1; 10]));
    assert_eq!(whole, single);
    assert_eq!(whole.lines().filter(|line| line.starts_with("ticket ")).count(), 8);
    let mut runner =
        TestRunner::new(Config { cases: 6, failure_persistence: None, ..Config::default() });
    let groups = proptest::collection::vec(1_usize..5, 1..8);
    let outcome = runner.run(&groups, |groups| {
        prop_assert_eq!(&runtime.block_on(state_after(&groups)), &whole);
        Ok(())
    });
    outcome.unwrap();
}

/// The rows of a batch come back in another order than its mails: each keeps
/// the key under which its server knows it.
#[tokio::test]
async fn a_known_mail_in_a_batch_takes_nobodys_place() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let mailbox = desk.store().open_mailbox("care", desk.now()).await.unwrap();
        let via = Via {
            mailbox_id: mailbox.id,
            name: "care".to_owned(),
            epoch: mailbox.epoch,
            uidvalidity: 7,
            own_mx_hosts: Vec::new(),
            by: None,
        };
        let arrived = |key: &str, number: usize| {
            let sender = format!("p{number}@example.net");
            let raw = mail(&format!("Mail {number}"), "My escrow.").from(&sender).raw();
            Arrived {
                source_key: key.to_owned(),
                size: raw.len() as u64,
                internal_at: Some(desk.now()),
                raw,
                completeness: Completeness::Whole,
                received_at: None,
            }
        };
        intake(&desk.app, &via, vec![arrived("1", 1)]).await.unwrap();
        // Mail 1 stands in the middle, under another key, and so does a twin of mail 2.
        let batch = [("2", 2), ("3", 1), ("4", 4), ("5", 2), ("6", 6)];
        let keys: Vec<String> = batch.iter().map(|(key, _)| (*key).to_owned()).collect();
        let batch = batch.iter().map(|(key, number)| arrived(key, *number)).collect();
        let taken = intake(&desk.app, &via, batch).await.unwrap();
        let known = desk.store().known_keys(mailbox.id, mailbox.epoch, &keys).await.unwrap();
        let mut mails = BTreeMap::new();
        for taken in &taken {
            let row = &known[&taken.source_key];
            assert_eq!(row.id, taken.source_ref_id, "key {}", taken.source_key);
            assert_eq!((row.state, taken.may_be_put_away), (SourceState::Committed, true));
            mails.insert(taken.source_key.as_str(), row.mail_id.unwrap());
        }
        let subjects: BTreeMap<_, _> = desk
            .mails()
            .await
            .into_iter()
            .map(|entry| (entry.mail.id, entry.mail.head.subject))
            .collect();
        for (key, subject) in [("2", "Mail 2"), ("3", "Mail 1"), ("4", "Mail 4"), ("5", "Mail 2")] {
            assert_eq!(subjects[&mails[key]], subject, "key {key}");
        }
        assert_eq!(mails.len(), 5);
        // Nothing of it lies in the Maildir, so nothing is left to put away.
        let ids: Vec<i64> = taken.iter().map(|taken| taken.source_ref_id).collect();
        desk.store().mark_put_away(&ids).await.unwrap();
    })
    .await;
}
