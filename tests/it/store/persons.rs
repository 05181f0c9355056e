//! Persons, wording, policy revisions, jobs.

use secrecy::SecretString;
use tierline::domain::actor::Role;
use tierline::domain::digest::Digest;
use tierline::domain::policy::PolicyFiles;
use tierline::store::StoreError;
use tierline::store::template::{NewTemplateVersion, TemplateState};

use super::fixture::{later, noon, person, template_hash, wording};
use super::safety::Raw;
use crate::harness::database::TestDatabase;

pub async fn nobody_approves_their_own_wording(db: &TestDatabase) {
    let store = &db.store;
    let cora = person(store, "cora", Role::Compliance).await;
    let sam = person(store, "sam", Role::Supervisor).await;
    let second = person(store, "second compliance officer", Role::Compliance).await;
    let version: NewTemplateVersion = wording(store, cora).await;
    assert!(!store.import_template_version(&version, noon()).await.unwrap(), "kept already");
    let refused = store.approve(version.hash, cora, later(1)).await.unwrap_err();
    assert!(refused.to_string().contains("of their own"), "{refused}");
    let refused = store.approve(version.hash, sam, later(1)).await.unwrap_err();
    assert!(refused.to_string().contains("compliance officer"), "{refused}");
    assert!(matches!(
        store.approve(Digest::of(b"unknown"), second, later(1)).await,
        Err(StoreError::Absent(_))
    ));
    let mut raw = Raw::connect(db).await;
    let refused = raw
        .execute(
            "UPDATE template_version SET state = 'approved', approved_by = author, approved_at = 1",
        )
        .await;
    assert!(refused.is_err(), "the database refuses it too");
    assert!(store.find_approved("ack_general", "en", later(9)).await.unwrap().is_none());
    store.approve(version.hash, second, later(2)).await.unwrap();
    let found = store.find_approved("ack_general", "en", later(9)).await.unwrap().unwrap();
    assert_eq!((found.hash, found.state), (template_hash(), TemplateState::Approved));
    assert_eq!((found.author, found.approved_by), (cora, Some(second)));
    assert!(store.find_approved("ack_general", "en", later(1)).await.unwrap().is_none());
    assert!(store.find_approved("ack_general", "es", later(9)).await.unwrap().is_none());
    assert!(store.approve(version.hash, second, later(3)).await.is_err(), "approved already");
}

pub async fn what_is_changed_in_wording_behind_our_back_is_found(db: &TestDatabase) {
    let store = &db.store;
    let ana = person(store, "ana", Role::Agent).await;
    let cora = person(store, "cora", Role::Compliance).await;
    let dora = person(store, "dora", Role::Compliance).await;
    let version = wording(store, ana).await;
    assert_eq!(store.verify(None).await.unwrap().first_break, None);
    let mut raw = Raw::connect(db).await;
    for change in ["body_text = 'Pay now.'", "subject = 'x'", "author = approved_by", "name = 'x'"]
    {
        let refused = raw.execute(&format!("UPDATE template_version SET {change}")).await;
        assert!(refused.is_err(), "{change}");
    }
    assert!(raw.execute("DELETE FROM template_version").await.is_err());
    // an approval that nobody gave
    let person_of = |name: &str| format!("(SELECT id FROM person WHERE name = '{name}')");
    let approve = |name: &str| {
        let by = person_of(name);
        format!(
            "UPDATE template_version SET state = 'approved', approved_by = {by}, approved_at = 1"
        )
    };
    raw.execute(&approve("cora")).await.unwrap();
    let found = store.verify(None).await.unwrap().first_break.unwrap();
    assert_eq!(
        (found.stream.as_str(), found.what),
        ("template:ack_general", "a version is approved and nobody approved it")
    );
    raw.execute("UPDATE template_version SET state = 'in_review'").await.unwrap();
    store.approve(version.hash, cora, later(1)).await.unwrap();
    assert_eq!(store.verify(None).await.unwrap().first_break, None);
    // an approval given by another, for longer
    raw.execute(&approve("dora")).await.unwrap();
    assert!(store.verify(None).await.unwrap().first_break.is_some(), "{dora}");
    raw.execute(&approve("cora")).await.unwrap();
    raw.execute("UPDATE template_version SET effective_to_at = 4102444800000000").await.unwrap();
    assert!(store.verify(None).await.unwrap().first_break.is_some());
    raw.execute("UPDATE template_version SET effective_to_at = NULL").await.unwrap();
    assert_eq!(store.verify(None).await.unwrap().first_break, None);
    // what no guard of the database covers
    raw.execute("UPDATE template_version SET purpose = 'another'").await.unwrap();
    let found = store.verify(Some("template:ack_general")).await.unwrap().first_break.unwrap();
    assert_eq!(found.what, "the wording of a version was changed");
}

pub async fn only_the_right_secret_opens(db: &TestDatabase) {
    let ana = person(&db.store, "ana", Role::Agent).await;
    let right = SecretString::from("correct horse battery");
    let found = db.store.check_secret("ana", &right).await.unwrap().unwrap();
    assert_eq!((found.id, found.role), (ana, Role::Agent));
    let wrong = SecretString::from("incorrect horse battery");
    assert!(db.store.check_secret("ana", &wrong).await.unwrap().is_none());
    assert!(db.store.check_secret("nobody", &right).await.unwrap().is_none());
    let short = SecretString::from("short");
    let add = db.store.add_person("eve", Role::Agent, &short, "engine", noon()).await;
    assert!(matches!(add, Err(StoreError::Refused(_))));
    let twice = db.store.add_person("ana", Role::Agent, &right, "engine", noon()).await;
    assert!(matches!(twice, Err(StoreError::Refused(_))), "{twice:?}");
    db.store.change_secret(ana, &wrong, "person:otto", later(1)).await.unwrap();
    assert!(db.store.check_secret("ana", &right).await.unwrap().is_none());
    assert!(db.store.check_secret("ana", &wrong).await.unwrap().is_some());
    assert_eq!(db.store.persons().await.unwrap().len(), 1);
}

pub async fn a_revision_is_kept_in_full(db: &TestDatabase) {
    let files = PolicyFiles::from([("queues.toml".to_owned(), "[escrow]\ntier = 1\n".to_owned())]);
    let hash = tierline::domain::policy::revision(&files);
    assert!(db.store.keep_revision(hash, &files, noon()).await.unwrap());
    assert!(!db.store.keep_revision(hash, &files, later(1)).await.unwrap());
    assert_eq!(db.store.load_revision(hash).await.unwrap(), files);
    assert!(db.store.load_revision(Digest::of(b"other")).await.is_err());
}

pub async fn a_due_job_is_claimed_once(db: &TestDatabase) {
    let other = db.second().await;
    db.store.ensure_job("digest", later(5)).await.unwrap();
    db.store.ensure_job("digest", later(60)).await.unwrap();
    assert!(!db.store.claim_job("digest", later(4), later(60)).await.unwrap(), "not due yet");
    let (left, right) = tokio::join!(
        db.store.claim_job("digest", later(5), later(60)),
        other.claim_job("digest", later(5), later(60)),
    );
    assert!(left.unwrap() ^ right.unwrap());
    let jobs = db.store.jobs().await.unwrap();
    assert_eq!((jobs[0].last_run_at, jobs[0].next_run_at), (Some(later(5)), later(60)));
}
