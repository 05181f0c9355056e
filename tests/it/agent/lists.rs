//! My work and the queues: what stands in them, in which order, and how a list
//! is asked for, kept and found again.

use jiff::SignedDuration;
use tierline::domain::actor::Role;

use super::house::{acts, asks, skilled};
use crate::harness::desk::mail;
use crate::sign_in::on_both;

const NOTICE: &str =
    "This is a notice of error under 12 CFR 1024.35: you paid the wrong escrow tax bill.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_due_first_stands_first_with_both_clocks_and_what_is_new() {
    on_both(async |site| {
        let late = asks(site, "My notice", NOTICE).await;
        site.clock().advance(SignedDuration::from_hours(30));
        let early = asks(site, "My escrow <b>", "Why did my escrow payment go up?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        let empty = dana.get("/work").await.html;
        assert!(empty.contains("You have no ticket here"), "{empty}");
        let skills = ["escrow", "payments", "loan-services", "escalations", "compliance"];
        let change = tierline::store::worker::WorkerChange {
            skills: Some(skills.iter().map(|skill| (*skill).to_owned()).collect()),
            ..Default::default()
        };
        let id = site.id_of("dana").await;
        let now = site.desk.now();
        site.desk.store().change_worker(id, &change, "engine", now).await.unwrap();
        for number in [&late, &early] {
            let taken = acts(&mut dana, number, "take", &[]).await;
            assert_eq!(taken.status, 303, "{}", taken.html);
        }
        let list = dana.get("/work").await.html;
        let place = |what: &str| list.find(what).unwrap_or_else(|| panic!("{what}: {list}"));
        assert!(list.contains("<strong>2</strong> open"), "{list}");
        assert!(
            list.contains("My escrow &lt;b&gt;") && list.contains("statutory</span>"),
            "{list}"
        );
        assert!(!list.contains("new mail"), "both were read: {list}");
        assert!(place(late.as_str()) < place(early.as_str()), "{list}");

        let reply = mail("Re: My escrow <b>", "And one more thing about my escrow payment.");
        let letter = site.desk.arrived().pop().unwrap();
        let reply = reply.to(&letter.header("Reply-To")).in_reply_to(&letter.message_id());
        site.desk.receives(&reply.raw());
        site.desk.settles().await;
        let list = dana.get("/work").await.html;
        assert_eq!(list.matches("new mail").count(), 1, "{list}");

        let reads = site.desk.store().events_of(&format!("reading:{id}")).await.unwrap();
        let lists = reads.iter().filter(|line| line.event.kind == "subjects_read").count();
        assert_eq!(lists, 1, "the same list again is the same reading");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_filtered_by_its_address_and_kept_under_a_name() {
    on_both(async |site| {
        let notice = asks(site, "My notice", NOTICE).await;
        let plain = asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let queue_of = |detail: tierline::store::view::TicketDetail| detail.ticket.queue;
        let queue = queue_of(site.desk.ticket("My escrow").await);
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        let path = format!("/queues/{queue}");
        let has = |html: &str, number: &str| html.contains(&format!("/tickets/{number}\""));
        let all = dana.get(&path).await.html;
        assert!(has(&all, plain.as_str()), "{all}");
        for (query, is_there) in [
            ("status=new", true),
            ("status=closed", false),
            ("language=en", true),
            ("language=es", false),
            ("assignee=nobody", true),
            ("assignee=me", false),
            ("due=0", false),
            ("due=8000", true),
            ("category=escrow&tier=", true),
            ("clock=NOE_ACK", false),
        ] {
            let answer = dana.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, 200, "{query}: {}", answer.html);
            assert_eq!(has(&answer.html, plain.as_str()), is_there, "{query}: {}", answer.html);
        }
        for query in ["status=odd", "due=soon", "due=-1", "category=no", "who=ana", "page=x"] {
            let answer = dana.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status, 422, "{query}: {}", answer.html);
            assert!(!has(&answer.html, plain.as_str()), "{query}");
        }
        assert_eq!(dana.get("/queues/no-such").await.status, 404);

        let address = format!("{path}?language=en&status=new");
        let kept = dana.post("/views", &[("address", &address), ("name", "<i>English")]).await;
        assert_eq!(
            (kept.status, kept.to.as_str()),
            (303, &*format!("{path}?status=new&language=en"))
        );
        let page = dana.get("/queues").await.html;
        assert!(page.contains("&lt;i&gt;English</a>") && !page.contains("<i>"), "{page}");
        assert!(page.contains("status&#x3D;new") || page.contains("status=new"), "{page}");
        for (address, name) in
            [("https://evil.example.com/", "x"), ("/account", "x"), (path.as_str(), " ")]
        {
            let refused = dana.post("/views", &[("address", address), ("name", name)]).await;
            assert_eq!(refused.status, 422, "{address} {name}");
        }
        let mut erin = skilled(site, "erin", Role::Agent, &[]).await;
        assert!(!erin.get("/queues").await.html.contains("English"), "each their own");
        let view = page.split("name=\"view\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(erin.post("/views/remove", &[("view", view)]).await.status, 422);
        assert_eq!(dana.post("/views/remove", &[("view", view)]).await.status, 303);
        assert!(!dana.get("/queues").await.html.contains("English"));
        assert_ne!(notice, plain);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_tickets_change_at_once_after_a_page_that_says_what_would_change() {
    on_both(async |site| {
        let first = asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let second = asks(site, "My escrow two", "Why did my escrow payment go up?").await;
        let closed = asks(site, "My escrow three", "Why did my escrow payment go up?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        let list = dana.get("/queues/escrow").await.html;
        let seen = |number: &str| {
            let (_, rest) = list.split_once(&format!("name=\"ticket:{number}\" value=\"")).unwrap();
            (format!("ticket:{number}"), rest.split('"').next().unwrap().to_owned())
        };
        let ticks: Vec<_> = [&first, &second, &closed].map(|one| seen(one.as_str())).into();
        let with = |fields: &[(&str, &str)]| {
            let ticks = ticks.iter().map(|(name, value)| (name.clone(), value.clone()));
            let fields = fields.iter().map(|(name, value)| (name.to_string(), value.to_string()));
            ticks.chain(fields).collect::<Vec<_>>()
        };
        let resolved = acts(&mut dana, &closed, "resolve", &[("reason", "answered")]).await;
        assert_eq!(resolved.status, 303, "{}", resolved.html);

        let form = with(&[("act", "requeue"), ("reason", "<b>theirs")]);
        let form: Vec<_> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let refused = dana.post("/bulk", &form).await;
        assert!(
            refused.status == 422 && refused.html.contains("Choose a queue."),
            "{}",
            refused.html
        );
        assert!(refused.html.contains("value=\"&lt;b&gt;theirs\""), "{}", refused.html);
        assert!(refused.html.contains(&format!("name=\"ticket:{first}\"")), "{}", refused.html);

        let fields = [
            ("act", "prioritize"),
            ("priority", "urgent"),
            ("reason", "a storm"),
            ("back", "/queues/escrow"),
        ];
        let form = with(&fields);
        let form: Vec<_> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let told = dana.post("/bulk", &form).await;
        assert_eq!(told.status, 200, "{}", told.html);
        assert!(told.html.contains("2 change, 1 skipped"), "{}", told.html);
        assert!(told.html.contains("the ticket has changed since"), "{}", told.html);
        let priority = site.desk.ticket("My escrow").await.ticket.priority;
        assert_eq!(priority.word(), "normal", "nothing is done yet");
        let done = dana.post("/bulk/done", &form).await;
        assert!(done.html.contains("2 changed, 1 not changed"), "{}", done.html);
        assert!(done.html.contains("href=\"/queues/escrow\""), "{}", done.html);
        for subject in ["My escrow", "My escrow two"] {
            let detail = site.desk.ticket(subject).await;
            assert_eq!(detail.ticket.priority.word(), "urgent");
            let kinds: Vec<_> = detail.events.iter().map(|line| line.event.kind.as_str()).collect();
            assert!(kinds.contains(&"ticket_prioritized"), "each its own decision: {kinds:?}");
        }
        let again = dana.post("/bulk/done", &form).await;
        assert!(again.html.contains("0 changed, 3 not changed"), "twice is once: {}", again.html);
    })
    .await;
}
