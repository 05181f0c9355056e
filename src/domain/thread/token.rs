//! Mints and verifies the reply token: key id ‖ handle ‖ tag, 21 bytes, written
//! as 34 characters of base32 because local parts get case-folded on their way.
//!
//! The handle names the letter (the store keeps handle → ticket, recipient);
//! the tag binds the handle to the one recipient. Both are made from the
//! inbound mail's canonical hash, so that deciding again gives the same token.
//! There is one format and one code path.

use std::fmt;
use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::domain::digest::Digest;

/// Bytes of a handle and of a tag: 80 bits each.
const PART: usize = 10;
const WHOLE: usize = 1 + 2 * PART;
/// Characters of a token: five bits each, rounded up.
const SPELLED: usize = (WHOLE * 8).div_ceil(5);

/// RFC 4648 base32, lower case, no padding; reads upper case too. Left-over
/// bits must be zero, so that a token has exactly one spelling per case.
static BASE32: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut rules = Specification::new();
    rules.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    rules.translate.from.push_str("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    rules.translate.to.push_str("abcdefghijklmnopqrstuvwxyz");
    rules.encoding().ok()
});

/// Keys of the reply tokens. After a rotation the former key stays in
/// `accepted` for as long as letters that carry it may be answered.
#[derive(Clone)]
pub struct ReplyKeys {
    /// Key id and key that mint.
    pub current: (u8, [u8; 32]),
    /// Former keys that still verify.
    pub accepted: Vec<(u8, [u8; 32])>,
}

impl fmt::Debug for ReplyKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accepted: Vec<u8> = self.accepted.iter().map(|(id, _)| *id).collect();
        write!(f, "ReplyKeys {{ current: {}, accepted: {accepted:?} }}", self.current.0)
    }
}

impl ReplyKeys {
    fn key(&self, id: u8) -> Option<&[u8; 32]> {
        std::iter::once(&self.current)
            .chain(&self.accepted)
            .find(|(known, _)| *known == id)
            .map(|(_, key)| key)
    }
}

/// A reply token as it stands in an address or a Message-ID. Well formed, not
/// yet verified.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token {
    /// Which key signed it.
    pub key_id: u8,
    /// Names the letter.
    pub handle: [u8; PART],
    tag: [u8; PART],
}

impl Token {
    /// Reads 34 characters of base32 in any letter case; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != SPELLED {
            return None;
        }
        let bytes = BASE32.as_ref()?.decode(text.as_bytes()).ok()?;
        let (key_id, rest) = bytes.split_first()?;
        let (handle, tag) = rest.split_at_checked(PART)?;
        Some(Self { key_id: *key_id, handle: handle.try_into().ok()?, tag: tag.try_into().ok()? })
    }

    /// Handle as 20 lower-case hex digits: what the store looks up.
    #[must_use]
    pub fn handle_hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.handle)
    }

    fn bytes(&self) -> [u8; WHOLE] {
        let mut bytes = [0; WHOLE];
        bytes[0] = self.key_id;
        bytes[1..=PART].copy_from_slice(&self.handle);
        bytes[1 + PART..].copy_from_slice(&self.tag);
        bytes
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32(&self.bytes()))
    }
}

impl fmt::Debug for Token {
    /// A token opens a thread: logs see its handle only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(key {}, handle {})", self.key_id, self.handle_hex())
    }
}

/// The token of the letter that answers the mail `canonical_sha` for `purpose`
/// (the template's name, or `reply:<letter id>` for an agent's letter).
#[must_use]
pub fn mint(keys: &ReplyKeys, canonical_sha: Digest, purpose: &str, recipient: &str) -> Token {
    let (key_id, key) = &keys.current;
    let handle = signed(key, "handle", &[&canonical_sha.0, purpose.as_bytes()]);
    Token { key_id: *key_id, handle, tag: tag(key, &handle, recipient) }
}

/// Message-ID without brackets: the token, eight characters that only we can
/// make, our mail host. The same token always gives the same id.
#[must_use]
pub fn message_id(keys: &ReplyKeys, token: &Token, mail_host: &str) -> String {
    let key = keys.key(token.key_id).unwrap_or(&keys.current.1);
    let mark = signed(key, "message-id", &[&token.bytes()]);
    format!("{token}.{}@{mail_host}", base32(&mark[..5]))
}

/// Address for the borrower's answer.
#[must_use]
pub fn reply_address(token: &Token, mail_host: &str) -> String {
    format!("reply+{token}@{mail_host}")
}

/// Envelope sender that tells which letter bounced (VERP).
#[must_use]
pub fn bounce_address(token: &Token, mail_host: &str) -> String {
    format!("bounce+{token}@{mail_host}")
}

/// What the store knows about the letter that a token's handle names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFile<'a> {
    /// No letter has that handle: the token is worth nothing, however well
    /// signed (it may come from a future that a restored backup has lost).
    Unknown,
    /// The letter's recipient, readable.
    Recipient(&'a str),
    /// The letter's whole token, where the recipient is sealed: it stands in
    /// the Message-ID and the reply address of the outbox row.
    Token(Token),
}

/// What a token is worth in the mail of one sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenVerdict {
    /// Signed by us for this very sender.
    Good,
    /// Signed by us for somebody else: forwarded or stolen.
    OtherSender,
    /// Not signed by us, altered, unknown key or unknown letter.
    Bad,
}

/// Judges `token` in a mail from `sender`, given what the store has under its
/// handle. Comparisons take the same time wherever the bytes differ.
#[must_use]
pub fn verify(keys: &ReplyKeys, token: &Token, sender: &str, on_file: OnFile<'_>) -> TokenVerdict {
    let Some(key) = keys.key(token.key_id) else { return TokenVerdict::Bad };
    let is_for = |address: &str| bool::from(tag(key, &token.handle, address).ct_eq(&token.tag));
    let is_genuine = match on_file {
        OnFile::Unknown => false,
        OnFile::Recipient(recipient) => is_for(recipient),
        OnFile::Token(stored) => bool::from(stored.bytes().ct_eq(&token.bytes())),
    };
    match (is_genuine, is_for(sender)) {
        (true, true) => TokenVerdict::Good,
        (true, false) => TokenVerdict::OtherSender,
        (false, _) => TokenVerdict::Bad,
    }
}

fn tag(key: &[u8; 32], handle: &[u8; PART], address: &str) -> [u8; PART] {
    signed(key, "reply", &[handle, address.trim().to_lowercase().as_bytes()])
}

/// First 80 bits of HMAC-SHA256 over a purpose word and length-prefixed fields.
fn signed(key: &[u8; 32], purpose: &str, fields: &[&[u8]]) -> [u8; PART] {
    // HMAC fills short keys with zeros up to its block (RFC 2104 §2); doing it
    // here leaves no length that could be wrong.
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for field in std::iter::once(&purpose.as_bytes()).chain(fields) {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field);
    }
    let whole: [u8; 32] = mac.finalize().into_bytes().into();
    let mut part = [0; PART];
    part.copy_from_slice(&whole[..PART]);
    part
}

fn base32(bytes: &[u8]) -> String {
    BASE32.as_ref().map_or_else(String::new, |rules| rules.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> ReplyKeys {
        ReplyKeys { current: (7, [7; 32]), accepted: vec![(6, [6; 32])] }
    }

    #[test]
    fn a_token_is_34_characters_and_reads_back_in_any_case() {
        let token = mint(&keys(), Digest::of(b"mail"), "ack_general", "rosa@example.com");
        let text = token.to_string();
        assert_eq!(text.len(), 34);
        assert_eq!(Token::parse(&text), Some(token));
        assert_eq!(Token::parse(&text.to_uppercase()), Some(token));
        assert_eq!(Token::parse(&text[..33]), None);
        assert_eq!(Token::parse(&format!("{text}a")), None);
    }

    #[test]
    fn every_altered_character_makes_a_token_worthless() {
        let token = mint(&keys(), Digest::of(b"mail"), "ack_general", "rosa@example.com");
        let text = token.to_string();
        for at in 0..text.len() {
            let mut altered: Vec<char> = text.chars().collect();
            altered[at] = if altered[at] == 'q' { 'r' } else { 'q' };
            let altered: String = altered.into_iter().collect();
            let Some(read) = Token::parse(&altered) else { continue };
            let verdict = verify(&keys(), &read, "rosa@example.com", OnFile::Token(token));
            assert_eq!(verdict, TokenVerdict::Bad, "{altered}");
        }
    }
}
