//! What a real server does not do: refusals half-way, lost answers, lies about
//! UIDs, hostile bytes. None of it may look like an empty or a good answer.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use secrecy::SecretString;
use tierline::mailbox::imap::{
    Credential, IdleEnd, ImapError, ImapOptions, ImapSession, Security, Step, UidFault,
};

use crate::harness::dovecot::install_tls;
use crate::harness::imap_peer::{Fault, ImapPeer};

const MAIL: &[u8] = b"Subject: escrow\r\n\r\nHello.\r\n";

pub(super) async fn four_mails() -> ImapPeer {
    ImapPeer::builder().mail(MAIL).mail(MAIL).mail(MAIL).mail(MAIL).start().await
}

pub(super) async fn connect(options: &ImapOptions) -> Result<ImapSession, ImapError> {
    ImapSession::connect(options, Timestamp::UNIX_EPOCH).await
}

pub(super) async fn selected(peer: &ImapPeer) -> ImapSession {
    let mut session = connect(&peer.options()).await.unwrap();
    session.select().await.unwrap();
    session
}

/// A patience short enough for a test of silence.
fn hasty(peer: &ImapPeer) -> ImapOptions {
    ImapOptions { command_timeout: Duration::from_millis(150), ..peer.options() }
}

#[tokio::test]
async fn the_peer_serves_what_a_server_should() {
    let peer = four_mails().await;
    let mut session = connect(&peer.options()).await.unwrap();
    let folder = session.select().await.unwrap();
    assert_eq!((folder.uidvalidity, folder.uidnext, folder.exists), (1, Some(5), 4));
    assert_eq!(session.list(1).await.unwrap().len(), 4);
    assert_eq!(session.fetch(&[2, 4]).await.unwrap()[1].raw, MAIL);
    let head = session.fetch_head(1, 65_536).await.unwrap().unwrap();
    assert_eq!(head, b"Subject: escrow\r\n\r\n");
    session.append("INBOX", MAIL).await.unwrap();
    assert_eq!(session.exists(), 5);
    assert_eq!(session.count_messages("INBOX").await.unwrap(), 5);
    session.logout().await.unwrap();
    assert_eq!(peer.commands_like("LOGIN"), ["LOGIN ***"]);
}

#[tokio::test]
async fn an_ok_without_the_facts_is_not_believed() {
    let peer = four_mails().await;
    peer.fault("CAPABILITY", Fault::OkUndone);
    let error = connect(&peer.options()).await.unwrap_err();
    assert!(matches!(error, ImapError::Nonsense(Step::Capability)), "{error:?}");
    let mut session = connect(&peer.options()).await.unwrap();
    peer.fault("SELECT", Fault::OkUndone);
    assert!(matches!(session.select().await.unwrap_err(), ImapError::NoUidValidity));
    session.select().await.unwrap();
    peer.fault("STATUS", Fault::OkUndone);
    let error = session.count_messages("INBOX").await.unwrap_err();
    assert!(matches!(error, ImapError::Nonsense(Step::Status)), "{error:?}");
    peer.fault("FETCH", Fault::OkUndone);
    assert_eq!(session.list_window(1, 500).await.unwrap().missing, 4);
}

#[tokio::test]
async fn a_session_can_move_to_another_task() {
    let peer = four_mails().await;
    let options = peer.options();
    let reading = tokio::spawn(async move {
        let mut session = connect(&options).await?;
        session.select().await?;
        let uids: Vec<u32> = session.list(1).await?.iter().map(|row| row.uid).collect();
        let mails = session.fetch(&uids).await?;
        session.fetch_head(1, 100).await?;
        session.idle(Duration::from_millis(1)).await?;
        session.put_away(&uids).await?;
        session.append("INBOX", MAIL).await?;
        session.logout().await?;
        Ok::<usize, ImapError>(mails.len())
    });
    assert_eq!(reading.await.unwrap().unwrap(), 4);
}

#[tokio::test]
async fn no_at_any_step_is_an_error_and_never_an_empty_success() {
    for verb in ["SELECT", "FETCH", "UID FETCH", "UID MOVE", "STATUS", "APPEND", "NOOP", "IDLE"] {
        for fault in [Fault::No, Fault::NoHalfway] {
            let peer = four_mails().await;
            let mut session = selected(&peer).await;
            peer.faults(verb, u32::MAX, fault.clone());
            let error = run(&mut session, verb).await.unwrap_err();
            assert!(matches!(error, ImapError::Refused { .. }), "{verb} {fault:?}: {error:?}");
            assert!(!session.is_poisoned(), "{verb}: NO leaves the conversation in step");
            peer.behave();
            run(&mut session, verb).await.unwrap_or_else(|error| panic!("{verb}: {error}"));
        }
    }
}

#[tokio::test]
async fn bad_bye_and_a_closed_connection_at_any_step_end_the_session() {
    for verb in ["SELECT", "FETCH", "UID FETCH", "UID MOVE", "STATUS", "APPEND", "NOOP", "IDLE"] {
        for fault in [
            Fault::Bad,
            Fault::Bye,
            Fault::Close,
            Fault::CloseHalfway,
            Fault::CloseBeforeTagged,
            Fault::DoThenClose,
        ] {
            let peer = four_mails().await;
            let mut session = selected(&peer).await;
            peer.fault(verb, fault.clone());
            let error = run(&mut session, verb).await.unwrap_err();
            let fits = match fault {
                Fault::Bad => matches!(error, ImapError::Bad { .. }),
                Fault::Bye => matches!(error, ImapError::Bye { .. }),
                _ => matches!(error, ImapError::ConnectionLost(_)),
            };
            assert!(fits, "{verb} {fault:?}: {error:?}");
            assert!(session.is_poisoned(), "{verb} {fault:?}");
            let error = run(&mut session, "NOOP").await.unwrap_err();
            assert!(matches!(error, ImapError::Poisoned), "{verb} {fault:?}: {error:?}");
        }
    }
}

async fn run(session: &mut ImapSession, verb: &str) -> Result<(), ImapError> {
    match verb {
        "SELECT" => session.select().await.map(|_| ()),
        "FETCH" => session.list(1).await.map(|_| ()),
        "UID FETCH" => session.fetch(&[1, 2, 3]).await.map(|_| ()),
        "UID MOVE" => session.put_away(&[1, 2, 3]).await.map(|_| ()),
        "STATUS" => session.count_messages("INBOX").await.map(|_| ()),
        "APPEND" => session.append("INBOX", MAIL).await,
        "NOOP" => session.noop().await,
        "IDLE" => session.idle(Duration::from_millis(1)).await.map(|_| ()),
        _ => panic!("{verb} is not a step"),
    }
}

#[tokio::test]
async fn silence_at_any_step_is_a_timeout() {
    for verb in ["SELECT", "FETCH", "UID FETCH", "UID MOVE", "IDLE"] {
        let peer = four_mails().await;
        let mut session = connect(&hasty(&peer)).await.unwrap();
        session.select().await.unwrap();
        peer.fault(verb, Fault::Silence);
        let error = run(&mut session, verb).await.unwrap_err();
        assert!(matches!(error, ImapError::TimedOut(_)), "{verb}: {error:?}");
        assert!(session.is_poisoned());
    }
    for (verb, step) in
        [("GREETING", Step::Greeting), ("LOGIN", Step::Login), ("CAPABILITY", Step::Capability)]
    {
        let peer = four_mails().await;
        peer.fault(verb, Fault::Silence);
        let error = connect(&hasty(&peer)).await.unwrap_err();
        assert!(matches!(error, ImapError::TimedOut(at) if at == step), "{verb}: {error:?}");
    }
}

#[tokio::test]
async fn a_slow_server_is_waited_for_while_it_brings_enough_and_no_longer() {
    let large = [MAIL, &vec![b'x'; 1_000_000]].concat();
    let peer = ImapPeer::builder().mail(&large).start().await;
    let patience = Duration::from_millis(400);
    let options = ImapOptions { command_timeout: patience, ..peer.options() };
    let mut session = connect(&options).await.unwrap();
    session.select().await.unwrap();
    peer.fault("UID FETCH", Fault::Trickle(80_000));
    let started = Instant::now();
    assert_eq!(session.fetch(&[1]).await.unwrap()[0].raw, large);
    assert!(started.elapsed() > patience, "it took longer than one timeout");
    peer.fault("UID FETCH", Fault::Trickle(10));
    let error = session.fetch(&[1]).await.unwrap_err();
    assert!(matches!(error, ImapError::TimedOut(Step::Fetch)), "{error:?}");
}

#[tokio::test]
async fn a_greeting_of_bye_or_preauth_is_no_session() {
    install_tls();
    for (greeting, code) in [
        (&b"* BYE too many\r\n"[..], "imap_bye"),
        (b"* PREAUTH welcome\r\n", "imap_nonsense"),
        (b"SSH-2.0-OpenSSH\r\n", "imap_nonsense"),
    ] {
        let peer = ImapPeer::builder().start().await;
        peer.fault("GREETING", Fault::Raw(greeting.to_vec()));
        let error = connect(&peer.options()).await.unwrap_err();
        assert_eq!(error.code(), code, "{error:?}");
        peer.fault("GREETING", Fault::Raw(greeting.to_vec()));
        let options = starttls(&peer);
        let error = connect(&options).await.unwrap_err();
        assert!(matches!(error, ImapError::Refused { step: Step::Greeting, .. }), "{error:?}");
    }
}

fn starttls(peer: &ImapPeer) -> ImapOptions {
    ImapOptions { security: Security::StartTls, ..peer.options() }
}

#[tokio::test]
async fn words_slipped_in_before_the_handshake_are_never_taken_for_an_answer() {
    install_tls();
    let peer = four_mails().await;
    connect(&starttls(&peer)).await.unwrap();
    peer.fault("STARTTLS", Fault::Trailing(b"* OK [CAPABILITY IMAP4rev1 MOVE] mine\r\n".to_vec()));
    let error = connect(&starttls(&peer)).await.unwrap_err();
    assert!(matches!(error, ImapError::Tls(_)), "{error:?}");
    for fault in [Fault::No, Fault::Bad] {
        peer.fault("STARTTLS", fault);
        let error = connect(&starttls(&peer)).await.unwrap_err();
        assert!(matches!(error, ImapError::Refused { step: Step::StartTls, .. }), "{error:?}");
    }
    let logins = peer.commands_like("LOGIN").len();
    assert_eq!(logins, 1, "the password was sent inside TLS only");
}

#[tokio::test]
async fn uids_that_were_not_asked_for_or_come_twice_are_refused() {
    let peer = four_mails().await;
    for (fault, expected) in [(Fault::WrongUid, UidFault::Unasked), (Fault::Twice, UidFault::Twice)]
    {
        let mut session = selected(&peer).await;
        peer.fault("UID FETCH", fault);
        let error = session.fetch(&[1, 2]).await.unwrap_err();
        let ImapError::Uid { step: Step::Fetch, fault } = error else { panic!("{error:?}") };
        assert_eq!(fault, expected);
    }
    let mut session = selected(&peer).await;
    peer.fault("FETCH", Fault::Twice);
    let error = session.list(1).await.unwrap_err();
    let expected = ImapError::Uid { step: Step::List, fault: UidFault::Twice };
    assert_eq!(error.to_string(), expected.to_string());
}

#[tokio::test]
async fn a_listing_tells_how_many_mails_the_server_passed_over() {
    let peer = four_mails().await;
    let mut session = selected(&peer).await;
    peer.fault("FETCH", Fault::MissingFirst);
    let window = session.list_window(1, 500).await.unwrap();
    assert_eq!((window.rows.len(), window.missing, window.next), (3, 1, None));
    let window = session.list_window(1, 2).await.unwrap();
    assert_eq!((window.rows.len(), window.missing, window.next), (2, 0, Some(3)));
}

#[tokio::test]
async fn mails_that_others_remove_during_a_listing_are_not_confused() {
    let peer = four_mails().await;
    let mut session = selected(&peer).await;
    peer.with(|state| state.folder("INBOX").remove(2));
    let listed: Vec<u32> = session.list(1).await.unwrap().iter().map(|row| row.uid).collect();
    assert_eq!(listed, [1, 3, 4]);
    let fetched = session.fetch(&[1, 2, 3]).await.unwrap();
    assert_eq!(fetched.iter().map(|mail| mail.uid).collect::<Vec<_>>(), [1, 3]);
    session.noop().await.unwrap();
    assert_eq!(session.exists(), 3);
}

#[tokio::test]
async fn uids_near_the_end_of_their_range_are_listed_and_fetched() {
    let peer = ImapPeer::builder()
        .with(|state| {
            state.folder("INBOX").uidnext = u32::MAX - 3;
            state.folder("INBOX").add(MAIL);
            state.folder("INBOX").add(MAIL);
        })
        .start()
        .await;
    let mut session = selected(&peer).await;
    let uids: Vec<u32> = session.list(1).await.unwrap().iter().map(|row| row.uid).collect();
    assert_eq!(uids, [u32::MAX - 3, u32::MAX - 2]);
    assert_eq!(session.fetch(&uids).await.unwrap().len(), 2);
    assert_eq!(session.list(u32::MAX - 2).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_folder_without_uidvalidity_is_refused_and_a_changed_one_is_told() {
    let peer = four_mails().await;
    let mut session = selected(&peer).await;
    for validity in [None, Some(0)] {
        peer.with(|state| state.folder("INBOX").uidvalidity = validity);
        let error = session.select().await.unwrap_err();
        assert!(matches!(error, ImapError::NoUidValidity), "{error:?}");
        assert!(error.needs_operator());
    }
    peer.with(|state| {
        state.folder("INBOX").remove(1);
        state.folder("INBOX").renumber(77);
        state.folder("INBOX").told_uidnext = Some(1);
    });
    let folder = session.select().await.unwrap();
    assert_eq!((folder.uidvalidity, folder.uidnext, folder.exists), (77, Some(1), 3));
    peer.with(|state| state.folder("INBOX").is_read_only = true);
    assert!(session.select().await.unwrap().is_read_only);
}

#[tokio::test]
async fn waiting_wakes_for_new_mail_only_and_notices_a_dying_server() {
    let peer = four_mails().await;
    let mut session = selected(&peer).await;
    let (end, ()) = tokio::join!(session.idle(Duration::from_secs(30)), async {
        peer.until(|state| state.idling == 1).await;
        peer.with(|state| state.folder("INBOX").remove(1));
        peer.deliver(MAIL);
    });
    assert_eq!(end.unwrap(), IdleEnd::NewMail);
    assert_eq!(session.exists(), 4);
    let (end, ()) = tokio::join!(session.idle(Duration::from_millis(100)), async {
        peer.until(|state| state.idling == 1).await;
        peer.with(|state| state.folder("INBOX").remove(2));
    });
    assert_eq!(end.unwrap(), IdleEnd::TimedOut);
    for fault in [Fault::Bye, Fault::Close] {
        let mut session = selected(&peer).await;
        let (end, ()) = tokio::join!(session.idle(Duration::from_secs(30)), async {
            peer.until(|state| state.idling == 1).await;
            peer.fault("IDLING", fault);
        });
        let error = end.unwrap_err();
        assert!(
            matches!(error, ImapError::Bye { .. } | ImapError::ConnectionLost(Step::Idle)),
            "{error:?}"
        );
        assert!(session.is_poisoned());
        peer.until(|state| state.idling == 0).await;
    }
}

#[tokio::test]
async fn a_mail_that_came_during_another_command_is_not_slept_through() {
    let peer = four_mails().await;
    let mut session = selected(&peer).await;
    session.list(1).await.unwrap();
    peer.deliver(MAIL);
    session.fetch(&[1]).await.unwrap();
    assert_eq!(session.idle(Duration::from_secs(3600)).await.unwrap(), IdleEnd::NewMail);
    assert!(peer.commands_like("IDLE").is_empty());
    peer.deliver(MAIL);
    session.fetch(&[1]).await.unwrap();
    assert_eq!(session.list(1).await.unwrap().len(), 6);
    let end = session.idle(Duration::from_millis(20)).await.unwrap();
    assert_eq!(end, IdleEnd::TimedOut, "what has been listed is no news");
}

#[tokio::test]
async fn a_password_with_any_character_reaches_the_server_whole() {
    for password in ["plain", "quo\"te\\s", "pässwörd"] {
        let peer = ImapPeer::builder().start().await;
        let told = if password.is_ascii() {
            password.replace('\\', "\\\\").replace('"', "\\\"")
        } else {
            password.to_owned()
        };
        peer.with(|state| state.password = told);
        let mut options = peer.options();
        options.credential = Credential::Password(SecretString::from(password));
        connect(&options).await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_that_nobody_answers_is_unreachable() {
    let peer = ImapPeer::builder().start().await;
    let options = peer.options();
    drop(peer);
    tokio::task::yield_now().await;
    let error = connect(&options).await.unwrap_err();
    assert!(matches!(error, ImapError::Unreachable(_) | ImapError::ConnectionLost(_)), "{error:?}");
    assert!(!error.needs_operator());
}
