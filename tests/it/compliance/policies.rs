//! A policy revision is compared, approved and put in force from its page.

use tierline::domain::actor::Role;
use tierline::domain::digest::Digest;
use tierline::domain::id::PersonId;
use tierline::domain::policy::revision;
use tierline::domain::policy_life::BacktestMark;

use crate::sign_in::browser::{SECRET, Site};
use crate::sign_in::on_both;

/// The desk's policy is in force, and `author` drafted another whose backtest
/// lost so many statutory clocks: its hash and its path.
async fn draft(site: &Site, author: PersonId, lost: u64) -> (Digest, String) {
    let (store, now) = (site.desk.store(), site.desk.app.now());
    let standing = site.desk.app.standing();
    let mut files = standing.desk.policy.files.clone();
    let base = revision(&files);
    store.bootstrap_policy(base, &files, now).await.unwrap();
    let text = files.get_mut("categories/escrow.toml").unwrap();
    assert!(text.contains("weight = 0.7"));
    *text = text.replacen("weight = 0.7", "weight = 0.8", 1);
    let hash = revision(&files);
    assert!(store.draft_policy(hash, &files, Some(author), now).await.unwrap());
    let mark = BacktestMark { at: now, base, mails: 10, lost };
    store.mark_backtested(hash, &mark).await.unwrap();
    (hash, format!("/policies/{}", &hash.hex()[..12]))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_reads_what_a_revision_changes_and_puts_it_in_force() {
    on_both(async |site| {
        let (hash, path) = draft(site, site.desk.ana, 2).await;
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        let list = dora.get("/policies").await.html;
        assert!(list.contains(&path) && list.contains("in force") && list.contains("backtested"));
        let page = dora.get(&path).await.html;
        for part in [
            "category escrow, evidence escrow.word, weight: 0.7 → 0.8",
            "<del>-  weight &#x3D; 0.7</del>",
            "<ins>+  weight &#x3D; 0.8</ins>",
            "2 statutory clocks lost",
            "1 lines new, 1 gone",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("Put in force</h3>"), "not approved yet");
        let approve = format!("{path}/approve");
        let wrong = [("secret", "a wrong and long one"), ("despite", "spam was taken for one")];
        let wrong = dora.post(&approve, &wrong).await;
        assert!(wrong.status == 422 && wrong.html.contains("spam was taken for one</textarea>"));
        let silent = dora.post(&approve, &[("secret", SECRET)]).await;
        assert!(silent.status == 422 && silent.html.contains("lost 2 statutory clocks"));
        let early = dora.post(&format!("{path}/activate"), &[("secret", SECRET)]).await;
        assert!(early.status == 422 && early.html.contains("not approved"), "{}", early.html);
        let form = [("secret", SECRET), ("despite", "spam was taken for one")];
        let done = dora.post(&approve, &form).await;
        assert_eq!((done.status, &done.to), (303, &path), "{}", done.html);
        let twice = dora.post(&approve, &form).await;
        assert!(twice.status == 409 && twice.html.contains("dora approved it already"));

        let (mut olga, _) = site.signed_in("olga", Role::Operator).await;
        let page = olga.get(&path).await.html;
        assert!(page.contains("Put in force</h3>") && !page.contains("/approve\""), "{page}");
        assert_eq!(olga.post(&approve, &form).await.status, 404);
        let activate = format!("{path}/activate");
        let past = [("secret", SECRET), ("from", "2020-01-01T00:00")];
        let past = olga.post(&activate, &past).await;
        assert!(past.status == 422 && past.html.contains("instant that has passed"));
        assert_eq!(olga.post(&activate, &[("secret", SECRET)]).await.status, 303);
        let in_force = site.desk.store().find_policy_in_force(site.desk.app.now()).await.unwrap();
        assert_eq!(in_force, Some(hash));
        assert_eq!(site.desk.app.standing().desk.policy.revision, hash.hex(), "taken up at once");
        let events = site.desk.store().events_of("policy").await.unwrap();
        let acts: Vec<(String, String)> =
            events.into_iter().map(|line| (line.event.kind, line.event.actor)).collect();
        for (name, kind) in [("dora", "policy_approved"), ("olga", "policy_activated")] {
            let by = format!("person:{}", site.id_of(name).await);
            assert!(acts.contains(&(kind.to_owned(), by)), "{acts:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_approves_a_revision_of_their_own_and_agents_see_none() {
    on_both(async |site| {
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        let (_, path) = draft(site, site.id_of("dora").await, 0).await;
        let page = dora.get(&path).await.html;
        assert!(page.contains("nobody approves a policy of their own"), "{page}");
        let own = dora.post(&format!("{path}/approve"), &[("secret", SECRET)]).await;
        assert!(own.status == 422 && own.html.contains("of their own"), "{}", own.html);
        let (mut agent, _) = site.signed_in("dana", Role::Agent).await;
        for path in ["/policies", &path] {
            assert_eq!(agent.get(path).await.status, 404);
        }
        let (mut auditor, _) = site.signed_in("lou", Role::Auditor).await;
        let page = auditor.get(&path).await.html;
        assert!(page.contains("What changes") && !page.contains("Approve</h3>"), "{page}");
        for act in ["approve", "activate"] {
            let form = [("secret", SECRET)];
            assert_eq!(auditor.post(&format!("{path}/{act}"), &form).await.status, 404);
        }
    })
    .await;
}
