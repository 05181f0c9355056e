//! The checker's own test: with one safeguard left out, the same kills lose
//! mail, open tickets twice or send letters again and again, and it says so.

use std::os::unix::process::ExitStatusExt as _;

use super::checker::{Expected, Findings};
use super::mails::{Kind, Sender, sender};
use super::process::Fate;
use super::stage::{Run, Stage};

fn everybody(tag: &str) -> Vec<Sender> {
    (0..2 * Kind::ALL.len()).map(|n| sender(tag, n)).collect()
}

async fn dies(run: &Run<'_>, fate: &Fate) {
    let (status, windows) = run.once(fate).await;
    assert_eq!(status.signal(), Some(libc::SIGABRT), "{}: {status} {windows:?}", run.tag);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn putting_mail_away_before_the_commit_loses_it() {
    let stage = Stage::sqlite().await;
    let expected = Expected::observe(&stage).await;
    let killed = async |tag, broken| {
        let run = stage.run(tag).await;
        let senders = everybody(tag);
        run.receives(&senders);
        dies(&run, &Fate { broken, ..Fate::crash_at("c3", 1) }).await;
        run.settles(broken).await;
        expected.check(&run, &senders).await
    };
    killed("kept", None).await.assert_good("with the safeguard", 0);
    let findings = killed("lost", Some("put_away_first")).await;
    assert_eq!(findings.lost.len(), Kind::ALL.len(), "{findings:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_key_of_the_bytes_a_renumbered_folder_is_taken_in_twice() {
    let stage = Stage::postgres().await;
    let expected = Expected::observe(&stage).await;
    let killed = async |tag: &'static str, broken: Option<&'static str>| -> Findings {
        let run = stage.run(tag).await;
        let senders = everybody(tag);
        run.receives(&senders);
        if broken.is_some() {
            run.sql("ALTER TABLE mail DROP CONSTRAINT mail_mailbox_id_raw_key_key").await;
        }
        dies(&run, &Fate { broken, ..Fate::crash_at("c7", 1) }).await;
        // While it is down, the server gives its mails other numbers.
        run.sql("UPDATE mailbox SET uidvalidity = uidvalidity + 1").await;
        run.settles(broken).await;
        expected.check(&run, &senders).await
    };
    killed("once", None).await.assert_good("with the key", 0);
    let findings = killed("twice", Some("forget_identity")).await;
    assert!(findings.duplicate_tickets.len() >= Kind::ALL.len() - 1, "{findings:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_mark_of_the_payload_a_letter_goes_out_again_and_again() {
    let stage = Stage::sqlite().await;
    let expected = Expected::observe(&stage).await;
    let killed = async |tag, broken| {
        let run = stage.run(tag).await;
        let senders = [sender(tag, 0)];
        run.receives(&senders);
        let mut kills = 0;
        while kills < 4 {
            let fate = Fate { broken, ..Fate::crash_at("c13", 1) };
            let (status, _) = run.once(&fate).await;
            if status.success() && run.is_settled().await {
                break;
            }
            kills += u32::from(status.signal() == Some(libc::SIGABRT));
        }
        run.settles(broken).await;
        (expected.check(&run, &senders).await, kills)
    };
    let (findings, kills) = killed("known", None).await;
    findings.assert_good("with the mark", 2);
    // Sent, uncertain, sent once more, uncertain: now a person decides.
    assert_eq!((kills, findings.second_copies, findings.uncertain), (2, 1, 1), "{findings:#?}");
    let (findings, kills) = killed("blind", Some("forget_payload")).await;
    assert_eq!(kills, 4);
    assert!(!findings.letters_wrong.is_empty(), "{findings:#?}");
}
