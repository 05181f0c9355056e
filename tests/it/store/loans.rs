//! The loan book: on file as a whole or not at all, found by address and by
//! number, and never readable without the key.

use jiff::civil::date;
use tierline::domain::event::Event;
use tierline::domain::loan::{BookRow, PartyRole};
use tierline::domain::requester::LanguageSource;
use tierline::domain::thread::ThreadEvidence;
use tierline::store::Store;
use tierline::store::known::KnownQuery;
use tierline::store::loan::ImportCount;

use super::fixture::{ROSA, later, noon, sample};
use super::safety::stored;
use crate::harness::database::TestDatabase;

const LUIS: &str = "luis@example.org";

fn row(number: &str, email: &str, name: &str) -> BookRow {
    BookRow {
        number: number.into(),
        role: PartyRole::Borrower,
        email: email.into(),
        name: name.into(),
        property_address: "12 Quillwort Lane".into(),
        state: "NY".into(),
        language: "es".into(),
        is_fdcpa_covered: true,
        is_represented: false,
        is_in_bankruptcy: false,
        esign_consent_on: Some(date(2026, 1, 31)),
        is_ended: false,
    }
}

fn told(count: ImportCount) -> Event {
    let particulars = serde_json::json!({ "rows": count.rows });
    Event::by_engine("loan_book".into(), "loan_book_imported", noon(), particulars)
}

async fn import(store: &Store, rows: &[BookRow]) -> ImportCount {
    let mut import = store.begin_import(noon()).await.unwrap();
    for chunk in rows.chunks(2) {
        import.put(chunk).await.unwrap();
    }
    import.finish(told).await.unwrap()
}

fn asked(sender: &str, name: &str, numbers: &[&str]) -> KnownQuery {
    KnownQuery {
        canonical_sha: sample(1, 0).mail.canonical_sha,
        sender: sender.into(),
        sender_name: name.into(),
        token: None,
        loan_numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
        bounce_addresses: Vec::new(),
        message_ids: Vec::new(),
        received_at: noon(),
    }
}

pub async fn a_book_is_found_by_address_and_by_number(db: &TestDatabase) {
    let rows = [
        row("0012345678", ROSA, "Rosa Quillwort"),
        row("0012345678", LUIS, "Luis Quillwort"),
        row("0099887766", "ines@example.net", "Ines Example"),
    ];
    let count = import(&db.store, &rows).await;
    assert_eq!(count, ImportCount { rows: 3, on_file: 3, taken_off: 0 });
    let queries = [
        asked("Rosa@Example.com", "Rosa", &[]),
        asked("eve@example.com", "QUILLWORT, Luis", &["0012345678", "5550001111"]),
        asked("", "Rosa Quillwort", &["0099887766"]),
    ];
    let known = db.store.find_known(&queries, later(1)).await.unwrap();
    let party = &known[0].parties[0];
    assert_eq!((party.role, party.has_esign_consent), (PartyRole::Borrower, true));
    assert_eq!((party.loan.state.as_str(), party.loan.language.as_str()), ("NY", "es"));
    assert!(party.loan.is_fdcpa_covered && known[0].named_loans.is_empty());
    assert!(known[1].parties.is_empty(), "eve is nobody's party");
    assert_eq!(known[1].named_loans[0].loan.id, party.loan.id);
    assert!(known[1].named_loans[0].is_partys_name);
    assert!(known[2].parties.is_empty() && !known[2].named_loans[0].is_partys_name);
    let loan = db.store.find_loan("00-1234-5678").await.unwrap().unwrap();
    assert_eq!((loan.number.as_str(), loan.parties.len()), ("0012345678", 2));
    assert!(db.store.find_loan("1").await.unwrap().is_none());
}

pub async fn a_row_imported_again_replaces_and_an_ended_one_takes_off(db: &TestDatabase) {
    let first = [row("0012345678", ROSA, "Rosa"), row("0012345678", LUIS, "Luis")];
    import(&db.store, &first).await;
    let mut changed = row("0012345678", ROSA, "Rosa");
    changed.is_represented = true;
    changed.esign_consent_on = None;
    let mut ended = row("0012345678", LUIS, "Luis");
    (ended.is_represented, ended.is_ended) = (true, true);
    let count = import(&db.store, &[changed, ended]).await;
    assert_eq!(count, ImportCount { rows: 2, on_file: 1, taken_off: 1 });
    let queries = [asked(ROSA, "", &[]), asked(LUIS, "", &[])];
    let known = db.store.find_known(&queries, later(1)).await.unwrap();
    assert!(known[0].parties[0].loan.is_represented && !known[0].parties[0].has_esign_consent);
    assert!(known[1].parties.is_empty(), "the address speaks for the loan no more");
}

pub async fn an_import_that_is_given_up_changes_nothing(db: &TestDatabase) {
    let mut import = db.store.begin_import(noon()).await.unwrap();
    import.put(&[row("0012345678", ROSA, "Rosa")]).await.unwrap();
    drop(import);
    assert!(db.store.find_loan("0012345678").await.unwrap().is_none());
}

pub async fn no_word_of_the_book_stands_in_clear(db: &TestDatabase) {
    import(&db.store, &[row("0012345678", ROSA, "Rosa Quillwort")]).await;
    let stored = stored(db).await;
    let holds = |word: &str| stored.windows(word.len()).any(|part| part == word.as_bytes());
    assert!(holds("loan_book_imported"), "the scan sees what is in clear");
    for private in ["0012345678", ROSA, "Quillwort", "2026-01-31"] {
        assert!(!holds(private), "{private} stands in clear");
    }
}

pub async fn a_language_that_was_chosen_outlives_what_mails_say(db: &TestDatabase) {
    let store = &db.store;
    let mailbox = store.open_mailbox("support", noon()).await.unwrap().id;
    let mut first = sample(1, 0);
    first.decision.language_seen = Some("es".into());
    first.take_in(store, mailbox).await.unwrap();
    let seen = store.find_requester_language("ROSA@example.com").await.unwrap().unwrap();
    assert_eq!((seen.language.as_str(), seen.source), ("es", LanguageSource::Seen));
    let told =
        Event::by_engine("requester:x".into(), "requester_language_chosen", noon(), "".into());
    store.choose_requester_language(ROSA, Some("vi"), &told).await.unwrap();
    let mut second = sample(2, 0);
    second.decision.language_seen = Some("en".into());
    second.take_in(store, mailbox).await.unwrap();
    let known = store.find_known(&[asked(ROSA, "", &[])], later(1)).await.unwrap();
    let chosen = known[0].language.as_ref().unwrap();
    assert_eq!((chosen.language.as_str(), chosen.source), ("vi", LanguageSource::Chosen));
    store.choose_requester_language(ROSA, None, &told).await.unwrap();
    assert!(store.find_requester_language(ROSA).await.unwrap().is_none());
}

pub async fn forged_tokens_are_counted_by_sender(db: &TestDatabase) {
    let store = &db.store;
    let mailbox = store.open_mailbox("support", noon()).await.unwrap().id;
    for n in 0..3 {
        let mut forged = sample(n, 0);
        forged.decision.trace.thread = "bad_token".into();
        forged.take_in(store, mailbox).await.unwrap();
    }
    let queries = [asked(ROSA, "", &[]), asked(LUIS, "", &[])];
    let known = store.find_known(&queries, later(10)).await.unwrap();
    assert_eq!((known[0].bad_tokens_in_day, known[1].bad_tokens_in_day), (3, 0));
    let known = store.find_known(&queries, later(60 * 25)).await.unwrap();
    assert_eq!(known[0].bad_tokens_in_day, 0, "a day later");
    assert_eq!(known[0].thread, ThreadEvidence::None);
}
