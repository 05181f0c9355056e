//! A real server: exact bytes, TLS with our own CA, signing in.

use secrecy::SecretString;
use tierline::postage::smtp::{Envelope, HandOver, Phase, Security, SmtpCredentials, SmtpOptions};

use super::{LETTER, ROSA, connect, options, refused};
use crate::harness::smtp_receiver::{SmtpReceiver, Tls};

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
