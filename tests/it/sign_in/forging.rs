//! Forms from elsewhere: another site's page, another session's mark.

use tierline::domain::actor::Role;

use super::browser::SECRET;
use super::on_both;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_on_another_site_changes_nothing() {
    on_both(async |site| {
        let (mut dana, _) = site.signed_in("dana", Role::Agent).await;
        let mark = dana.mark().await;
        let form = [("mark", mark.as_str())];
        for origin in ["", "null", "https://evil.example.com", "http://127.0.0.1:1"] {
            let answer = dana.post_from(origin, "/sign-out", &form).await;
            assert_eq!(answer.status, 403, "{origin:?}");
        }
        let stolen = [("name", "dana"), ("secret", SECRET)];
        let mut victim = site.browser();
        let planted = victim.post_from("https://evil.example.com", "/sign-in", &stolen).await;
        assert_eq!((planted.status, victim.cookie.as_ref()), (403, None));
        assert_eq!(dana.get("/").await.status, 200, "still signed in");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_without_the_mark_of_its_session_changes_nothing() {
    on_both(async |site| {
        let (mut dana, _) = site.signed_in("dana", Role::Agent).await;
        let (mut lee, _) = site.signed_in("lee", Role::Agent).await;
        let of_lee = lee.mark().await;
        let origin = format!("http://{}", site.address);
        for mark in ["", "x", &of_lee] {
            let answer = dana.post_from(&origin, "/sign-out", &[("mark", mark)]).await;
            assert_eq!(answer.status, 403, "{mark}");
        }
        assert_eq!(dana.get("/").await.status, 200);
        let large = "x".repeat(600_000);
        let answer = dana.post_from(&origin, "/sign-out", &[("mark", &large)]).await;
        assert_eq!(answer.status, 413);
    })
    .await;
}
