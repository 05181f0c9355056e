//! What the pages refuse, how they say so, and that nothing typed is lost.

use tierline::domain::actor::Role;

use super::house::{acts, asks, page, seen, skilled};
use crate::sign_in::on_both;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_act_keeps_what_was_typed_and_leads_to_the_field() {
    on_both(async |site| {
        let number = asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &[]).await;
        let shown = page(&mut dana, &number).await;
        assert!(
            shown.contains("Take it: not now, queue escrow asks for the skill escrow"),
            "{shown}"
        );
        let taken = acts(&mut dana, &number, "take", &[]).await;
        assert!(taken.status == 422 && taken.html.contains("Not done"), "{}", taken.html);
        assert!(taken.html.contains("Queue escrow asks for the skill escrow."), "{}", taken.html);

        let fields = [
            ("queue", "executive"),
            ("tried", "read the <b>analysis</b>\r\ncalled the county"),
            ("documents", "tax bill"),
        ];
        let queue = shown.split("id=\"escalate-queue\"").nth(1).unwrap();
        let queue = queue.split("<option value=\"").nth(2).unwrap().split('"').next().unwrap();
        let fields = [("queue", queue), fields[1], fields[2]];
        let refused = acts(&mut dana, &number, "escalate", &fields).await;
        assert_eq!(refused.status, 422, "{}", refused.html);
        for part in [
            "href=\"#escalate-asked\"",
            "id=\"escalate-asked-problem\"",
            "read the &lt;b&gt;analysis&lt;/b&gt;\r\ncalled the county",
            "tax bill</textarea>",
            &format!("<option value=\"{queue}\" selected>"),
        ] {
            assert!(refused.html.contains(part), "{part}: {}", refused.html);
        }
        for (act, fields, part) in [
            ("note", vec![("text", " ")], "href=\"#note-text\""),
            ("resolve", vec![], "href=\"#resolve-reason\""),
            ("pend", vec![("reason", "\t")], "href=\"#pend-reason\""),
            ("raise", vec![], "href=\"#raise-flag\""),
            ("raise", vec![("flag", "no-such")], "no flag called no-such"),
            ("requeue", vec![("reason", "x")], "href=\"#requeue-queue\""),
            ("merge", vec![("into", "TL-1")], "href=\"#merge-into\""),
            ("merge", vec![("into", "TL-4821-0973-5522")], "There is no ticket TL-4821-0973-5522."),
            ("merge", vec![("into", number.as_str())], "A ticket is not joined to itself."),
            ("claim", vec![("escalation", "x")], "no escalation of this ticket"),
            ("return", vec![("reason", "x")], "Nobody has this ticket."),
            ("split", vec![("mail:x", "on")], "no mail of this ticket"),
            ("undo", vec![], "Nothing was joined or parted"),
        ] {
            let answer = acts(&mut dana, &number, act, &fields).await;
            assert_eq!(answer.status, 422, "{act}: {}", answer.html);
            assert!(answer.html.contains(part), "{act}: {part}: {}", answer.html);
        }
        let stale = dana.post(&format!("/tickets/{number}/note"), &[("text", "kept")]).await;
        assert!(stale.status == 422 && stale.html.contains("kept</textarea>"), "{}", stale.html);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_needs_the_role_our_own_page_and_its_mark() {
    on_both(async |site| {
        let number = asks(site, "My escrow", "Why did my escrow payment go up?").await;
        let mut dana = skilled(site, "dana", Role::Agent, &["escrow"]).await;
        let shown = page(&mut dana, &number).await;
        assert!(!shown.contains("/assign\"") && !shown.contains("/cause\""), "{shown}");
        assert_eq!(acts(&mut dana, &number, "assign", &[("person", "best")]).await.status, 404);
        let mut auditor = skilled(site, "lou", Role::Auditor, &[]).await;
        let seen_by_all = page(&mut auditor, &number).await;
        assert!(!seen_by_all.contains("id=\"acts\""), "{seen_by_all}");
        let path = format!("/tickets/{number}/note");
        assert_eq!(auditor.post(&path, &[("text", "x"), ("seen", "1")]).await.status, 404);

        let seen = seen(&shown);
        let mark = dana.mark().await;
        let form = [("text", "x"), ("seen", seen.as_str()), ("mark", mark.as_str())];
        let foreign = dana.post_from("https://evil.example.com", &path, &form).await;
        assert_eq!(foreign.status, 403);
        let origin = format!("http://{}", site.address);
        let unmarked = dana.post_from(&origin, &path, &form[..2]).await;
        assert_eq!(unmarked.status, 403);
        let shown = page(&mut dana, &number).await;
        assert!(!shown.contains("Internal note"), "nothing was written: {shown}");
    })
    .await;
}
