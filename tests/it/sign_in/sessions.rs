//! Sessions end when they should, and a token is worth nothing afterwards.

use jiff::SignedDuration;
use tierline::domain::actor::Role;

use super::browser::SECRET;
use super::on_both;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_from_before_the_code_leads_nowhere_afterwards() {
    on_both(async |site| {
        site.signed_in("dana", Role::Agent).await;
        site.clock().advance(SignedDuration::from_secs(60));
        let mut browser = site.browser();
        browser.show_secret("dana", SECRET).await;
        let planted = browser.cookie.clone();
        browser.show_code(&site.code_of("dana").await).await;
        assert_ne!(browser.cookie, planted);
        assert_eq!(browser.get("/").await.status, 200);
        browser.cookie = planted;
        assert_eq!(browser.get("/").await.to, "/sign-in");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_by_silence_by_age_and_by_sign_out() {
    on_both(async |site| {
        let (mut silent, _) = site.signed_in("dana", Role::Agent).await;
        site.clock().advance(SignedDuration::from_mins(15));
        assert_eq!(silent.get("/").await.to, "/sign-in");

        let (mut busy, _) = site.signed_in("lee", Role::Agent).await;
        for _ in 0..59 {
            site.clock().advance(SignedDuration::from_mins(10));
            assert_eq!(busy.get("/").await.status, 200);
        }
        site.clock().advance(SignedDuration::from_mins(10));
        assert_eq!(busy.get("/").await.to, "/sign-in", "ten hours are enough");

        let (mut leaving, _) = site.signed_in("kim", Role::Agent).await;
        let kept = leaving.cookie.clone();
        let out = leaving.post("/sign-out", &[]).await;
        assert_eq!((out.status, leaving.cookie.as_ref()), (303, None), "{}", out.set_cookie);
        leaving.cookie = kept;
        assert_eq!(leaving.get("/").await.to, "/sign-in", "the old token is worth nothing");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_sees_their_sessions_and_ends_the_others() {
    on_both(async |site| {
        let (mut here, codes) = site.signed_in("dana", Role::Agent).await;
        let mut elsewhere = site.browser();
        elsewhere.show_secret("dana", SECRET).await;
        elsewhere.show_code(&codes[0]).await;
        assert_eq!(here.get("/account").await.html.matches("<tr><th scope=\"row\">").count(), 2);
        assert_eq!(here.post("/account/sign-out-elsewhere", &[]).await.status, 303);
        assert_eq!(elsewhere.get("/").await.to, "/sign-in");
        assert_eq!(here.get("/").await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_role_another_secret_or_a_reset_ends_every_session() {
    on_both(async |site| {
        let store = &site.desk.app.store;
        let (mut first, _) = site.signed_in("dana", Role::Supervisor).await;
        let now = site.desk.app.now();
        let dana = site.id_of("dana").await;
        store.change_role(dana, Role::Agent, "engine", now).await.unwrap();
        assert_eq!(first.get("/").await.to, "/sign-in");

        let (mut second, codes) = site.signed_in("lee", Role::Agent).await;
        let lee = site.id_of("lee").await;
        store.reset_second_factor(lee, "engine", now).await.unwrap();
        assert_eq!(second.get("/").await.to, "/sign-in");
        second.show_secret("lee", SECRET).await;
        assert!(second.get("/sign-in/code").await.html.contains("picture.svg"), "sets up another");
        assert_eq!(second.show_code(&codes[0]).await.status, 422, "old recovery codes are gone");
        assert_eq!(store.verify(None).await.unwrap().first_break, None);
    })
    .await;
}
