//! The operators' pages over HTTP: what they say, what is done on them, that it
//! is on record, and that no borrower is on any of them.

use tierline::app::sign_in::invite;
use tierline::domain::actor::Role;
use tierline::domain::letter::LetterState;

use super::browser::{SECRET, Site};
use super::on_both;
use crate::harness::desk::mail;

/// A mail comes in; its acknowledgment waits in the outbox.
async fn waiting_letter(site: &mut Site) -> String {
    site.desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
    assert!(site.desk.polls(0).await);
    let letters = site.desk.store().letter_list(None, 9).await.unwrap();
    assert_eq!(letters.len(), 1, "{letters:?}");
    letters[0].id.to_string()
}

async fn state_of(site: &Site) -> LetterState {
    site.desk.store().letter_list(None, 9).await.unwrap()[0].state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_gives_a_letter_up_and_sends_it_again() {
    on_both(async |site| {
        let letter = waiting_letter(site).await;
        let (mut olga, _) = site.signed_in("olga", Role::Operator).await;
        let page = olga.get("/outbox").await.html;
        assert!(page.contains("waits to leave") && page.contains(&letter), "{page}");
        assert!(!page.contains("Rosa") && !page.contains("rosa@"), "{page}");
        let path = format!("/outbox/{letter}");
        for form in [vec![("act", "discard")], vec![("act", "discard"), ("reason", "<b>")], vec![]]
        {
            assert_eq!(olga.post(&path, &form).await.status, 422, "{form:?}");
        }
        let early = olga.post(&path, &[("act", "arrived")]).await;
        assert_eq!(early.status, 409);
        assert!(early.html.contains("not in a state in which this can be done"));

        let form = [("act", "discard"), ("reason", "duplicate"), ("state", "available")];
        let given_up = olga.post(&path, &form).await;
        assert_eq!((given_up.status, given_up.to.as_str()), (303, "/outbox?state=available"));
        assert_eq!(state_of(site).await, LetterState::Discarded);
        let by = format!("person:{}", site.id_of("olga").await);
        let record = site.desk.only_ticket().await.events;
        let event = record.iter().find(|line| line.event.kind == "letter_given_up").unwrap();
        assert_eq!(
            (event.event.actor.as_str(), &event.event.particulars["reason"]),
            (by.as_str(), &"duplicate".into())
        );
        assert_eq!(olga.post(&path, &[("act", "retry")]).await.status, 303);
        assert_eq!(state_of(site).await, LetterState::Available);

        // what waited for a second person is not sent again past that person
        site.desk.sql("UPDATE outbox SET state = 'held', reason = 'second_review'").await;
        assert_eq!(olga.post(&path, &form).await.status, 303);
        assert_eq!(olga.post(&path, &[("act", "retry")]).await.status, 409);
        assert_eq!(state_of(site).await, LetterState::Discarded);

        site.desk.sql("UPDATE outbox SET state = 'uncertain', uncertain_at = written_at").await;
        let page = olga.get("/outbox?state=uncertain").await.html;
        assert!(page.contains("It arrived") && page.contains("It did not"), "{page}");
        assert_eq!(olga.post(&path, &[("act", "lost")]).await.status, 303);
        assert_eq!(state_of(site).await, LetterState::Discarded);
        let (mut dana, _) = site.signed_in("dana", Role::Agent).await;
        assert_eq!(dana.post(&path, &[("act", "retry")]).await.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_says_in_plain_words_what_is_wrong() {
    on_both(async |site| {
        site.desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        site.desk.settles().await;
        let (mut olga, _) = site.signed_in("olga", Role::Operator).await;
        let page = olga.get("/health").await.html;
        assert!(page.contains("mailbox care") && page.contains("no mail waits"), "{page}");
        assert!(page.contains("0 letters wait to leave, 0 are held"), "{page}");
        site.clock().advance(jiff::SignedDuration::from_mins(29));
        let (mut otto, _) = site.signed_in("otto", Role::Operator).await;
        let page = otto.get("/health").await.html;
        assert!(page.contains("last read 29 min ago") && page.contains("look at it"), "{page}");
        let (mut dana, _) = site.signed_in("dana", Role::Agent).await;
        assert_eq!(dana.get("/health").await.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quarantine_shows_the_fate_and_the_reason_and_no_words() {
    on_both(async |site| {
        let raw = mail("Out of office", "I am away. Rosa").raw();
        let text = String::from_utf8(raw).unwrap();
        let answer = text.replacen("Subject:", "Auto-Submitted: auto-replied\r\nSubject:", 1);
        site.desk.receives(answer.as_bytes());
        site.desk.settles().await;
        let (mut olga, _) = site.signed_in("olga", Role::Operator).await;
        let page = olga.get("/quarantine").await.html;
        assert!(page.contains("A machine wrote it") && page.contains("care"), "{page}");
        for word in ["Rosa", "rosa@", "Out of office"] {
            assert!(!page.contains(word), "{word} {page}");
        }
        let none = olga.get("/quarantine?fate=flood").await.html;
        assert!(none.contains("No mail has this fate"), "{none}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_invited_by_those_who_may_and_the_link_works_once() {
    on_both(async |site| {
        let (mut olga, _) = site.signed_in("olga", Role::Operator).await;
        let (mut cora, _) = site.signed_in("cora2", Role::Compliance).await;
        for (form, why) in [
            (vec![("name", "new one"), ("role", "agent")], "a name is one word"),
            (vec![("name", "olga"), ("role", "agent")], "is here already"),
            (vec![("name", "newone"), ("role", "king")], "Choose what they are here for"),
            (vec![("name", "second"), ("role", "compliance")], "only they make another"),
            (vec![("name", "newone"), ("role", "agent"), ("secret", "")], "Type your secret"),
            (
                vec![("name", "newone"), ("role", "agent"), ("secret", "wrong")],
                "The secret is wrong",
            ),
        ] {
            let mut form = form;
            if form.len() == 2 {
                form.push(("secret", SECRET));
            }
            let refused = olga.post("/people", &form).await;
            assert_eq!(refused.status, 422, "{form:?}");
            assert!(refused.html.contains(why), "{}", refused.html);
            assert!(
                refused.html.contains(&format!("value=\"{}\"", form[0].1)),
                "what was typed stays"
            );
        }
        let invited = cora
            .post("/people", &[("name", "second"), ("role", "compliance"), ("secret", SECRET)])
            .await;
        assert_eq!(invited.status, 200, "{}", invited.html);
        let (_, rest) = invited.html.split_once("/invitations/").unwrap();
        let path = format!("/invitations/{}", rest.split('<').next().unwrap());
        let mut second = site.browser();
        let form = [("secret", SECRET), ("again", SECRET)];
        assert_eq!(second.post(&path, &form).await.status, 303);
        assert_eq!(second.show_secret("second", SECRET).await.to, "/sign-in/code?next=%2F");
        let events =
            site.desk.store().events_of(&format!("person:{}", site.id_of("second").await)).await;
        let by = format!("person:{}", site.id_of("cora2").await);
        assert_eq!(events.unwrap()[0].event.actor, by);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_telephone_is_helped_with_by_somebody_else() {
    on_both(async |site| {
        let (mut olga, _) = site.signed_in("olga", Role::Operator).await;
        let (mut dana, _) = site.signed_in("dana", Role::Agent).await;
        let (danas, olgas) = (site.id_of("dana").await, site.id_of("olga").await);
        let list = olga.get("/people").await.html;
        assert!(list.contains("dana") && list.contains("set up"), "{list}");
        let reset = [("act", "reset-second-factor"), ("secret", SECRET)];
        let own = olga.post(&format!("/people/{olgas}"), &reset).await;
        assert_eq!(own.status, 422);
        let path = format!("/people/{danas}");
        assert_eq!(dana.get("/account").await.status, 200);
        assert_eq!(olga.post(&path, &[("act", "end-sessions")]).await.status, 303);
        assert_eq!(dana.get("/account").await.status, 303, "signed out");
        let alone = olga.post(&path, &[("act", "reset-second-factor")]).await;
        assert!(alone.status == 422 && alone.html.contains("Type your secret"), "{}", alone.html);
        assert_eq!(olga.post(&path, &reset).await.status, 303);
        assert!(site.desk.store().find_second_factor(danas).await.unwrap().is_none());
        let events = site.desk.store().events_of(&format!("person:{danas}")).await.unwrap();
        let by = format!("person:{olgas}");
        for kind in ["sessions_ended", "second_factor_reset"] {
            let event = events.iter().find(|line| line.event.kind == kind).unwrap();
            assert_eq!(event.event.actor, by, "{kind}");
        }
        let now = site.desk.now();
        let store = site.desk.store();
        let (officer, _) = invite(store, "officer", Role::Compliance, "engine", now).await.unwrap();
        let held = olga.post(&format!("/people/{officer}"), &reset).await;
        assert_eq!(held.status, 422, "an operator cannot make a compliance officer anew");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_calendar_is_seen_over_a_year_and_settings_without_secrets() {
    on_both(async |site| {
        let (mut olga, _) = site.signed_in("olga", Role::Operator).await;
        let page = olga.get("/calendars/office?year=2027").await.html;
        assert!(page.contains("Calendar office in 2027") && page.contains("2027-01-18"), "{page}");
        let wrong = olga.get("/calendars/office?year=next").await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.html.contains("Calendar office in 2026"), "{}", wrong.html);
        assert_eq!(olga.get("/calendars/moon").await.status, 404);
        let settings = olga.get("/configuration").await.html;
        assert!(settings.contains("<code>web.listen</code>"), "{settings}");
        assert!(settings.contains("default") && settings.contains("127.0.0.1:8025"), "{settings}");
    })
    .await;
}
