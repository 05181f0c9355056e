//! The pages in a real Chromium: what persons see, reach with a keyboard, and
//! can do where no script runs.

mod entering;
mod keys;
mod looks;

use fantoccini::Locator;
use fantoccini::key::Key;
use jiff::SignedDuration;
use tierline::domain::actor::Role;

use crate::harness::chromium::Window;
use crate::harness::database::TestDatabase;
use crate::harness::desk::mail;
use crate::sign_in::browser::{SECRET, Site};

/// A site with a few tickets of all sorts, and what a hostile mail brings.
async fn site() -> Site {
    let mut site = Site::open(TestDatabase::sqlite().await).await;
    site.desk.receives(&mail("Escrow shortage", "Why did my escrow payment go up?").raw());
    let notice = "This is a notice of error. You did not credit my November payment.";
    site.desk.receives(&mail("Notice of error", notice).from("Rosa <rosa@example.net>").raw());
    let spanish = "Me cobraron dos veces el seguro y quiero hablar con un supervisor.";
    site.desk.receives(&mail("Seguro", spanish).from("Maria <maria@example.net>").raw());
    for hostile in HOSTILE {
        let named = format!("\"{}\" <eve@example.net>", hostile.replace('"', "\\\""));
        site.desk.receives(&mail(hostile, hostile).from(&named).raw());
    }
    site.desk.settles().await;
    site
}

/// What a mail must never make a browser do: each would set `window.broken`.
const HOSTILE: &[&str] = &[
    "<script>window.broken=1</script>",
    "\"><img src=x onerror=window.broken=1>",
    "<svg onload=window.broken=1>",
    "<div hx-get=/sign-out hx-trigger=load>{{mark}}</div>",
    "</textarea></title><iframe srcdoc=\"<script>parent.broken=1</script>\">",
];

/// `name` is invited, and then signs in here as anybody does.
async fn enter(site: &Site, window: &Window, name: &str, role: Role) {
    site.signed_in(name, role).await;
    // A code is good once: the next one is for this window.
    site.clock().advance(SignedDuration::from_secs(60));
    go(site, window, "/sign-in").await;
    let client = &window.client;
    let field = client.find(Locator::Css("input[name=name]")).await.unwrap();
    field.send_keys(name).await.unwrap();
    let enter = char::from(Key::Enter);
    let field = client.find(Locator::Css("input[name=secret]")).await.unwrap();
    field.send_keys(&format!("{SECRET}{enter}")).await.unwrap();
    let field = client.wait().for_element(Locator::Css("input[name=code]")).await.unwrap();
    field.send_keys(&format!("{}{enter}", site.code_of(name).await)).await.unwrap();
    client.wait().for_element(Locator::Css("a[href='/account']")).await.unwrap();
}

/// Opens a page of the site.
async fn go(site: &Site, window: &Window, path: &str) {
    window.client.goto(&format!("http://{}{path}", site.address)).await.unwrap();
}
