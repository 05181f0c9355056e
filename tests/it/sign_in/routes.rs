//! Every route for every role: what the table of permissions says, and nothing
//! else. A route that is not in the table here fails the test.

use tierline::domain::actor::Role;
use tierline::web::Need;

use super::browser::{Browser, shell};
use super::on_both;

/// An id that nothing has.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// Something only that page says, for every route that shows one.
const MARKERS: &[(&str, &str, &str)] = &[
    ("GET", "/", "Tickets</h1>"),
    ("GET", "/tickets/{number}", "no ticket has it"),
    ("GET", "/tickets/{number}/reply", "no ticket has it"),
    ("POST", "/tickets/{number}/reply", "no ticket has it"),
    ("GET", "/tickets/{number}/drafts/{person}", "no ticket has it"),
    ("POST", "/tickets/{number}/drafts/{person}", "no ticket has it"),
    ("POST", "/tickets/{number}/letters/{letter}/take-back", "has left, or was not written"),
    ("POST", "/tickets/{number}/letters/{letter}/release", "does not wait for a second person"),
    ("GET", "/account", "Where you are signed in"),
    ("POST", "/account/sign-out-elsewhere", ""),
    ("GET", "/sign-in", "Secret</label>"),
    ("POST", "/sign-in", "Name or secret is wrong"),
    ("GET", "/sign-in/code", "Code</label>"),
    ("POST", "/sign-in/code", "wrong or was used"),
    ("GET", "/sign-in/picture.svg", "<svg"),
    ("POST", "/sign-out", ""),
    ("GET", "/invitations/{token}", "No such invitation"),
    ("POST", "/invitations/{token}", "No such invitation"),
    ("GET", "/healthz", "ok"),
    ("GET", "/readyz", "ready"),
    ("GET", "/metrics", ""),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_is_for_whom_the_table_says() {
    on_both(async |site| {
        let routes = tierline::web::routes(shell(&site.desk.app));
        for route in &routes {
            let is_known = MARKERS
                .iter()
                .any(|(method, path, _)| (*method, *path) == (route.method, route.path));
            assert!(is_known, "{} {} has no row here", route.method, route.path);
        }
        assert_eq!(routes.len(), MARKERS.len(), "a row here has no route");
        for role in Role::ALL {
            let (mut browser, _) = site.signed_in(role.word(), *role).await;
            for route in &routes {
                let Need::Whole(permission) = route.need else { continue };
                let marker = marker(route.method, route.path);
                let (status, html) = ask(&mut browser, route.method, route.path).await;
                if role.may(permission) {
                    assert_ne!(status, 403, "{role} {}", route.path);
                    assert!(html.contains(marker), "{role} {} {html}", route.path);
                } else {
                    assert_eq!(status, 404, "{role} {}", route.path);
                    assert!(html.contains("There is nothing at this address"), "{html}");
                }
            }
        }
        let mut stranger = site.browser();
        for route in &routes {
            let (status, html) = ask(&mut stranger, route.method, route.path).await;
            match route.need {
                Need::Anyone => assert!(html.contains(marker(route.method, route.path)), "{html}"),
                Need::Half | Need::Whole(_) => assert_eq!(status, 303, "{}", route.path),
            }
        }
    })
    .await;
}

fn marker(method: &str, path: &str) -> &'static str {
    MARKERS.iter().find(|(m, p, _)| (*m, *p) == (method, path)).unwrap().2
}

async fn ask(browser: &mut Browser, method: &str, path: &str) -> (u16, String) {
    let path = path.replace("{number}", "TL-4821-0973-5522").replace("{token}", "nonsense");
    let path = path.replace("{person}", NOBODY).replace("{letter}", NOBODY);
    let answer = match method {
        "GET" => browser.get(&path).await,
        _ => browser.post(&path, &[]).await,
    };
    (answer.status, answer.html)
}
