//! The straight ways in, and what each step refuses.

use jiff::SignedDuration;
use tierline::domain::actor::Role;

use super::browser::SECRET;
use super::on_both;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invited_person_chooses_a_secret_sets_up_a_code_and_is_in() {
    on_both(async |site| {
        let mut rosa = site.browser();
        assert_eq!(rosa.get("/").await.to, "/sign-in");
        let invitation = site.invitation("dana", Role::Agent).await;
        for _ in 0..2 {
            let page = rosa.get(&invitation).await;
            assert!(page.status == 200 && page.html.contains("dana"), "a look uses nothing up");
        }
        let weak = rosa
            .post(&invitation, &[("secret", "passwordpassword"), ("again", "passwordpassword")])
            .await;
        assert!(weak.status == 422 && weak.html.contains("soon be guessed"), "{}", weak.html);
        let differing = rosa.post(&invitation, &[("secret", SECRET), ("again", "other")]).await;
        assert!(differing.status == 422 && differing.html.contains("not the same"));
        let kept = rosa.post(&invitation, &[("secret", SECRET), ("again", SECRET)]).await;
        assert_eq!((kept.status, kept.to.as_str()), (303, "/sign-in"));
        assert_eq!(rosa.get(&invitation).await.status, 404, "a link works once");

        let half = rosa.show_secret("dana", SECRET).await;
        assert_eq!(half.to, "/sign-in/code?next=%2F");
        for part in ["__Host-tierline=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(half.set_cookie.contains(part), "{}", half.set_cookie);
        }
        assert!(rosa.get("/").await.to.starts_with("/sign-in"), "half a sign-in opens nothing");
        let page = rosa.get("/sign-in/code").await.html;
        assert!(page.contains("picture.svg") && page.contains("Type this key"), "{page}");
        let picture = rosa.get("/sign-in/picture.svg").await;
        assert!(picture.status == 200 && picture.html.contains("<svg"));
        let wrong = rosa.show_code("000000").await;
        assert!(wrong.status == 422 && wrong.html.contains("wrong or was used"), "{}", wrong.html);
        let whole = rosa.show_code(&site.code_of("dana").await).await;
        assert_eq!(whole.html.matches("<li><code>").count(), 10, "{}", whole.html);
        assert_eq!(rosa.get("/").await.status, 200);
        assert_eq!(rosa.get("/sign-in/picture.svg").await.status, 404, "the seed is shown no more");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invitation_is_over_after_a_day() {
    on_both(async |site| {
        let invitation = site.invitation("dana", Role::Agent).await;
        site.clock().advance(SignedDuration::from_hours(24));
        let mut browser = site.browser();
        assert_eq!(browser.get(&invitation).await.status, 404);
        let form = [("secret", SECRET), ("again", SECRET)];
        assert_eq!(browser.post(&invitation, &form).await.status, 404);
        assert_eq!(browser.get("/invitations/nonsense").await.status, 404);
        let refused = browser.show_secret("dana", SECRET).await;
        assert_eq!(refused.status, 422, "who accepted nothing has no secret");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_code_opens_once() {
    on_both(async |site| {
        let (_, codes) = site.signed_in("dana", Role::Agent).await;
        let mut first = site.browser();
        first.show_secret("dana", SECRET).await;
        assert_eq!(first.show_code(&codes[3].to_uppercase()).await.status, 303);
        assert_eq!(first.get("/").await.status, 200);
        let mut second = site.browser();
        second.show_secret("dana", SECRET).await;
        assert_eq!(second.show_code(&codes[3]).await.status, 422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_leads_back_to_the_page_that_was_asked_for() {
    on_both(async |site| {
        site.signed_in("dana", Role::Agent).await;
        site.clock().advance(SignedDuration::from_secs(60));
        let mut browser = site.browser();
        let asked = browser.get("/tickets/TL-4821-0973-5522").await.to;
        assert_eq!(asked, "/sign-in?next=%2Ftickets%2FTL-4821-0973-5522");
        let form = [("name", "dana"), ("secret", SECRET), ("next", "/tickets/TL-4821-0973-5522")];
        let half = browser.post("/sign-in", &form).await;
        assert_eq!(half.to, "/sign-in/code?next=%2Ftickets%2FTL-4821-0973-5522");
        let code = site.code_of("dana").await;
        let form = [("code", code.as_str()), ("next", "//evil.example.com")];
        assert_eq!(browser.post("/sign-in/code", &form).await.to, "/", "never another host");
    })
    .await;
}
