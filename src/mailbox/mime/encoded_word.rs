//! Header values as text: unfolding, charset, and encoded words (RFC 2047).

use std::collections::BTreeSet;

use mail_parser::decoders::base64::base64_decode;

use super::charset;
use super::clean::{clean_line, cut};
use super::transfer::decode_hex_pair;
use crate::domain::mail::Defect;

/// Longest value kept of one header field, in bytes.
const MAX_VALUE: usize = 4096;

/// The value of one field as one clean line of at most 4 KiB.
pub(super) fn header_text(value: &[u8], defects: &mut BTreeSet<Defect>) -> String {
    let text = charset::header_bytes(value, defects);
    let mut line = match text.contains("=?") {
        true => clean_line(&decode(&text), MAX_VALUE),
        false => clean_line(&text, MAX_VALUE),
    };
    cut(&mut line, MAX_VALUE);
    line
}

/// Bytes of neighbouring words in one charset, decoded together: careless
/// clients split a character between two words.
#[derive(Default)]
struct Pending<'x> {
    charset: &'x str,
    bytes: Vec<u8>,
}

impl Pending<'_> {
    fn flush(&mut self, text: &mut String) {
        if !self.bytes.is_empty() {
            text.push_str(&charset::decode_label(&self.bytes, self.charset));
            self.bytes.clear();
        }
    }
}

/// Decodes every encoded word in `text`; anything that only resembles one
/// stays as it is. White space between two words is dropped (RFC 2047 §6.2).
pub(super) fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut pending = Pending::default();
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        let (before, candidate) = rest.split_at(at);
        let Some((word, tail)) = split_word(candidate) else {
            pending.flush(&mut decoded);
            let (mark, tail) = candidate.split_at(2);
            decoded.push_str(before);
            decoded.push_str(mark);
            rest = tail;
            continue;
        };
        let follows = !pending.bytes.is_empty() && before.trim().is_empty();
        if !follows || !pending.charset.eq_ignore_ascii_case(word.charset) {
            pending.flush(&mut decoded);
        }
        if !follows {
            decoded.push_str(before);
        }
        pending.charset = word.charset;
        pending.bytes.extend_from_slice(&word.bytes);
        rest = tail;
    }
    pending.flush(&mut decoded);
    decoded.push_str(rest);
    decoded
}

struct Word<'x> {
    charset: &'x str,
    bytes: Vec<u8>,
}

/// Reads `=?charset?encoding?payload?=` at the start of `text`.
fn split_word(text: &str) -> Option<(Word<'_>, &str)> {
    let inner = text.strip_prefix("=?")?;
    let (label, inner) = inner.split_at(short_find(inner, '?', 60)?);
    let mut parts = inner.get(1..)?.splitn(2, '?');
    let encoding = parts.next().filter(|e| e.len() == 1)?;
    let inner = parts.next()?;
    let end = inner.find('?')?;
    let tail = inner.get(end..)?.strip_prefix("?=")?;
    let payload = inner.get(..end)?;
    let bytes = match encoding {
        "q" | "Q" => q_bytes(payload),
        "b" | "B" => base64_decode(payload.as_bytes())?,
        _ => return None,
    };
    // RFC 2231 §5: a language may follow the charset after an asterisk. Raw
    // 8-bit characters in a word have been read already, so they are UTF-8 here.
    let charset = label.split('*').next().filter(|_| payload.is_ascii()).unwrap_or("utf-8");
    Some((Word { charset, bytes }, tail))
}

fn short_find(text: &str, wanted: char, reach: usize) -> Option<usize> {
    let head = text.get(..text.floor_char_boundary(reach))?;
    head.find(wanted).filter(|at| *at > 0)
}

fn q_bytes(payload: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload.len());
    let mut rest = payload.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'_', _) => bytes.push(b' '),
            (b'=', [high, low, after @ ..]) => match decode_hex_pair(*high, *low) {
                Some(byte) => {
                    bytes.push(byte);
                    rest = after;
                }
                None => bytes.push(b'='),
            },
            (other, _) => bytes.push(*other),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_read_as_rfc_2047_shows_them() {
        for (written, read) in [
            ("=?ISO-8859-1?Q?a?= b", "a b"),
            ("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
            ("=?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a_b?=", "a b"),
            ("=?utf-8*en?B?w6k=?= ok", "é ok"),
            ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
            ("1 =?= 2 =?x?y?z?=", "1 =?= 2 =?x?y?z?="),
            ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
            ("=?utf-8?q?=ZZ?=", "=ZZ"),
        ] {
            assert_eq!(decode(written), read, "{written}");
        }
    }

    #[test]
    fn an_encoded_line_break_never_leaves_the_line() {
        let mut defects = BTreeSet::new();
        let raw = b"=?iso-8859-1?Q?Fr\xf6sche?=";
        assert_eq!(header_text(raw, &mut defects), "Frösche");
        let value = b"=?utf-8?Q?Hello=0D=0ABcc:_victim=00@example.com?=";
        assert_eq!(header_text(value, &mut defects), "Hello Bcc: victim@example.com");
    }
}
