//! The store keeps its promises on both databases: one list of cases.

mod apply;
mod fixture;
mod ledger;

use crate::harness::database::TestDatabase;
use crate::harness::postgres::Cluster;

/// Each case is a test of its own on SQLite; on PostgreSQL all of them share
/// one cluster, each with a database of its own.
macro_rules! cases {
    ($($module:ident::$case:ident),+ $(,)?) => {
        mod on_sqlite {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$module::$case(&TestDatabase::sqlite().await).await;
                }
            )+
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn every_case_holds_on_postgres() {
            let cluster = Cluster::start().await;
            $(
                println!("{}", stringify!($case));
                $module::$case(&TestDatabase::postgres(&cluster).await).await;
            )+
        }
    };
}

cases! {
    ledger::raw_mail_is_kept_and_read_back,
    ledger::a_mail_begun_again_gets_a_strike,
    ledger::forty_thousand_keys_are_looked_up,
    ledger::a_changed_uidvalidity_begins_an_epoch,
    ledger::only_one_poller_has_the_lease,
    apply::one_of_two_racing_stores_makes_the_ticket,
    apply::copies_in_two_mailboxes_make_one_ticket,
    apply::a_stale_version_writes_nothing,
    apply::one_acknowledgment_a_mail_ever,
    apply::what_was_applied_is_known_afterwards,
    apply::the_books_are_balanced,
}
