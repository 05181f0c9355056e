//! The composer over HTTP: nothing that was typed is lost, whatever is refused;
//! what somebody else did beside a draft is told before it is sent.

use tierline::app::work;
use tierline::domain::actor::{Actor, Role};
use tierline::domain::digest::Digest;
use tierline::domain::id::TicketNumber;

use super::browser::{Answer, Browser, Site};
use super::on_both;
use crate::harness::desk::mail;

const FACT: &str = "Dear Rosa,\n\nyour balance is $1,250.00 <b>now</b>.";

const SAVE: (&str, &str) = ("do", "save");

async fn with_ticket(site: &mut Site) -> (TicketNumber, String) {
    site.desk.receives(&mail("My balance", "What is my balance?").raw());
    site.desk.settles().await;
    let number = site.desk.only_ticket().await.ticket.number;
    let path = format!("/tickets/{number}/reply");
    (number, path)
}

/// The value of a hidden field of the page.
fn hidden(html: &str, name: &str) -> String {
    let (_, rest) = html.split_once(&format!("name=\"{name}\" value=\"")).expect(name);
    rest.split('"').next().unwrap().to_owned()
}

/// Sends the form of the page as it stands, with other fields on top.
async fn posts(browser: &mut Browser, path: &str, html: &str, fields: &[(&str, &str)]) -> Answer {
    let (seen, draft) = (hidden(html, "seen"), hidden(html, "draft"));
    let shown = hidden(html, "shown_template");
    let mut form = vec![("seen", &*seen), ("draft", &*draft), ("shown_template", &*shown)];
    form.extend(fields);
    browser.post(path, &form).await
}

async fn written(site: &Site) -> usize {
    let letters = site.desk.letters().await;
    letters.iter().filter(|one| !one.template.starts_with("ack_")).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_letter_keeps_every_word_and_leaves_once_it_is_put_right() {
    on_both(async |site| {
        let (_, path) = with_ticket(site).await;
        let (mut ana, _) = site.signed_in("dana", Role::Agent).await;
        let page = ana.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.html);
        let send = [("kind", "answer"), ("text", FACT), ("do", "send")];
        let stopped = posts(&mut ana, &path, &page.html, &send).await;
        assert_eq!(stopped.status, 422, "{}", stopped.html);
        for said in [
            "your balance is $1,250.00 &lt;b&gt;now&lt;/b&gt;.",
            "tells a loan fact to somebody who has not shown who they are",
            "line 3",
            "Ask a supervisor to release it",
            "write from the wording ask_verify",
        ] {
            assert!(stopped.html.contains(said), "{said}: {}", stopped.html);
        }
        assert_eq!(written(site).await, 0);
        let again = ana.get(&path).await.html;
        assert!(again.contains("your balance is $1,250.00"), "saved: {again}");
        // what asks is confirmed on the form
        let asks = [("text", "Dear John,\n\nplease call us."), ("do", "send")];
        let stopped = posts(&mut ana, &path, &again, &asks).await;
        assert_eq!(stopped.status, 422);
        assert!(stopped.html.contains("name=\"confirm.other_name\""), "{}", stopped.html);
        let meant = [asks[0], ("confirm.other_name", "yes"), asks[1]];
        let sent = posts(&mut ana, &path, &stopped.html, &meant).await;
        assert_eq!((sent.status, &*sent.to), (303, &*path), "{}", sent.html);
        let page = ana.get(&path).await.html;
        assert!(page.contains("Letters that have not left"), "{page}");
        let (_, rest) = page.split_once("/letters/").unwrap();
        let letter = rest.split('/').next().unwrap();
        let take_back = path.replace("reply", &format!("letters/{letter}/take-back"));
        assert_eq!(ana.post(&take_back, &[]).await.status, 303);
        let late = ana.post(&take_back, &[]).await;
        assert_eq!(late.status, 409, "{}", late.html);
        site.clock().advance(jiff::SignedDuration::from_hours(1));
        site.desk.settles().await;
        assert_eq!(site.desk.arrived().len(), 1, "only the receipt left");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_did_is_told_before_a_second_answer_leaves() {
    on_both(async |site| {
        let (_, path) = with_ticket(site).await;
        let (mut ana, _) = site.signed_in("dana", Role::Agent).await;
        let (mut eve, _) = site.signed_in("evan", Role::Agent).await;
        let (page, other) = (ana.get(&path).await.html, eve.get(&path).await.html);
        let answer = [("text", "Dear Rosa,\n\nplease call us."), ("do", "save")];
        assert_eq!(posts(&mut ana, &path, &page, &answer).await.status, 303);
        let seen = eve.get(&path).await.html;
        assert!(seen.contains("dana is writing since"), "{seen}");
        assert!(!seen.contains("please call us"), "and no word of it: {seen}");
        let quick = [("text", "Dear Rosa,\n\nwe call you."), ("do", "send")];
        assert_eq!(posts(&mut eve, &path, &other, &quick).await.status, 303);
        // the page of Ana is older than that letter
        let mine = page.replace("name=\"draft\" value=\"0\"", "name=\"draft\" value=\"1\"");
        let send = [answer[0], ("do", "send")];
        let moved = posts(&mut ana, &path, &mine, &send).await;
        assert_eq!(moved.status, 409, "{}", moved.html);
        for said in ["letter written by evan", "Send anyway", "please call us."] {
            assert!(moved.html.contains(said), "{said}: {}", moved.html);
        }
        assert_eq!(written(site).await, 1);
        let anyway = posts(&mut ana, &path, &moved.html, &send).await;
        assert_eq!(anyway.status, 303, "{}", anyway.html);
        assert_eq!(written(site).await, 2);
        let page = ana.get(&path).await.html;
        let discard = [("text", "more"), ("do", "save")];
        posts(&mut ana, &path, &page, &discard).await;
        let gone = ana.get(&path).await.html;
        let discarded = posts(&mut ana, &path, &gone, &[("do", "discard")]).await;
        assert_eq!(discarded.to, path.trim_end_matches("/reply"));
        assert_eq!(hidden(&ana.get(&path).await.html, "draft"), "0");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_windows_of_one_person_never_overwrite_each_other_unseen() {
    on_both(async |site| {
        let (_, path) = with_ticket(site).await;
        let (mut ana, _) = site.signed_in("dana", Role::Agent).await;
        let page = ana.get(&path).await.html;
        let first = [("text", "words of the first window"), ("do", "save")];
        assert_eq!(posts(&mut ana, &path, &page, &first).await.status, 303);
        let second = [("text", "words of the second window"), ("do", "save")];
        let conflict = posts(&mut ana, &path, &page, &second).await;
        assert_eq!(conflict.status, 409);
        for said in ["saved in another window", "the first window", "the second window"] {
            assert!(conflict.html.contains(said), "{said}: {}", conflict.html);
        }
        assert_eq!(posts(&mut ana, &path, &conflict.html, &second).await.status, 303);
        assert!(ana.get(&path).await.html.contains("the second window"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supervisor_lets_exactly_the_blocked_words_go() {
    on_both(async |site| {
        let (_, path) = with_ticket(site).await;
        let (mut ana, _) = site.signed_in("dana", Role::Agent).await;
        let (mut sam, _) = site.signed_in("samu", Role::Supervisor).await;
        let page = ana.get(&path).await.html;
        let asked = posts(&mut ana, &path, &page, &[("text", FACT), ("do", "release")]).await;
        assert_eq!(asked.status, 303, "{}", asked.html);
        let listed = sam.get(&path).await.html;
        assert!(listed.contains("A release is asked for."), "{listed}");
        let draft = path.replace("reply", &format!("drafts/{}", site.id_of("dana").await));
        assert!(listed.contains(&draft), "{listed}");
        assert_eq!(ana.get(&draft).await.status, 404, "not for agents");
        let shown = sam.get(&draft).await;
        assert!(shown.html.contains("your balance is $1,250.00"), "{}", shown.html);
        let version = hidden(&shown.html, "version");
        let silent = sam.post(&draft, &[("version", &version), ("reason", " ")]).await;
        assert_eq!(silent.status, 422);
        assert!(silent.html.contains("give a reason"), "{}", silent.html);
        let old = sam.post(&draft, &[("version", "9"), ("reason", "She called.")]).await;
        assert_eq!(old.status, 409);
        assert!(old.html.contains("She called.</textarea>"), "kept: {}", old.html);
        let released = sam.post(&draft, &[("version", &version), ("reason", "She called.")]).await;
        assert_eq!((released.status, &*released.to), (303, &*path), "{}", released.html);
        let page = ana.get(&format!("{path}?check=true")).await.html;
        assert!(page.contains("released</span>"), "{page}");
        let sent = posts(&mut ana, &path, &page, &[("text", FACT), ("do", "send")]).await;
        assert_eq!(sent.status, 303, "{}", sent.html);
        assert_eq!(written(site).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wording_shows_its_fields_and_each_wrong_one_is_named_beside_it() {
    on_both(async |site| {
        let (_, path) = with_ticket(site).await;
        let (mut ana, _) = site.signed_in("dana", Role::Agent).await;
        let page = ana.get(&path).await.html;
        let template = ("template", "reply_payment_history");
        assert_eq!(posts(&mut ana, &path, &page, &[template, SAVE]).await.status, 303);
        let page = ana.get(&path).await.html;
        assert!(page.contains("First day of the list</label>"), "{page}");
        assert!(page.contains("A second person releases this letter"), "{page}");
        let wrong =
            [template, ("field.from_on", "soon"), ("field.payments", "none"), ("do", "send")];
        let refused = posts(&mut ana, &path, &page, &wrong).await;
        assert_eq!(refused.status, 422, "{}", refused.html);
        for said in [
            "<a href=\"#field-from_on\">from_on: write a day as 2026-11-30</a>",
            "value=\"soon\"",
            "to_on: is empty",
            ">none</textarea>",
        ] {
            assert!(refused.html.contains(said), "{said}: {}", refused.html);
        }
        // without any field, the letter that asks who they are just goes
        let page = ana.get(&path).await.html;
        let ask = ("template", "ask_verify");
        assert_eq!(posts(&mut ana, &path, &page, &[ask, SAVE]).await.status, 303);
        let page = ana.get(&format!("{path}?check=true")).await.html;
        assert!(
            page.contains("As it would leave") && page.contains("Before we can answer"),
            "{page}"
        );
        let sent = posts(&mut ana, &path, &page, &[ask, ("do", "send")]).await;
        assert_eq!(sent.status, 303, "{}", sent.html);
        assert_eq!(written(site).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_releases_sees_subject_kind_and_files_and_says_which_version() {
    on_both(async |site| {
        let (number, path) = with_ticket(site).await;
        let (mut ana, _) = site.signed_in("dana", Role::Agent).await;
        let (mut sam, _) = site.signed_in("samu", Role::Supervisor).await;
        let page = ana.get(&path).await.html;
        let fields = [("text", FACT), ("subject", "About <your> quillwort"), ("do", "save")];
        let unseen = ana.post(&path, &fields).await;
        assert_eq!(unseen.status, 422, "{}", unseen.html);
        assert!(unseen.html.contains("quillwort"), "what was typed is kept: {}", unseen.html);
        assert_eq!(hidden(&ana.get(&path).await.html, "draft"), "0", "and nothing saved");
        assert_eq!(posts(&mut ana, &path, &page, &fields).await.status, 303);
        let person = site.id_of("dana").await;
        let dana = Actor { person, name: "dana".to_owned(), role: Role::Agent };
        let pdf = b"%PDF-1.7\n%%EOF\n".to_vec();
        let sha = Digest::of(&pdf).to_string();
        let file = ("statement.pdf", pdf);
        work::attach_file(&site.desk.app, &number, &dana, file).await.unwrap();
        let draft = path.replace("reply", &format!("drafts/{person}"));
        let shown = sam.get(&draft).await.html;
        for said in ["About &lt;your&gt; quillwort", "statement.pdf", "<td>15</td>", &sha] {
            assert!(shown.contains(said), "{said}: {shown}");
        }
        let kind =
            site.desk.app.standing().desk.policy.replies.find_kind("answer").unwrap().clone();
        assert!(shown.contains(&format!("Kind: <strong>{}</strong>", kind.name)), "{shown}");
        for version in ["", "x"] {
            let fields = [("version", version), ("reason", "She called.")];
            let unseen = sam.post(&draft, &fields).await;
            assert_eq!(unseen.status, 422, "{}", unseen.html);
            assert!(unseen.html.contains("She called.</textarea>"), "kept: {}", unseen.html);
        }
        let kept = work::find_draft(&site.desk.app, &number, &dana).await.unwrap().unwrap();
        assert_eq!((kept.version, kept.release), (2, None));
    })
    .await;
}
