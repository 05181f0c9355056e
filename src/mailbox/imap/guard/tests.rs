//! The guard on good, hostile and arbitrarily cut bytes.

use async_imap::imap_proto::{AttributeValue, Response};
use proptest::prelude::*;

use super::*;

fn guard() -> Guard {
    let mut guard = Guard::new(Limits::with_literal(1000));
    guard.allow(1_000_000);
    guard
}

fn verdict(chunks: &[&[u8]]) -> Result<(), Rule> {
    let mut guard = guard();
    chunks.iter().try_for_each(|chunk| guard.feed(chunk))
}

/// Whole, and byte by byte: both must agree.
fn both(bytes: &[u8]) -> Result<(), Rule> {
    let whole = verdict(&[bytes]);
    let split: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(whole, verdict(&split));
    whole
}

#[test]
fn a_normal_conversation_passes() {
    let said = b"* OK [CAPABILITY IMAP4rev1 IDLE] ready (yes) \"it's\" me\r\n\
        * 3 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n\
        * 1 FETCH (UID 1 FLAGS (\\Seen) RFC822.SIZE 5 INTERNALDATE \" 1-Feb-2026 00:00:00 +0000\")\r\n\
        * 1 FETCH (UID 1 INTERNALDATE \"01-Feb-2026 00:00:00 +0000\" BODY[] {5}\r\n((\"\r\n)\r\n\
        * 2 FETCH (UID 2 BODY[HEADER]<0> {0}\r\n)\r\n* 3 FETCH (UID 3 BODY[] \"a \\\" (b\" MODSEQ (7))\r\n\
        * STATUS \"Proc (essed\" (MESSAGES 3)\r\n+ idling\r\nT1 OK done {see below}\r\n";
    assert_eq!(both(said), Ok(()));
}

#[test]
fn a_literal_over_the_cap_is_refused_before_its_first_byte() {
    assert_eq!(both(b"* 1 FETCH (BODY[] {1001}\r\n"), Err(Rule::LiteralTooLong));
    assert_eq!(both(b"* 1 FETCH (BODY[] {400000000}\r\n"), Err(Rule::LiteralTooLong));
    let huge = format!("* OK {{{}}}\r\n", "9".repeat(300));
    assert_eq!(both(huge.as_bytes()), Err(Rule::LiteralTooLong));
}

#[test]
fn a_literal_hides_nothing_where_the_parser_would_not_see_one() {
    for said in [
        &b"* OK text {5}\r\n"[..],
        b"T1 OK text {5}\r\n",
        b"+ {5}\r\n",
        b"* LIST () \"/\" {5}\r\n",
        b"* 1 FETCH (X {5}\r\n",
        b"* 1 FETCH (BODY[] {5}\n",
    ] {
        assert_eq!(both(said), Err(Rule::LiteralOutOfPlace), "{}", said.escape_ascii());
    }
    assert_eq!(
        both(b"* 1 FETCH (X (BODY[] {5}\r\n) BODYSTRUCTURE ("),
        Err(Rule::StructureOutOfPlace)
    );
}

#[test]
fn structures_nobody_asked_for_are_refused_at_the_first_parenthesis() {
    let bomb = format!("* 1 FETCH (BODYSTRUCTURE {}", "(".repeat(100_000));
    assert_eq!(both(bomb.as_bytes()), Err(Rule::StructureOutOfPlace));
    let named = format!("* LIST {}", "(".repeat(100_000));
    assert_eq!(both(named.as_bytes()), Err(Rule::TooManyParens));
    let padded = format!("* {}1 FETCH (ENVELOPE (", "0".repeat(500));
    assert_eq!(both(padded.as_bytes()), Err(Rule::StructureOutOfPlace));
}

#[test]
fn a_quote_cannot_hide_a_structure() {
    for said in [
        &b"* 1 FETCH (X a\"b BODYSTRUCTURE ("[..],
        b"* 1 FETCH (INTERNALDATE \"\\a BODYSTRUCTURE (",
        b"* 1 FETCH (INTERNALDATE \"\0 BODYSTRUCTURE (",
        b"* 1 FETCH (INTERNALDATE \"\r\n",
    ] {
        assert_eq!(both(said), Err(Rule::QuoteOutOfPlace), "{}", said.escape_ascii());
    }
}

#[test]
fn a_line_without_an_end_is_refused_at_64_kib() {
    let line = vec![b'x'; 64 * 1024];
    assert_eq!(both(&line), Ok(()));
    let line = vec![b'x'; 64 * 1024 + 1];
    assert_eq!(both(&line), Err(Rule::LineTooLong));
}

#[test]
fn a_response_of_many_small_literals_is_refused() {
    let said = format!("* 1 FETCH ({})", "BODY[] {1}\r\nx ".repeat(5));
    assert_eq!(both(said.as_bytes()), Err(Rule::TooManyLiterals));
}

#[test]
fn a_reply_larger_than_its_allowance_is_refused() {
    let mut guard = guard();
    guard.allow(20);
    assert_eq!(guard.feed(b"* 1 EXISTS\r\n"), Ok(()));
    assert_eq!(guard.feed(b"* 2 EXISTS\r\n"), Err(Rule::ReplyTooLong));
    guard.allow(1000);
    assert_eq!(guard.feed(b"* 2 EXISTS\r\n"), Err(Rule::ReplyTooLong), "broken stays broken");
}

fn wire_like() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        Just("* 1 FETCH ("),
        Just("* OK "),
        Just("* LIST "),
        Just("BODY[] "),
        Just("{3}"),
        Just("{1001}"),
        Just("\r\n"),
        Just("\n"),
        Just("\""),
        Just("\\"),
        Just("("),
        Just(")"),
        Just("FLAGS "),
        Just("INTERNALDATE "),
        Just("abc"),
        Just("BODYSTRUCTURE "),
        Just(" "),
    ];
    proptest::collection::vec(word, 0..40).prop_map(|words| words.concat().into_bytes())
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_verdict(
        bytes in wire_like(),
        cuts in proptest::collection::vec(0usize..400, 0..12),
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let chunks: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(verdict(&[&bytes]), verdict(&chunks));
    }

    /// The guard and the parser agree on where every string ends: were it not
    /// so, the parser would find a structure where the guard saw a string.
    #[test]
    fn the_parser_finds_no_structure_in_what_has_passed(bytes in fetch_like()) {
        if verdict(&[&bytes]).is_ok() {
            let mut rest: &[u8] = &bytes;
            while let Ok((left, response)) = Response::parse(rest) {
                if let Response::Fetch(_, attributes) = response {
                    let is_structure = |attribute: &AttributeValue<'_>| matches!(
                        attribute,
                        AttributeValue::BodyStructure(_) | AttributeValue::Envelope(_)
                    );
                    prop_assert!(!attributes.iter().any(is_structure));
                }
                rest = left;
            }
        }
    }
}

/// A FETCH reply with a structure, hidden behind something that a guard and a
/// parser could read differently.
fn fetch_like() -> impl Strategy<Value = Vec<u8>> {
    const STRUCTURE: &str = "ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";
    let plain = || {
        prop_oneof![
            Just("UID 1 "),
            Just("FLAGS (a b) "),
            Just("INTERNALDATE \"1\" "),
            Just("BODY[] {3}\r\nabc "),
            Just("MODSEQ (7) "),
            Just("")
        ]
    };
    let opening = prop_oneof![
        Just("X a\"b "),
        Just("X (\") "),
        Just("X a{51}\r\n "),
        Just("X BODY[]a{51}\r\n "),
        Just("X {51}\r\n "),
        Just("INTERNALDATE \"\\a "),
        Just("INTERNALDATE \"\0 "),
        Just("INTERNALDATE\" "),
        Just("BODY[] \"\\a "),
        Just("X a({51}\r\n "),
        Just("FLAGS (BODY[] {52}\r\n) "),
        Just("XFLAGS (BODY[] {52}\r\n) "),
        Just("MODSEQ (BODY[] {52}\r\n) "),
        Just("FLAGS (INTERNALDATE \") "),
        Just("XMODSEQ (BODY[] \") "),
    ];
    let closing = prop_oneof![Just(" X c\"d"), Just(" X (\")"), Just(" X \"\""), Just("")];
    (plain(), opening, closing, plain()).prop_map(|(before, opening, closing, after)| {
        let end = after.trim_end();
        let gap = if end.is_empty() { "" } else { " " };
        format!("* 1 FETCH ({before}{opening}{STRUCTURE}{closing}{gap}{end})\r\n").into_bytes()
    })
}
