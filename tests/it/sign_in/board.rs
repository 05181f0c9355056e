//! The board and the inbox of escalations over HTTP: who sees them, what a
//! supervisor does there, and that it is on record.

use tierline::app::work::{self, Wish};
use tierline::domain::actor::{Actor, Role};
use tierline::domain::command::Handover;
use tierline::domain::id::TicketNumber;
use tierline::store::worker::WorkerChange;

use super::browser::Site;
use super::on_both;
use crate::harness::desk::mail;

/// Rosa says that her servicer erred: a clock of the law, and one of ours.
const ERROR: &str = "Notice of error: you applied my payment to the wrong loan. Please correct \
                     this error in my account under RESPA.";

async fn ticket(site: &mut Site, subject: &str, text: &str) -> TicketNumber {
    site.desk.receives(&mail(subject, text).raw());
    site.desk.settles().await;
    site.desk.ticket(subject).await.ticket.number
}

/// What one person can do, so that tickets may be theirs.
async fn can(site: &Site, name: &str) {
    let skills = site.desk.app.standing();
    let queues = skills.desk.policy.rules.queues();
    let skills = queues.iter().flat_map(|queue| queue.skills.clone()).collect();
    let change = WorkerChange {
        skills: Some(skills),
        languages: Some(vec!["en".to_owned(), "es".to_owned()]),
        capacity: Some(3),
        ..WorkerChange::default()
    };
    let (id, now) = (site.id_of(name).await, site.desk.now());
    site.desk.store().change_worker(id, &change, "engine", now).await.unwrap();
}

async fn version(site: &Site, number: &TicketNumber) -> u64 {
    site.desk.store().find_view(number).await.unwrap().unwrap().ticket.version
}

/// The part of the page between the heading `id` and the next section.
fn part<'a>(html: &'a str, id: &str) -> &'a str {
    let start = html.find(&format!("<h2 id=\"{id}\"")).unwrap_or_else(|| panic!("{id}: {html}"));
    let rest = &html[start + 1..];
    &rest[..rest.find("<h2").unwrap_or(rest.len())]
}

/// The lane called `name` of a part.
fn lane<'a>(part: &'a str, name: &str) -> &'a str {
    let start = part.find(&format!("<h3>{name}")).unwrap();
    let rest = &part[start..];
    &rest[..rest.find("</section>").unwrap()]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_shows_each_promise_in_its_lane_and_the_law_apart() {
    on_both(async |site| {
        let number = ticket(site, "Notice of error", ERROR).await;
        let (mut sam, _) = site.signed_in("sam", Role::Supervisor).await;
        let page = sam.get("/board").await.html;
        let law = part(&page, "statutory");
        assert!(lane(law, "Later").contains("NOE_ACK"), "{page}");
        assert!(!law.contains("first_response"), "{law}");
        let ours = part(&page, "service");
        assert!(ours.contains("first_response") && !ours.contains("NOE_ACK"), "{ours}");
        assert!(ours.contains("nobody yet") && ours.contains("<time datetime="), "{ours}");
        for word in ["Rosa", "rosa@", "wrong loan", "Notice of error"] {
            assert!(!page.contains(word), "{word} is a borrower's: {page}");
        }
        site.clock().advance(jiff::SignedDuration::from_hours(24 * 30));
        let (mut sue, _) = site.signed_in("sue", Role::Supervisor).await;
        let page = sue.get("/board").await.html;
        let late = lane(part(&page, "statutory"), "Overdue");
        assert!(late.contains(number.as_str()) && late.contains("over"), "{late}");
        assert!(late.contains("due instant passed") && late.contains("⚖"), "{late}");
        assert!(late.contains("NOE_ACK") && !late.contains("NOE_RESP"), "{late}");
        assert!(lane(part(&page, "statutory"), "Later").contains("NOE_RESP"), "{page}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_lane_shows_the_first_fifty_cards_and_counts_them_all() {
    on_both(async |site| {
        ticket(site, "Notice of error", ERROR).await;
        let id = match site.desk.store().is_postgres() {
            true => "gen_random_uuid()",
            false => "randomblob(16)",
        };
        let columns = "ticket_id, kind, class, citation, state, started_at, due_at, due_on, \
                       internal_due_on, warnings, is_to_confirm, policy_revision, life";
        let copied = site
            .desk
            .sql(&format!(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) \
                 INSERT INTO clock (id, {columns}) SELECT {id}, {columns} FROM clock, n \
                 WHERE kind = 'NOE_ACK'"
            ))
            .await;
        assert_eq!(copied, 60);
        let (mut sam, _) = site.signed_in("sam", Role::Supervisor).await;
        let page = sam.get("/board").await.html;
        let later = lane(part(&page, "statutory"), "Later");
        assert_eq!(later.matches("<li class=\"promise\">").count(), 50, "{later}");
        assert!(later.contains("The most urgent 50 are shown"), "{later}");
        let counted = later.split("<span class=\"muted\">").nth(1).unwrap();
        let count: usize = counted.split('<').next().unwrap().parse().unwrap();
        assert!(count >= 61, "{later}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_is_in_the_address_and_what_it_does_not_know_is_said() {
    on_both(async |site| {
        let number = ticket(site, "Notice of error", ERROR).await;
        let queue = site.desk.only_ticket().await.ticket.queue;
        let (mut sam, _) = site.signed_in("sam", Role::Supervisor).await;
        let sams = site.id_of("sam").await;
        for (query, is_there) in [
            (format!("queue={queue}"), true),
            ("queue=payoff".to_owned(), queue == "payoff"),
            ("assignee=nobody".to_owned(), true),
            (format!("assignee={sams}"), false),
            ("tier=4".to_owned(), false),
        ] {
            let page = sam.get(&format!("/board?{query}")).await;
            assert_eq!(
                (page.status, page.html.contains(number.as_str())),
                (200, is_there),
                "{query}"
            );
            assert!(page.html.contains("selected") && page.html.contains("Show all"), "{query}");
        }
        for query in ["queue=nowhere", "tier=9", "assignee=%3Cscript%3E"] {
            let page = sam.get(&format!("/board?{query}")).await;
            assert_eq!(page.status, 422, "{query}");
            assert!(page.html.contains("There is no such") && page.html.contains(number.as_str()));
            assert!(!page.html.contains("<script>"));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_gives_a_ticket_on_the_board_and_the_record_says_so() {
    on_both(async |site| {
        let number = ticket(site, "Notice of error", ERROR).await;
        let (mut sam, _) = site.signed_in("sam", Role::Supervisor).await;
        let (mut dana, _) = site.signed_in("dana", Role::Agent).await;
        can(site, "dana").await;
        let danas = site.id_of("dana").await.to_string();
        let chosen = format!("{number} {}", version(site, &number).await);
        let form = [("ticket", chosen.as_str()), ("to", danas.as_str()), ("tier", "1")];
        assert_eq!(dana.post("/board/assign", &form).await.status, 404, "agents give nobody work");
        let page = dana.get("/board").await.html;
        assert!(page.contains(number.as_str()) && !page.contains("/board/assign"), "{page}");

        let given = sam.post("/board/assign", &form).await;
        assert_eq!((given.status, given.to.as_str()), (303, "/board?tier=1"), "{}", given.html);
        let view = site.desk.store().find_view(&number).await.unwrap().unwrap();
        assert_eq!(view.work.assignee.map(|id| id.to_string()), Some(danas.clone()));
        let record = site.desk.only_ticket().await.events;
        let by = format!("person:{}", site.id_of("sam").await);
        assert!(record.iter().any(|line| line.event.actor == by), "{record:?}");
        let page = sam.get("/board").await.html;
        assert!(part(&page, "statutory").contains("dana"), "{page}");
        let load = part(&page, "workload");
        let row = load.split("<tr>").find(|row| row.contains("dana")).unwrap();
        assert!(row.contains("<td class=\"number\">1</td>"), "{row}");

        let again = sam.post("/board/assign", &form).await;
        assert_eq!(again.status, 409, "the card showed an older state");
        assert!(
            again.html.contains("by sam") && again.html.contains("Please correct"),
            "{}",
            again.html
        );
        let none = sam.post("/board/assign", &[("ticket", "TL-0000-0000-0001 1")]).await;
        assert_eq!(none.status, 422);
    })
    .await;
}

async fn escalated(site: &mut Site) -> TicketNumber {
    let number = ticket(site, "My escrow", "Why did my escrow payment go up?").await;
    let dana =
        Actor { person: site.id_of("dana").await, name: "dana".to_owned(), role: Role::Agent };
    let note = Handover {
        tried: vec!["Explained the analysis <b>twice</b>.".to_owned()],
        documents: vec!["Analysis of November.".to_owned()],
        asked: "A second look.".to_owned(),
    };
    work::act(
        &site.desk.app,
        &number,
        &dana,
        None,
        &Wish::Escalate("escalations".to_owned(), note),
    )
    .await
    .unwrap();
    work::act(&site.desk.app, &number, &dana, None, &Wish::Raise("agent-asks-help".to_owned()))
        .await
        .unwrap();
    site.desk.climbs().await;
    number
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_escalation_is_claimed_from_the_inbox_with_its_handover_note() {
    on_both(async |site| {
        let (mut dana, _) = site.signed_in("dana", Role::Agent).await;
        let (mut sam, _) = site.signed_in("sam", Role::Supervisor).await;
        let number = escalated(site).await;
        let inbox = sam.get("/escalations").await.html;
        assert!(inbox.contains(number.as_str()) && !inbox.contains("Explained"), "{inbox}");
        let line = site.desk.store().open_escalations(9).await.unwrap();
        let path = format!("/escalations/{}", line.first().unwrap().escalation.id);
        assert!(inbox.contains(&path), "{inbox}");
        let stream = format!("reading:{}", site.id_of("sam").await);
        assert!(site.desk.store().events_of(&stream).await.unwrap().is_empty());
        let page = sam.get(&path).await.html;
        assert!(page.contains("Explained the analysis &lt;b&gt;twice"), "{page}");
        assert!(page.contains("<strong>dana</strong>"), "{page}");
        assert_eq!(site.desk.store().events_of(&stream).await.unwrap().len(), 1);

        let empty = sam.post(&path, &[("act", "refuse"), ("reason", "  ")]).await;
        assert_eq!(empty.status, 422);
        assert!(empty.html.contains("Say why it is not for you"), "{}", empty.html);
        let seen = version(site, &number).await.to_string();
        let claimed = sam.post(&path, &[("act", "claim"), ("seen", &seen)]).await;
        assert_eq!(
            (claimed.status, claimed.to.as_str()),
            (303, "/escalations"),
            "{}",
            claimed.html
        );
        assert!(sam.get("/escalations").await.html.contains("Nothing waits for somebody"));
        let late = dana.post(&path, &[("act", "claim"), ("seen", &seen)]).await;
        assert_eq!(late.status, 404, "nobody claims it twice");
        let ticket = site.desk.only_ticket().await;
        let by = format!("person:{}", site.id_of("sam").await);
        let claim = ticket.events.iter().find(|line| line.event.kind.contains("claimed"));
        assert_eq!(claim.unwrap().event.actor, by);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_has_a_reason_which_the_record_does_not_repeat() {
    on_both(async |site| {
        site.signed_in("dana", Role::Agent).await;
        let (mut sam, _) = site.signed_in("sam", Role::Supervisor).await;
        let number = escalated(site).await;
        let line = site.desk.store().open_escalations(9).await.unwrap();
        let path = format!("/escalations/{}", line.first().unwrap().escalation.id);
        let reason = "Rosa was told already.";
        let unseen = sam.post(&path, &[("act", "refuse"), ("reason", reason)]).await;
        assert_eq!(unseen.status, 422, "it was not said what was seen: {}", unseen.html);
        assert!(unseen.html.contains("Rosa was told already."), "kept: {}", unseen.html);
        let seen = version(site, &number).await.to_string();
        let refuse = [("act", "refuse"), ("reason", reason), ("seen", &*seen)];
        let refused = sam.post(&path, &refuse).await;
        assert_eq!(refused.status, 303, "{}", refused.html);
        let ticket = site.desk.only_ticket().await;
        assert!(ticket.events.iter().any(|line| line.event.kind.contains("refused")));
        assert!(!format!("{:?}", ticket.events).contains("told already"));
        let (mut auditor, _) = site.signed_in("lou", Role::Auditor).await;
        assert_eq!(auditor.get("/escalations").await.status, 404);
    })
    .await;
}
