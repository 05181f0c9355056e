//! Who reads what borrowers wrote, what stays hidden from everybody, and that
//! each reading is on record.

use tierline::domain::actor::Role;

use super::on_both;
use crate::harness::desk::mail;

const LETTER: &str = "Hello, my SSN is 000-12-3456. Why did my escrow payment go up?\r\n\
                      <script>alert(1)</script> \"quotes\" & more\r\n\r\n\
                      On Mon, Nov 23, 2026, Care wrote:\r\n> we wrote this before\r\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_reads_the_words_with_what_the_rules_found_marked_and_secrets_hidden() {
    on_both(async |site| {
        site.desk.receives(&mail("My escrow <b>", LETTER).raw());
        site.desk.settles().await;
        let number = site.desk.only_ticket().await.ticket.number;
        let path = format!("/tickets/{number}");
        let (mut ana, _) = site.signed_in("dana", Role::Agent).await;
        let page = ana.get(&path).await.html;
        assert!(page.contains("Rosa Delgado") && page.contains("Why did my "), "{page}");
        assert!(page.contains("<mark>"), "what the rules found is marked: {page}");
        assert!(!page.contains("000-12-3456") && page.contains("••••"), "{page}");
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "{page}");
        assert!(page.contains("My escrow &lt;b&gt;"), "{page}");
        let quoted = page.find("Quoted text").unwrap();
        assert!(page.find("we wrote this before").unwrap() > quoted, "folded away: {page}");
        assert!(!page.contains("id=\"events\""), "the record is for supervisors");
        ana.get(&path).await;
        let stream = format!("reading:{}", site.id_of("dana").await);
        let readings = site.desk.store().events_of(&stream).await.unwrap();
        assert_eq!(readings.len(), 1, "the same reading is one event");
        site.clock().advance(jiff::SignedDuration::from_mins(14));
        ana.get("/").await;
        site.clock().advance(jiff::SignedDuration::from_mins(1));
        ana.get(&path).await;
        assert_eq!(site.desk.store().events_of(&stream).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_sees_the_record_and_no_words() {
    on_both(async |site| {
        site.desk.receives(&mail("My escrow", LETTER).raw());
        site.desk.settles().await;
        let number = site.desk.only_ticket().await.ticket.number;
        let (mut auditor, _) = site.signed_in("lou", Role::Auditor).await;
        let page = auditor.get(&format!("/tickets/{number}")).await.html;
        assert!(page.contains("id=\"events\"") && page.contains("ticket_opened"), "{page}");
        for word in ["Rosa", "escrow payment", "My escrow", "rosa@", "000-12"] {
            assert!(!page.contains(word), "{word}: {page}");
        }
        let (mut operator, _) = site.signed_in("olga", Role::Operator).await;
        assert_eq!(operator.get(&format!("/tickets/{number}")).await.status, 404);
    })
    .await;
}
