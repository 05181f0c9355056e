//! The forecast over HTTP: for those who see figures, with people it did not
//! have, and with the words of what it cannot reckon.

use jiff::SignedDuration;
use tierline::domain::actor::Role;

use super::on_both;
use crate::harness::desk::mail;

/// Thirty-six days pass in which mails come on each of them.
const DAYS: u32 = 36;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_people_break_fewer_promises_and_the_page_says_how_many() {
    on_both(async |site| {
        for day in 0..DAYS {
            for number in 0..2 {
                let subject = format!("Escrow {day} {number}");
                let from = format!("Borrower <borrower{day}-{number}@example.net>");
                let text = "Why did my escrow payment go up?";
                site.desk.receives(&mail(&subject, text).from(&from).raw());
            }
            site.desk.polls(0).await;
            site.clock().advance(SignedDuration::from_hours(24));
        }
        let (mut sam, _) = site.signed_in("sam", Role::Supervisor).await;
        let page = sam.get("/board/forecast").await;
        assert_eq!(page.status, 200, "{}", page.html);
        assert!(page.html.contains("<svg") && page.html.contains("hours of work"), "{}", page.html);
        assert!(page.html.contains("No handling time is on record: 20 minutes are assumed"));
        for word in ["Borrower", "borrower1", "Escrow 1"] {
            assert!(!page.html.contains(word), "{word}");
        }
        let asked = sam.get("/board/forecast?what_if=agents%3D%2B9+mon-fri+8-18").await;
        assert_eq!(asked.status, 200, "{}", asked.html);
        assert!(asked.html.contains("agents&#x3D;+9 mon-fri 8-18"), "{}", asked.html);
        assert_ne!(after(&page.html, "<strong>"), "0.0");
        let (before, then) = (after(&asked.html, "<strong>"), after(&asked.html, "→ <strong>"));
        assert!(number(&then) < number(&before), "{before} {then}");

        for (what_if, fix) in [
            ("agents%3D%2B1+sun+9-12", "nobody is there at these hours"),
            ("nowhere/agents%3D%2B1+mon+9-12", "there is no queue called"),
            ("more+people", "write QUEUE/agents&#x3D;+N"),
        ] {
            let refused = sam.get(&format!("/board/forecast?what_if={what_if}")).await;
            assert_eq!(refused.status, 422, "{what_if}");
            assert!(refused.html.contains(fix), "{}", refused.html);
        }
        let (mut operator, _) = site.signed_in("olga", Role::Operator).await;
        assert_eq!(operator.get("/board/forecast").await.status, 404);
    })
    .await;
}

/// The words after `mark`, up to the bracket.
fn after(html: &str, mark: &str) -> String {
    let (_, rest) = html.split_once(mark).unwrap_or_else(|| panic!("{mark}: {html}"));
    rest.split(" (").next().unwrap().to_owned()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}
