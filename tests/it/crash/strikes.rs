//! Who is held to blame for a death: the mail that was being read alone, and
//! nobody else. A real bomb costs few restarts, then it is a stub ticket.

use std::os::unix::process::ExitStatusExt as _;

use tierline::app::intake::DEATHS;

use super::checker::{Expected, Findings};
use super::mails::{Sender, sender};
use super::process::Fate;
use super::stage::{Run, Stage};

/// Many more deaths than make a stub.
const KILLS: u32 = 2 * DEATHS;

async fn dies(run: &Run<'_>, point: &str, broken: Option<&'static str>) {
    let (status, windows) = run.once(&Fate { broken, ..Fate::crash_at(point, 1) }).await;
    assert_eq!(status.signal(), Some(libc::SIGABRT), "{}: {status} {windows:?}", run.tag);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_in_hand_at_many_deaths_after_its_decision_is_no_bomb() {
    let stage = Stage::sqlite().await;
    let expected = Expected::observe(&stage).await;
    let killed = async |tag, broken| -> Findings {
        let run = stage.run(tag).await;
        let senders = [sender(tag, 0)];
        run.receives(&senders);
        for _ in 0..KILLS {
            dies(&run, "c5", broken).await;
        }
        run.settles(broken).await;
        expected.check(&run, &senders).await
    };
    killed("innocent", None).await.assert_good("strikes are taken back", 0);
    let findings = killed("blamed", Some("keep_strikes")).await;
    assert_eq!(findings.different.len(), 1, "{findings:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bomb_is_a_stub_after_few_deaths_and_its_twin_is_its_duplicate() {
    let stage = Stage::sqlite().await;
    let run = stage.run("bomb").await;
    let bomb = sender("bomb", 0);
    run.receives([&bomb]);
    // Once in company, as far as anybody knows, and then alone.
    for _ in 0..=DEATHS {
        assert_eq!(run.count("SELECT COUNT(*) FROM ticket").await, 0);
        dies(&run, "c4", None).await;
    }
    run.settles(None).await;
    run.receives([&Sender { is_to_help: true, ..bomb }]);
    run.settles(None).await;
    let fates = "SELECT COUNT(*) FROM mail WHERE disposition";
    assert_eq!(run.count("SELECT COUNT(*) FROM ticket").await, 1);
    assert_eq!(run.count(&format!("{fates} = 'unparseable'")).await, 1);
    assert_eq!(run.count(&format!("{fates} = 'duplicate'")).await, 1);
}
