//! What works against a real server.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use tierline::mailbox::imap::{
    Credential, IdleEnd, ImapError, ImapOptions, ImapSession, PutAway, Security, Step, TlsFault,
};

use crate::harness::dovecot::{Dovecot, TestCa, install_tls};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn mail(subject: &str) -> Vec<u8> {
    format!(
        "From: Rosa <rosa@example.com>\r\nTo: care@example.com\r\nSubject: {subject}\r\n\r\nHello.\r\n"
    )
    .into_bytes()
}

async fn selected(options: &ImapOptions) -> ImapSession {
    let mut session = ImapSession::connect(options, NOW).await.unwrap();
    session.select().await.unwrap();
    session
}

fn sizes(inbox: usize, processed: usize) -> BTreeMap<String, usize> {
    BTreeMap::from([("INBOX".to_owned(), inbox), ("Processed".to_owned(), processed)])
}

#[tokio::test]
async fn a_mail_is_read_whole_and_unmarked_over_tls_starttls_and_plain() {
    install_tls();
    let server = Dovecot::start();
    let raw = mail("escrow");
    server.append("rosa", "INBOX", &raw).await;
    let tls = server.options("rosa");
    let starttls = ImapOptions {
        port: server.imap_port,
        security: Security::StartTls,
        ..server.options("rosa")
    };
    for options in [tls, starttls, server.plain_options("rosa")] {
        let mut session = ImapSession::connect(&options, NOW).await.unwrap();
        let folder = session.select().await.unwrap();
        assert_eq!((folder.exists, folder.uidnext, folder.is_read_only), (1, Some(2), false));
        let listed = session.list(1).await.unwrap();
        assert_eq!((listed[0].uid, listed[0].size as usize), (1, raw.len()));
        assert!(listed[0].internal_date.is_some());
        let fetched = session.fetch(&[1]).await.unwrap();
        assert_eq!(fetched[0].raw, raw);
        assert_eq!(fetched[0].internal_date, listed[0].internal_date);
        session.logout().await.unwrap();
    }
    assert_eq!(server.mails("rosa", "INBOX"), [raw]);
    assert_eq!(server.seen("rosa", "INBOX"), 0);
    let mut session = selected(&server.options("rosa")).await;
    assert_eq!(session.fetch_head(1, 12).await.unwrap().unwrap(), b"From: Rosa <");
    assert_eq!(session.fetch_head(7, 12).await.unwrap(), None);
}

#[tokio::test]
async fn a_server_nobody_vouches_for_is_refused() {
    install_tls();
    let server = Dovecot::start();
    let mut options = server.options("rosa");
    options.host = "127.0.0.1".to_owned();
    let error = ImapSession::connect(&options, NOW).await.unwrap_err();
    assert!(matches!(error, ImapError::Tls(TlsFault::WrongName)), "{error:?}");

    let other = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(other.path(), TestCa::new().ca).unwrap();
    let strangers =
        [(Some(other.path()), TlsFault::UnknownIssuer), (None, TlsFault::UnknownIssuer)];
    for security in [Security::ImplicitTls, Security::StartTls] {
        for (ca_file, fault) in &strangers {
            let mut options = server.options("rosa");
            options.ca_file = ca_file.map(std::path::Path::to_owned);
            options.security = security;
            if security == Security::StartTls {
                options.port = server.imap_port;
            }
            let error = ImapSession::connect(&options, NOW).await.unwrap_err();
            assert!(matches!(&error, ImapError::Tls(found) if found == fault), "{error:?}");
            assert!(error.needs_operator());
        }
    }
    let mut options = server.options("rosa");
    options.ca_file = Some("/nonexistent/ca.pem".into());
    let error = ImapSession::connect(&options, NOW).await.unwrap_err();
    assert!(matches!(error, ImapError::Tls(TlsFault::CaFile)), "{error:?}");
}

#[tokio::test]
async fn a_wrong_password_is_a_refused_login_and_is_never_shown() {
    install_tls();
    let server = Dovecot::start();
    for password in ["wrong-password", "wröng \"pass\\word\r\nT9 LOGOUT"] {
        let mut options = server.options("rosa");
        options.credential = Credential::Password(SecretString::from(password));
        let error = ImapSession::connect(&options, NOW).await.unwrap_err();
        assert!(matches!(error, ImapError::LoginRefused { .. }), "{error:?}");
        assert!(error.needs_operator());
        assert!(!format!("{error} {error:?} {options:?}").contains("wr"), "{error:?}");
    }
}

#[tokio::test]
async fn put_away_mails_are_in_the_processed_folder_and_doing_it_again_is_no_error() {
    install_tls();
    let server = Dovecot::start();
    server.deliver("rosa", [mail("a"), mail("b"), mail("c")].iter().map(Vec::as_slice));
    let mut session = selected(&server.options("rosa")).await;
    assert_eq!(session.put_away(&[1, 3]).await.unwrap(), PutAway::Moved);
    assert_eq!(server.folder_sizes("rosa"), sizes(1, 2));
    assert_eq!(session.exists(), 1);
    assert_eq!(session.put_away(&[1, 3, 900]).await.unwrap(), PutAway::Moved);
    assert_eq!(server.folder_sizes("rosa"), sizes(1, 2));
    let left: Vec<u32> = session.list(1).await.unwrap().iter().map(|row| row.uid).collect();
    assert_eq!(left, [2]);
    assert_eq!(session.count_messages("Processed").await.unwrap(), 2);
    assert!(session.fetch(&[1, 2, 3]).await.unwrap().iter().all(|mail| mail.uid == 2));
}

#[tokio::test]
async fn the_processed_folder_may_have_a_name_in_any_language() {
    install_tls();
    let server = Dovecot::start();
    server.deliver("rosa", [mail("a")].iter().map(Vec::as_slice));
    let mut options = server.options("rosa");
    options.processed_folder = "Año \"nuevo\" & más".to_owned();
    let mut session = selected(&options).await;
    assert_eq!(session.put_away(&[1]).await.unwrap(), PutAway::Moved);
    assert_eq!(session.exists(), 0);
    options.folder = std::mem::replace(&mut options.processed_folder, "INBOX".to_owned());
    let mut session = selected(&options).await;
    assert_eq!(session.list(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_folder_of_3000_mails_is_listed_in_windows_and_fetched_in_one_go() {
    install_tls();
    let server = Dovecot::start();
    let mails: Vec<Vec<u8>> = (0..3000).map(|number| mail(&format!("mail {number}"))).collect();
    server.deliver("rosa", mails.iter().map(Vec::as_slice));
    let mut session = selected(&server.options("rosa")).await;
    let window = session.list_window(1, 500).await.unwrap();
    assert_eq!((window.rows.len(), window.missing, window.next), (500, 0, Some(501)));
    let window = session.list_window(2901, 500).await.unwrap();
    assert_eq!((window.rows.len(), window.missing, window.next), (100, 0, None));
    assert_eq!(session.list_window(3001, 500).await.unwrap().rows.len(), 0);
    let all: Vec<u32> = session.list(1).await.unwrap().iter().map(|row| row.uid).collect();
    assert_eq!(all, (1..=3000).collect::<Vec<u32>>());
    assert_eq!(session.list(2990).await.unwrap().len(), 11);
    let mut fetched: Vec<Vec<u8>> =
        session.fetch(&all).await.unwrap().into_iter().map(|mail| mail.raw).collect();
    let mut sent = mails.clone();
    fetched.sort();
    sent.sort();
    assert!(fetched == sent, "every mail came, byte for byte");
    session.put_away(&all).await.unwrap();
    assert_eq!(server.folder_sizes("rosa"), sizes(0, 3000));
}

#[tokio::test]
async fn waiting_ends_when_a_mail_arrives_and_otherwise_after_the_given_time() {
    install_tls();
    let server = Dovecot::start();
    let mut session = selected(&server.options("rosa")).await;
    assert!(session.offers_idle());
    let end = session.idle(Duration::from_millis(50)).await.unwrap();
    assert_eq!(end, IdleEnd::TimedOut);
    let (end, ()) = tokio::join!(
        session.idle(Duration::from_secs(60)),
        server.append("rosa", "INBOX", b"Subject: wake up\r\n\r\nnow\r\n")
    );
    assert_eq!(end.unwrap(), IdleEnd::NewMail);
    assert_eq!(session.list(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_server_that_dies_while_we_wait_is_an_error_and_a_new_connection_works() {
    install_tls();
    let mut server = Dovecot::start();
    server.append("rosa", "INBOX", &mail("before")).await;
    let mut session = selected(&server.options("rosa")).await;
    let waiting = session.idle(Duration::from_secs(60));
    let (end, ()) = tokio::join!(waiting, async {
        // before or after IDLE has reached it: lost either way
        server.kill();
    });
    let error = end.unwrap_err();
    assert!(matches!(error, ImapError::ConnectionLost(Step::Idle)), "{error:?}");
    let error = session.list(1).await.unwrap_err();
    assert!(matches!(error, ImapError::Poisoned), "{error:?}");
    server.restart();
    assert_eq!(selected(&server.options("rosa")).await.list(1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_dropped_call_leaves_the_session_unusable() {
    install_tls();
    let server = Dovecot::start();
    let mut session = selected(&server.options("rosa")).await;
    let waiting = session.idle(Duration::from_secs(60));
    assert!(tokio::time::timeout(Duration::from_millis(20), waiting).await.is_err());
    assert!(session.is_poisoned());
    assert!(matches!(session.noop().await.unwrap_err(), ImapError::Poisoned));
}

#[tokio::test]
async fn a_missing_folder_is_refused_with_the_servers_words_and_the_session_lives_on() {
    install_tls();
    let server = Dovecot::start();
    let mut options = server.options("rosa");
    options.folder = "Enviados año".to_owned();
    let mut session = ImapSession::connect(&options, NOW).await.unwrap();
    let error = session.select().await.unwrap_err();
    let ImapError::Refused { step: Step::Select, said: Some(said) } = error else {
        panic!("{error:?}");
    };
    assert!(said.contains("Mailbox doesn't exist"), "{said}");
    session.noop().await.unwrap();
    let error = session.append("Nowhere", b"x").await.unwrap_err();
    assert!(matches!(error, ImapError::Refused { step: Step::Append, said: None }), "{error:?}");
    session.noop().await.unwrap();
}

#[tokio::test]
async fn a_large_mail_comes_whole_and_one_over_the_cap_is_refused_unread() {
    install_tls();
    let server = Dovecot::start();
    let body = "0123456789abcdef\r\n".repeat(200_000);
    let raw = format!("Subject: large\r\n\r\n{body}").into_bytes();
    server.append("rosa", "INBOX", &raw).await;
    let mut session = selected(&server.options("rosa")).await;
    assert_eq!(session.fetch(&[1]).await.unwrap()[0].raw, raw);
    let mut options = server.options("rosa");
    (options.max_mail_bytes, options.max_literal_bytes) = (1 << 20, 1 << 20);
    let mut session = selected(&options).await;
    let error = session.fetch(&[1]).await.unwrap_err();
    assert!(matches!(error, ImapError::Hostile { .. }), "{error:?}");
    assert!(session.is_poisoned());
    let mut session = selected(&options).await;
    assert_eq!(session.fetch_head(1, 65_536).await.unwrap().unwrap(), b"Subject: large\r\n\r\n");
}

#[test]
fn the_server_does_not_outlive_the_test() {
    let server = Dovecot::start();
    let pid = server.pid();
    assert!(std::path::Path::new(&format!("/proc/{pid}")).exists());
    let port = server.imap_port;
    drop(server);
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}
