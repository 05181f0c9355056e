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
    let stub = mime::stub(raw.as_bytes(), Timestamp::UNIX_EPOCH);
    assert_eq!((stub.raw_sha, stub.completeness), (sha, Completeness::Stub));
    assert_eq!(stub.size, raw.len() as u64);
    assert_eq!((stub.subject.as_str(), stub.text.as_str()), ("My loan", ""));
    assert_eq!(stub.defects, [Defect::Unparseable]);
    assert_bounded(&mime::stub(&[0xff; 300_000], Timestamp::UNIX_EPOCH));
}

#[test]
fn a_stub_is_known_as_the_twin_of_the_mail_that_was_read_whole() {
    let stub = |raw: &str| mime::stub(raw.as_bytes(), Timestamp::UNIX_EPOCH).canonical_sha;
    for body in ["hi", "", "one\r\ntwo\n\r\n\r\nthree\r", &"long\r\n".repeat(50_000)] {
        let twin = parse(format!("Received: by another host\r\n{ROSA}\r\n{body}"));
        assert_eq!(stub(&format!("Received: by us\r\n{ROSA}\r\n{body}")), twin.canonical_sha);
        assert_ne!(stub(&format!("{ROSA}\r\n{body}!")), twin.canonical_sha);
    }
    let old = |trace: &str| format!("X: {trace}\r\n{ROSA}\r\nhi").replace("\r\n", "\r");
    assert_eq!(stub(&old("a")), parse(old("b")).canonical_sha, "lines that end with CR");
}

#[test]
fn a_stub_whose_header_is_too_long_to_read_is_like_nothing_but_its_own_bytes() {
    let raw = |end: &str| format!("{}{ROSA}\r\n{end}", "X-Pile: x\r\n".repeat(7_000));
    let stub = |end: &str| mime::stub(raw(end).as_bytes(), Timestamp::UNIX_EPOCH).canonical_sha;
    assert_eq!(stub("a"), stub("a"));
    assert_ne!(stub("a"), stub("b"));
    let sha = Digest::of(b"what the ledger keeps");
    let head = format!("{ROSA}\r\n");
    let gone = mime::unfetchable(head.as_bytes(), sha, 99, Timestamp::UNIX_EPOCH);
    assert_eq!((gone.size, gone.completeness), (99, Completeness::Unfetchable));
    assert_ne!(gone.canonical_sha, stub(""), "nobody knows its body");
    assert_ne!(gone.canonical_sha, parse(head).canonical_sha, "nobody knows its body");
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
