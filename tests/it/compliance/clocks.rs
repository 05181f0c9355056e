//! The clocks of the law over all loans, and the life of each as a picture and
//! a table.

use jiff::SignedDuration;
use tierline::app::clock_act::act;
use tierline::domain::actor::Role;
use tierline::domain::catalogue::Deed;
use tierline::domain::clock_act::{By, ClockAct};

use crate::harness::desk::mail;
use crate::sign_in::browser::Site;
use crate::sign_in::on_both;

const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";

async fn acts(site: &Site, wanted: ClockAct, by: By) {
    let ticket = site.desk.only_ticket().await.ticket.id;
    act(&site.desk.app, ticket, &wanted, by).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statutory_clocks_are_listed_by_what_the_address_asks_for() {
    on_both(async |site| {
        for n in 0..30 {
            site.desk.receives(&mail(&format!("Notice of error {n}"), NOTICE).raw());
        }
        site.desk.settles().await;
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        let first = dora.get("/clocks").await.html;
        assert_eq!(first.matches("/timeline\">").count(), 50, "{first}");
        let (_, rest) = first.split_once("rel=\"next\" href=\"").expect("there are more");
        let next = rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#x3D;", "=");
        let second = dora.get(&next).await.html;
        assert!(second.contains("First page") && second.contains("/timeline\">"), "{second}");

        let of_kind = dora.get("/clocks?kind=NOE_ACK&state=running").await.html;
        assert_eq!(of_kind.matches("<td>NOE_ACK</td>").count(), 30, "{of_kind}");
        assert!(!of_kind.contains("<td>NOE_RESP</td>"));
        let none = dora.get("/clocks?state=breached").await.html;
        assert!(none.contains("No clock of the law is like that"), "{none}");
        let late = dora.get("/clocks?until=2026-11-30").await.html;
        assert!(!late.contains("NOE_ACK</td>"), "due on December 1: {late}");
        let wrong = dora.get("/clocks?from=yesterday").await;
        assert!(wrong.status == 422 && wrong.html.contains("yesterday"), "{}", wrong.html);

        let file = dora.get("/clocks.csv?kind=NOE_ACK").await;
        assert_eq!(file.html.lines().count(), 31, "{}", file.html);
        assert!(file.header("content-disposition").starts_with("attachment"));
        assert!(file.html.contains(",NOE_ACK,running,") && file.html.contains("12 CFR"));
        let (mut agent, _) = site.signed_in("dana", Role::Agent).await;
        for path in ["/clocks", "/clocks.csv"] {
            assert_eq!(agent.get(path).await.status, 404);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_life_of_a_clock_is_drawn_and_told_in_the_same_words() {
    on_both(async |site| {
        site.desk.receives(&mail("Notice of error <b>", NOTICE).raw());
        site.desk.settles().await;
        let number = site.desk.only_ticket().await.ticket.number;
        let ana = By { id: site.desk.ana, role: Role::Agent };
        let cora = By { id: site.desk.cora, role: Role::Compliance };
        acts(site, ClockAct::Pause { clock: "first_response".to_owned() }, ana).await;
        site.clock().advance(SignedDuration::from_hours(20));
        acts(site, ClockAct::Resume { clock: "first_response".to_owned() }, ana).await;
        let deed = Deed {
            what: "letter:extension-notice".to_owned(),
            at: site.desk.app.now() - SignedDuration::from_hours(1),
            is_in_writing: true,
        };
        acts(site, ClockAct::Record { deed, named_on: None }, ana).await;
        let (clock, reason) = ("NOE_RESP".to_owned(), "old & dusty records".to_owned());
        acts(site, ClockAct::Extend { clock, reason }, cora).await;
        site.clock().advance(SignedDuration::from_hours(24 * 20));
        site.desk.settles().await;

        let (mut lou, _) = site.signed_in("lou", Role::Auditor).await;
        let page = lou.get(&format!("/tickets/{number}/timeline")).await.html;
        for part in [
            ">former due</th>",
            ">extended</th><td>old &amp; dusty records</td><td>cora</td>",
            ">breach</th>",
            ">paused</th><td></td><td>ana</td>",
            "fill=\"url(#hatch)\"",
            "class=\"stretch statutory\"",
            "class=\"stretch paused\"",
            "not counted: Thanksgiving",
            "12 CFR 1024.35",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let (law, ours) = (page.find("NOE_ACK</h2>"), page.find("first_response</h2>"));
        assert!(law.unwrap() < ours.unwrap(), "those of the law first");
        assert!(!page.contains("tells something else"), "{page}");
        assert!(!page.contains("style="), "no inline style");
        assert!(!page.contains("credit my November"), "no borrower's words");
        site.desk.sql("UPDATE clock SET due_at = due_at + 1 WHERE kind = 'NOE_RESP'").await;
        let page = lou.get(&format!("/tickets/{number}/timeline")).await.html;
        assert!(page.contains("tells something else"), "a row changed behind the record");
        let (mut olga, _) = site.signed_in("olga", Role::Operator).await;
        assert_eq!(olga.get(&format!("/tickets/{number}/timeline")).await.status, 404);
    })
    .await;
}
