//! Guessing secrets and codes: slowed down, never told more than needed, and
//! nobody locked out.

use jiff::SignedDuration;
use tierline::domain::actor::Role;

use super::browser::SECRET;
use super::on_both;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_a_name_get_slower_whether_or_not_there_is_such_a_person() {
    on_both(async |site| {
        site.signed_in("dana", Role::Agent).await;
        for name in ["dana", "nobody"] {
            let mut browser = site.browser();
            for _ in 0..5 {
                let answer = browser.show_secret(name, "some other long secret").await;
                assert!(answer.html.contains("Name or secret is wrong"), "{}", answer.html);
            }
            let slowed = browser.show_secret(name, SECRET).await;
            assert!(slowed.html.contains("Wait 1 seconds"), "{name}: {}", slowed.html);
        }
        site.clock().advance(SignedDuration::from_secs(1));
        let right = site.browser().show_secret("dana", SECRET).await;
        assert_eq!(right.status, 303, "the person themself is not locked out");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_network_trying_many_names_is_slowed_and_others_are_not() {
    on_both(async |site| {
        site.signed_in("dana", Role::Agent).await;
        let mut guesser = site.browser();
        guesser.network = "198.51.100.7".to_owned();
        for n in 0..30 {
            guesser.show_secret(&format!("name{n}"), SECRET).await;
        }
        guesser.network = "198.51.100.99".to_owned();
        let slowed = guesser.show_secret("dana", SECRET).await;
        assert!(slowed.html.contains("Too many tries"), "{}", slowed.html);
        assert_eq!(site.browser().show_secret("dana", SECRET).await.status, 303);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_requests_with_one_code_one_is_let_in() {
    on_both(async |site| {
        site.signed_in("dana", Role::Agent).await;
        site.clock().advance(SignedDuration::from_secs(60));
        let code = site.code_of("dana").await;
        let mut racers = Vec::new();
        for _ in 0..5 {
            let mut browser = site.browser();
            browser.show_secret("dana", SECRET).await;
            racers.push((browser.mark().await, browser));
        }
        let origin = format!("http://{}", site.address);
        let mut tries = Vec::new();
        for n in 0..100 {
            let (mark, mut browser) = racers[n % racers.len()].clone();
            let (origin, code) = (origin.clone(), code.clone());
            tries.push(tokio::spawn(async move {
                let form = [("code", code.as_str()), ("mark", &mark)];
                browser.post_from(&origin, "/sign-in/code", &form).await.to
            }));
        }
        let mut let_in = 0;
        for tried in tries {
            // Whose half of a sign-in was just completed is sent to begin again.
            let_in += usize::from(tried.await.unwrap() == "/");
        }
        assert_eq!(let_in, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_a_code_are_slowed() {
    on_both(async |site| {
        site.signed_in("dana", Role::Agent).await;
        let mut browser = site.browser();
        browser.show_secret("dana", SECRET).await;
        for _ in 0..5 {
            assert!(browser.show_code("123456").await.html.contains("wrong or was used"));
        }
        assert!(browser.show_code("123456").await.html.contains("Too many tries"));
    })
    .await;
}
