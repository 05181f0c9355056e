//! The pages in a real Chromium: what persons see, reach with a keyboard, and
//! can do where no script runs.

mod entering;
mod keys;
mod looks;

use fantoccini::cookies::Cookie;
use tierline::domain::actor::Role;

use crate::harness::chromium::Window;
use crate::harness::database::TestDatabase;
use crate::harness::desk::mail;
use crate::sign_in::browser::Site;

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

/// `name` is signed in, and their window is `window` from now on.
async fn enter(site: &Site, window: &Window, name: &str, role: Role) {
    let (browser, _) = site.signed_in(name, role).await;
    let cookie = browser.cookie.expect("signed in");
    let (name, value) = cookie.split_once('=').unwrap();
    let mut cookie = Cookie::new(name.to_owned(), value.to_owned());
    cookie.set_path("/");
    cookie.set_secure(true);
    cookie.set_http_only(true);
    go(site, window, "/healthz").await;
    window.client.add_cookie(cookie).await.unwrap();
}

/// Opens a page of the site.
async fn go(site: &Site, window: &Window, path: &str) {
    window.client.goto(&format!("http://{}{path}", site.address)).await.unwrap();
}
