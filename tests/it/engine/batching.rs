//! However mails fall into batches, the tickets are the same.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::harness::database::TestDatabase;
use crate::harness::desk::{TestDesk, mail};

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
