//! The life of a letter, its leases, and what can go wrong on the way.

use jiff::SignedDuration;
use tierline::domain::clock::ClockState;
use tierline::domain::digest::Digest;
use tierline::domain::letter::LetterState;
use tierline::store::Store;
use tierline::store::outbox::{ClaimedLetter, HandOver};
use tierline::store::view::TicketDetail;

use super::fixture::number_of;
use super::fixture::{ROSA, Sample, approved_wording, later, noon, sample, template_hash};
use crate::harness::database::TestDatabase;

/// A store with `count` letters that may be sent.
async fn letters(db: &TestDatabase, count: u64) -> Vec<Sample> {
    approved_wording(&db.store).await;
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    let mut samples = Vec::new();
    for n in 0..count {
        let sample = sample(n, 0);
        sample.take_in(&db.store, mailbox).await.unwrap();
        samples.push(sample);
    }
    samples
}

async fn claim_one(store: &Store, minutes: i64) -> ClaimedLetter {
    let mut claimed =
        store.claim_letters("a", 10, later(minutes), later(minutes + 25)).await.unwrap();
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

async fn detail(store: &Store, sample: &Sample) -> TicketDetail {
    store.ticket_detail(&number_of(sample)).await.unwrap().unwrap()
}

fn kinds(detail: &TicketDetail) -> Vec<&str> {
    detail.events.iter().map(|line| line.event.kind.as_str()).collect()
}

pub async fn a_letter_meets_its_clock_when_handed_over(db: &TestDatabase) {
    let samples = letters(db, 1).await;
    let letter = claim_one(&db.store, 1).await;
    assert_eq!((letter.recipient.as_str(), letter.attempts), (ROSA, 1));
    assert_eq!(letter.bytes, samples[0].letters[0].bytes);
    assert_eq!(letter.message_id, samples[0].letters[0].intent.message_id);
    let refused = HandOver::Retry { at: later(5), code: Some(451), reply: "rosa is busy".into() };
    assert!(db.store.finish(letter.id, letter.fence, &refused, later(2)).await.unwrap());
    assert_eq!(db.store.next_letter_at().await.unwrap(), Some(later(5)));
    assert!(db.store.claim_letters("a", 10, later(4), later(30)).await.unwrap().is_empty());
    let letter = claim_one(&db.store, 90).await;
    assert_eq!(letter.attempts, 2);
    assert!(db.store.mark_payload(letter.id, letter.fence, later(90)).await.unwrap());
    let sent = HandOver::HandedOver { code: 250, reply: "ok".into() };
    assert!(db.store.finish(letter.id, letter.fence, &sent, later(91)).await.unwrap());
    let detail = detail(&db.store, &samples[0]).await;
    let clock = detail.clocks.iter().find(|clock| clock.kind == "NOE_ACK").unwrap();
    assert_eq!((clock.state, clock.met_at), (ClockState::Met, Some(later(91))));
    assert_eq!(clock.breached_at, Some(later(60)), "late, though no sweep had seen it yet");
    assert_eq!(clock.next_at, None);
    assert!(detail.clocks.iter().filter(|clock| clock.state == ClockState::Running).count() == 3);
    let told = &kinds(&detail)[6..];
    assert_eq!(told, ["letter_retryable", "letter_handed_over", "clock_breached", "clock_met"]);
    assert_eq!(detail.ticket.version, 2);
    assert_eq!(db.store.outbox_counts().await.unwrap()[&LetterState::HandedOver], 1);
    assert_eq!(db.store.outbox_oldest_at().await.unwrap(), None);
}

pub async fn two_senders_never_have_the_same_letter(db: &TestDatabase) {
    letters(db, 30).await;
    let other = db.second().await;
    let mut claimed = Vec::new();
    loop {
        let (left, right) = tokio::join!(
            db.store.claim_letters("a", 4, later(1), later(26)),
            other.claim_letters("b", 4, later(1), later(26)),
        );
        let both = [left.unwrap(), right.unwrap()].concat();
        if both.is_empty() {
            break;
        }
        claimed.extend(both.into_iter().map(|letter| letter.id));
    }
    claimed.sort();
    let all = claimed.len();
    claimed.dedup();
    assert_eq!((all, claimed.len()), (30, 30));
}

pub async fn a_lost_lease_sends_nothing_and_writes_nothing(db: &TestDatabase) {
    letters(db, 1).await;
    let first = claim_one(&db.store, 1).await;
    assert!(
        !db.store.mark_payload(first.id, first.fence, later(30)).await.unwrap(),
        "the lease is over, even before anybody took it"
    );
    assert_eq!(db.store.rescue_expired(later(30)).await.unwrap(), 1);
    let second = claim_one(&db.store, 31).await;
    assert!(second.fence > first.fence);
    assert!(!db.store.mark_payload(first.id, first.fence, later(32)).await.unwrap());
    let sent = HandOver::HandedOver { code: 250, reply: "ok".into() };
    assert!(!db.store.finish(first.id, first.fence, &sent, later(32)).await.unwrap());
    assert_eq!(db.store.outbox_counts().await.unwrap()[&LetterState::Sending], 1);
    assert!(db.store.mark_payload(second.id, second.fence, later(32)).await.unwrap());
    assert!(db.store.finish(second.id, second.fence, &sent, later(32)).await.unwrap());
}

pub async fn a_lease_that_ran_out_is_rescued_by_its_phase(db: &TestDatabase) {
    letters(db, 2).await;
    let claimed = db.store.claim_letters("a", 2, later(1), later(26)).await.unwrap();
    assert!(db.store.mark_payload(claimed[0].id, claimed[0].fence, later(2)).await.unwrap());
    assert_eq!(db.store.rescue_expired(later(25)).await.unwrap(), 0, "still under lease");
    assert_eq!(db.store.rescue_expired(later(26)).await.unwrap(), 2);
    let counts = db.store.outbox_counts().await.unwrap();
    assert_eq!((counts[&LetterState::Uncertain], counts[&LetterState::Retryable]), (1, 1));
    assert_eq!(claim_one(&db.store, 27).await.id, claimed[1].id);
}

pub async fn an_uncertain_receipt_goes_once_more_and_then_to_a_person(db: &TestDatabase) {
    let samples = letters(db, 1).await;
    let delay = SignedDuration::from_mins(15);
    let lost = HandOver::Uncertain { reply: "end of file".into() };
    let letter = claim_one(&db.store, 1).await;
    assert!(db.store.finish(letter.id, letter.fence, &lost, later(2)).await.unwrap());
    assert_eq!(db.store.resolve_uncertain_due(later(16), delay).await.unwrap(), 0, "too early");
    assert_eq!(db.store.resolve_uncertain_due(later(17), delay).await.unwrap(), 1);
    assert!(detail(&db.store, &samples[0]).await.tasks.is_empty());
    let again = claim_one(&db.store, 18).await;
    assert_eq!(again.bytes, letter.bytes, "byte for byte the same");
    assert!(db.store.finish(again.id, again.fence, &lost, later(19)).await.unwrap());
    assert_eq!(db.store.resolve_uncertain_due(later(60), delay).await.unwrap(), 0, "only once");
    let tasks = detail(&db.store, &samples[0]).await.tasks;
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].kind, "letter_uncertain");
    let open = db.store.open_tasks(10).await.unwrap();
    assert_eq!(
        (open.len(), open[0].id, &open[0].number),
        (1, tasks[0].id, &number_of(&samples[0]))
    );
    assert!(db.store.finish_task(open[0].id, "person:sam", later(61)).await.unwrap());
    assert!(!db.store.finish_task(open[0].id, "person:sam", later(62)).await.unwrap());
    assert!(db.store.open_tasks(10).await.unwrap().is_empty());
}

pub async fn an_expired_letter_is_discarded_and_a_person_is_told(db: &TestDatabase) {
    let samples = letters(db, 1).await;
    let last = 60 * 48;
    assert_eq!(db.store.discard_expired(later(last - 1)).await.unwrap(), 0);
    assert!(db.store.claim_letters("a", 1, later(last), later(last + 9)).await.unwrap().is_empty());
    assert_eq!(db.store.discard_expired(later(last)).await.unwrap(), 1);
    let detail = detail(&db.store, &samples[0]).await;
    assert_eq!(detail.letters[0].state, LetterState::Discarded);
    assert_eq!(detail.letters[0].reason.as_deref(), Some("expired"));
    assert_eq!(detail.tasks[0].kind, "letter_discarded");
    assert_eq!(detail.tasks[0].clock_kind.as_deref(), Some("NOE_ACK"));
    assert_eq!(detail.tasks[0].due_on, detail.clocks[0].internal_due_on);
}

pub async fn unapproved_wording_never_leaves(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    sample(1, 0).take_in(&db.store, mailbox).await.unwrap();
    assert!(db.store.claim_letters("a", 9, later(1), later(26)).await.unwrap().is_empty());
    let held = db
        .store
        .letters_held_for(&["template_not_approved", "template_retired"], 10)
        .await
        .unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].reason, "template_not_approved");
    assert_eq!(held[0].intent.recipient, ROSA);
    let released = db
        .store
        .release_held(held[0].id, b"bytes", template_hash(), "engine", later(2))
        .await
        .unwrap();
    assert!(!released, "nor by asking nicely");
}

pub async fn retired_wording_is_held_and_may_be_released_with_another(db: &TestDatabase) {
    let samples = letters(db, 1).await;
    let cora = db.store.find_person("cora").await.unwrap().unwrap().id;
    db.store.retire(template_hash(), cora, later(1)).await.unwrap();
    assert!(db.store.claim_letters("a", 9, later(1), later(26)).await.unwrap().is_empty());
    let held = db
        .store
        .letters_held_for(&["template_not_approved", "template_retired"], 10)
        .await
        .unwrap();
    assert_eq!(held[0].reason, "template_retired");
    let ana = db.store.find_person("ana").await.unwrap().unwrap().id;
    let newer = tierline::store::template::NewTemplateVersion {
        hash: Digest::of(b"newer"),
        name: "ack_general".into(),
        locale: "en".into(),
        subject: "Newer".into(),
        text: "Newer".into(),
        html: "Newer".into(),
        about: Default::default(),
        author: ana,
    };
    db.store.import_template_version(&newer, later(2)).await.unwrap();
    db.store.approve(newer.hash, cora, later(3)).await.unwrap();
    assert!(db.store.release_held(held[0].id, b"", newer.hash, "x", later(4)).await.is_err());
    let actor = format!("person:{cora}");
    assert!(db.store.release_held(held[0].id, b"new", newer.hash, &actor, later(4)).await.unwrap());
    assert_eq!(claim_one(&db.store, 5).await.bytes, b"new");
    let detail = detail(&db.store, &samples[0]).await;
    let released = detail.events.iter().find(|line| line.event.kind == "letter_released").unwrap();
    assert_eq!(released.event.actor, actor);
}

pub async fn a_person_settles_what_nobody_can_know(db: &TestDatabase) {
    let samples = letters(db, 2).await;
    let lost = HandOver::Uncertain { reply: "end of file".into() };
    for letter in db.store.claim_letters("a", 2, later(1), later(26)).await.unwrap() {
        assert!(db.store.finish(letter.id, letter.fence, &lost, later(2)).await.unwrap());
    }
    let ids: Vec<_> = samples.iter().map(|sample| sample.letters[0].intent.id).collect();
    assert!(db.store.settle_uncertain(ids[0], true, "person:sam", later(3)).await.unwrap());
    assert!(!db.store.settle_uncertain(ids[0], false, "person:sam", later(3)).await.unwrap());
    assert!(db.store.settle_uncertain(ids[1], false, "person:sam", later(3)).await.unwrap());
    let (first, second) =
        (detail(&db.store, &samples[0]).await, detail(&db.store, &samples[1]).await);
    assert_eq!(first.letters[0].state, LetterState::HandedOver);
    assert!(first.clocks.iter().any(|clock| clock.state == ClockState::Met));
    assert_eq!(second.letters[0].state, LetterState::Discarded);
    assert_eq!(second.tasks[0].kind, "letter_discarded");
    assert!(kinds(&second).contains(&"uncertain_letter_judged"));
}
