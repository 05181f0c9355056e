//! Signatures made here, keys brought by hand; nothing asks a name server.

use data_encoding::BASE64;
use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::DkimSigner;

use super::*;
use crate::domain::authentication::Alignment;

const MAIL: &str = "From: Rosa Example <rosa@example.com>\r\nTo: care@servicer.example\r\n\
    Subject: My escrow\r\nDate: Tue, 24 Nov 2026 10:00:00 -0500\r\n\r\nPlease explain it.\r\n";

/// A checker that knows `policy` for example.com and no other record.
fn checker(policy: Option<&str>) -> SignatureChecker {
    let nobody: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let checker = SignatureChecker::new(nobody, Duration::from_secs(2)).unwrap();
    checker.bring("_dmarc.example.com", policy).unwrap();
    for absent in ["_dmarc.com", "_dmarc.example", "_dmarc.evil.example"] {
        checker.bring(absent, None).unwrap();
    }
    checker
}

/// `mail` signed for `domain`, its key brought to `checker`.
fn signed(mail: &str, domain: &str, checker: &SignatureChecker) -> String {
    let der = Ed25519Key::generate_pkcs8().unwrap();
    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&der).unwrap();
    let public = BASE64.encode(&key.public_key());
    let record = format!("v=DKIM1; k=ed25519; p={public}");
    checker.bring(&format!("s1._domainkey.{domain}"), Some(&record)).unwrap();
    let signature = DkimSigner::from_key(key)
        .domain(domain)
        .selector("s1")
        .headers(["From", "To", "Subject"])
        .sign(mail.as_bytes())
        .unwrap();
    format!("{}{mail}", signature.to_header())
}

async fn alignment(checker: &SignatureChecker, mail: &str) -> Alignment {
    checker.check(mail.as_bytes()).await.alignment("example.com")
}

#[tokio::test]
async fn a_good_signature_of_the_senders_domain_authenticates() {
    let checker = checker(None);
    let mail = signed(MAIL, "example.com", &checker);
    assert_eq!(alignment(&checker, &mail).await, Alignment::ByDkim);
    let with_policy = self::checker(Some("v=DMARC1; p=reject"));
    let mail = signed(MAIL, "example.com", &with_policy);
    assert_eq!(alignment(&with_policy, &mail).await, Alignment::ByDmarc);
}

#[tokio::test]
async fn a_changed_body_subject_or_sender_does_not() {
    let checker = checker(Some("v=DMARC1; p=reject"));
    let mail = signed(MAIL, "example.com", &checker);
    for (from, to) in [
        ("explain it", "wire it"),
        ("Subject: My escrow", "Subject: New bank"),
        ("rosa@example.com", "ana@example.com"),
    ] {
        let changed = mail.replace(from, to);
        assert_ne!(changed, mail);
        assert_eq!(alignment(&checker, &changed).await, Alignment::Unknown, "{to}");
    }
    let found = checker.check(MAIL.as_bytes()).await;
    assert!(found.dkim.is_empty() && found.dmarc.is_enforcing, "unsigned: {found:?}");
    assert_eq!(found.alignment("example.com"), Alignment::Unknown, "SPF may have passed");
}

#[tokio::test]
async fn a_good_signature_of_another_domain_says_nothing_about_the_sender() {
    let checker = checker(None);
    let mail = signed(MAIL, "evil.example", &checker);
    let found = checker.check(mail.as_bytes()).await;
    assert_eq!(found.dkim[0].verdict, Verdict::Pass);
    assert_eq!(found.alignment("example.com"), Alignment::Unknown);
}

#[tokio::test]
async fn a_signature_over_a_part_of_the_body_is_refused() {
    let checker = checker(None);
    let der = Ed25519Key::generate_pkcs8().unwrap();
    let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&der).unwrap();
    let record = format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(&key.public_key()));
    checker.bring("s1._domainkey.example.com", Some(&record)).unwrap();
    let signature = DkimSigner::from_key(key)
        .domain("example.com")
        .selector("s1")
        .headers(["From", "To", "Subject"])
        .body_length(true)
        .sign(MAIL.as_bytes())
        .unwrap();
    assert!(signature.to_header().contains("l="));
    for added in ["", "Wire it to the new account.\r\n"] {
        let mail = format!("{}{MAIL}{added}", signature.to_header());
        assert_eq!(alignment(&checker, &mail).await, Alignment::Unknown, "{added}");
    }
}

#[tokio::test]
async fn a_name_server_that_does_not_answer_leaves_the_sender_unknown() {
    let nobody: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let known = checker(None);
    let mail = signed(MAIL, "example.com", &known);
    let lost = SignatureChecker::new(nobody, Duration::from_millis(300)).unwrap();
    assert_eq!(alignment(&lost, &mail).await, Alignment::Unknown);
}

#[tokio::test]
async fn no_bytes_make_it_give_up() {
    let checker = checker(None);
    for raw in ["", "\r\n", ":", "From:\r\n\r\n", "DKIM-Signature: v=1; a=; b=\r\n\r\n", "\0"] {
        let found = checker.check(raw.as_bytes()).await;
        assert_eq!(found.alignment("example.com"), Alignment::Unknown, "{raw:?}");
    }
}
