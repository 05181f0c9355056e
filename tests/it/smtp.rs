//! Handing letters over: to a real server, and to one that breaks at every step.

use std::time::Duration;

use secrecy::SecretString;
use tierline::postage::directory::DirectorySink;
use tierline::postage::smtp::{
    ConnectFailed, Envelope, HandOver, Phase, Security, SmtpConnection, SmtpCredentials,
    SmtpOptions, SmtpTimeouts,
};

use crate::harness::smtp_peer::{At, Fault, Script, SmtpPeer};
use crate::harness::smtp_receiver::{SmtpReceiver, Tls};

const LETTER: &[u8] = b"Subject: hello\r\n\r\n.a dot\r\n..two\r\n.\r\n\r\nend\r\n";
const ROSA: Envelope<'static> =
    Envelope { from: "bounce+x@mail.example.com", to: "rosa@example.com", bytes: LETTER };

fn options(port: u16) -> SmtpOptions {
    SmtpOptions {
        host: "localhost".to_owned(),
        port,
        security: Security::Plain,
        ca_file: None,
        credentials: SmtpCredentials::None,
        client_id: "engine.example.com".to_owned(),
        timeouts: SmtpTimeouts::default(),
    }
}

/// Short waits, for peers that fall silent.
fn impatient(port: u16) -> SmtpOptions {
    let wait = Duration::from_millis(150);
    let timeouts = SmtpTimeouts {
        connect: wait,
        command: wait,
        data: wait,
        payload: wait / 2,
        after_dot: wait / 2,
    };
    SmtpOptions { timeouts, ..options(port) }
}

async fn connect(options: &SmtpOptions) -> SmtpConnection {
    SmtpConnection::connect(options).await.unwrap()
}

async fn refused(options: &SmtpOptions) -> ConnectFailed {
    match SmtpConnection::connect(options).await {
        Ok(_) => panic!("connected"),
        Err(failed) => failed,
    }
}

/// One letter to a peer with one fault; how often the payload was announced.
async fn hand_over(at: At, fault: Fault) -> (HandOver, u32) {
    let peer = SmtpPeer::start(Script::fault(at, fault)).await;
    let mut connection = connect(&impatient(peer.port)).await;
    let mut announced = 0;
    let outcome = connection
        .hand_over(&ROSA, || {
            announced += 1;
            std::future::ready(true)
        })
        .await;
    assert_eq!(
        connection.is_usable(),
        matches!(outcome, HandOver::HandedOver { .. }),
        "only a clean hand-over leaves a usable connection: {at:?} {fault:?}"
    );
    (outcome, announced)
}

fn refusal(phase: Phase, reply: &str) -> HandOver {
    let code: u16 = reply[..3].parse().unwrap();
    HandOver::Refused { phase, code, reply: reply.to_owned(), is_permanent: code >= 500 }
}

const BEFORE_PAYLOAD: [(At, Phase); 3] =
    [(At::Mail, Phase::MailFrom), (At::Rcpt, Phase::RcptTo), (At::Data, Phase::Data)];

#[tokio::test]
async fn a_real_server_gets_the_exact_bytes() {
    let receiver = SmtpReceiver::start(Tls::None, None);
    let mut connection = connect(&options(receiver.port)).await;
    for _ in 0..3 {
        let outcome = connection.hand_over(&ROSA, || std::future::ready(true)).await;
        assert!(matches!(outcome, HandOver::HandedOver { code: 250, .. }), "{outcome:?}");
    }
    connection.quit().await;
    let ledger = receiver.ledger();
    assert_eq!(ledger.len(), 3);
    for line in &ledger {
        assert_eq!(line["from"], ROSA.from);
        assert_eq!(line["to"], serde_json::json!([ROSA.to]));
        assert_eq!(receiver.mail(line), LETTER);
    }
}

#[tokio::test]
async fn starttls_and_implicit_tls_trust_our_own_ca_and_sign_in() {
    for (tls, security) in
        [(Tls::Upgraded, Security::StartTls), (Tls::Implicit, Security::ImplicitTls)]
    {
        let receiver = SmtpReceiver::start(tls, Some("engine:s3cret"));
        let with = |secret: &str| SmtpOptions {
            security,
            ca_file: Some(receiver.ca_file()),
            credentials: SmtpCredentials::Password {
                user: "engine".to_owned(),
                password: SecretString::from(secret),
            },
            ..options(receiver.port)
        };
        let mut connection = connect(&with("s3cret")).await;
        let null_path = Envelope { from: "", ..ROSA };
        let outcome = connection.hand_over(&null_path, || std::future::ready(true)).await;
        assert!(matches!(outcome, HandOver::HandedOver { .. }), "{outcome:?}");
        let ledger = receiver.ledger();
        assert_eq!(ledger[0]["is_encrypted"], true);
        assert_eq!(ledger[0]["is_authenticated"], true);
        assert_eq!(ledger[0]["from"], "<>");
        assert_eq!(receiver.mail(&ledger[0]), LETTER);

        let failed = refused(&with("wrong")).await;
        assert_eq!(
            (failed.phase, failed.code, failed.is_permanent),
            (Phase::Auth, Some(535), true)
        );
        assert!(!format!("{failed:?}").contains("wrong"), "{failed:?}");
    }
}

#[tokio::test]
async fn a_certificate_of_another_ca_or_another_name_is_refused() {
    for (tls, security) in
        [(Tls::Upgraded, Security::StartTls), (Tls::Implicit, Security::ImplicitTls)]
    {
        let receiver = SmtpReceiver::start(tls, None);
        let base = SmtpOptions { security, ..options(receiver.port) };
        let other_ca = SmtpOptions { ca_file: Some(receiver.other_ca_file()), ..base.clone() };
        assert_eq!(refused(&other_ca).await.phase, Phase::Tls);
        let public_roots = SmtpOptions { ca_file: None, ..base.clone() };
        assert_eq!(refused(&public_roots).await.phase, Phase::Tls);
        let other_name = SmtpOptions {
            host: "127.0.0.1".to_owned(),
            ca_file: Some(receiver.ca_file()),
            ..base.clone()
        };
        assert_eq!(refused(&other_name).await.phase, Phase::Tls);
        let no_file = SmtpOptions { ca_file: Some("/nonexistent.pem".into()), ..base };
        let failed = refused(&no_file).await;
        assert_eq!((failed.phase, failed.is_permanent), (Phase::Tls, true));
        assert_eq!(receiver.ledger().len(), 0);
    }
}

#[tokio::test]
async fn bytes_added_behind_the_starttls_answer_break_the_handshake() {
    let injected = Fault::Say("220 go ahead\r\n250-peer\r\n250 AUTH PLAIN\r\n");
    let peer = SmtpPeer::start(Script::fault(At::StartTls, injected)).await;
    let options = SmtpOptions { security: Security::StartTls, ..options(peer.port) };
    assert_eq!(refused(&options).await.phase, Phase::Tls);
}

#[tokio::test]
async fn a_server_without_starttls_is_not_spoken_to_in_the_clear() {
    let peer = SmtpPeer::start(Script::fault(At::Ehlo, Fault::Say("250 peer\r\n"))).await;
    let options = SmtpOptions {
        security: Security::StartTls,
        credentials: SmtpCredentials::Password {
            user: "engine".to_owned(),
            password: SecretString::from("s3cret"),
        },
        ..options(peer.port)
    };
    let failed = refused(&options).await;
    assert_eq!(failed.phase, Phase::StartTls);
    assert_eq!(peer.seen(|seen| seen.commands.clone()), ["EHLO engine.example.com"]);
}

#[tokio::test]
async fn an_access_token_is_sent_as_xoauth2() {
    let peer = SmtpPeer::start(Script::default()).await;
    let options = SmtpOptions {
        credentials: SmtpCredentials::OAuth2 {
            user: "engine@example.com".to_owned(),
            token: SecretString::from("fresh"),
        },
        ..options(peer.port)
    };
    let _connection = connect(&options).await;
    let auth = peer.seen(|seen| seen.commands[1].clone());
    let encoded = auth.strip_prefix("AUTH XOAUTH2 ").unwrap();
    let plain = data_encoding::BASE64.decode(encoded.as_bytes()).unwrap();
    assert_eq!(plain, b"user=engine@example.com\x01auth=Bearer fresh\x01\x01");
}

#[tokio::test]
async fn faults_before_the_connection_stands_name_their_phase() {
    for (at, phase) in [(At::Banner, Phase::Greeting), (At::Ehlo, Phase::Ehlo)] {
        for (fault, code, is_permanent) in [
            (Fault::Say("421 4.3.2 closing\r\n"), Some(421), false),
            (Fault::Say("554 5.3.2 no service\r\n"), Some(554), true),
            (Fault::Eof, None, false),
            (Fault::Silence, None, false),
            (Fault::Say("nonsense\r\n"), None, false),
        ] {
            let peer = SmtpPeer::start(Script::fault(at, fault)).await;
            let failed = refused(&impatient(peer.port)).await;
            assert_eq!(
                (failed.phase, failed.code, failed.is_permanent),
                (phase, code, is_permanent),
                "{fault:?}: {failed:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_greeting_without_end_is_cut_off() {
    let endless: &'static str = Box::leak("220-more\r\n".repeat(2000).into_boxed_str());
    let peer = SmtpPeer::start(Script::fault(At::Banner, Fault::Say(endless))).await;
    let failed = refused(&options(peer.port)).await;
    assert_eq!(failed.phase, Phase::Greeting);
    assert!(failed.reason.contains("without end"), "{failed}");
}

#[tokio::test]
async fn nobody_listening_is_a_broken_connect() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    assert_eq!(refused(&options(port)).await.phase, Phase::Connect);
}

#[tokio::test]
async fn a_no_in_any_phase_is_a_refusal_with_code_and_words() {
    let phases = BEFORE_PAYLOAD.into_iter().chain([(At::AfterDot, Phase::AfterDot)]);
    for (at, phase) in phases {
        for (fault, reply) in [
            (Fault::Say("451 4.7.1 come back\r\n"), "451 4.7.1 come back"),
            (Fault::Say("550 5.7.1 never\r\n"), "550 5.7.1 never"),
            (Fault::SayAndClose("421 4.3.2 closing\r\n"), "421 4.3.2 closing"),
            (Fault::Say("550-5.7.1 two\r\n550 5.7.1 lines\r\n"), "550 5.7.1 two lines"),
        ] {
            let (outcome, announced) = hand_over(at, fault).await;
            assert_eq!(outcome, refusal(phase, reply));
            assert_eq!(announced, u32::from(at == At::AfterDot));
        }
    }
}

#[tokio::test]
async fn a_break_before_the_payload_leaves_no_doubt() {
    for (at, phase) in BEFORE_PAYLOAD {
        for fault in [Fault::Eof, Fault::Silence, Fault::Say("what?\r\n"), Fault::Say("399 hm\r\n")]
        {
            let (outcome, announced) = hand_over(at, fault).await;
            let HandOver::BrokenBefore { phase: broken, reason } = outcome else {
                panic!("{at:?} {fault:?}: {outcome:?}");
            };
            assert_eq!(broken, phase, "{fault:?}");
            assert!(!reason.is_empty());
            assert_eq!(announced, 0, "{at:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn anything_but_354_to_data_is_not_a_go_ahead() {
    let (outcome, announced) = hand_over(At::Data, Fault::Say("250 2.0.0 ok\r\n")).await;
    let reason = "the server answered 250 2.0.0 ok".to_owned();
    assert_eq!(outcome, HandOver::BrokenBefore { phase: Phase::Data, reason });
    assert_eq!(announced, 0);
}

#[tokio::test]
async fn a_break_from_the_payload_on_is_uncertain() {
    for at in [At::Payload, At::AfterDot] {
        for fault in [Fault::Eof, Fault::Silence, Fault::Say("what?\r\n")] {
            let (outcome, announced) = hand_over(at, fault).await;
            assert!(matches!(outcome, HandOver::Uncertain { .. }), "{at:?} {fault:?}: {outcome:?}");
            assert_eq!(announced, 1);
        }
    }
    let (outcome, _) = hand_over(At::AfterDot, Fault::Say("354 go\r\n")).await;
    assert!(matches!(outcome, HandOver::Uncertain { .. }), "a 354 is no acceptance: {outcome:?}");
}

#[tokio::test]
async fn accepted_and_then_dropped_is_handed_over() {
    let fault = Fault::SayAndClose("250 2.0.0 queued\r\n");
    let peer = SmtpPeer::start(Script::fault(At::AfterDot, fault)).await;
    let mut connection = connect(&impatient(peer.port)).await;
    let outcome = connection.hand_over(&ROSA, || std::future::ready(true)).await;
    let reply = "250 2.0.0 queued".to_owned();
    assert_eq!(outcome, HandOver::HandedOver { code: 250, reply });
    let next = connection.hand_over(&ROSA, || std::future::ready(true)).await;
    assert!(matches!(next, HandOver::BrokenBefore { phase: Phase::MailFrom, .. }), "{next:?}");
    assert_eq!(peer.seen(|seen| seen.letters.len()), 1);
}

#[tokio::test]
async fn one_bad_recipient_does_not_stop_another_letter() {
    let peer = SmtpPeer::start(Script::refusing("gone@example.com")).await;
    let gone = Envelope { to: "gone@example.com", ..ROSA };
    let mut outcomes = Vec::new();
    for letter in [ROSA, gone, ROSA] {
        let mut connection = connect(&options(peer.port)).await;
        outcomes.push(connection.hand_over(&letter, || std::future::ready(true)).await);
    }
    let handed_over = |outcome: &HandOver| matches!(outcome, HandOver::HandedOver { .. });
    assert!(handed_over(&outcomes[0]) && handed_over(&outcomes[2]), "{outcomes:?}");
    assert_eq!(outcomes[1], refusal(Phase::RcptTo, "550 5.1.1 no such user here"));
    assert_eq!(peer.seen(|seen| seen.letters.clone()), [LETTER, LETTER]);
}

#[tokio::test]
async fn who_lost_the_lease_sends_not_a_byte_of_the_letter() {
    let peer = SmtpPeer::start(Script::default()).await;
    let mut connection = connect(&options(peer.port)).await;
    let outcome = connection.hand_over(&ROSA, || std::future::ready(false)).await;
    assert_eq!(outcome, HandOver::LostLease);
    assert!(!connection.is_usable());
    peer.until(|seen| seen.closed == 1).await;
    assert_eq!(peer.seen(|seen| (seen.payload_bytes, seen.letters.len())), (0, 0));
}

#[tokio::test]
async fn the_payload_is_announced_after_354_and_before_its_first_byte() {
    let peer = SmtpPeer::start(Script::default()).await;
    let mut connection = connect(&options(peer.port)).await;
    let outcome = connection
        .hand_over(&ROSA, async || {
            peer.until(|seen| seen.commands.last().is_some_and(|line| line == "DATA")).await;
            assert_eq!(peer.seen(|seen| seen.payload_bytes), 0);
            true
        })
        .await;
    assert!(matches!(outcome, HandOver::HandedOver { .. }), "{outcome:?}");
    assert_eq!(peer.seen(|seen| seen.letters.clone()), [LETTER]);
}

#[tokio::test]
async fn a_hand_over_dropped_half_way_leaves_nothing_to_reuse() {
    let peer = SmtpPeer::start(Script::fault(At::AfterDot, Fault::Silence)).await;
    let mut connection = connect(&options(peer.port)).await;
    let cancelled = async {
        tokio::select! {
            biased;
            outcome = connection.hand_over(&ROSA, || std::future::ready(true)) => panic!("{outcome:?}"),
            () = peer.until(|seen| seen.letters.len() == 1) => {}
        }
    };
    cancelled.await;
    assert!(!connection.is_usable());
    let next = connection.hand_over(&ROSA, || std::future::ready(true)).await;
    assert!(matches!(next, HandOver::BrokenBefore { phase: Phase::Connect, .. }), "{next:?}");
    peer.until(|seen| seen.closed == 1).await;
}

#[tokio::test]
async fn what_could_smuggle_a_command_is_refused_before_a_byte_is_sent() {
    let peer = SmtpPeer::start(Script::default()).await;
    let before = async |envelope: Envelope<'static>| {
        let mut connection = connect(&options(peer.port)).await;
        connection.hand_over(&envelope, || std::future::ready(true)).await
    };
    for (letter, phase, code) in [
        (Envelope { to: "rosa@example.com>\r\nRCPT TO:<x@y.example", ..ROSA }, Phase::RcptTo, 553),
        (Envelope { to: "", ..ROSA }, Phase::RcptTo, 553),
        (Envelope { from: "a b@example.com", ..ROSA }, Phase::MailFrom, 553),
        (Envelope { bytes: b"a\n.\nMAIL FROM:<x@y.example>\r\n", ..ROSA }, Phase::MailFrom, 554),
        (Envelope { bytes: b"", ..ROSA }, Phase::MailFrom, 554),
    ] {
        let outcome = before(letter).await;
        let HandOver::Refused { phase: at, code: said, is_permanent: true, .. } = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!((at, said), (phase, code));
    }
    let commands = peer.seen(|seen| seen.commands.clone());
    assert!(commands.iter().all(|line| line.starts_with("EHLO")), "{commands:?}");
}

#[tokio::test]
async fn addresses_in_a_servers_words_are_not_kept() {
    let fault = Fault::Say("550 5.1.1 <rosa@example.com>: \x1b[31munknown\r\n");
    let (outcome, _) = hand_over(At::Rcpt, fault).await;
    assert_eq!(outcome, refusal(Phase::RcptTo, "550 5.1.1 (address) [31munknown"));
}

#[tokio::test]
async fn a_letter_in_a_directory_is_whole_and_there_is_only_one() {
    let directory = tempfile::tempdir().unwrap();
    let sink = DirectorySink { path: directory.path().join("letters") };
    let id = "abc.def@mail.example.com";
    let path = sink.deliver(id, LETTER).await.unwrap();
    assert_eq!(sink.deliver(id, LETTER).await.unwrap(), path);
    assert_eq!(std::fs::read(&path).unwrap(), LETTER);
    assert_eq!(path.file_name().unwrap(), "abc.def@mail.example.com.eml");
    assert_eq!(std::fs::read_dir(&sink.path).unwrap().count(), 1);
    for hostile in ["../x@mail.example.com", "a/b@mail.example.com", "", "no-at", "a\0@b"] {
        assert!(sink.deliver(hostile, LETTER).await.is_err(), "{hostile:?}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}
