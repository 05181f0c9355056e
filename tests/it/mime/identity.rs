//! Which mails are one and the same, and what little is known of the others.

use super::*;

#[test]
fn two_deliveries_of_one_mail_are_equal_and_any_other_mail_is_not() {
    let first = parse(format!("Received: by a\r\nDelivered-To: x@example.com\r\n{ROSA}\r\nhi"));
    let second = parse(format!("Return-Path: <r@example.com>\r\nReceived: by b\r\n{ROSA}\r\nhi"));
    assert_ne!(first.raw_sha, second.raw_sha);
    assert_eq!(first.canonical_sha, second.canonical_sha);
    for (what, other) in [
        ("body", format!("{ROSA}\r\nho")),
        ("subject", format!("{}\r\nhi", ROSA.replace("My loan", "My home"))),
        ("sender", format!("{}\r\nhi", ROSA.replace("rosa@", "ana@"))),
        ("date", format!("{}\r\nhi", ROSA.replace("10:00", "10:01"))),
        ("message id", format!("{}\r\nhi", ROSA.replace("<1@", "<2@"))),
    ] {
        assert_ne!(parse(other).canonical_sha, first.canonical_sha, "{what}");
    }
}

#[test]
fn a_stub_has_the_header_and_says_that_it_is_one() {
    let raw = format!("{ROSA}Content-Type: text/plain\r\n\r\nsecret body");
    let sha = Digest::of(raw.as_bytes());
    let stub = mime::stub(raw.as_bytes(), sha, 99, Timestamp::UNIX_EPOCH);
    assert_eq!((stub.raw_sha, stub.size, stub.completeness), (sha, 99, Completeness::Stub));
    assert_eq!((stub.subject.as_str(), stub.text.as_str()), ("My loan", ""));
    assert_eq!(stub.defects, [Defect::Unparseable]);
    let other = mime::stub(raw.as_bytes(), Digest::of(b"other"), 99, Timestamp::UNIX_EPOCH);
    assert_ne!(stub.canonical_sha, other.canonical_sha);
    assert_bounded(&mime::stub(&[0xff; 300_000], sha, 1, Timestamp::UNIX_EPOCH));
}

#[test]
fn an_oversize_mail_delivered_twice_is_one_mail() {
    let only = |trace: &str, body_size: u64| {
        let head = format!("Received: {trace}\r\n{ROSA}\r\n");
        let size = head.len() as u64 + body_size;
        mime::headers_only(head.as_bytes(), size, Timestamp::UNIX_EPOCH)
    };
    let (first, second) = (only("by a", 40_000_000), only("by another host", 40_000_000));
    assert_eq!(first.completeness, Completeness::HeadersOnly);
    assert!(first.size > 40_000_000);
    assert_ne!(first.raw_sha, second.raw_sha);
    assert_eq!(first.canonical_sha, second.canonical_sha);
    assert_ne!(first.canonical_sha, only("by a", 40_000_001).canonical_sha);
}
