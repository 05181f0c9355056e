//! Nothing leaves that a second person has not released.

use tierline::app::send;
use tierline::domain::letter::LetterState;
use tierline::domain::receive::APPROVE_TEMPLATE;
use tierline::store::StoreError;

use crate::harness::desk::{ROSA, TestDesk, WayOut, approve_templates, mail, on_both};

#[tokio::test]
async fn a_letter_waits_for_an_approval_and_leaves_after_it() {
    let builder = TestDesk::builder().maildir("care").without_approvals();
    on_both(&builder, async |desk| {
        desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        desk.settles().await;
        assert_eq!(send::release_approved(&desk.app, "engine").await.unwrap(), 0);
        assert_eq!(desk.letters_in(LetterState::Held).await, 1);
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.letters[0].reason.as_deref(), Some("no_approved_template"));
        assert_eq!(desk.arrived().len(), 0);
        // a person is told at once, not when the letter is too old to leave
        let task = ticket.tasks.iter().find(|task| task.kind == APPROVE_TEMPLATE).unwrap();
        assert_eq!((task.due_on, task.clock_kind.as_deref()), (tomorrow(), Some("INT_ACK")));

        approve_templates(desk.store(), desk.cora).await;
        assert_eq!(send::release_approved(&desk.app, "engine").await.unwrap(), 1);
        assert!(!is_asked_for_approval(desk).await, "it was done");
        assert_eq!(send::release_approved(&desk.app, "engine").await.unwrap(), 0, "once");
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::HandedOver).await, 1);
        assert_eq!(desk.arrived().len(), 1);
        let text = String::from_utf8_lossy(&desk.arrived()[0].raw).into_owned();
        assert!(text.contains(ticket.ticket.number.as_str()));
    })
    .await;
}

/// We have promised ourselves a receipt by then.
fn tomorrow() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 25)
}

async fn is_asked_for_approval(desk: &TestDesk) -> bool {
    let tasks = desk.store().open_tasks(100).await.unwrap();
    tasks.iter().any(|task| task.kind == APPROVE_TEMPLATE)
}

#[tokio::test]
async fn a_letter_of_the_law_that_waits_for_an_approval_is_a_task_with_its_legal_date() {
    let builder = TestDesk::builder().maildir("care").without_approvals();
    on_both(&builder, async |desk| {
        desk.store().record_esign_consent(ROSA, desk.now()).await.unwrap();
        let notice = "This is a notice of error: you did not credit my November payment.";
        desk.receives(&mail("Notice of error", notice).raw());
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.letters[0].state, LetterState::Held);
        let clock = ticket.clocks.iter().find(|clock| clock.kind == "NOE_ACK").unwrap();
        let task = ticket.tasks.iter().find(|task| task.kind == APPROVE_TEMPLATE).unwrap();
        assert_eq!(task.clock_kind.as_deref(), Some("NOE_ACK"));
        assert_eq!(task.due_on, clock.internal_due_on);
        assert!(task.due_on > tomorrow());
    })
    .await;
}

#[tokio::test]
async fn the_author_may_not_approve_and_nobody_but_compliance() {
    let builder = TestDesk::builder().maildir("care").without_approvals();
    on_both(&builder, async |desk| {
        let version = desk.store().template_versions().await.unwrap().remove(0);
        let refused = desk.store().approve(version.hash, desk.ana, desk.now()).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        // an author who is a compliance officer is refused all the same
        let cora = desk.cora.0;
        let of_cora = tierline::store::template::NewTemplateVersion {
            hash: tierline::domain::digest::Digest::of(b"cora's own"),
            name: version.name.clone(),
            locale: version.locale.clone(),
            subject: version.subject.clone(),
            text: version.text.clone(),
            html: version.html.clone(),
            about: version.about.clone(),
            author: tierline::domain::id::PersonId(cora),
        };
        desk.store().import_template_version(&of_cora, desk.now()).await.unwrap();
        let refused = desk.store().approve(of_cora.hash, desk.cora, desk.now()).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::Held).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_version_retired_before_its_letter_left_keeps_it_here() {
    let builder = TestDesk::builder().maildir("care").no_relay();
    on_both(&builder, async |desk| {
        desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::Retryable).await, 1, "the relay is down");
        for version in desk.store().template_versions().await.unwrap() {
            desk.store().retire(version.hash, desk.cora, desk.now()).await.unwrap();
        }
        desk.passes(std::time::Duration::from_secs(3600));
        desk.settles().await;
        assert_eq!(desk.letters_in(LetterState::Held).await, 1);
        // once there is another approved version, the letter is written anew
        let retired = desk.only_ticket().await.letters.remove(0);
        let mut version = desk.store().template_versions().await.unwrap().into_iter();
        let mut version = version
            .find(|kept| kept.name == retired.template && kept.locale == retired.locale)
            .unwrap();
        version.text.push_str("\nSecond version.\n");
        let second = tierline::store::template::NewTemplateVersion {
            hash: tierline::domain::digest::Digest::of(version.text.as_bytes()),
            name: version.name,
            locale: version.locale,
            subject: version.subject,
            text: version.text,
            html: version.html,
            about: version.about,
            author: desk.ana,
        };
        desk.store().import_template_version(&second, desk.now()).await.unwrap();
        desk.store().approve(second.hash, desk.cora, desk.now()).await.unwrap();
        assert_eq!(send::release_approved(&desk.app, "engine").await.unwrap(), 1);
        let path = tempfile::tempdir().unwrap();
        desk.sends_by(WayOut::Directory(path.path().to_owned()));
        desk.settles().await;
        let text = String::from_utf8_lossy(&desk.arrived()[0].raw).into_owned();
        assert!(text.contains("Second version."), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_letter_that_waited_too_long_is_given_up_and_a_person_is_told() {
    let builder = TestDesk::builder().maildir("care").without_approvals();
    on_both(&builder, async |desk| {
        desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        desk.settles().await;
        desk.passes(std::time::Duration::from_secs(48 * 3600));
        desk.settles().await;
        approve_templates(desk.store(), desk.cora).await;
        send::release_approved(&desk.app, "engine").await.unwrap();
        desk.settles().await;
        let ticket = desk.only_ticket().await;
        assert_eq!(ticket.letters[0].state, LetterState::Discarded);
        assert_eq!(ticket.letters[0].reason.as_deref(), Some("expired"));
        assert!(ticket.tasks.iter().any(|task| task.kind == "letter_discarded"));
        assert_eq!(desk.arrived().len(), 0, "its dates would be wrong by now");
    })
    .await;
}
