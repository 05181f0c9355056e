//! What waits for a second person leaves by that person alone, in the words and
//! the wording that they read, and never by whoever caused the error.

use std::collections::BTreeMap;

use tierline::app::outbox::{self, LetterAct, OutboxError};
use tierline::app::send;
use tierline::app::work::{
    SendDraft, Wish, WorkError, release_draft, release_letter, save_draft, send_draft,
    take_back_letter,
};
use tierline::domain::command::{FilledForm, Refusal, Reply};
use tierline::domain::digest::Digest;
use tierline::domain::id::{LetterId, TicketNumber};
use tierline::domain::letter::LetterState;
use tierline::store::template::{NewTemplateVersion, TemplateAbout};

use super::house::{act, ana, asks, cora, letter, sam};
use crate::harness::desk::{TestDesk, on_both};

const RESPONSE: &str = "Dear Rosa,\n\nwe corrected the error, effective November 24, 2026.";
const NOTICE: &str = "This is a notice of error: you did not credit my November payment.";
const HISTORY: &str = "reply_payment_history";
const PAID: [(&str, &str); 3] = [
    ("from_on", "2026-10-01"),
    ("to_on", "2026-11-20"),
    ("payments", "October 3: $1,250.00\r\nNovember 3: $1,250.00"),
];

fn filled(template: &str, typed: &[(&str, &str)]) -> Reply {
    let typed = typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let typed: BTreeMap<String, String> = typed.collect();
    let Wish::Reply(reply) = letter("answer", "") else { unreachable!() };
    Reply { form: Some(FilledForm { template: template.to_owned(), typed }), ..reply }
}

/// Rosa's payment history, in wording that a second person must read.
async fn history(desk: &mut TestDesk) -> LetterId {
    let number = asks(desk, "My payments", "What did I pay?").await;
    let mut reply = filled(HISTORY, &PAID);
    reply.release = Some("She is here in person.".to_owned());
    let sam = sam(desk).await;
    act(desk, &number, &sam, Wish::Reply(reply)).await.letters[0]
}

/// State and reason of the letter.
async fn stands(desk: &TestDesk, id: LetterId) -> (LetterState, Option<String>) {
    let letters = desk.letters().await;
    let found = letters.into_iter().find(|one| one.id == id).unwrap();
    (found.state, found.reason)
}

/// The English wording is withdrawn, and another one of it approved.
async fn approve_other_words(desk: &TestDesk, template: &str) {
    let (store, now) = (desk.store(), desk.now());
    let versions = store.approved_versions(now).await.unwrap();
    let mut versions = versions.into_iter();
    let seen = versions.find(|one| one.name == template && one.locale == "en").unwrap();
    store.retire(seen.hash, desk.cora, now).await.unwrap();
    let other = NewTemplateVersion {
        hash: Digest::of(b"other words"),
        name: seen.name,
        locale: seen.locale,
        subject: seen.subject,
        text: format!("{}\nOther words.\n", seen.text),
        html: seen.html,
        about: TemplateAbout { print: seen.print, file: seen.about, ..TemplateAbout::default() },
        author: desk.ana,
    };
    store.import_template_version(&other, now).await.unwrap();
    store.approve(other.hash, desk.cora, now).await.unwrap();
}

fn has_arrived(desk: &TestDesk, words: &str) -> bool {
    desk.arrived().iter().any(|one| String::from_utf8_lossy(&one.raw).contains(words))
}

async fn notice(desk: &mut TestDesk) -> TicketNumber {
    asks(desk, "Notice of error", NOTICE).await
}

#[tokio::test]
async fn one_person_does_not_send_what_waits_for_two_by_giving_it_up_first() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = notice(desk).await;
        let (ana, sam) = (ana(desk), sam(desk).await);
        for held_for in ["second_review", "template_retired", "template_stopped", "taken_back"] {
            let wish = letter("notice_of_error_response", RESPONSE);
            let id = act(desk, &number, &sam, wish).await.letters[0];
            let discard = LetterAct::Discard("out_of_date");
            let refused = outbox::act(&desk.app, id, &ana, discard).await.unwrap_err();
            assert!(matches!(refused, OutboxError::Refused(Refusal::NotAllowed { .. })));
            if held_for == "taken_back" {
                take_back_letter(&desk.app, id, &sam).await.unwrap();
            } else {
                let text = format!("UPDATE outbox SET reason = '{held_for}' WHERE state = 'held'");
                desk.sql(&text).await;
                assert!(outbox::act(&desk.app, id, &sam, discard).await.unwrap());
            }
            let (state, reason) = stands(desk, id).await;
            assert_eq!((state, reason.as_deref()), (LetterState::Discarded, Some(held_for)));
            assert!(!outbox::act(&desk.app, id, &sam, LetterAct::Retry).await.unwrap());
            desk.settles().await;
            assert!(!has_arrived(desk, "we corrected the error"), "{held_for}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_stopped_wording_is_not_released_by_a_second_person() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let id = history(desk).await;
        let (ana, store) = (ana(desk), desk.store());
        store.stop_template(HISTORY, "a wrong address", desk.cora, desk.now()).await.unwrap();
        let why = release_letter(&desk.app, id, &ana).await.unwrap_err();
        assert!(matches!(why, WorkError::NotToRelease), "{why}");
        assert_eq!(stands(desk, id).await.0, LetterState::Held);
        // nor does a sender take one that was let go before
        let let_go = format!(
            "UPDATE outbox SET state = 'available', reason = NULL WHERE template = '{HISTORY}'"
        );
        desk.sql(&let_go).await;
        desk.settles().await;
        assert_eq!(stands(desk, id).await.0, LetterState::Available);
        assert!(!has_arrived(desk, "October 3: $1,250.00"));
    })
    .await;
}

#[tokio::test]
async fn a_released_letter_goes_on_as_it_was_when_its_template_is_started_again() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let id = history(desk).await;
        let (ana, store) = (ana(desk), desk.store());
        release_letter(&desk.app, id, &ana).await.unwrap();
        store.stop_template(HISTORY, "a wrong address", desk.cora, desk.now()).await.unwrap();
        let (state, reason) = stands(desk, id).await;
        assert_eq!((state, reason.as_deref()), (LetterState::Held, Some("template_stopped")));
        assert_eq!(send::release_approved(&desk.app, "engine").await.unwrap(), 0);
        assert!(store.start_template(HISTORY, desk.cora, desk.now()).await.unwrap());
        assert_eq!(send::release_approved(&desk.app, "engine").await.unwrap(), 1);
        desk.settles().await;
        assert_eq!(stands(desk, id).await.0, LetterState::HandedOver);
        assert!(has_arrived(desk, "October 3: $1,250.00"));
    })
    .await;
}

#[tokio::test]
async fn a_letter_of_a_person_is_never_written_anew_in_other_wording() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My balance", "What is my balance?").await;
        let ana = ana(desk);
        let wish = Wish::Reply(filled("ask_verify", &[]));
        let id = act(desk, &number, &ana, wish).await.letters[0];
        approve_other_words(desk, "ask_verify").await;
        assert_eq!(send::release_approved(&desk.app, "engine").await.unwrap(), 0);
        let (state, reason) = stands(desk, id).await;
        assert_eq!((state, reason.as_deref()), (LetterState::Held, Some("template_retired")));
        desk.settles().await;
        assert!(!has_arrived(desk, "Before we can answer"));
    })
    .await;
}

#[tokio::test]
async fn whoever_caused_the_error_does_not_release_the_answer() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = notice(desk).await;
        let (ana, cora, sam) = (ana(desk), cora(desk), sam(desk).await);
        act(desk, &number, &cora, Wish::Cause(sam.person)).await;
        let wish = letter("notice_of_error_response", RESPONSE);
        let id = act(desk, &number, &ana, wish).await.letters[0];
        let why = release_letter(&desk.app, id, &sam).await.unwrap_err();
        assert!(matches!(why, WorkError::NotToRelease), "{why}");
        assert_eq!(stands(desk, id).await.0, LetterState::Held);
        let Wish::Reply(fact) = letter("answer", "Your balance is $1,250.00.") else {
            unreachable!()
        };
        save_draft(&desk.app, &number, &ana, (0, None), &fact).await.unwrap();
        let release = async |by| {
            release_draft(&desk.app, &number, (by, ana.person), None, "She called.").await
        };
        let why = release(&sam).await.unwrap_err();
        assert!(matches!(why, WorkError::Refused(Refusal::ConflictOfDuty)), "{why}");
        release(&cora).await.unwrap();
        release_letter(&desk.app, id, &cora).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_release_is_of_the_wording_that_was_read_and_of_none_approved_since() {
    let builder = TestDesk::builder().maildir("care");
    on_both(&builder, async |desk| {
        let number = asks(desk, "My payments", "What did I pay?").await;
        let (ana, sam) = (ana(desk), sam(desk).await);
        save_draft(&desk.app, &number, &ana, (0, None), &filled(HISTORY, &PAID)).await.unwrap();
        let reason = "She is here in person.";
        release_draft(&desk.app, &number, (&sam, ana.person), Some(1), reason).await.unwrap();
        approve_other_words(desk, HISTORY).await;
        let why = send_draft(&desk.app, &number, &ana, &SendDraft::default()).await.unwrap_err();
        assert!(why.to_string().contains("blocks loan_fact"), "{why}");
        release_draft(&desk.app, &number, (&sam, ana.person), Some(1), reason).await.unwrap();
        send_draft(&desk.app, &number, &ana, &SendDraft::default()).await.unwrap();
    })
    .await;
}
