//! Faults before the connection stands.

use secrecy::SecretString;
use tierline::postage::smtp::{Phase, Security, SmtpCredentials, SmtpOptions};

use super::{connect, options, options_for, refused};
use crate::harness::smtp_peer::{At, Fault, Script, SmtpPeer};

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
async fn a_server_that_puts_tls_or_signing_in_off_is_tried_again_later() {
    let busy = Fault::Say("454 4.7.0 not now\r\n");
    let peer = SmtpPeer::start(Script::fault(At::StartTls, busy)).await;
    let failed = refused(&SmtpOptions { security: Security::StartTls, ..options(peer.port) }).await;
    let got = (failed.phase, failed.code, failed.is_permanent);
    assert_eq!(got, (Phase::StartTls, Some(454), false), "{failed}");

    let credentials = SmtpCredentials::Password {
        user: "engine".to_owned(),
        password: SecretString::from("s3cret"),
    };
    for (fault, code, is_permanent) in [
        (busy, Some(454), false),
        (Fault::Say("535 5.7.8 bad credentials\r\n"), Some(535), true),
        (Fault::Eof, None, false),
        (Fault::Silence, None, false),
    ] {
        let peer = SmtpPeer::start(Script::fault(At::Auth, fault)).await;
        let with =
            SmtpOptions { credentials: credentials.clone(), ..options_for(fault, peer.port) };
        let failed = refused(&with).await;
        let got = (failed.phase, failed.code, failed.is_permanent);
        assert_eq!(got, (Phase::Auth, code, is_permanent), "{failed}");
    }
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
            let failed = refused(&options_for(fault, peer.port)).await;
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
