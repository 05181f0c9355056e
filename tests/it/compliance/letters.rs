//! Letters that did not go their way, and one letter exactly as it left.

use tierline::domain::actor::Role;
use tierline::domain::id::TicketNumber;
use tierline::domain::letter::LetterState;

use crate::harness::desk::mail;
use crate::sign_in::browser::Site;
use crate::sign_in::on_both;

async fn letter(site: &mut Site) -> (String, TicketNumber) {
    site.desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
    site.desk.settles().await;
    let detail = site.desk.only_ticket().await;
    assert_eq!(detail.letters[0].state, LetterState::HandedOver);
    (format!("/letters/{}", detail.letters[0].id), detail.ticket.number)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_is_shown_exactly_as_it_left_and_that_it_was_read_is_on_record() {
    on_both(async |site| {
        let (path, number) = letter(site).await;
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        let page = dora.get(&path).await.html;
        assert_eq!(page.matches("</span> the same</span>").count(), 2, "both proofs: {page}");
        for part in [number.as_str(), "handed over", "cora, <time", "We received your email on"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(page.contains("rosa@example.net") && page.contains("Message-ID: "), "{page}");
        let stream = format!("reads:{}", site.id_of("dora").await);
        assert_eq!(site.desk.store().events_of(&stream).await.unwrap().len(), 1);
        let all = dora.get("/letters?state=handed_over").await.html;
        assert!(all.contains(&path) && !all.contains("rosa@"), "{all}");

        let (mut lou, _) = site.signed_in("lou", Role::Auditor).await;
        let page = lou.get(&path).await.html;
        assert!(page.contains("</span> the same</span>"), "{page}");
        for word in ["rosa@", "We received your email", "Message-ID"] {
            assert!(!page.contains(word), "{word}: {page}");
        }
        let (mut agent, _) = site.signed_in("dana", Role::Agent).await;
        for path in ["/letters", &path] {
            assert_eq!(agent.get(path).await.status, 404);
        }
        for odd in ["/letters/7", "/letters/00000000-0000-0000-0000-000000000000"] {
            assert_eq!(dora.get(odd).await.status, 404);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn held_and_uncertain_letters_say_why_and_what_to_do() {
    on_both(async |site| {
        let (path, _) = letter(site).await;
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        assert!(dora.get("/letters").await.html.contains("nothing is held"));
        for (state, reason, advice) in [
            ("held", "template_stopped", "Start it again"),
            ("held", "no_approved_template", "Approve a version"),
            ("uncertain", "", "Nobody can know"),
            ("discarded", "bounced", "on paper or by telephone"),
        ] {
            site.desk
                .sql(&format!("UPDATE outbox SET state = '{state}', reason = '{reason}'"))
                .await;
            let page = dora.get("/letters").await.html;
            assert!(page.contains(&path) && page.contains(advice), "{state} {reason}: {page}");
            assert!(page.contains(&reason.replace('_', " ")), "{page}");
        }
    })
    .await;
}
