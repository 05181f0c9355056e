//! A mail as it came: nothing of it runs, loads or disguises, whatever is in
//! its names, subject, page and attachments; and each look is on record.

use tierline::domain::actor::Role;

use crate::sign_in::browser::{Answer, Browser, Site};
use crate::sign_in::on_both;

/// Words that a browser would run or load where they are markup.
const HOSTILE: [&str; 14] = [
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<iframe src=//evil.example></iframe>",
    "<p hx-get=/account hx-trigger=load>",
    "{{constructor}}${alert(1)}",
    "<style>*{display:none}</style>",
    "<form action=https://evil.example><input name=x></form>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "'\" onmouseover=alert(1) x='",
];

fn mail(number: usize, words: &str) -> Vec<u8> {
    let quoted = words.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "Message-ID: <x{number}@borrowers.example.net>\r\n\
         Date: Tue, 24 Nov 2026 16:59:00 +0000\r\nFrom: \"{quoted}\" <rosa{number}@example.net>\r\n\
         To: care@example.com\r\nSubject: escrow {words}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n\
         <p>Why did my escrow payment go up? {words}</p>\
         <a href=\"https://bank.example@evil.example/\">bank.example</a>\r\n--b\r\n\
         Content-Type: text/html; name=\"{quoted}.html\"\r\n\
         Content-Disposition: attachment; filename=\"{quoted}.html\"\r\n\r\n\
         <html><script>alert(document.cookie)</script></html>\r\n--b--\r\n"
    )
    .into_bytes()
}

/// No tag of the page is one that a stranger's words made.
#[track_caller]
fn is_harmless(answer: &Answer, what: &str) {
    let lower = without_keys(&answer.html).to_lowercase();
    for tag in lower.split('<').skip(1) {
        let inside = tag.split('>').next().unwrap_or_default();
        for word in [
            "script",
            "onerror",
            "onload",
            "onmouseover",
            "javascript:",
            "hx-",
            "svg on",
            "http-equiv",
            "evil.example",
            "style>",
            "img ",
        ] {
            assert!(!inside.contains(word), "{what}: <{inside}> in {}", answer.html);
        }
    }
}

/// The page without our own script, which stands on it once.
fn without_keys(html: &str) -> String {
    let Some((before, rest)) = html.split_once("<script src=\"/assets/keys.") else {
        return html.to_owned();
    };
    let (_, after) = rest.split_once("</script>").unwrap();
    format!("{before}{after}")
}

async fn looked_at(site: &Site, browser: &mut Browser, number: &str, words: &str) {
    let base = format!("/tickets/{number}/mails/1");
    for path in [
        format!("/tickets/{number}"),
        format!("/tickets/{number}/pack"),
        format!("/tickets/{number}/timeline"),
        format!("{base}/original"),
        format!("{base}/original/page"),
    ] {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        is_harmless(&answer, &format!("{path} {words}"));
        assert!(answer.policy().starts_with("default-src 'none'"), "{}", answer.policy());
        let foreign = answer.policy().replace("script-src 'self';", "");
        assert!(!foreign.contains("script-src"), "{foreign}");
    }
    let page = browser.get(&format!("{base}/original/page")).await;
    assert!(page.policy().contains("sandbox") && page.policy().contains("frame-ancestors 'self'"));
    assert!(
        page.html.contains("[evil.example: https://bank.example@evil.example/]"),
        "{}",
        page.html
    );
    let source = browser.get(&format!("{base}/source")).await;
    assert!(source.header("content-type").starts_with("text/plain") && source.html.contains(words));
    assert_eq!(source.header("x-content-type-options"), "nosniff");
    let file = browser.get(&format!("{base}/attachments/1")).await;
    assert_eq!(file.header("content-type"), "application/octet-stream", "html by its content");
    assert!(file.header("content-disposition").starts_with("attachment; "));
    assert!(file.policy().contains("sandbox") && file.html.contains("document.cookie"));
    assert_eq!(browser.get(&format!("{base}/attachments/9")).await.status, 404);
    let _ = site;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_a_mail_runs_or_loads_on_any_page() {
    on_both(async |site| {
        for (number, words) in HOSTILE.iter().enumerate() {
            site.desk.receives(&mail(number, words));
        }
        site.desk.settles().await;
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        is_harmless(&dora.get("/").await, "the list");
        let mut seen = 0;
        for line in site
            .desk
            .store()
            .ticket_list(&tierline::store::view::TicketFilter::default())
            .await
            .unwrap()
        {
            let number = line.ticket.number.to_string();
            let detail =
                site.desk.store().ticket_detail(&line.ticket.number).await.unwrap().unwrap();
            let words = HOSTILE.iter().find(|words| detail.mails[0].head.subject.ends_with(*words));
            let Some(words) = words else { continue };
            looked_at(site, &mut dora, &number, words).await;
            seen += 1;
        }
        assert!(seen >= 10, "only {seen} mails became tickets of their own");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_look_is_on_record_and_only_those_who_may_read_look() {
    on_both(async |site| {
        site.desk.receives(&mail(1, "plain"));
        site.desk.settles().await;
        let number = site.desk.only_ticket().await.ticket.number;
        let base = format!("/tickets/{number}/mails/1");
        let paths = ["original", "original/page", "source", "attachments/1"];
        let (mut lou, _) = site.signed_in("lou", Role::Auditor).await;
        let (mut olga, _) = site.signed_in("olga", Role::Operator).await;
        for path in paths {
            assert_eq!(lou.get(&format!("{base}/{path}")).await.status, 404, "{path}");
            assert_eq!(olga.get(&format!("{base}/{path}")).await.status, 404, "{path}");
        }
        let (mut dana, _) = site.signed_in("dana", Role::Agent).await;
        for path in paths {
            assert_eq!(dana.get(&format!("{base}/{path}")).await.status, 200, "{path}");
        }
        dana.get(&format!("{base}/source")).await;
        let stream = format!("reading:{}", site.id_of("dana").await);
        let events = site.desk.store().events_of(&stream).await.unwrap();
        let kinds: Vec<&str> = events.iter().map(|line| line.event.kind.as_str()).collect();
        assert_eq!(
            kinds,
            ["words_read", "original_read", "source_read", "attachment_taken", "source_read"]
        );
        for odd in
            ["mails/0/original", "mails/2/source", "mails/x/original", "mails/1/attachments/x"]
        {
            assert_eq!(dana.get(&format!("/tickets/{number}/{odd}")).await.status, 404, "{odd}");
        }
    })
    .await;
}
