//! A wording is read, released, sent back, withdrawn and stopped from its page.

use tierline::app::{approve, shipped};
use tierline::domain::actor::Role;
use tierline::domain::id::PersonId;
use tierline::postage::render::Renderer;
use tierline::store::template::TemplateState;

use crate::sign_in::browser::{Answer, Browser, SECRET, Site};
use crate::sign_in::on_both;

const CHECKLIST: [(&str, &str); 4] =
    [("read", "yes"), ("law", "yes"), ("language", "yes"), ("dates", "yes")];

/// `author` changes the sentence about the answer in one language; the path of
/// the new version.
async fn draft(site: &Site, locale: &str, former: &str, new: &str, author: PersonId) -> String {
    let mut sources = shipped::templates(None).unwrap();
    for part in ["txt", "html"] {
        let text = sources.get_mut(&format!("ack_general/{locale}.{part}.hbs")).unwrap();
        assert!(text.contains(former), "{text}");
        *text = text.replace(former, new);
    }
    let renderer = Renderer::load(&sources).unwrap();
    let wording = approve::wording(renderer.version("ack_general", locale).unwrap(), author);
    let now = site.desk.app.now();
    assert!(site.desk.store().import_template_version(&wording, now).await.unwrap());
    format!("/templates/ack_general/{}", &wording.hash.hex()[..12])
}

async fn english(site: &Site, author: PersonId) -> String {
    draft(site, "en", "expect an answer by", "expect an answer before", author).await
}

async fn state(site: &Site, path: &str) -> TemplateState {
    let versions = site.desk.store().template_versions().await.unwrap();
    let digits = path.rsplit('/').next().unwrap();
    versions.iter().find(|one| one.hash.hex().starts_with(digits)).unwrap().state
}

async fn act(browser: &mut Browser, path: &str, act: &str, fields: &[(&str, &str)]) -> Answer {
    let form: Vec<_> = fields.iter().chain(&[("state", "in_review")]).copied().collect();
    browser.post(&format!("{path}/{act}"), &form).await
}

fn release<'a>(secret: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    CHECKLIST.iter().chain(&[("secret", secret)]).chain(more).copied().collect()
}

async fn kinds(site: &Site) -> Vec<(String, String)> {
    let events = site.desk.store().events_of("template:ack_general").await.unwrap();
    events.into_iter().map(|line| (line.event.kind, line.event.actor)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_officer_reads_what_changes_and_releases_both_languages_with_the_secret() {
    on_both(async |site| {
        let path = english(site, site.desk.ana).await;
        let spanish = draft(site, "es", "a más tardar el", "antes del", site.desk.ana).await;
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        let list = dora.get("/templates?state=in_review").await.html;
        assert!(list.contains(&path) && list.contains(&spanish) && list.contains("ana"), "{list}");
        let page = dora.get(&path).await;
        for part in [
            "removed: </span>by</del>",
            "added: </span>before</ins>",
            "1 words removed, 1 added",
            "No field, no link",
            "<iframe class=\"sheet\" sandbox",
            "no loan on file",
            "We received your email on November 20, 2026",
        ] {
            assert!(page.html.contains(part), "{part}: {}", page.html);
        }
        assert!(page.policy().contains("frame-src 'self'"), "{}", page.policy());

        let unticked = act(&mut dora, &path, "approve", &[("secret", SECRET)]).await;
        assert!(unticked.status == 422 && unticked.html.contains("every line of the checklist"));
        let form = release("not the secret at all", &[("from", "2026-12-31T09:00")]);
        let wrong = act(&mut dora, &path, "approve", &form).await;
        assert!(
            wrong.status == 422 && wrong.html.contains("The secret is wrong"),
            "{}",
            wrong.html
        );
        assert!(
            wrong.html.contains("value=\"2026-12-31T09:00\"") && wrong.html.contains(" checked>")
        );
        assert!(!wrong.html.contains("not the secret at all"));
        assert_eq!(state(site, &path).await, TemplateState::InReview);

        let versions = site.desk.store().template_versions().await.unwrap();
        let digits = spanish.rsplit('/').next().unwrap();
        let pair = versions.iter().find(|one| one.hash.hex().starts_with(digits)).unwrap();
        let hash = pair.hash.hex();
        let done = act(&mut dora, &path, "approve", &release(SECRET, &[("pair", &hash)])).await;
        assert_eq!((done.status, done.to.as_str()), (303, path.as_str()), "{}", done.html);
        for one in [&path, &spanish] {
            assert_eq!(state(site, one).await, TemplateState::Approved);
        }
        let by = format!("person:{}", site.id_of("dora").await);
        let approvals = kinds(site).await.into_iter().filter(|one| one.1 == by).count();
        assert_eq!(approvals, 2, "one event for each language");
        let page = dora.get(&path).await.html;
        assert!(page.contains("dora, <time"), "{page}");

        let late = act(&mut dora, &path, "approve", &release(SECRET, &[])).await;
        assert!(late.status == 409 && late.html.contains("dora approved it"), "{}", late.html);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_the_secret_before_an_act_are_slowed_like_those_at_the_door() {
    on_both(async |site| {
        let path = english(site, site.desk.ana).await;
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        for _ in 0..5 {
            let form = release("a guess that is long enough", &[]);
            let answer = act(&mut dora, &path, "approve", &form).await;
            assert!(answer.html.contains("The secret is wrong"), "{}", answer.html);
        }
        let slowed = act(&mut dora, &path, "approve", &release(SECRET, &[])).await;
        assert!(slowed.status == 422 && slowed.html.contains("Wait 1 seconds"), "{}", slowed.html);
        assert_eq!(state(site, &path).await, TemplateState::InReview);
        let elsewhere = site.browser().show_secret("dora", SECRET).await;
        assert!(elsewhere.html.contains("Wait 1 seconds"), "the same count: {}", elsewhere.html);
        site.clock().advance(jiff::SignedDuration::from_secs(1));
        assert_eq!(act(&mut dora, &path, "approve", &release(SECRET, &[])).await.status, 303);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_releases_a_wording_of_their_own_and_only_officers_release() {
    on_both(async |site| {
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        let path = english(site, site.id_of("dora").await).await;
        let page = dora.get(&path).await.html;
        assert!(page.contains("You wrote this wording") && !page.contains("Checklist"), "{page}");
        let own = act(&mut dora, &path, "approve", &release(SECRET, &[])).await;
        assert!(own.status == 422 && own.html.contains("of their own"), "{}", own.html);
        for role in [Role::Agent, Role::Supervisor, Role::Auditor] {
            let (mut other, _) = site.signed_in(role.word(), role).await;
            let page = other.get(&path).await.html;
            assert!(page.contains("What changes") && !page.contains("<textarea"), "{page}");
            for act_name in ["approve", "send-back", "withdraw", "stop", "start"] {
                let answer = act(&mut other, &path, act_name, &release(SECRET, &[])).await;
                assert_eq!(answer.status, 404, "{role} {act_name}");
            }
        }
        let (mut operator, _) = site.signed_in("olga", Role::Operator).await;
        assert_eq!(operator.get(&path).await.status, 404);
        assert_eq!(operator.get(&format!("{path}/preview")).await.status, 404);
        assert_eq!(state(site, &path).await, TemplateState::InReview);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wording_is_sent_back_with_words_and_submitted_again_by_its_author() {
    on_both(async |site| {
        let (mut wren, _) = site.signed_in("wren", Role::Agent).await;
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        let path = english(site, site.id_of("wren").await).await;
        let silent = act(&mut dora, &path, "send-back", &[("comment", " ")]).await;
        assert!(silent.status == 422 && silent.html.contains("href=\"#comment\""));
        let comment = "<script>alert(1)</script> \"too\" hard & long";
        let back = act(&mut dora, &path, "send-back", &[("comment", comment)]).await;
        assert_eq!(back.status, 303);
        let page = wren.get(&path).await.html;
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"), "{page}");
        assert!(page.contains("Sent back by dora") && page.contains("Ask for a review"), "{page}");
        assert_eq!(dora.post(&format!("{path}/submit"), &[]).await.status, 422, "not the author");
        assert_eq!(wren.post(&format!("{path}/submit"), &[]).await.status, 303);
        assert_eq!(state(site, &path).await, TemplateState::InReview);
        let kinds: Vec<String> = kinds(site).await.into_iter().map(|one| one.0).collect();
        assert!(kinds.ends_with(&["template_rejected".into(), "template_submitted".into()]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_is_withdrawn_and_a_template_stopped_and_started_from_the_page() {
    on_both(async |site| {
        let path = english(site, site.desk.ana).await;
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        assert_eq!(act(&mut dora, &path, "stop", &[]).await.status, 422, "without a reason");
        let stopped = act(&mut dora, &path, "stop", &[("reason", "a wrong address")]).await;
        assert_eq!(stopped.status, 303);
        let page = dora.get(&path).await.html;
        assert!(page.contains("nothing of it is sent") && page.contains("a wrong address"));
        assert!(dora.get("/templates").await.html.contains("ack_general is stopped"));
        assert_eq!(act(&mut dora, &path, "start", &[]).await.status, 422, "without the secret");
        let secret = [("secret", SECRET)];
        assert_eq!(act(&mut dora, &path, "start", &secret).await.status, 303);
        assert_eq!(act(&mut dora, &path, "start", &secret).await.status, 409);
        assert_eq!(act(&mut dora, &path, "withdraw", &[]).await.status, 422);
        assert_eq!(act(&mut dora, &path, "withdraw", &secret).await.status, 303);
        assert_eq!(state(site, &path).await, TemplateState::Retired);
        assert_eq!(act(&mut dora, &path, "withdraw", &secret).await.status, 409);
        assert_eq!(act(&mut dora, &path, "burn", &secret).await.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_letter_in_the_frame_can_run_and_load_nothing() {
    on_both(async |site| {
        let path = english(site, site.desk.ana).await;
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        let frame = dora.get(&format!("{path}/preview?sample=0")).await;
        assert!(frame.html.contains("You can expect an answer before"), "{}", frame.html);
        let policy = frame.policy();
        for part in
            ["default-src 'none'", "frame-ancestors 'self'", "sandbox", "form-action 'none'"]
        {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("allow-"), "{policy}");
        let hostile = dora.get(&format!("{path}/preview?sample=3")).await.html;
        assert!(!hostile.contains("<b onclick"), "{hostile}");
        assert_eq!(dora.get(&format!("{path}/preview?sample=99")).await.status, 404);
        assert_eq!(dora.get(&format!("{path}?sample=99")).await.status, 200);
    })
    .await;
}
