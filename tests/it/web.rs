//! The pages over a real socket: structure, escaping, headers, refusals.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use tierline::clock::Clock;
use tierline::domain::classify::{Evidence, Field, ScoredCategory, Span, Understanding};
use tierline::domain::clock::{self, ClockClass, ClockState};
use tierline::domain::decision::{Matter, Trace};
use tierline::domain::id::{ClockId, MatterId, PersonId, TicketId, TicketNumber};
use tierline::domain::letter::{LetterState, Task};
use tierline::domain::origin::{Origin, OriginEvidence};
use tierline::domain::route::Route;
use tierline::domain::ticket::{Priority, Status, Tier};
use tierline::domain::trust::Trust;
use tierline::web::page::{
    EventLine, LetterLine, TicketHead, TicketLine, TicketPage, TicketPages, TicketWords,
};
use tierline::web::{Pages, Shell, router, serve};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const HOSTILE: &str = "<script>alert('x')</script>";

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        at("2026-11-25T15:00:00Z")
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn number() -> TicketNumber {
    TicketNumber::from_serial(48_210_973_552)
}

fn head() -> TicketHead {
    TicketHead {
        number: number(),
        status: Status::Held,
        held_reason: Some(HOSTILE.to_owned()),
        queue: "escrow".to_owned(),
        tier: Tier::Two,
        priority: Priority::High,
        category: "escrow".to_owned(),
        language: "en".to_owned(),
        trust: Trust::Unverified,
        received_at: at("2026-11-24T15:00:00Z"),
        opened_at: at("2026-11-24T15:01:00Z"),
        policy_revision: "0f".repeat(32),
    }
}

fn acknowledgment_clock() -> clock::Clock {
    clock::Clock {
        id: ClockId(Uuid::nil()),
        ticket_id: TicketId(Uuid::nil()),
        matter_id: None,
        kind: "NOE_ACK".to_owned(),
        class: ClockClass::Statutory,
        citation: "12 CFR 1024.35(d)".to_owned(),
        state: ClockState::Running,
        started_at: at("2026-11-24T15:00:00Z"),
        due_at: at("2026-12-02T04:59:59Z"),
        due_on: jiff::civil::date(2026, 12, 1),
        internal_due_on: jiff::civil::date(2026, 12, 1),
        warnings: Vec::new(),
        next_at: None,
        met_at: None,
        breached_at: None,
        is_to_confirm: true,
        policy_revision: String::new(),
        life: Default::default(),
    }
}

fn trace() -> Trace {
    let spans = vec![Span { field: Field::NewText, start: 10, end: 25 }];
    let evidence = vec![Evidence { rule: "escrow.shortage".to_owned(), weight: 2.5, spans }];
    let scored =
        ScoredCategory { category: "escrow".to_owned(), score: 4.0, threshold: 3.0, evidence };
    Trace {
        has_esign_consent: false,
        authentication: Default::default(),
        loans: Vec::new(),
        policy_revision: "0f".repeat(32),
        understanding: Understanding {
            origin: OriginEvidence { origin: Origin::Person, signals: Vec::new() },
            language: "en".to_owned(),
            matters: vec![scored.clone()],
            runner_up: Some(scored),
            kinds: Vec::new(),
            flags: Vec::new(),
            facts: Vec::new(),
            new_text: Vec::new(),
        },
        trust: Trust::Unverified,
        trust_signals: vec!["no_results".to_owned()],
        thread: "none".to_owned(),
        maybe_related: None,
        route: Some(Route {
            queue: "escrow".to_owned(),
            tier: Tier::Two,
            priority: Priority::High,
            category: "escrow".to_owned(),
            hold: None,
            rules: vec!["route.escrow".to_owned()],
        }),
        arithmetic: vec![(
            "NOE_ACK".to_owned(),
            vec!["Nov 26 Thanksgiving: not counted".to_owned()],
        )],
        letter: "ack_general".to_owned(),
    }
}

fn whole_page() -> TicketPage {
    TicketPage {
        head: head(),
        clocks: vec![acknowledgment_clock()],
        matters: vec![Matter {
            id: MatterId(Uuid::nil()),
            category: "escrow".to_owned(),
            score: 4.0,
            is_primary: true,
            kinds: vec!["noe".to_owned()],
            is_to_confirm: true,
        }],
        traces: vec![trace()],
        letters: vec![LetterLine {
            template: "ack_general".to_owned(),
            locale: "en".to_owned(),
            state: LetterState::HandedOver,
            reason: String::new(),
            attempts: 1,
            written_at: at("2026-11-24T15:01:00Z"),
            handed_over_at: Some(at("2026-11-24T15:02:00Z")),
            bounced_at: None,
            meets: vec!["INT_ACK".to_owned()],
        }],
        tasks: vec![Task {
            id: tierline::domain::id::TaskId(Uuid::nil()),
            ticket_id: TicketId(Uuid::nil()),
            kind: "send_written_acknowledgment".to_owned(),
            due_on: jiff::civil::date(2026, 12, 1),
            clock_kind: Some("NOE_ACK".to_owned()),
        }],
        events: vec![EventLine {
            seq: 1,
            at: at("2026-11-24T15:01:00Z"),
            actor: "engine".to_owned(),
            who: "engine".to_owned(),
            kind: "ticket_opened".to_owned(),
            particulars: json!({ "note": HOSTILE }),
            hash: "ab".repeat(32),
        }],
        links: Vec::new(),
    }
}

struct Desk {
    tickets: u32,
    is_broken: bool,
}

impl TicketPages for Desk {
    async fn list(&self, page: u32) -> anyhow::Result<Vec<TicketLine>> {
        assert!(page != 99, "a bug");
        if self.is_broken {
            anyhow::bail!("postgres://tierline@db.internal is away");
        }
        let line = TicketLine { head: head(), next_clock: Some(acknowledgment_clock()) };
        let bare = TicketLine { head: head(), next_clock: None };
        Ok((0..self.tickets).map(|n| if n == 0 { bare.clone() } else { line.clone() }).collect())
    }

    async fn words(&self, _: &TicketNumber, _: PersonId) -> anyhow::Result<Option<TicketWords>> {
        Ok(None)
    }

    async fn ticket(&self, asked: &TicketNumber) -> anyhow::Result<Option<TicketPage>> {
        Ok((*asked == number()).then(whole_page))
    }
}

struct Site {
    address: SocketAddr,
    stop: CancellationToken,
    served: tokio::task::JoinHandle<std::io::Result<()>>,
    browser: reqwest::Client,
}

impl Site {
    async fn open(tickets: u32, is_broken: bool) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let shell = Shell {
            tickets: Desk { tickets, is_broken },
            door: None,
            address_header: None,
            pages: Pages::new().unwrap(),
            instance: "test".to_owned(),
            zone: TimeZone::get("America/New_York").unwrap(),
            clock: Arc::new(Fixed),
            configuration: Vec::new(),
            allowed_hosts: vec!["desk.example.com".to_owned()],
            readiness: Box::new(move || {
                (!is_broken, json!({ "outbox_sender": { "failures": 0 } }))
            }),
            metrics: Box::new(|| "tierline_mails_total 1\n".to_owned()),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = tokio::spawn(serve(listener, router(shell), stop.clone()));
        let browser = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { address, stop, served, browser }
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.browser.get(format!("http://{}{path}", self.address)).send().await.unwrap()
    }

    async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    async fn close(self) {
        drop(self.browser);
        self.stop.cancel();
        self.served.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_list_leads_to_tickets_and_to_the_next_page() {
    let site = Site::open(51, false).await;
    let html = site.text("/").await;
    assert_eq!(html.matches("<th scope=\"row\">").count(), 50, "one page, not one more");
    assert!(html.contains("href=\"/tickets/TL-4821-0973-5522\""), "{html}");
    assert!(
        html.contains("<time datetime=\"2026-12-02T04:59:59Z\">Dec 1, 2026, 11:59 PM EST</time>")
    );
    assert!(html.contains("href=\"/?page=1\"") && !html.contains("Earlier page"));
    let second = site.text("/?page=1").await;
    assert!(second.contains("href=\"/?page=0\""), "{second}");
    site.close().await;
}

#[tokio::test]
async fn an_empty_list_says_what_would_fill_it() {
    let site = Site::open(0, false).await;
    let html = site.text("/").await;
    assert!(html.contains("A ticket appears here when") && !html.contains("<table>"), "{html}");
    site.close().await;
}

#[tokio::test]
async fn a_ticket_shows_clocks_matters_evidence_letters_and_events() {
    let site = Site::open(1, false).await;
    let html = site.text("/tickets/TL-4821-0973-5522").await;
    let expected = [
        "<h1>TL-4821-0973-5522</h1>",
        "12 CFR 1024.35(d)",
        "statutory</span>",
        "to be confirmed",
        "escrow.shortage",
        "new_text 10–25",
        "+2.5",
        "not reached",
        "route.escrow",
        "Thanksgiving: not counted",
        "ack_general",
        "handed_over",
        "INT_ACK",
        "send_written_acknowledgment",
        "ticket_opened",
        "abababababababab",
    ];
    for part in expected {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    site.close().await;
}

#[tokio::test]
async fn every_page_has_its_landmarks_one_heading_and_no_foreign_markup() {
    let site = Site::open(3, false).await;
    for path in ["/", "/tickets/TL-4821-0973-5522", "/tickets/TL-0000-0000-0000", "/nowhere"] {
        let html = site.text(path).await;
        for part in
            ["<html lang=\"en-US\">", "<main id=\"content\"", "<header>", "<footer>", "<title>"]
        {
            assert_eq!(html.matches(part).count(), 1, "{part} on {path}");
        }
        assert_eq!(html.matches("<h1>").count(), 1, "{path}");
        assert!(!html.contains("<script") && !html.contains("style=\""), "{path}: {html}");
        let tables = html.matches("<table>").count();
        assert_eq!(html.matches("<thead>").count(), tables, "{path}");
        assert!(
            !html.contains("<th>") && !html.contains("<th class"),
            "a header without scope: {path}"
        );
    }
    site.close().await;
}

#[tokio::test]
async fn every_response_carries_the_security_headers() {
    let site = Site::open(1, true).await;
    for path in ["/", "/?page=99", "/?page=x", "/nowhere", "/healthz", "/readyz", "/metrics"] {
        let response = site.get(path).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
    }
    site.close().await;
}

#[tokio::test]
async fn the_style_sheet_may_be_kept_for_ever_under_its_hashed_name() {
    let site = Site::open(1, false).await;
    let html = site.text("/").await;
    for kind in ["page.", "icon."] {
        let start = html.find(&format!("/assets/{kind}")).unwrap();
        let path = html[start..].split('"').next().unwrap();
        let response = site.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        let kept = response.headers()["cache-control"].to_str().unwrap();
        assert!(kept.contains("immutable"), "{kept}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    assert_eq!(site.get("/assets/page.css").await.status(), 404);
    site.close().await;
}

#[tokio::test]
async fn a_foreign_host_name_is_refused() {
    let site = Site::open(1, false).await;
    let ask = |host: &'static str| {
        let url = format!("http://{}/", site.address);
        let request = site.browser.get(url).header("host", host);
        async move { request.send().await.unwrap() }
    };
    let refused = ask("evil.example.com").await;
    assert_eq!(refused.status(), 421);
    assert!(refused.headers().contains_key("content-security-policy"));
    assert_eq!(ask("desk.example.com").await.status(), 200);
    site.close().await;
}

#[tokio::test]
async fn nothing_can_be_written() {
    let site = Site::open(1, false).await;
    for path in ["/", "/tickets/TL-4821-0973-5522"] {
        let url = format!("http://{}{path}", site.address);
        for method in [reqwest::Method::POST, reqwest::Method::PUT, reqwest::Method::DELETE] {
            let response = site.browser.request(method, &url).send().await.unwrap();
            assert_eq!(response.status(), 405, "{path}");
        }
    }
    site.close().await;
}

#[tokio::test]
async fn a_number_that_cannot_be_or_is_not_there_is_not_found() {
    let site = Site::open(1, false).await;
    for path in
        ["/tickets/TL-4821-0973-5523", "/tickets/x", "/tickets/%FF", "/tickets/TL-0000-0000-0000"]
    {
        let response = site.get(path).await;
        assert_eq!(response.status(), 404, "{path}");
        assert!(response.text().await.unwrap().contains("<h1>No such ticket"), "{path}");
    }
    site.close().await;
}

#[tokio::test]
async fn a_failure_shows_a_reference_and_nothing_of_the_inside() {
    let site = Site::open(1, true).await;
    let response = site.get("/").await;
    assert_eq!(response.status(), 500);
    let html = response.text().await.unwrap();
    assert!(html.contains("Reference for the operator"), "{html}");
    assert!(!html.contains("db.internal"), "{html}");
    site.close().await;
}

#[tokio::test]
async fn a_panic_in_a_page_is_a_500_and_not_the_end() {
    let site = Site::open(1, false).await;
    assert_eq!(site.get("/?page=99").await.status(), 500);
    assert_eq!(site.get("/").await.status(), 200);
    site.close().await;
}

#[tokio::test]
async fn health_is_not_readiness() {
    let site = Site::open(1, true).await;
    assert_eq!(site.get("/healthz").await.status(), 200);
    let response = site.get("/readyz").await;
    assert_eq!(response.status(), 503);
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(body["ready"], false);
    assert_eq!(body["workers"]["outbox_sender"]["failures"], 0);
    assert_eq!(site.text("/metrics").await, "tierline_mails_total 1\n");
    site.close().await;
}
