//! The record is searched and taken away with its proof; a ticket's pack holds
//! all of it; and both are on the record themselves.

use serde_json::Value;
use tierline::domain::actor::Role;
use tierline::domain::digest::Digest;
use tierline::domain::event::Event;

use crate::harness::desk::mail;
use crate::sign_in::browser::Site;
use crate::sign_in::on_both;

const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";

async fn with_a_ticket(site: &mut Site) -> String {
    site.desk.receives(&mail("Notice of error", NOTICE).raw());
    site.desk.settles().await;
    site.desk.only_ticket().await.ticket.number.to_string()
}

/// The chain made again from the lines of an export alone.
fn is_proven(lines: &[Value]) -> bool {
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    lines.iter().all(|line| {
        let event = Event {
            stream: text(line, "stream"),
            at: text(line, "at").parse().unwrap(),
            actor: text(line, "actor"),
            kind: text(line, "kind"),
            particulars: Value::Null,
        };
        let previous = Digest::from_hex(&text(line, "previous")).unwrap();
        let seq = line["seq"].as_u64().unwrap();
        let hash = event.chained_as(seq, previous, &text(line, "particulars"));
        hash.hex() == text(line, "hash")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_record_is_searched_and_leaves_with_its_proof() {
    on_both(async |site| {
        let number = with_a_ticket(site).await;
        let (mut lou, _) = site.signed_in("lou", Role::Auditor).await;
        let all = lou.get("/audit").await.html;
        assert_eq!(all.matches("<details>").count(), 50, "one page: {all}");
        assert!(all.contains("rel=\"next\"") && all.contains("</span> whole</span>"), "{all}");
        let (_, rest) = all.split_once("rel=\"next\" href=\"").unwrap();
        let next = rest.split('"').next().unwrap().replace("&amp;", "&").replace("&#x3D;", "=");
        let second = lou.get(&next).await.html;
        assert!(second.contains("First page") && second.contains("<details>"), "{second}");

        let of_ticket = lou.get(&format!("/audit?ticket={number}&what=clock_")).await.html;
        assert!(of_ticket.contains("clock_started") && !of_ticket.contains("ticket_opened"));
        let by_cora = lou.get("/audit?who=cora").await.html;
        assert!(by_cora.contains("template_approved") && by_cora.contains("<td>cora</td>"));
        assert!(!by_cora.contains("ticket_opened"), "{by_cora}");
        let later = lou.get("/audit?from=2026-11-25").await.html;
        assert!(later.contains("No line of the record"), "{later}");
        for (query, word) in [
            ("who=nobody", "Nobody here has that name"),
            ("ticket=7", "No ticket has that number"),
            ("from=soon", "soon"),
        ] {
            let wrong = lou.get(&format!("/audit?{query}")).await;
            assert!(wrong.status == 422 && wrong.html.contains(word), "{}", wrong.html);
        }

        let form = [("ticket", number.as_str()), ("format", "jsonl")];
        let file = lou.post("/audit/export", &form).await;
        assert_eq!(file.status, 200, "{}", file.html);
        assert!(file.header("content-disposition").contains("record.jsonl"));
        assert!(file.policy().contains("sandbox"), "{}", file.policy());
        let mut lines: Vec<Value> =
            file.html.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let proof = lines.pop().unwrap();
        assert!(is_proven(&lines) && !lines.is_empty());
        let last = lines.last().unwrap();
        assert_eq!(proof["proof"]["heads"][0]["hash"], last["hash"], "the chain ends there");
        let exports = site.desk.store().events_of("exports").await.unwrap();
        let told = &exports[0].event;
        assert_eq!(told.actor, format!("person:{}", site.id_of("lou").await));
        let sha256 = Digest::of(file.html.as_bytes()).hex();
        assert_eq!(told.particulars["sha256"].as_str(), Some(sha256.as_str()));
        let table = lou.post("/audit/export", &[("who", "cora"), ("format", "csv")]).await;
        assert!(table.html.starts_with("stream,seq,at,actor,kind,particulars,previous,hash"));
        assert_eq!(site.desk.store().events_of("exports").await.unwrap().len(), 2);
        assert_eq!(lou.post("/audit/export", &[("format", "exe")]).await.status, 422);

        let (mut agent, _) = site.signed_in("dana", Role::Agent).await;
        assert_eq!(agent.get("/audit").await.status, 404);
        assert_eq!(agent.post("/audit/export", &form).await.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_line_is_shown_as_changed() {
    on_both(async |site| {
        let number = with_a_ticket(site).await;
        let (mut lou, _) = site.signed_in("lou", Role::Auditor).await;
        // The database itself refuses: somebody took its guard away first.
        let guard = match site.desk.store().is_postgres() {
            true => "ALTER TABLE event DISABLE TRIGGER ALL;",
            false => "DROP TRIGGER event_keeps_its_text;",
        };
        site.desk
            .sql(&format!("{guard} UPDATE event SET actor = 'nobody' WHERE kind = 'ticket_opened'"))
            .await;
        let page = lou.get(&format!("/audit?ticket={number}")).await.html;
        assert!(page.contains("</span> changed</span>"), "{page}");
        assert!(page.contains("</span> broken</span>") && page.contains("it was changed"));
        let pack = lou.get(&format!("/tickets/{number}/pack")).await.html;
        assert!(pack.contains("</span> broken</span>"), "{pack}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_holds_all_of_a_ticket_and_words_only_for_those_who_may_read() {
    on_both(async |site| {
        let number = with_a_ticket(site).await;
        let path = format!("/tickets/{number}/pack");
        let (mut dora, _) = site.signed_in("dora", Role::Compliance).await;
        let pack = dora.get(&path).await.html;
        for part in [
            "November payment",
            "Rosa Delgado",
            "NOE_ACK</h2>",
            "ticket_opened",
            "</span> the same</span>",
            "We received your email",
            "by dora",
        ] {
            assert!(pack.contains(part), "{part}: {pack}");
        }
        let exports = site.desk.store().events_of("exports").await.unwrap();
        assert_eq!(exports[0].event.kind, "pack_made");
        let sha256 = exports[0].event.particulars["sha256"].as_str().unwrap();
        assert!(pack.contains(sha256), "the page names what the record names");
        let reading = format!("reading:{}", site.id_of("dora").await);
        assert_eq!(site.desk.store().events_of(&reading).await.unwrap().len(), 1);

        let (mut lou, _) = site.signed_in("lou", Role::Auditor).await;
        let pack = lou.get(&path).await.html;
        assert!(pack.contains("ticket_opened") && pack.contains("not for your role"), "{pack}");
        for word in ["November payment", "Rosa", "rosa@", "We received your email"] {
            assert!(!pack.contains(word), "{word}: {pack}");
        }
        let (mut agent, _) = site.signed_in("dana", Role::Agent).await;
        assert_eq!(agent.get(&path).await.status, 404);
    })
    .await;
}
