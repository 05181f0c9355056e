//! The search box: what it finds, where words may stand, and who may look.

use tierline::domain::actor::Role;

use super::house::{acts, asks, skilled};
use crate::sign_in::browser::{Answer, Browser};
use crate::sign_in::on_both;

/// Sends the box, and follows it to what was found.
async fn finds(browser: &mut Browser, text: &str) -> Answer {
    let sent = browser.post("/search", &[("q", text)]).await;
    assert_eq!(sent.status, 303, "{text}: {}", sent.html);
    let found = browser.get(&sent.to).await;
    assert_eq!(found.status, 200, "{text}: {}", found.html);
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_and_words_find_what_is_like_that_and_nothing_else() {
    on_both(async |site| {
        let plain =
            asks(site, "My escrow", "Why did my escrow payment go up twice in March?").await;
        let spanish = asks(
            site,
            "Mi cuenta",
            "Hola, ¿por qué subió el depósito en garantía? Mi número es 000-12-3456. Gracias.",
        )
        .await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        assert_eq!(acts(&mut dana, &plain, "take", &[]).await.status, 303);
        let has = |html: &str, number: &str| html.contains(&format!("/tickets/{number}\""));
        for (text, is_plain, is_spanish) in [
            ("is:mine", true, false),
            ("is:waiting", false, true),
            ("is:open", true, false),
            ("-is:open", false, true),
            ("queue:escrow is:mine", true, false),
            ("lang:es", false, true),
            ("tier:4", false, false),
            ("is:late", false, false),
            ("due:<300d", true, true),
            ("clock:first_response -lang:es", true, false),
            ("before:2026-11-24", false, false),
            ("after:2026-11-24 category:escrow is:mine", true, false),
            (plain.as_str(), true, false),
            ("\"payment go up twice\"", true, false),
            ("\"go payment\"", false, false),
            ("ESCROW twice", true, false),
            ("DEPOSITO garantia", false, true),
            ("hola -is:waiting", false, false),
            ("-march lang:en", false, false),
            ("3456", false, false),
            ("a\"b' OR 1=1) --", false, false),
        ] {
            let found = finds(&mut dana, text).await.html;
            assert_eq!(has(&found, plain.as_str()), is_plain, "{text}: {found}");
            assert_eq!(has(&found, spanish.as_str()), is_spanish, "{text}: {found}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_word_of_a_mail_stands_in_an_address_or_in_the_record() {
    on_both(async |site| {
        asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        let rows = dana.post("/search", &[("q", "is:new lang:en")]).await;
        assert_eq!((rows.status, rows.to.as_str()), (303, "/search?q=is%3Anew+lang%3Aen"));
        let words = dana.post("/search", &[("q", "escrow payment")]).await;
        assert!(words.status == 303 && !words.to.contains("escrow"), "{}", words.to);
        let typed = dana.get("/search?q=escrow+payment").await;
        assert!(typed.status == 422 && typed.html.contains("in no address"), "{}", typed.html);
        for (text, part) in [
            ("owner:ana escrow", "“owner:ana”: known are is:"),
            ("is:odd", "“is:odd”"),
            ("<b>:x", "“&lt;b&gt;:x”"),
            ("", "type what to look for"),
        ] {
            let refused = dana.post("/search", &[("q", text)]).await;
            assert_eq!(refused.status, 422, "{text}");
            assert!(refused.html.contains(part), "{text}: {}", refused.html);
        }
        let mut erin = skilled(site, "erin", Role::Agent, &["escrow"]).await;
        assert_eq!(erin.get(&words.to).await.status, 404, "each their own");
        assert_eq!(dana.get("/search/nonsense").await.status, 404);
        let mut lou = skilled(site, "lou", Role::Auditor, &[]).await;
        assert_eq!(lou.post("/search", &[("q", "escrow")]).await.status, 404);

        let id = site.id_of("dana").await;
        let lines = site.desk.store().events_of(&format!("reading:{id}")).await.unwrap();
        let searches: Vec<_> = lines.iter().filter(|line| line.event.kind == "searched").collect();
        assert_eq!(searches.len(), 1, "{lines:?}");
        assert!(!lines.iter().any(|line| line.event.particulars.to_string().contains("escrow")));
        dana.get("/search?q=is%3Anew").await;
        let lines = site.desk.store().events_of(&format!("reading:{id}")).await.unwrap();
        assert_eq!(lines.iter().filter(|line| line.event.kind == "searched").count(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_moved_to_another_ticket_is_found_there() {
    on_both(async |site| {
        let first = asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let second = asks(site, "My taxes", "The county says quintupled assessment.").await;
        let mut sam = skilled(site, "sam", Role::Supervisor, &[]).await;
        let joined = acts(&mut sam, &second, "merge", &[("into", first.as_str())]).await;
        assert_eq!(joined.status, 303, "{}", joined.html);
        let found = finds(&mut sam, "quintupled").await.html;
        assert!(found.contains(&format!("/tickets/{first}\"")), "{found}");
        assert!(!found.contains(&format!("/tickets/{second}\"")), "{found}");
    })
    .await;
}
