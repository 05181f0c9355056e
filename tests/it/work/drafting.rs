//! Letters that are being written: kept sealed from save to save and over a
//! restart, released by a second person, gone once they are sent.

use std::collections::BTreeMap;

use tierline::app::work::{
    SendDraft, Wish, WorkError, ask_release, attach_file, check_reply, discard_draft,
    draft_to_release, find_draft, release_draft, save_draft, send_draft,
};
use tierline::domain::command::{FilledForm, Reply};
use tierline::domain::letter::LetterState;
use tierline::domain::work::{EndedDraft, WorkDecision};
use tierline::store::work::AppliedWork;

use super::house::{act, ana, asks, cora, letter, refused, sam, try_act, view};
use crate::harness::desk::{Arrived, TestDesk, on_both};

const FACT: &str = "Dear Rosa,\n\nyour balance is $1,250.00.";

fn words(text: &str) -> Reply {
    let Wish::Reply(reply) = letter("answer", text) else { unreachable!() };
    reply
}

fn filled(template: &str, typed: &[(&str, &str)]) -> Reply {
    let typed = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let typed: BTreeMap<String, String> = typed.collect();
    Reply { form: Some(FilledForm { template: template.to_owned(), typed }), ..words("") }
}

async fn written(desk: &TestDesk) -> usize {
    desk.letters().await.iter().filter(|one| !one.template.starts_with("ack_")).count()
}

/// The letter with these words, wherever it lies among those that arrived.
fn arrived_with(desk: &TestDesk, words: &str) -> Arrived {
    let all = desk.arrived().into_iter();
    let mut with = all.filter(|one| String::from_utf8_lossy(&one.raw).contains(words));
    with.next().unwrap_or_else(|| panic!("nothing says {words:?}"))
}

fn kinds(events: &[tierline::store::view::EventLine]) -> Vec<&str> {
    events.iter().map(|line| line.event.kind.as_str()).collect()
}

#[tokio::test]
async fn a_draft_is_saved_again_and_again_and_no_save_overwrites_another() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let (ana, sam) = (ana(desk), sam(desk).await);
        let save = async |by, changes, text: &str| {
            save_draft(&desk.app, &number, by, (changes, None), &words(text)).await
        };
        assert_eq!(save(&ana, 0, "Dear Rosa, quillwort").await.unwrap(), 1);
        assert_eq!(save(&ana, 1, "Dear Rosa, quillwort and").await.unwrap(), 2);
        for stale in [0, 1, 7] {
            let moved = save(&ana, stale, "other words").await.unwrap_err();
            assert!(matches!(moved, WorkError::DraftMoved), "{moved}");
        }
        assert_eq!(save(&sam, 0, "mine").await.unwrap(), 1, "each person has their own");
        // another process, as after a restart
        let second = desk.second_app().await;
        let found = find_draft(&second, &number, &ana).await.unwrap().unwrap();
        assert_eq!((found.version, &*found.words.text), (2, "Dear Rosa, quillwort and"));
        let ticket = desk.only_ticket().await;
        let names: Vec<&str> = ticket.drafts.iter().map(|draft| draft.name.as_str()).collect();
        assert_eq!(names, ["ana", "sam"]);
        assert_eq!(kinds(&ticket.events).iter().filter(|kind| **kind == "draft_begun").count(), 2);
        discard_draft(&desk.app, &number, &sam).await.unwrap();
        let none = discard_draft(&desk.app, &number, &sam).await.unwrap_err();
        assert!(matches!(none, WorkError::NoDraft), "{none}");
        let endless = words(&"a".repeat(50_001));
        let why = save_draft(&desk.app, &number, &sam, (0, None), &endless).await.unwrap_err();
        assert!(why.to_string().contains("the draft is longer than 50000"), "{why}");
    })
    .await;
}

#[tokio::test]
async fn a_sent_draft_is_gone_and_one_that_was_saved_since_is_not_sent() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let (ana, cora) = (ana(desk), cora(desk));
        let none = send_draft(&desk.app, &number, &ana, &SendDraft::default()).await.unwrap_err();
        assert!(matches!(none, WorkError::NoDraft), "{none}");
        let seen = Some(view(desk, &number).await.ticket.version);
        let draft = words("Dear Rosa,\r\n\r\nyour taxes rose.");
        save_draft(&desk.app, &number, &ana, (0, seen), &draft).await.unwrap();
        let old = SendDraft { draft_version: Some(7), ..SendDraft::default() };
        let moved = send_draft(&desk.app, &number, &ana, &old).await.unwrap_err();
        assert!(matches!(moved, WorkError::DraftMoved), "{moved}");
        // somebody else answers meanwhile: whoever writes hears of it
        act(desk, &number, &cora, letter("answer", "Dear Rosa, the county did it.")).await;
        let send = SendDraft { draft_version: Some(1), seen, ..SendDraft::default() };
        let changed = send_draft(&desk.app, &number, &ana, &send).await.unwrap_err();
        let WorkError::Changed { what, who, .. } = changed else { panic!("{changed}") };
        assert_eq!((&*what, &*who), ("letter written", "cora"));
        assert!(find_draft(&desk.app, &number, &ana).await.unwrap().is_some(), "kept");
        let send = SendDraft { draft_version: Some(1), ..SendDraft::default() };
        send_draft(&desk.app, &number, &ana, &send).await.unwrap();
        assert_eq!(find_draft(&desk.app, &number, &ana).await.unwrap(), None);
        desk.settles().await;
        arrived_with(desk, "Dear Rosa,\r\n\r\nyour taxes rose.");
    })
    .await;
}

#[tokio::test]
async fn a_release_is_of_exactly_the_words_that_a_supervisor_saw() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My balance", "What is my balance?").await;
        let (ana, cora, sam) = (ana(desk), cora(desk), sam(desk).await);
        save_draft(&desk.app, &number, &ana, (0, None), &words("Dear Rosa.")).await.unwrap();
        let needless = ask_release(&desk.app, &number, &ana).await.unwrap_err();
        assert!(matches!(needless, WorkError::NothingBlocks), "{needless}");
        save_draft(&desk.app, &number, &ana, (1, None), &words(FACT)).await.unwrap();
        ask_release(&desk.app, &number, &ana).await.unwrap();
        let asked = desk.store().asked_releases(10).await.unwrap();
        assert_eq!((asked.len(), &asked[0].number, &*asked[0].name), (1, &number, "ana"));
        let (draft, checked) =
            draft_to_release(&desk.app, &number, (&sam, ana.person)).await.unwrap();
        assert_eq!((draft.version, checked.findings[0].rule.as_str()), (2, "loan_fact"));
        let release = async |by, seen, reason: &str| {
            release_draft(&desk.app, &number, (by, ana.person), seen, reason).await
        };
        let own = release(&ana, None, "It is right.").await.unwrap_err();
        assert!(own.to_string().contains("may not write_guarded"), "{own}");
        let silent = release(&sam, Some(2), "  ").await.unwrap_err();
        assert!(silent.to_string().contains("give a reason"), "{silent}");
        let old = release(&sam, Some(1), "It is right.").await.unwrap_err();
        assert!(matches!(old, WorkError::DraftMoved), "{old}");
        release(&sam, Some(2), "She called from the number on file.").await.unwrap();
        assert_eq!(desk.store().asked_releases(10).await.unwrap(), []);
        // other words have no release
        let why = refused(desk, &number, &ana, letter("answer", &format!("{FACT} $9."))).await;
        assert!(why.contains("blocks loan_fact"), "{why}");
        let mine = refused(desk, &number, &cora, letter("answer", FACT)).await;
        assert!(mine.contains("blocks loan_fact"), "nor has another person: {mine}");
        save_draft(&desk.app, &number, &ana, (2, None), &words("Dear Rosa: $7.")).await.unwrap();
        let lost = find_draft(&desk.app, &number, &ana).await.unwrap().unwrap();
        assert_eq!((lost.release, lost.asked_at), (None, None));
        save_draft(&desk.app, &number, &ana, (3, None), &words(FACT)).await.unwrap();
        release(&cora, Some(4), "She called.").await.unwrap();
        send_draft(&desk.app, &number, &ana, &SendDraft::default()).await.unwrap();
        let ticket = desk.only_ticket().await;
        let sent = ticket.events.iter().rfind(|line| line.event.kind == "letter_written").unwrap();
        assert_eq!(sent.event.particulars["released_by"], serde_json::json!(cora.person));
        let told = format!("{:?}", ticket.events);
        assert!(!told.contains("1,250") && !told.contains("She called"), "no word of it");
        assert_eq!(desk.store().notes_of(ticket.ticket.id).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn from_an_approved_wording_only_its_fields_are_written() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My balance", "What is my balance?").await;
        let (ana, sam) = (ana(desk), sam(desk).await);
        let done = act(desk, &number, &ana, Wish::Reply(filled("ask_verify", &[]))).await;
        assert_eq!(done.meets, ["first_response"]);
        desk.settles().await;
        let asked = arrived_with(desk, "Before we can answer");
        let text = String::from_utf8_lossy(&asked.raw).replace("=\r\n", "");
        assert!(text.contains("Before we can answer") && text.contains("Ana Ruiz"), "{text}");
        assert_eq!(asked.header("Auto-Submitted"), "", "a person sent it");
        let letters = desk.letters().await;
        let sent = letters.iter().find(|one| one.template == "ask_verify").unwrap();
        assert_eq!(sent.state, LetterState::HandedOver);
        // fields are typed, and nothing else is written
        let wrong = [("from_on", "01/01/2026"), ("to_on", "2026-11-20"), ("greeting", "Hi")];
        let why =
            refused(desk, &number, &ana, Wish::Reply(filled("reply_payment_history", &wrong)));
        let why = why.await;
        for said in ["from_on: write a day", "payments: is empty", "greeting: is no field"] {
            assert!(why.contains(said), "{said}: {why}");
        }
        let why = refused(desk, &number, &ana, Wish::Reply(filled("ack_general", &[]))).await;
        assert!(why.contains("no approved letter `ack_general`"), "{why}");
        let right = [
            ("from_on", "2026-10-01"),
            ("to_on", "2026-11-20"),
            ("payments", "October 3: $1,250.00\r\nNovember 3: $1,250.00"),
        ];
        let history = filled("reply_payment_history", &right);
        let found = check_reply(&desk.app, &number, &ana, &history).await.unwrap().findings;
        assert_eq!(found.iter().map(|one| &*one.rule).collect::<Vec<_>>(), ["loan_fact"]);
        let mut released = history.clone();
        released.release = Some("She is here in person.".to_owned());
        let done = act(desk, &number, &sam, Wish::Reply(released)).await;
        assert_eq!(written(desk).await, 2);
        // an answer of the law waits for a second person, with its bytes fixed
        assert_eq!(desk.letters_in(LetterState::Held).await, 1);
        tierline::app::work::release_letter(&desk.app, done.letters[0], &ana).await.unwrap();
        desk.settles().await;
        arrived_with(desk, "October 3: $1,250.00\r\nNovember 3: $1,250.00");
    })
    .await;
}

#[tokio::test]
async fn a_wording_that_nobody_approved_is_not_sent_by_a_person_either() {
    let builder = TestDesk::builder().maildir("care").without_approvals();
    on_both(&builder, async |desk| {
        let number = asks(desk, "My balance", "What is my balance?").await;
        let ana = ana(desk);
        let why = refused(desk, &number, &ana, Wish::Reply(filled("ask_verify", &[]))).await;
        assert!(why.contains("no approved letter `ask_verify`"), "{why}");
        assert_eq!(written(desk).await, 0);
    })
    .await;
}

#[tokio::test]
async fn another_letter_leaves_the_draft_where_it_is() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let ana = ana(desk);
        let draft = words("Dear Rosa,\n\na long explanation, not yet whole");
        save_draft(&desk.app, &number, &ana, (0, None), &draft).await.unwrap();
        act(desk, &number, &ana, letter("answer", "Dear Rosa,\n\nwe look into it.")).await;
        let kept = find_draft(&desk.app, &number, &ana).await.unwrap().expect("kept");
        assert_eq!(kept.words.text, draft.text);
        act(desk, &number, &ana, Wish::Reply(draft)).await;
        assert_eq!(find_draft(&desk.app, &number, &ana).await.unwrap(), None, "it was sent");
    })
    .await;
}

#[tokio::test]
async fn a_draft_that_is_another_since_it_was_read_is_not_sent() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My escrow", "Why did my escrow payment go up?").await;
        let ana = ana(desk);
        let draft = words("Dear Rosa,\n\nyour taxes rose.");
        save_draft(&desk.app, &number, &ana, (0, None), &draft).await.unwrap();
        let pdf = b"%PDF-1.7\n%%EOF\n".to_vec();
        attach_file(&desk.app, &number, &ana, ("a.pdf", pdf)).await.unwrap();
        let read = Reply { draft: Some(1), ..draft };
        let moved = try_act(desk, &number, &ana, Wish::Reply(read)).await.unwrap_err();
        assert!(matches!(moved, WorkError::DraftMoved), "{moved}");
        // and one that changes between the decision and its transaction
        let ticket_id = view(desk, &number).await.ticket.id;
        let ended = EndedDraft { ticket_id, person: ana.person, version: 1 };
        let decision = WorkDecision { drafts_ended: vec![ended], ..WorkDecision::default() };
        let work =
            AppliedWork { decision: &decision, letters: &[], reply_tokens: &[], at: desk.now() };
        let stale = desk.store().apply_works(&[work]).await.unwrap_err();
        assert!(stale.is_stale(), "{stale}");
        let kept = find_draft(&desk.app, &number, &ana).await.unwrap().expect("kept");
        assert_eq!((kept.version, written(desk).await), (2, 0));
        send_draft(&desk.app, &number, &ana, &SendDraft::default()).await.unwrap();
        assert_eq!(find_draft(&desk.app, &number, &ana).await.unwrap(), None);
    })
    .await;
}
