//! A person signs in with a keyboard alone, where scripts run and where not.

use fantoccini::Locator;
use fantoccini::key::Key;
use jiff::SignedDuration;
use tierline::domain::actor::Role;

use super::{go, site};
use crate::harness::chromium::{Chromium, Look};
use crate::sign_in::browser::SECRET;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_with_a_keyboard_alone() {
    let (site, chromium) = (site().await, Chromium::start());
    site.signed_in("annie", Role::Agent).await;
    for has_scripts in [true, false] {
        // A code is good once: the next one is for the next window.
        site.clock().advance(SignedDuration::from_secs(60));
        let window = chromium.window(Look { has_scripts, ..Look::DESK }).await;
        let client = &window.client;
        go(&site, &window, "/").await;
        let keys = format!(
            "{tab}annie{tab}{SECRET}{enter}",
            tab = char::from(Key::Tab),
            enter = char::from(Key::Enter)
        );
        let name = client.wait().for_element(Locator::Css("input[name=name]")).await.unwrap();
        assert!(client.current_url().await.unwrap().path().starts_with("/sign-in"));
        // The field of the name has the focus, or the first step leads to it.
        name.send_keys(keys.trim_start_matches(char::from(Key::Tab))).await.unwrap();
        let code = client.wait().for_element(Locator::Css("input[name=code]")).await.unwrap();
        let shown = site.code_of("annie").await;
        code.send_keys(&format!("{shown}{}", char::from(Key::Enter))).await.unwrap();
        client.wait().for_element(Locator::LinkText("annie, agent")).await.unwrap();
        assert!(window.text().await.contains("Tickets"), "{}", window.text().await);
        window.client.close().await.unwrap();
    }
    site.close().await;
}
