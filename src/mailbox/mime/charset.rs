//! Bytes to text: declared charsets, and what is done when they are wrong.

use std::borrow::Cow;
use std::collections::BTreeSet;

use mail_parser::decoders::charsets::map::charset_decoder;

use crate::domain::mail::Defect;

/// Text of a body part. Without a declared charset, or with ASCII, valid UTF-8
/// is taken as that and anything else as Windows-1252, which every byte string
/// is; an unknown label counts as none and is a defect.
pub(super) fn body(bytes: &[u8], label: Option<&str>, defects: &mut BTreeSet<Defect>) -> String {
    let label = label.map(str::trim).filter(|l| !l.is_empty());
    let (text, is_clean) = match label {
        Some(label) if is_utf8(label) => match std::str::from_utf8(bytes) {
            Ok(text) => (text.to_owned(), true),
            Err(_) => (String::from_utf8_lossy(bytes).into_owned(), false),
        },
        None => undeclared(bytes),
        Some(label) if is_ascii(label) => undeclared(bytes),
        Some(label) => match charset_decoder(label.as_bytes()) {
            Some(decode) => {
                let text = decode(bytes);
                let is_clean = !text.contains('\u{fffd}');
                // charsets that hide markup are answered with one mark for all
                let is_refused = text == "\u{fffd}" && bytes.len() > 2;
                if is_refused { (undeclared(bytes).0, false) } else { (text, is_clean) }
            }
            None => (undeclared(bytes).0, false),
        },
    };
    if !is_clean {
        defects.insert(Defect::BadCharset);
    }
    text
}

/// Text of an encoded word in the charset `label`.
pub(super) fn decode_label(bytes: &[u8], label: &str) -> String {
    body(bytes, Some(label), &mut BTreeSet::new())
}

/// Text of a raw header value: ASCII, UTF-8 (RFC 6532), else Windows-1252.
pub(super) fn header_bytes<'x>(value: &'x [u8], defects: &mut BTreeSet<Defect>) -> Cow<'x, str> {
    match std::str::from_utf8(value) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            defects.insert(Defect::BadCharset);
            Cow::Owned(windows_1252(value))
        }
    }
}

/// The charset a web page names for itself in its first kilobyte.
pub(super) fn of_html(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(1024))?.to_ascii_lowercase();
    let head = String::from_utf8_lossy(&head);
    let (_, after) = head.split_once("<meta")?;
    let (_, after) = after.split_once("charset=")?;
    let label: String = after
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.'))
        .take(40)
        .collect();
    // a page that can be read to find its label is not in UTF-16
    Some(label).filter(|l| !l.is_empty() && !l.starts_with("utf-16"))
}

fn undeclared(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), true),
        Err(_) => (windows_1252(bytes), false),
    }
}

fn windows_1252(bytes: &[u8]) -> String {
    charset_decoder(b"windows-1252")
        .map_or_else(|| String::from_utf8_lossy(bytes).into_owned(), |decode| decode(bytes))
}

fn is_utf8(label: &str) -> bool {
    ["utf-8", "utf8", "unicode-1-1-utf-8", "utf_8"].iter().any(|l| label.eq_ignore_ascii_case(l))
}

fn is_ascii(label: &str) -> bool {
    ["us-ascii", "ascii", "ansi_x3.4-1968", "ansi_x3.4-1986", "iso646-us", "7bit"]
        .iter()
        .any(|l| label.eq_ignore_ascii_case(l))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], label: Option<&str>) -> (String, bool) {
        let mut defects = BTreeSet::new();
        let text = body(bytes, label, &mut defects);
        (text, defects.is_empty())
    }

    #[test]
    fn a_declared_charset_is_believed_and_a_wrong_one_loses_nothing_readable() {
        assert_eq!(read(b"caf\xe9", Some("ISO-8859-1")), ("café".into(), true));
        assert_eq!(read("café".as_bytes(), None), ("café".into(), true));
        assert_eq!(read("café".as_bytes(), Some("us-ascii")), ("café".into(), true));
        assert_eq!(read(b"caf\xe9", None), ("café".into(), false));
        assert_eq!(read(b"caf\xe9", Some("x-unknown-999")), ("café".into(), false));
        assert_eq!(read(b"caf\xe9 au", Some("utf-8")), ("caf\u{fffd} au".into(), false));
        assert_eq!(read(b"~{<:Ky~}", Some("hz-gb-2312")), ("~{<:Ky~}".into(), false));
        assert_eq!(read(b"\xa7A\xa6n", Some("big5")), ("你好".into(), true));
        assert_eq!(read(b"\x1b$B$3\x1b(B", Some("iso-2022-jp")), ("こ".into(), true));
    }

    #[test]
    fn a_page_names_its_own_charset() {
        let page = b"<html><META http-equiv=x content=\"text/html; charset=ISO-8859-2\">";
        assert_eq!(of_html(page).as_deref(), Some("iso-8859-2"));
        assert_eq!(of_html(b"<meta charset='utf-8'>").as_deref(), Some("utf-8"));
        assert_eq!(of_html(b"<p>charset=no"), None);
    }
}
