//! A whole day of an agent, with a colleague who is faster once.

use tierline::domain::actor::Role;
use tierline::domain::ticket::Status;

use super::house::{acts, acts_on, asks, page, seen, skilled};
use crate::sign_in::on_both;

const HOSTILE: &str = "</textarea><script>alert(1)</script> & \"quotes\"";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_takes_the_next_ticket_notes_hears_of_a_colleague_and_resolves() {
    on_both(async |site| {
        let number = asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        let mut erin = skilled(site, "erin", Role::Agent, &["escrow"]).await;

        let next = dana.post("/next", &[]).await;
        assert_eq!((next.status, next.to), (303, format!("/tickets/{number}?chosen=next")));
        let chosen = dana.get(&format!("/tickets/{number}?chosen=next")).await.html;
        assert!(chosen.contains("This one is yours now") && chosen.contains("is due"), "{chosen}");
        assert!(chosen.contains("You have this ticket."), "{chosen}");
        let none = dana.post("/next", &[]).await;
        assert!(none.status == 200 && none.html.contains("Nothing waits for you"), "{}", none.html);

        let early = seen(&page(&mut erin, &number).await);
        let noted = acts(&mut dana, &number, "note", &[("text", HOSTILE)]).await;
        assert_eq!((noted.status, noted.to), (303, format!("/tickets/{number}")));
        let shown = page(&mut dana, &number).await;
        assert!(shown.contains("Internal note of dana") && shown.contains("🔒"), "{shown}");
        assert!(!shown.contains("<script>") && shown.contains("&lt;script&gt;"), "{shown}");

        let late = acts_on(&mut erin, &number, &early, "note", &[("text", HOSTILE)]).await;
        assert_eq!(late.status, 409, "{}", late.html);
        assert!(late.html.contains("dana was faster: note written"), "{}", late.html);
        let typed = late.html.split("<textarea").find(|part| part.starts_with(" id=\"note-text\""));
        let typed = typed.unwrap();
        assert!(typed.contains("&lt;/textarea&gt;&lt;script&gt;"), "{typed}");
        assert!(!late.html.contains("<script>"), "{}", late.html);
        let again = seen(&late.html);
        let sent = acts_on(&mut erin, &number, &again, "note", &[("text", "I saw it")]).await;
        assert_eq!(sent.status, 303, "{}", sent.html);

        let resolved = acts(&mut dana, &number, "resolve", &[("reason", "explained")]).await;
        assert_eq!(resolved.status, 303, "{}", resolved.html);
        assert_eq!(site.desk.only_ticket().await.ticket.status, Status::Resolved);
        assert_eq!(acts(&mut dana, &number, "close", &[]).await.status, 303);
        let reopened = acts(&mut erin, &number, "reopen", &[("reason", "asked again")]).await;
        assert_eq!(reopened.status, 303, "{}", reopened.html);
        assert_eq!(site.desk.only_ticket().await.ticket.status, Status::Open);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gets_no_ticket_hears_why() {
    on_both(async |site| {
        asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        site.desk.sql("UPDATE person SET capacity = 0 WHERE name = 'dana'").await;
        let none = dana.post("/next", &[]).await;
        assert_eq!(none.status, 422, "{}", none.html);
        assert!(none.html.contains("holds 0 tickets and can hold 0"), "{}", none.html);
    })
    .await;
}
