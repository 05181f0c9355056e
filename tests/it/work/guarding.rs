//! What the send guard finds stops a letter before it is a row of the outbox;
//! what was confirmed, released or proven is on record, without a word of it.

use std::time::Duration;

use serde_json::{Value, json};
use tierline::app::loan_book;
use tierline::app::work::{self, Wish};
use tierline::domain::command::Reply;
use tierline::domain::letter::LetterState;
use tierline::domain::ticket::Status;

use super::house::{act, ana, asks, cora, letter, refused, sam, view};
use crate::harness::desk::{ROSA, TestDesk, mail, on_both};

const DAY: Duration = Duration::from_secs(24 * 3600);
const FACT: &str = "Dear Rosa,\n\nyour balance is $1,250.00.";

/// Rosa's loan, and that of somebody else.
async fn has_loans(desk: &TestDesk) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let book = format!(
        "loan_number,role,email,name\n0012345678,borrower,{ROSA},Rosa Delgado\n\
         0099887766,borrower,luis@example.org,Luis Example\n"
    );
    std::fs::write(file.path(), book).unwrap();
    loan_book::import(&desk.app, file.path(), None).await.unwrap();
}

fn reply(text: &str) -> Reply {
    let Wish::Reply(reply) = letter("answer", text) else { unreachable!() };
    reply
}

fn called() -> Wish {
    let checked = ["telephone_on_file", "full_name", "last_payment"];
    Wish::Prove("callback".to_owned(), checked.map(str::to_owned).to_vec())
}

/// Letters of persons in the outbox, in any state.
async fn written(desk: &TestDesk) -> usize {
    desk.letters().await.iter().filter(|one| one.template == "reply").count()
}

/// What the record says of the last event of a kind.
async fn told(desk: &TestDesk, kind: &str) -> Value {
    let events = desk.only_ticket().await.events;
    let last = events.iter().rev().find(|line| line.event.kind == kind);
    last.unwrap_or_else(|| panic!("no {kind}")).event.particulars.clone()
}

#[tokio::test]
async fn a_blocked_letter_is_no_row_of_the_outbox_and_a_released_one_is_on_record() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        has_loans(desk).await;
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let (ana, sam) = (ana(desk), sam(desk).await);
        let before = view(desk, &number).await.ticket.version;
        let other = "Dear Rosa,\n\nwe moved it to 00-9988-7766.";
        let why = refused(desk, &number, &ana, letter("answer", other)).await;
        assert!(why.contains("blocks other_loan: names a loan"), "{why}");
        assert!(!why.contains("9988"), "a refusal repeats no word: {why}");
        let mut confirmed = reply(other);
        confirmed.confirmed = vec!["other_loan".to_owned()];
        refused(desk, &number, &ana, Wish::Reply(confirmed)).await;
        let mut released = reply(other);
        released.release = Some("Both loans are hers: see the deed.".to_owned());
        let why = refused(desk, &number, &ana, Wish::Reply(released.clone())).await;
        assert!(why.contains("may not write_guarded"), "{why}");
        assert_eq!(written(desk).await, 0);
        assert_eq!(view(desk, &number).await.ticket.version, before, "nothing was written");
        act(desk, &number, &sam, Wish::Reply(released)).await;
        desk.settles().await;
        assert_eq!((written(desk).await, desk.letters_in(LetterState::HandedOver).await), (1, 2));
        let told = told(desk, "letter_written").await;
        assert_eq!(told["released"], true);
        assert_eq!(told["findings"][0]["rule"], "other_loan");
        assert_eq!(
            told["findings"][0]["places"],
            json!([
                { "field": "new_text", "start": 27, "end": 39 },
            ])
        );
        assert!(!told.to_string().contains("9988"), "{told}");
    })
    .await;
}

#[tokio::test]
async fn what_asks_is_confirmed_by_its_writer_and_kept_as_such() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let ana = ana(desk);
        let text = "Dear John,\n\nthe form is attached.";
        let checked = work::check_reply(&desk.app, &number, &ana, &reply(text)).await.unwrap();
        let rules: Vec<&str> = checked.findings.iter().map(|one| one.rule.as_str()).collect();
        assert_eq!(rules, ["attachment", "other_name"]);
        assert_eq!(checked.findings[1].line(&checked.text), Some(1));
        let mut half = reply(text);
        half.confirmed = vec!["attachment".to_owned()];
        let why = refused(desk, &number, &ana, Wish::Reply(half.clone())).await;
        assert!(why.contains("asks other_name") && !why.contains("attachment"), "{why}");
        half.confirmed.push("other_name".to_owned());
        half.confirmed.push("John Miller, quillwort".to_owned());
        act(desk, &number, &ana, Wish::Reply(half)).await;
        let told = told(desk, "letter_written").await;
        let confirmed = &told["confirmed"];
        assert_eq!(confirmed, &json!(["attachment", "other_name"]), "only what asked: {told}");
        assert_eq!(
            (told["findings"].as_array().unwrap().len(), &told["released"]),
            (2, &json!(false))
        );
        assert_eq!(written(desk).await, 1);
    })
    .await;
}

#[tokio::test]
async fn loan_facts_leave_only_while_the_requester_is_proven() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My balance", "What is my balance?").await;
        let ana = ana(desk);
        let why = refused(desk, &number, &ana, letter("answer", FACT)).await;
        assert!(why.contains("blocks loan_fact"), "{why}");
        let little = Wish::Prove("callback".to_owned(), vec!["full_name".to_owned()]);
        let why = refused(desk, &number, &ana, little).await;
        assert!(why.contains("callback takes 3 things") && why.contains("telephone_on"), "{why}");
        act(desk, &number, &ana, called()).await;
        let proofs = desk.only_ticket().await.proofs;
        assert_eq!((proofs.len(), proofs[0].by), (1, ana.person));
        let told = told(desk, "identity_proven").await;
        assert_eq!(told["checked"], json!(["full_name", "last_payment", "telephone_on_file"]));
        act(desk, &number, &ana, letter("answer", FACT)).await;
        desk.passes(30 * DAY);
        let why = refused(desk, &number, &ana, letter("answer", FACT)).await;
        assert!(why.contains("blocks loan_fact"), "it has expired: {why}");
        act(desk, &number, &ana, called()).await;
        act(desk, &number, &ana, letter("answer", FACT)).await;
        assert_eq!(written(desk).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_proof_counts_for_its_own_ticket_alone() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let first = asks(desk, "My balance", "What is my balance?").await;
        let second = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let (ana, cora) = (ana(desk), cora(desk));
        act(desk, &first, &ana, called()).await;
        let why = refused(desk, &second, &cora, letter("answer", FACT)).await;
        assert!(why.contains("blocks loan_fact"), "{why}");
        act(desk, &first, &cora, letter("answer", FACT)).await;
        assert_eq!(view(desk, &first).await.ticket.status, Status::Open);
    })
    .await;
}

#[tokio::test]
async fn a_number_in_the_mail_of_another_person_is_not_the_requesters() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        has_loans(desk).await;
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let luis = mail("Another question", "It is about my loan 0099887766.");
        desk.receives(&luis.from("Luis Example <luis@example.org>").raw());
        desk.settles().await;
        // both mails lie on one ticket, as when one of them was forwarded
        let moved = format!(
            "UPDATE mail SET ticket_id = (SELECT id FROM ticket WHERE number = '{number}')"
        );
        assert_eq!(desk.sql(&moved).await, 2);
        let named = "Dear Rosa,\n\nwe moved it to 0099887766.";
        let why = refused(desk, &number, &ana(desk), letter("answer", named)).await;
        assert!(why.contains("blocks other_loan"), "{why}");
        let own = mail("More", "I mean 0099887766 of my brother.").raw();
        desk.receives(&own);
        desk.settles().await;
        assert_eq!(desk.sql(&moved).await, 3);
        let checked = work::check_reply(&desk.app, &number, &ana(desk), &reply(named)).await;
        assert_eq!(checked.unwrap().findings, [], "they wrote it themselves");
    })
    .await;
}
