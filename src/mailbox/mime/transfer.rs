//! Content-Transfer-Encoding undone (RFC 2045 §6), as far as the bytes allow.

use std::borrow::Cow;
use std::collections::BTreeSet;

use mail_parser::decoders::base64::base64_decode;

use super::entity::Encoding;
use crate::domain::mail::Defect;

/// The bytes of a part. What cannot be decoded cleanly is decoded as far as it
/// goes, or left as it is, and is a defect.
pub(super) fn decode<'x>(
    body: &'x [u8],
    encoding: Encoding,
    defects: &mut BTreeSet<Defect>,
) -> Cow<'x, [u8]> {
    match encoding {
        Encoding::Identity => Cow::Borrowed(body),
        Encoding::Unknown => {
            defects.insert(Defect::BadEncoding);
            Cow::Borrowed(body)
        }
        Encoding::QuotedPrintable => {
            let (bytes, is_clean) = quoted_printable(body);
            if !is_clean {
                defects.insert(Defect::BadEncoding);
            }
            Cow::Owned(bytes)
        }
        Encoding::Base64 => {
            let decoded = if is_prose(body) { None } else { base64_decode(body) };
            decoded.map(Cow::Owned).unwrap_or_else(|| {
                defects.insert(Defect::BadEncoding);
                lenient_base64(body)
            })
        }
    }
}

/// Words with blanks between them: base64 has none within its lines, and plain
/// letters would decode to nonsense without an error.
fn is_prose(body: &[u8]) -> bool {
    let blanks = body.iter().filter(|b| **b == b' ').count();
    blanks.saturating_mul(16) > body.len()
}

/// Drops what base64 does not know. Prose, or more than one strange byte in
/// sixteen, means that the label was wrong: the bytes are taken as they are.
fn lenient_base64(body: &[u8]) -> Cow<'_, [u8]> {
    if is_prose(body) {
        return Cow::Borrowed(body);
    }
    let is_known = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let known: Vec<u8> = body.iter().copied().filter(is_known).collect();
    let blanks = body.iter().filter(|b| b.is_ascii_whitespace()).count();
    let strange = body.len().saturating_sub(known.len()).saturating_sub(blanks);
    match base64_decode(&known) {
        Some(bytes) if strange.saturating_mul(16) <= known.len() => Cow::Owned(bytes),
        _ => Cow::Borrowed(body),
    }
}

/// Decodes quoted-printable; the flag is false when a `=` meant nothing, in
/// which case it stays in the text.
fn quoted_printable(body: &[u8]) -> (Vec<u8>, bool) {
    let mut bytes = Vec::with_capacity(body.len());
    let mut is_clean = true;
    for line in body.split_inclusive(|b| *b == b'\n') {
        let content = line.trim_ascii_end();
        let end: &[u8] = match line {
            [.., b'\r', b'\n'] => b"\r\n",
            [.., b'\n'] => b"\n",
            _ => b"",
        };
        let is_soft = content.ends_with(b"=");
        let content = content.strip_suffix(b"=").unwrap_or(content);
        is_clean &= decode_line(content, &mut bytes);
        if !is_soft {
            bytes.extend_from_slice(end);
        }
    }
    (bytes, is_clean)
}

fn decode_line(line: &[u8], bytes: &mut Vec<u8>) -> bool {
    let mut is_clean = true;
    let mut pieces = line.split(|b| *b == b'=');
    bytes.extend_from_slice(pieces.next().unwrap_or_default());
    for piece in pieces {
        let byte = match piece {
            [high, low, ..] => decode_hex_pair(*high, *low),
            _ => None,
        };
        match (byte, piece) {
            (Some(byte), [_, _, rest @ ..]) => {
                bytes.push(byte);
                bytes.extend_from_slice(rest);
            }
            _ => {
                is_clean = false;
                bytes.push(b'=');
                bytes.extend_from_slice(piece);
            }
        }
    }
    is_clean
}

/// One byte from two hex digits of either case.
pub(super) fn decode_hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, encoding: Encoding) -> (String, bool) {
        let mut defects = BTreeSet::new();
        let bytes = decode(body.as_bytes(), encoding, &mut defects);
        (String::from_utf8_lossy(&bytes).into_owned(), defects.is_empty())
    }

    #[test]
    fn quoted_printable_joins_soft_lines_and_keeps_what_it_cannot_read() {
        let qp = Encoding::QuotedPrintable;
        assert_eq!(
            read("caf=C3=A9 =\r\nau lait  \r\nend", qp),
            ("café au lait\r\nend".into(), true)
        );
        assert_eq!(read("2 = 3 =ZZ\n", qp), ("2 = 3 =ZZ\n".into(), false));
        assert_eq!(read("=e2=82=\r\n=", qp), ("\u{fffd}".into(), true));
    }

    #[test]
    fn damaged_base64_is_read_as_far_as_it_goes_and_a_wrong_label_is_ignored() {
        assert_eq!(read("aGVs\r\nbG8=\r\n", Encoding::Base64), ("hello".into(), true));
        assert_eq!(read("aGVsbG8=aGVsbG8=", Encoding::Base64), ("hellohello".into(), true));
        let damaged = format!("{}*{}", "YWFh".repeat(10), "YWFh".repeat(10));
        assert_eq!(read(&damaged, Encoding::Base64), ("a".repeat(60), false));
        let wrong = "!!!! not*base64 ####";
        assert_eq!(read(wrong, Encoding::Base64), (wrong.into(), false));
        let prose = "only plain letters in here";
        assert_eq!(read(prose, Encoding::Base64), (prose.into(), false));
    }
}
