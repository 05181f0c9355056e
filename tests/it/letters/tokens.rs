//! Reply tokens: who may add to a thread.

use tierline::domain::digest::Digest;
use tierline::domain::mail::{Address, InboundMail};
use tierline::domain::thread::{
    OnFile, ReplyKeys, Token, TokenPlace, TokenVerdict, bounce_address, find_tokens, message_id,
    mint, reply_address, verify,
};

const HOST: &str = "mail.example.com";
const ROSA: &str = "rosa@example.com";

fn keys() -> ReplyKeys {
    ReplyKeys { current: (2, [2; 32]), accepted: vec![(1, [1; 32])] }
}

fn token() -> Token {
    mint(&keys(), Digest::of(b"a mail"), "ack_general", ROSA)
}

fn mail_to(addresses: &[&str]) -> InboundMail {
    let to = |address: &&str| Address { name: String::new(), address: (*address).to_owned() };
    InboundMail { to: addresses.iter().map(to).collect(), ..InboundMail::default() }
}

#[test]
fn the_same_mail_and_purpose_always_give_the_same_token_and_message_id() {
    let again = token();
    assert_eq!(token(), again);
    assert_eq!(message_id(&keys(), &token(), HOST), message_id(&keys(), &again, HOST));
    let other = mint(&keys(), Digest::of(b"a mail"), "ack_complaint", ROSA);
    assert_ne!(token().handle, other.handle);
    let other = mint(&keys(), Digest::of(b"another mail"), "ack_general", ROSA);
    assert_ne!(token().handle, other.handle);
}

#[test]
fn an_answer_from_the_borrower_we_wrote_to_is_ours() {
    for on_file in [OnFile::Recipient(ROSA), OnFile::Token(token())] {
        assert_eq!(verify(&keys(), &token(), ROSA, on_file), TokenVerdict::Good);
        assert_eq!(verify(&keys(), &token(), "Rosa@Example.COM", on_file), TokenVerdict::Good);
    }
}

#[test]
fn a_forwarded_letter_answered_by_somebody_else_is_told_apart_from_a_forgery() {
    let stranger = "mallory@example.net";
    for on_file in [OnFile::Recipient(ROSA), OnFile::Token(token())] {
        assert_eq!(verify(&keys(), &token(), stranger, on_file), TokenVerdict::OtherSender);
    }
    // Signed for the stranger under Rosa's handle: only somebody with our key could.
    let forged_keys = ReplyKeys { current: (2, [9; 32]), accepted: Vec::new() };
    let forged = mint(&forged_keys, Digest::of(b"a mail"), "ack_general", stranger);
    for on_file in [OnFile::Recipient(ROSA), OnFile::Token(token())] {
        assert_eq!(verify(&keys(), &forged, stranger, on_file), TokenVerdict::Bad);
    }
}

#[test]
fn a_good_token_of_a_letter_the_store_never_wrote_is_refused() {
    assert_eq!(verify(&keys(), &token(), ROSA, OnFile::Unknown), TokenVerdict::Bad);
}

#[test]
fn a_rotated_key_still_verifies_and_a_removed_one_does_not() {
    let former = ReplyKeys { current: (1, [1; 32]), accepted: Vec::new() };
    let old = mint(&former, Digest::of(b"a mail"), "ack_general", ROSA);
    assert_eq!(verify(&keys(), &old, ROSA, OnFile::Recipient(ROSA)), TokenVerdict::Good);
    let removed = ReplyKeys { accepted: Vec::new(), ..keys() };
    assert_eq!(verify(&removed, &old, ROSA, OnFile::Recipient(ROSA)), TokenVerdict::Bad);
}

#[test]
fn a_token_survives_an_upper_cased_local_part() {
    let address = reply_address(&token(), HOST).to_uppercase();
    let seen = find_tokens(&mail_to(&[&address]), HOST);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].token, Some(token()));
    assert_eq!(seen[0].place, TokenPlace::ReplyAddress);
}

#[test]
fn a_cut_or_guessed_token_is_seen_as_bad_not_as_absent() {
    let whole = reply_address(&token(), HOST);
    let cut = whole.replacen('@', "", 1);
    let cut = format!("{}@{HOST}", &cut[..20]);
    let seen = find_tokens(&mail_to(&[&cut]), HOST);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].token, None);
}

#[test]
fn tokens_are_found_in_every_place_and_only_at_our_host() {
    let id = message_id(&keys(), &token(), HOST);
    let mail = InboundMail {
        delivered_to: vec![bounce_address(&token(), HOST)],
        in_reply_to: vec![format!("<{id}>")],
        references: vec!["older@elsewhere.example".to_owned(), id.clone()],
        ..InboundMail::default()
    };
    let places: Vec<_> = find_tokens(&mail, HOST).iter().map(|seen| seen.place).collect();
    assert_eq!(places, [TokenPlace::BounceAddress, TokenPlace::InReplyTo, TokenPlace::References]);
    assert!(find_tokens(&mail, "mail.example.net").is_empty());
    assert!(
        find_tokens(&mail_to(&["rosa+reply@mail.example.com", "reply@", "+@", ""]), HOST)
            .is_empty()
    );
}

#[test]
fn a_thousand_plus_addresses_cost_twenty_tokens() {
    let addresses: Vec<String> = (0..1000).map(|n| format!("reply+{n}@{HOST}")).collect();
    let mail = InboundMail { delivered_to: addresses, ..InboundMail::default() };
    let mut many = mail.clone();
    many.in_reply_to = (0..1000u32)
        .map(|n| {
            let token = mint(&keys(), Digest::of(&n.to_be_bytes()), "ack_general", ROSA);
            message_id(&keys(), &token, HOST)
        })
        .collect();
    assert_eq!(find_tokens(&mail, HOST).len(), 1, "all unreadable ones are one fact");
    assert_eq!(find_tokens(&many, HOST).len(), 20);
}

#[test]
fn keys_and_tokens_do_not_print() {
    let text = format!("{:?} {:?}", keys(), token());
    assert!(!text.contains(&token().to_string()));
    assert!(!text.contains("[2, 2"), "{text}");
}
