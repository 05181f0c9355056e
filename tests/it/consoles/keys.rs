//! An agent works a list with the keyboard alone, and can switch single keys off.

use fantoccini::Locator;
use fantoccini::key::Key;
use tierline::domain::actor::Role;

use super::{enter, go, site};
use crate::harness::chromium::{Chromium, Look, Window};

async fn press(window: &Window, keys: &str) {
    window.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
}

async fn path(window: &Window) -> String {
    window.client.current_url().await.unwrap().path().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_worked_with_single_keys_that_can_be_switched_off() {
    let (site, chromium) = (site().await, Chromium::start());
    let window = chromium.window(Look::DESK).await;
    let client = &window.client;
    enter(&site, &window, "annie", Role::Agent).await;
    go(&site, &window, "/work").await;
    press(&window, "gq").await;
    client.wait().for_url(&address(&site, "/queues")).await.unwrap();
    go(&site, &window, "/queues/triage").await;
    press(&window, "jj").await;
    let focused = client.active_element().await.unwrap();
    let to = focused.attr("href").await.unwrap().unwrap();
    assert!(to.starts_with("/tickets/"), "{to}");
    press(&window, &String::from(char::from(Key::Enter))).await;
    client.wait().for_url(&address(&site, &to)).await.unwrap();
    press(&window, "i").await;
    let focused = client.active_element().await.unwrap();
    assert_eq!(focused.tag_name().await.unwrap(), "textarea");
    press(&window, "n?").await;
    assert_eq!(focused.prop("value").await.unwrap().unwrap(), "n?", "in a field keys are letters");
    assert_eq!(path(&window).await, to);

    go(&site, &window, "/work").await;
    press(&window, "?").await;
    let switch = client.wait().for_element(Locator::Css("dialog[open] input")).await.unwrap();
    assert!(window.violations().await.is_empty(), "{:?}", window.violations().await);
    switch.click().await.unwrap();
    press(&window, &String::from(char::from(Key::Escape))).await;
    go(&site, &window, "/work").await;
    press(&window, "gq").await;
    assert_eq!(path(&window).await, "/work", "switched off");
    window.client.close().await.unwrap();
    site.close().await;
}

fn address(site: &crate::sign_in::browser::Site, path: &str) -> url::Url {
    url::Url::parse(&format!("http://{}{path}", site.address)).unwrap()
}
