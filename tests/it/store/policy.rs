//! The life of policy revisions on both databases.

use tierline::domain::actor::Role;
use tierline::domain::digest::Digest;
use tierline::domain::id::PersonId;
use tierline::domain::policy::{PolicyFiles, revision};
use tierline::domain::policy_life::{ActivationOrigin, BacktestMark};
use tierline::store::{Store, StoreError};

use super::fixture::{later, noon, person};
use super::safety::Raw;
use crate::harness::database::TestDatabase;

fn files(text: &str) -> (Digest, PolicyFiles) {
    let files = PolicyFiles::from([("queues.toml".to_owned(), text.to_owned())]);
    (revision(&files), files)
}

async fn refused<T: std::fmt::Debug>(
    answer: impl Future<Output = Result<T, StoreError>>,
) -> String {
    match answer.await {
        Err(StoreError::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

/// The shipped policy in force and another one drafted by ana.
async fn drafted(store: &Store) -> (Digest, Digest, PersonId, PersonId) {
    let ana = person(store, "ana", Role::Agent).await;
    let cora = person(store, "cora", Role::Compliance).await;
    let (shipped, first) = files("a = 1\n");
    assert!(store.bootstrap_policy(shipped, &first, noon()).await.unwrap());
    let (other, second) = files("a = 2\n");
    assert!(store.draft_policy(other, &second, Some(ana), later(1)).await.unwrap());
    (shipped, other, ana, cora)
}

fn mark(base: Digest, lost: u64) -> BacktestMark {
    BacktestMark { at: later(2), base, mails: 7, lost }
}

pub async fn the_first_policy_is_put_in_force_once(db: &TestDatabase) {
    let second = db.second().await;
    let (shipped, first) = files("a = 1\n");
    assert_eq!(db.store.find_policy_in_force(noon()).await.unwrap(), None);
    let (left, right) = tokio::join!(
        db.store.bootstrap_policy(shipped, &first, noon()),
        second.bootstrap_policy(shipped, &first, noon()),
    );
    assert!(left.unwrap() ^ right.unwrap(), "one of the two");
    let (other, files) = files("a = 2\n");
    assert!(!db.store.bootstrap_policy(other, &files, later(1)).await.unwrap());
    assert_eq!(db.store.find_policy_in_force(later(1)).await.unwrap(), Some(shipped));
    let history = db.store.policy_activations().await.unwrap();
    assert_eq!((history.len(), history[0].origin), (1, ActivationOrigin::Bootstrap));
    assert!(db.store.verify(None).await.unwrap().first_break.is_none());
}

pub async fn a_policy_goes_from_draft_to_force_by_two_persons(db: &TestDatabase) {
    let store = &db.store;
    let (shipped, other, ana, cora) = drafted(store).await;
    let otto = person(store, "otto", Role::Operator).await;
    let why = refused(store.approve_policy(other, cora, None, later(2))).await;
    assert!(why.contains("not backtested"), "{why}");
    let why = refused(store.activate_policy(other, otto, later(5), later(2))).await;
    assert!(why.contains("not approved"), "{why}");
    store.mark_backtested(other, &mark(shipped, 1)).await.unwrap();
    let why = refused(store.approve_policy(other, ana, None, later(3))).await;
    assert!(why.contains("compliance officer"), "{why}");
    let why = refused(store.approve_policy(other, cora, None, later(3))).await;
    assert!(why.contains("lost 1 statutory"), "{why}");
    store.approve_policy(other, cora, Some("it was spam"), later(3)).await.unwrap();
    let why = refused(store.mark_backtested(other, &mark(shipped, 0))).await;
    assert!(why.contains("approved already"), "{why}");
    let why = refused(store.activate_policy(other, ana, later(5), later(4))).await;
    assert!(why.contains("operator"), "{why}");
    store.activate_policy(other, otto, later(10), later(4)).await.unwrap();
    let in_force = async |minute| store.find_policy_in_force(later(minute)).await.unwrap();
    assert_eq!(in_force(9).await, Some(shipped));
    assert_eq!(in_force(10).await, Some(other));
    store.activate_policy(shipped, cora, later(20), later(11)).await.unwrap();
    assert_eq!(in_force(20).await, Some(shipped), "the way back needs no new approval");
    let report = store.verify(Some("policy")).await.unwrap();
    assert_eq!(report.first_break, None);
    assert!(report.events >= 7, "{report:?}");
}

pub async fn an_author_never_approves_their_own_policy(db: &TestDatabase) {
    let store = &db.store;
    let cora = person(store, "cora", Role::Compliance).await;
    let dora = person(store, "dora", Role::Compliance).await;
    let (shipped, first) = files("a = 1\n");
    store.bootstrap_policy(shipped, &first, noon()).await.unwrap();
    let (other, second) = files("a = 2\n");
    assert!(store.draft_policy(other, &second, None, later(1)).await.unwrap(), "by the engine");
    store.mark_backtested(other, &mark(shipped, 0)).await.unwrap();
    let why = refused(store.approve_policy(other, dora, None, later(2))).await;
    assert!(why.contains("nobody stands for"), "{why}");
    assert!(store.draft_policy(other, &second, Some(cora), later(2)).await.unwrap());
    assert!(!store.draft_policy(other, &second, Some(dora), later(2)).await.unwrap());
    let why = refused(store.approve_policy(other, cora, None, later(3))).await;
    assert!(why.contains("of their own"), "{why}");
    let mut raw = Raw::connect(db).await;
    let by_author = "UPDATE policy_draft SET approved_by = author, approved_at = 1";
    assert!(raw.execute(by_author).await.is_err(), "the database refuses it too");
    store.approve_policy(other, dora, None, later(3)).await.unwrap();
    let draft = &store.policy_drafts().await.unwrap()[0];
    assert_eq!((draft.author, draft.approved), (Some(cora), Some((dora, later(3)))));
}

pub async fn the_database_puts_no_unapproved_policy_in_force(db: &TestDatabase) {
    let (_, _, ana, _) = drafted(&db.store).await;
    let mut raw = Raw::connect(db).await;
    let ana = ana.0.simple();
    let person = if db.store.is_postgres() { format!("'{ana}'") } else { format!("x'{ana}'") };
    for (text, why) in [
        (
            format!(
                "INSERT INTO policy_activation (hash, origin, from_at, activated_by, recorded_at) \
                 SELECT hash, 'person', 1, {person}, 1 FROM policy_draft"
            ),
            "an unapproved draft",
        ),
        (
            "INSERT INTO policy_activation (hash, origin, from_at, recorded_at) \
             SELECT hash, 'bootstrap', 1, 1 FROM policy_draft"
                .to_owned(),
            "a second bootstrap",
        ),
        ("UPDATE policy_activation SET from_at = from_at + 1".to_owned(), "a moved instant"),
        ("DELETE FROM policy_activation".to_owned(), "a forgotten activation"),
        ("UPDATE policy_revision SET files = '{}'".to_owned(), "other contents"),
    ] {
        assert!(raw.execute(&text).await.is_err(), "{why}");
    }
}

pub async fn verify_finds_a_changed_byte_of_a_policy(db: &TestDatabase) {
    let (shipped, other, _, cora) = drafted(&db.store).await;
    db.store.mark_backtested(other, &mark(shipped, 0)).await.unwrap();
    db.store.approve_policy(other, cora, None, later(3)).await.unwrap();
    db.store.activate_policy(other, cora, later(4), later(4)).await.unwrap();
    assert!(db.store.verify(None).await.unwrap().first_break.is_none());
    let mut raw = Raw::connect(db).await;
    let unlock = if db.store.is_postgres() {
        "ALTER TABLE policy_revision DISABLE TRIGGER USER"
    } else {
        "DROP TRIGGER policy_revision_keeps_its_text"
    };
    raw.execute(unlock).await.unwrap();
    raw.execute("UPDATE policy_revision SET files = replace(files, 'a = 2', 'a = 3')")
        .await
        .unwrap();
    let found = db.store.verify(None).await.unwrap().first_break.unwrap();
    assert_eq!((found.stream.as_str(), found.seq), ("policy", 0));
    assert!(found.what.contains("files"), "{found:?}");
    assert!(db.store.load_revision(other).await.is_err(), "it is not used either");
}
