//! The store keeps its promises on both databases: one list of cases.

mod apply;
mod fixture;
mod ledger;
mod loans;
mod outbox;
mod persons;
mod policy;
mod record;
mod safety;
mod sweep;

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
                let database = TestDatabase::postgres(&cluster).await;
                $module::$case(&database).await;
                database.close().await;
            )+
        }
    };
}

cases! {
    ledger::raw_mail_is_kept_and_read_back,
    ledger::a_mail_begun_again_alone_gets_a_strike,
    ledger::forty_thousand_keys_are_looked_up,
    ledger::a_changed_uidvalidity_begins_an_epoch,
    ledger::only_one_poller_has_the_lease,
    ledger::a_refused_mail_is_in_the_books,
    apply::one_of_two_racing_stores_makes_the_ticket,
    apply::copies_in_two_mailboxes_make_one_ticket,
    apply::a_stale_version_writes_nothing,
    apply::one_acknowledgment_a_mail_ever,
    apply::what_was_applied_is_known_afterwards,
    apply::the_books_are_balanced,
    outbox::a_letter_meets_its_clock_when_handed_over,
    outbox::two_senders_never_have_the_same_letter,
    outbox::a_lost_lease_sends_nothing_and_writes_nothing,
    outbox::a_lease_that_ran_out_is_rescued_by_its_phase,
    outbox::an_uncertain_receipt_goes_once_more_and_then_to_a_person,
    outbox::an_expired_letter_is_discarded_and_a_person_is_told,
    outbox::unapproved_wording_never_leaves,
    outbox::retired_wording_is_held_and_may_be_released_with_another,
    outbox::a_person_settles_what_nobody_can_know,
    sweep::a_due_clock_is_found_and_swept_once,
    sweep::a_clock_met_meanwhile_makes_the_sweep_stale,
    persons::nobody_approves_their_own_wording,
    persons::what_is_changed_in_wording_behind_our_back_is_found,
    persons::only_the_right_secret_opens,
    persons::a_revision_is_kept_in_full,
    persons::a_due_job_is_claimed_once,
    policy::the_first_policy_is_put_in_force_once,
    policy::a_policy_goes_from_draft_to_force_by_two_persons,
    policy::an_author_never_approves_their_own_policy,
    policy::the_database_puts_no_unapproved_policy_in_force,
    policy::verify_finds_a_changed_byte_of_a_policy,
    loans::a_book_is_found_by_address_and_by_number,
    loans::a_row_imported_again_replaces_and_an_ended_one_takes_off,
    loans::an_import_that_is_given_up_changes_nothing,
    loans::no_word_of_the_book_stands_in_clear,
    loans::a_language_that_was_chosen_outlives_what_mails_say,
    loans::forged_tokens_are_counted_by_sender,
    record::the_record_refuses_changes,
    record::verify_names_the_changed_event,
    record::verify_misses_no_cut,
    record::a_ticket_is_shown_with_its_reasons,
    safety::migrating_again_changes_nothing,
    safety::the_wrong_key_opens_nothing,
    safety::an_abandoned_transaction_never_swallows_a_later_write,
    safety::no_private_word_stands_in_clear,
}
