//! Every page of every role, in both themes and three widths: nothing axe would
//! object to, nothing wider than the window, one title, one heading, and no
//! script of a borrower's mail has run.

use serde_json::Value;
use tierline::domain::actor::Role;
use tierline::web::Need;

use super::{enter, go, site};
use crate::harness::chromium::{Chromium, Look, Window};
use crate::sign_in::browser::{Site, shell};

/// Widths in pixels: a desk, a telephone, and a desk at 400 % (WCAG 2.2, 1.4.10).
const WIDTHS: [u32; 3] = [1280, 390, 320];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_pages_shut_nobody_out() {
    looked_at(Role::Agent).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn supervisors_pages_shut_nobody_out() {
    looked_at(Role::Supervisor).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn compliance_officers_pages_shut_nobody_out() {
    looked_at(Role::Compliance).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_pages_shut_nobody_out() {
    looked_at(Role::Operator).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_shuts_people_out_is_noticed() {
    let chromium = Chromium::start();
    let window = chromium.window(Look { width: 320, ..Look::DESK }).await;
    let page = "data:text/html,<html lang=en><title>x</title><h1>y</h1><input>\
                <p style='width:900px;color:%23ccc;background:%23fff'>pale</p>";
    window.client.goto(page).await.unwrap();
    let found = window.violations().await.join("\n");
    assert!(found.contains("color-contrast") && found.contains("label"), "{found}");
    assert!(window.overflow().await > 0);
}

async fn looked_at(role: Role) {
    let (site, chromium) = (site().await, Chromium::start());
    let window = chromium.window(Look::DESK).await;
    enter(&site, &window, role.word(), role).await;
    let mut faults = Vec::new();
    let paths = paths(&site, role).await;
    assert!(!paths.is_empty());
    for path in paths {
        for is_dark in [false, true] {
            window.look(Look { is_dark, ..Look::DESK }).await;
            go(&site, &window, &path).await;
            let theme = if is_dark { "dark" } else { "light" };
            let found = window.violations().await;
            faults.extend(found.iter().map(|found| format!("{path} {theme}: {found}")));
        }
        for width in WIDTHS {
            window.look(Look { width, ..Look::DESK }).await;
            go(&site, &window, &path).await;
            keep_picture(&window, role, &path, width).await;
            faults.extend(faults_of(&window, &path, width).await);
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    window.client.close().await.unwrap();
    site.close().await;
}

/// `CONSOLE_PICTURES=docs/pictures` keeps what was seen.
async fn keep_picture(window: &Window, role: Role, path: &str, width: u32) {
    let Ok(folder) = std::env::var("CONSOLE_PICTURES") else { return };
    let name = path.trim_matches('/').replace('/', "-");
    let picture = window.client.screenshot().await.unwrap();
    let file = format!("{folder}/{}-{name}-{width}.png", role.word());
    std::fs::write(file, picture).unwrap();
}

async fn faults_of(window: &Window, path: &str, width: u32) -> Vec<String> {
    let mut faults = Vec::new();
    let wider = window.overflow().await;
    if wider > 0 {
        faults.push(format!("{path}: {wider} pixels wider than {width}"));
    }
    let script = "return { headings: document.querySelectorAll('h1').length, \
        title: document.title, broken: window.broken, scripts: document.scripts.length }";
    let seen = window.client.execute(script, vec![]).await.unwrap();
    if seen["headings"] != 1 || seen["title"].as_str().is_none_or(str::is_empty) {
        faults.push(format!("{path}: {seen}"));
    }
    if seen["broken"] != Value::Null {
        faults.push(format!("{path}: a script of a mail has run"));
    }
    faults
}

/// Every page that the role may see, with something real in each place. Of
/// pages about one ticket, all tickets are looked at on its own page, and the
/// last one, which a hostile mail opened, on the others.
async fn paths(site: &Site, role: Role) -> Vec<String> {
    let routes = tierline::web::routes(shell(&site.desk.app));
    let tickets = site.desk.tickets().await;
    let store = site.desk.store();
    let version = store.template_versions().await.unwrap().remove(0);
    let revision = store.policy_revisions().await.unwrap().remove(0).hex();
    let letter = tickets.iter().find_map(|one| one.letters.first()).unwrap().id.to_string();
    let filled = |path: &str| {
        path.replace("{name}", &version.name)
            .replace("{version}", &version.hash.hex())
            .replace("{revision}", &revision)
            .replace("{id}", &letter)
            .replace("{mail}", "1")
    };
    let shown = |path: &str| -> Vec<String> {
        let path = filled(path);
        if !path.contains("{number}") {
            return vec![path];
        }
        let most = if path == "/tickets/{number}" { tickets.len() } else { 1 };
        let numbers = tickets.iter().rev().take(most).map(|one| one.ticket.number.as_str());
        numbers.map(|number| path.replace("{number}", number)).collect()
    };
    let pages = routes.iter().filter(|route| {
        matches!(route.need, Need::Whole(permission) if role.may(permission))
            && route.method == "GET"
    });
    pages.flat_map(|route| shown(route.path)).filter(|path| is_page(path)).collect()
}

/// Neither a file to keep nor a document for a frame: they have no heading.
fn is_page(path: &str) -> bool {
    let is_other = [".csv", "/preview", "/original/page", "/source"];
    !path.contains('{') && !is_other.iter().any(|ending| path.ends_with(ending))
}
