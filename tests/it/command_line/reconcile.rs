//! `tierline reconcile`: the servers against the ledger.

use sqlx::{Connection as _, Executor as _};

use super::desk::{Desk, NOTICE};

/// Runs statements on the desk's database behind the program's back.
pub fn alter(desk: &Desk, statements: &[&'static str]) {
    let path = desk.path().join("tierline.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).foreign_keys(false);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        for statement in statements {
            connection.execute(*statement).await.unwrap();
        }
        connection.close().await.unwrap();
    });
}

#[test]
fn a_mail_that_no_poll_has_seen_is_not_in_the_ledger() {
    let desk = Desk::empty();
    desk.write("mail/new/1.rosa", NOTICE.as_bytes());
    let before = desk.run(&["reconcile"]).ended(1);
    assert_eq!(before.out, "✗ care: server says 1, we have 0: not in the ledger: 1 (1.rosa)\n");
    desk.run(&["run", "--once"]).ended(0);
    let after = desk.run(&["reconcile", "--json"]).ended(0).json();
    assert_eq!((&after["ok"], &after["seen"]), (&true.into(), &1.into()));
}

#[test]
fn one_lost_row_of_the_ledger_is_noticed() {
    let desk = Desk::empty();
    desk.write("mail/new/1.rosa", NOTICE.as_bytes());
    desk.write("mail/new/2.rosa", NOTICE.replace("<1@", "<2@").as_bytes());
    desk.run(&["run", "--once"]).ended(0);
    desk.run(&["reconcile"]).ended(0);
    alter(&desk, &["DELETE FROM source_ref WHERE source_key LIKE '2.%'"]);
    let lost = desk.run(&["reconcile"]).ended(1);
    assert!(lost.out.starts_with("✗ care: "), "{}", lost.out);
}

#[test]
fn a_mailbox_that_is_not_configured_is_wrong_usage() {
    let desk = Desk::empty();
    assert!(desk.run(&["reconcile", "--mailbox", "cars"]).ended(2).err.contains("cars"));
}
