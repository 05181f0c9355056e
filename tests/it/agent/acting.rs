//! Each act of the ticket's page does what the command does.

use tierline::domain::actor::Role;
use tierline::domain::ticket::Status;

use super::house::{acts, asks, page, skilled};
use crate::harness::desk::mail;
use crate::sign_in::on_both;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_assigns_returns_moves_and_names_the_cause() {
    on_both(async |site| {
        let number = asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        let mut sam = skilled(site, "sam", Role::Supervisor, &[]).await;
        let id = site.id_of("dana").await.to_string();
        let shown = page(&mut sam, &number).await;
        assert!(shown.contains(&format!("<option value=\"{id}\">dana</option>")), "{shown}");
        let unknown = "00000000-0000-0000-0000-000000000000";
        let nobody = acts(&mut sam, &number, "assign", &[("person", unknown)]).await;
        assert_eq!(nobody.status, 422, "{}", nobody.html);
        assert_eq!(acts(&mut sam, &number, "assign", &[("person", &id)]).await.status, 303);
        assert!(page(&mut dana, &number).await.contains("You have this ticket."));
        assert!(page(&mut sam, &number).await.contains("dana has this ticket."));
        let back = acts(&mut sam, &number, "return", &[("reason", "she is off")]).await;
        assert_eq!(back.status, 303, "{}", back.html);
        let caused = acts(&mut sam, &number, "cause", &[("person", &id)]).await;
        assert_eq!(caused.status, 303, "{}", caused.html);
        let shown = page(&mut dana, &number).await;
        assert!(shown.contains("Resolve: not now, whoever caused the error"), "{shown}");
        let best = acts(&mut sam, &number, "assign", &[("person", "best")]).await;
        assert!(best.status == 422 && best.html.contains("Nobody with the skill"), "{}", best.html);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_is_escalated_with_what_they_must_know() {
    on_both(async |site| {
        let number = asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        let shown = page(&mut dana, &number).await;
        let queue = shown.split("id=\"escalate-queue\"").nth(1).unwrap();
        let queue = queue.split("<option value=\"").nth(2).unwrap().split('"').next().unwrap();
        let fields =
            [("queue", queue), ("tried", "a\r\nb"), ("documents", "c"), ("asked", "decide")];
        let answer = acts(&mut dana, &number, "escalate", &fields).await;
        assert_eq!(answer.status, 303, "{}", answer.html);
        let shown = page(&mut dana, &number).await;
        assert!(shown.contains("Internal hand-over note of dana"), "{shown}");
        assert!(shown.contains("Tried:\n- a\n- b\nDocuments:\n- c\nAsked:\ndecide"), "{shown}");
        assert_eq!(site.desk.only_ticket().await.ticket.queue, queue);
        let flag = shown.split("id=\"raise-flag\"").nth(1).unwrap();
        let flag = flag.split("<option value=\"").nth(2).unwrap().split('"').next().unwrap();
        assert_eq!(acts(&mut dana, &number, "raise", &[("flag", flag)]).await.status, 303);
        let shown = page(&mut dana, &number).await;
        assert!(!shown.contains(&format!("<option value=\"{flag}\"")), "raised once: {shown}");
        assert_eq!(acts(&mut dana, &number, "pend", &[("reason", "a copy")]).await.status, 303);
        assert_eq!(site.desk.only_ticket().await.ticket.status, Status::Pending);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tickets_are_joined_parted_and_as_they_were_again() {
    on_both(async |site| {
        let first = asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let second = asks(site, "My escrow again", "Why did my escrow payment go up again?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        let joined = acts(&mut dana, &second, "merge", &[("into", first.as_str())]).await;
        assert_eq!(joined.status, 303, "{}", joined.html);
        let shown = page(&mut dana, &second).await;
        assert!(shown.contains(&format!("Joined to <a href=\"/tickets/{first}\">")), "{shown}");
        let noted = acts(&mut dana, &second, "note", &[("text", "too late")]).await;
        assert!(
            noted.status == 422 && noted.html.contains("too late</textarea>"),
            "{}",
            noted.html
        );
        assert_eq!(acts(&mut dana, &second, "undo", &[]).await.status, 303);
        assert!(!page(&mut dana, &second).await.contains("Joined to"));

        let joined = acts(&mut dana, &second, "merge", &[("into", first.as_str())]).await;
        assert_eq!(joined.status, 303, "{}", joined.html);
        let shown = page(&mut dana, &first).await;
        let mail = shown.split("name=\"mail:").nth(2).unwrap().split('"').next().unwrap();
        let split = acts(&mut dana, &first, "split", &[(&format!("mail:{mail}"), "on")]).await;
        assert_eq!(split.status, 303, "{}", split.html);
        let made = split.to.strip_prefix("/tickets/").unwrap().to_owned();
        assert!(made != first.as_str() && made != second.as_str(), "{made}");
        for (path, link) in [(split.to.clone(), &first), (format!("/tickets/{first}"), &second)] {
            let html = dana.get(&path).await.html;
            assert_eq!(html.matches("<article class=\"mail\"").count(), 1, "{html}");
            assert!(html.contains(&format!("<a href=\"/tickets/{link}\">{link}</a>")), "{html}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_escalation_is_claimed_or_refused_where_it_stands() {
    on_both(async |site| {
        let text = "This is a notice of error under 12 CFR 1024.35: you paid the wrong escrow \
                    tax bill. I will complain to the CFPB and my attorney will sue you.";
        let number = asks(site, "Notice of error: escrow", text).await;
        site.desk.climbs().await;
        let mut sam = skilled(site, "sam", Role::Supervisor, &["escrow"]).await;
        let shown = page(&mut sam, &number).await;
        let escalation = shown.split("name=\"escalation\" value=\"").nth(1).unwrap_or_else(|| {
            panic!("no escalation is open: {shown}");
        });
        let escalation = escalation.split('"').next().unwrap().to_owned();
        let fields = [("escalation", escalation.as_str())];
        let refused = acts(&mut sam, &number, "refuse", &fields).await;
        assert!(
            refused.status == 422 && refused.html.contains("Give a reason."),
            "{}",
            refused.html
        );
        let claimed = acts(&mut sam, &number, "claim", &fields).await;
        assert_eq!(claimed.status, 303, "{}", claimed.html);
        let again = acts(&mut sam, &number, "claim", &fields).await;
        assert!(again.status == 422 && again.html.contains("is claimed"), "{}", again.html);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_and_names_are_for_those_who_may_read_words_and_never_markup() {
    on_both(async |site| {
        let from = "\"<img src=x onerror=alert(1)>\" <rosa@example.net>";
        site.desk
            .receives(&mail("My <i>escrow", "Why did my escrow payment go up?").from(from).raw());
        site.desk.settles().await;
        let number = site.desk.only_ticket().await.ticket.number;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        assert_eq!(
            acts(&mut dana, &number, "note", &[("text", "Rosa sounds upset")]).await.status,
            303
        );
        let shown = page(&mut dana, &number).await;
        assert!(shown.contains("Rosa sounds upset") && !shown.contains("<img"), "{shown}");
        assert!(!shown.contains("<i>"), "{shown}");
        let mut lou = skilled(site, "lou", Role::Auditor, &[]).await;
        let shown = page(&mut lou, &number).await;
        assert!(shown.contains("note_written") && !shown.contains("upset"), "{shown}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_not_right_names_what_it_is_about_and_no_clock_changes() {
    on_both(async |site| {
        let number = asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        let before = site.desk.only_ticket().await.clocks;
        let same = acts(&mut dana, &number, "reclassify", &[("category", "escrow")]).await;
        assert_eq!(same.status, 422, "{}", same.html);
        let fields = [("category", "payoff"), ("queue", "payoff")];
        let refused = acts(&mut dana, &number, "reclassify", &fields).await;
        assert!(refused.status == 422, "{}", refused.html);
        assert!(refused.html.contains("href=\"#reclassify-reason\""), "{}", refused.html);
        assert!(refused.html.contains("<option value=\"payoff\" selected>"), "{}", refused.html);
        let fields = [fields[0], fields[1], ("reason", "asks what it takes to pay it off")];
        let done = acts(&mut dana, &number, "reclassify", &fields).await;
        assert_eq!(done.status, 303, "{}", done.html);
        let after = site.desk.only_ticket().await;
        assert_eq!(
            (after.ticket.category.as_str(), after.ticket.queue.as_str()),
            ("payoff", "payoff")
        );
        assert_eq!(after.clocks, before);
        let shown = page(&mut dana, &number).await;
        assert!(shown.contains("dana said it is payoff, not escrow"), "{shown}");

        let low = acts(&mut dana, &number, "prioritize", &[("priority", "low"), ("reason", "x")]);
        let low = low.await;
        assert!(low.status == 422 && low.html.contains("is normal already"), "{}", low.html);
        let high = [("priority", "high"), ("reason", "closing on Friday")];
        let high = acts(&mut dana, &number, "prioritize", &high).await;
        assert_eq!(high.status, 303, "{}", high.html);
        let priority = site.desk.only_ticket().await.ticket.priority;
        assert_eq!(priority, tierline::domain::ticket::Priority::High);
    })
    .await;
}
