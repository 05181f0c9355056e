//! Every route for every role, on a ticket that is open, one that is closed and
//! one that is not there: what the table of permissions says, and nothing else.
//! A route that is not in the table here fails the test.

use tierline::app::work::{self, Wish};
use tierline::domain::actor::permission::Permission;
use tierline::domain::actor::{Actor, Role};
use tierline::domain::id::TicketNumber;
use tierline::web::Need;

use super::browser::{Answer, Browser, Site, shell};
use super::on_both;
use crate::harness::desk::mail;

/// A number that no ticket has.
const NOWHERE: &str = "TL-4821-0973-5522";

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
    ("POST", "/tickets/{number}/take", "no ticket has it"),
    ("POST", "/tickets/{number}/note", "no ticket has it"),
    ("POST", "/tickets/{number}/resolve", "no ticket has it"),
    ("POST", "/tickets/{number}/pend", "no ticket has it"),
    ("POST", "/tickets/{number}/escalate", "no ticket has it"),
    ("POST", "/tickets/{number}/assign", "no ticket has it"),
    ("POST", "/tickets/{number}/requeue", "no ticket has it"),
    ("POST", "/tickets/{number}/prioritize", "no ticket has it"),
    ("POST", "/tickets/{number}/reclassify", "no ticket has it"),
    ("POST", "/tickets/{number}/return", "no ticket has it"),
    ("POST", "/tickets/{number}/release", "no ticket has it"),
    ("POST", "/tickets/{number}/close", "no ticket has it"),
    ("POST", "/tickets/{number}/reopen", "no ticket has it"),
    ("POST", "/tickets/{number}/raise", "no ticket has it"),
    ("POST", "/tickets/{number}/claim", "no ticket has it"),
    ("POST", "/tickets/{number}/refuse", "no ticket has it"),
    ("POST", "/tickets/{number}/merge", "no ticket has it"),
    ("POST", "/tickets/{number}/split", "no ticket has it"),
    ("POST", "/tickets/{number}/undo", "no ticket has it"),
    ("POST", "/tickets/{number}/cause", "no ticket has it"),
    ("POST", "/next", "Nothing waits for you"),
    ("GET", "/work", "<h1>My work</h1>"),
    ("GET", "/queues", "Your lists</h2>"),
    ("GET", "/queues/{queue}", "<h1>Queue "),
    ("POST", "/bulk", "Tick at least one ticket"),
    ("POST", "/bulk/done", "Tick at least one ticket"),
    ("GET", "/search", "Find tickets</label>"),
    ("POST", "/search", "type what to look for"),
    ("GET", "/search/{search}", "</strong> found"),
    ("POST", "/views", "no address of a list"),
    ("POST", "/views/remove", "You keep no such list"),
    ("GET", "/account", "Where you are signed in"),
    ("POST", "/account/sign-out-elsewhere", ""),
    ("GET", "/board", "One card for each promise"),
    ("POST", "/board/assign", "Choose a person, then the ticket"),
    ("GET", "/board/forecast", "What the next days bring"),
    ("GET", "/escalations", "Look and settle"),
    ("GET", "/escalations/{escalation}", "Hand-over notes"),
    ("POST", "/escalations/{escalation}", "Say why it is not for you"),
    ("GET", "/reports", "What was promised and what was kept"),
    ("GET", "/reports/{report}", "Clocks: met and breached"),
    ("GET", "/health", "What the engine leans on"),
    ("GET", "/outbox", "Letters by state, without content"),
    ("POST", "/outbox/{letter}", "Say what becomes of the letter"),
    ("GET", "/quarantine", "Mails that opened no ticket by themselves"),
    ("GET", "/people", "Everybody who may act here"),
    ("POST", "/people", "Choose what they are here for"),
    ("POST", "/people/{person}", "Say what is to be done"),
    ("GET", "/calendars", "The calendars of the policy in force"),
    ("GET", "/calendars/{calendar}", "Calendar office in 2026"),
    ("GET", "/configuration", "As this program read it"),
    ("GET", "/sign-in", "Secret</label>"),
    ("POST", "/sign-in", "Name or secret is wrong"),
    ("GET", "/sign-in/code", "Code</label>"),
    ("POST", "/sign-in/code", "wrong or was used"),
    ("GET", "/sign-in/picture.svg", "<svg"),
    ("POST", "/sign-out", ""),
    ("GET", "/invitations/{token}", "No such invitation"),
    ("POST", "/invitations/{token}", "No such invitation"),
    ("GET", "/templates", "Letter templates</h1>"),
    ("GET", "/templates/{name}/{version}", "no such version"),
    ("GET", "/templates/{name}/{version}/preview", "no such version"),
    ("POST", "/templates/{name}/{version}/submit", "no such version"),
    ("POST", "/templates/{name}/{version}/{act}", "no such version"),
    ("GET", "/policies", "Policy revisions</h1>"),
    ("GET", "/policies/{revision}", "No such revision"),
    ("POST", "/policies/{revision}/approve", "No such revision"),
    ("POST", "/policies/{revision}/activate", "No such revision"),
    ("GET", "/clocks", "Statutory clocks</h1>"),
    ("GET", "/clocks.csv", "ticket,queue,status,clock"),
    ("GET", "/tickets/{number}/timeline", "No ticket has that number"),
    ("GET", "/tickets/{number}/pack", "No ticket has that number"),
    ("GET", "/audit", "The record</h1>"),
    ("POST", "/audit/export", "Choose CSV or JSON lines"),
    ("GET", "/letters", "Letters</h1>"),
    ("GET", "/letters/{id}", "no such letter"),
    ("GET", "/tickets/{number}/mails/{mail}/original", "No ticket has that number"),
    ("GET", "/tickets/{number}/mails/{mail}/original/page", "No ticket has that number"),
    ("GET", "/tickets/{number}/mails/{mail}/source", "No ticket has that number"),
    ("GET", "/tickets/{number}/mails/{mail}/attachments/{index}", "No ticket has that number"),
    ("GET", "/healthz", "ok"),
    ("GET", "/readyz", "ready"),
    ("GET", "/metrics", ""),
];

/// What a path is about that no test asks for by its real name in every cell.
const ABOUT_ONE: [&str; 3] = ["{name}", "{revision}", "{id}"];

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
        let tickets = tickets(site).await;
        let escalation = escalation(site, &tickets[0]).await;
        let real = real(site, &routes, &tickets[0]).await;
        for role in Role::ALL {
            let (mut browser, _) = site.signed_in(role.word(), *role).await;
            let search = browser.post("/search", &[("q", "escrow payment")]).await.to;
            let search = search.strip_prefix("/search/").unwrap_or(NOWHERE).to_owned();
            for route in &routes {
                let Need::Whole(permission) = route.need else { continue };
                let (method, path) = (route.method, route.path.replace("{search}", &search));
                let path = path.replace("{escalation}", &escalation);
                let path = path.as_str();
                // what stands below a ticket has pages of its own for what is not there
                let is_below = path.matches('{').count() > 1;
                let is_of_ticket = path.contains("{number}");
                let numbers = tickets.iter().map(TicketNumber::as_str);
                for number in numbers.filter(|_| is_of_ticket && !is_below).chain([NOWHERE]) {
                    let answer = ask(&mut browser, method, path, number).await;
                    let what = format!("{role} {method} {path} {number}: {}", answer.html);
                    if !role.may(permission) {
                        assert_eq!(answer.status, 404, "{what}");
                        assert!(answer.html.contains("There is nothing at this address"), "{what}");
                    } else if number == NOWHERE {
                        assert_ne!(answer.status, 403, "{what}");
                        assert!(answer.html.contains(marker(method, route.path)), "{what}");
                        let is_good = (200..300).contains(&answer.status);
                        let is_of_one = ABOUT_ONE.iter().any(|name| path.contains(name));
                        assert!(method == "POST" || is_of_ticket || is_of_one || is_good, "{what}");
                    } else {
                        // a form that says nothing changes nothing, and shows the ticket
                        assert_eq!(
                            answer.status,
                            if method == "GET" { 200 } else { 422 },
                            "{what}"
                        );
                        let shown = if method == "GET" { "" } else { "<h1>" };
                        assert!(answer.html.contains(&format!("{shown}{number}")), "{what}");
                    }
                }
            }
            for (path, permission) in &real {
                let answer = browser.get(path).await;
                let expected = if role.may(*permission) { 200 } else { 404 };
                assert_eq!(answer.status, expected, "{role} {path}: {}", answer.html);
            }
        }
        let mut stranger = site.browser();
        for route in &routes {
            let Answer { status, html, .. } =
                ask(&mut stranger, route.method, route.path, NOWHERE).await;
            match route.need {
                Need::Anyone => assert!(html.contains(marker(route.method, route.path)), "{html}"),
                Need::Half | Need::Whole(_) => assert_eq!(status, 303, "{}", route.path),
            }
        }
    })
    .await;
}

/// Pages about one thing that is there, each with whom it is for.
async fn real(
    site: &Site,
    routes: &[tierline::web::Route],
    number: &TicketNumber,
) -> Vec<(String, Permission)> {
    let store = site.desk.store();
    let version = store.template_versions().await.unwrap().remove(0);
    let revision = store.policy_revisions().await.unwrap().remove(0).hex();
    let letter = site.desk.ticket("My escrow").await.letters[0].id.to_string();
    let page = |path: &str| {
        let found = routes.iter().find(|route| (route.method, route.path) == ("GET", path));
        let Need::Whole(permission) = found.unwrap().need else { panic!("{path} is for anybody") };
        let path = path
            .replace("{name}", &version.name)
            .replace("{version}", &version.hash.hex())
            .replace("{revision}", &revision)
            .replace("{id}", &letter)
            .replace("{number}", number.as_str());
        (path, permission)
    };
    [
        "/templates/{name}/{version}",
        "/policies/{revision}",
        "/letters/{id}",
        "/tickets/{number}/timeline",
        "/tickets/{number}/pack",
    ]
    .map(page)
    .to_vec()
}

fn marker(method: &str, path: &str) -> &'static str {
    MARKERS.iter().find(|(m, p, _)| (*m, *p) == (method, path)).unwrap().2
}

/// An open ticket and a closed one.
async fn tickets(site: &mut Site) -> [TicketNumber; 2] {
    for subject in ["My escrow", "My old escrow"] {
        site.desk.receives(&mail(subject, "Why did my escrow payment go up?").raw());
    }
    site.desk.settles().await;
    let open = site.desk.ticket("My escrow").await.ticket.number;
    let closed = site.desk.ticket("My old escrow").await.ticket.number;
    let cora = Actor { person: site.desk.cora, name: "Cora".to_owned(), role: Role::Compliance };
    for wish in [Wish::Resolve("answered".to_owned()), Wish::Close] {
        work::act(&site.desk.app, &closed, &cora, None, &wish).await.unwrap();
    }
    [open, closed]
}

/// An agent asks for help with the ticket, and a ladder begins.
async fn escalation(site: &Site, number: &TicketNumber) -> String {
    let cora = Actor { person: site.desk.cora, name: "Cora".to_owned(), role: Role::Compliance };
    let wish = Wish::Raise("agent-asks-help".to_owned());
    work::act(&site.desk.app, number, &cora, None, &wish).await.unwrap();
    site.desk.climbs().await;
    let open = site.desk.store().open_escalations(9).await.unwrap();
    open.first().unwrap().escalation.id.to_string()
}

async fn ask(browser: &mut Browser, method: &str, path: &str, number: &str) -> Answer {
    let path = path.replace("{number}", number).replace("{token}", "nonsense");
    let path = path.replace("{queue}", "triage");
    let path = path.replace("{report}", "clocks").replace("{calendar}", "office");
    let path = path.replace("{person}", NOBODY).replace("{letter}", NOBODY);
    match method {
        "GET" => browser.get(&path).await,
        _ => browser.post(&path, &[]).await,
    }
}
