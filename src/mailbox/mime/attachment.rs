//! Names, types and digests of the parts that are not the text.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::clean::clean_line;
use super::encoded_word::header_text;
use super::field::{Fields, looks_like_field};
use super::part::Part;
use super::transfer;
use crate::domain::digest::Digest;
use crate::domain::mail::{Attachment, Defect};

/// Longest name shown, and longest declared type, in characters.
const MAX_NAME: usize = 120;
/// How far into a part its type and subject are looked for.
const SNIFF_REACH: usize = 1024;
const SUBJECT_REACH: usize = 64 * 1024;

/// Describes `part` as the attachment with this running number, from 1.
pub(super) fn describe(
    part: &Part<'_>,
    number: usize,
    defects: &mut BTreeSet<Defect>,
) -> Attachment {
    let bytes = transfer::decode(part.body, part.entity.encoding, defects);
    let written = match (&part.entity.name, part.entity.is_mail()) {
        (Some(name), _) => name.clone(),
        (None, true) => subject_of(&bytes).unwrap_or_default(),
        (None, false) => String::new(),
    };
    let mut name = clean_name(&written);
    if name.is_empty() {
        name = format!("attachment-{number}");
    }
    let declared = if part.is_opaque { "application/octet-stream" } else { part.entity.media() };
    let sniffed = if part.entity.is_mail() && looks_like_field(&bytes) {
        "message/rfc822"
    } else {
        sniff(&bytes)
    };
    Attachment {
        name,
        declared_type: clean_line(declared, MAX_NAME),
        sniffed_type: sniffed.to_owned(),
        size: bytes.len() as u64,
        sha: Digest::of(&bytes),
    }
}

/// A name to show and never to open: NFC, without controls, direction marks,
/// zero-width and path characters, at most 120 characters with the extension
/// kept. Empty when nothing is left.
#[must_use]
pub fn clean_name(written: &str) -> String {
    let bounded: String = written.chars().take(4 * MAX_NAME * 4).nfc().collect();
    let line = clean_line(&bounded, bounded.len());
    let plain: String = line
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            other => other,
        })
        .collect();
    let plain = plain.trim_start_matches(['.', ' ', '_']).trim_end_matches(['.', ' ']);
    let length = plain.chars().count();
    if length <= MAX_NAME {
        return plain.to_owned();
    }
    let (stem, extension) = match plain.rsplit_once('.') {
        Some((stem, ext)) if (1..=10).contains(&ext.chars().count()) => (stem, format!(".{ext}")),
        _ => (plain, String::new()),
    };
    let room = MAX_NAME - extension.chars().count();
    let stem: String = stem.chars().take(room).collect();
    format!("{}{extension}", stem.trim_end())
}

/// The subject of an enclosed mail.
fn subject_of(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(SUBJECT_REACH))?;
    let field = Fields::new(head).take(500).find(|field| field.is("Subject"))?;
    Some(header_text(field.value, &mut BTreeSet::new()))
}

/// What the bytes are by their content alone.
fn sniff(bytes: &[u8]) -> &'static str {
    const TNEF: &[u8] = &[0x78, 0x9f, 0x3e, 0x22];
    if bytes.starts_with(TNEF) {
        return "application/ms-tnef";
    }
    // of markup it knows only the beginning, where a script need not stand
    if let Some(found) = infer::get(bytes).filter(|f| !f.mime_type().starts_with("text/")) {
        return found.mime_type();
    }
    let head = bytes.get(..bytes.len().min(SNIFF_REACH)).unwrap_or_default();
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // a character may be cut at the end of the reach
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return "application/octet-stream",
    };
    let lower = text.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let has = |tags: &[&str]| tags.iter().any(|tag| lower.contains(tag));
    if lower.starts_with("<svg") || (lower.starts_with("<?xml") && has(&["<svg"])) {
        "image/svg+xml"
    } else if has(&["<!doctype html", "<html", "<script", "<body", "<iframe", "<head>"]) {
        "text/html"
    } else if lower.starts_with("<?xml") {
        "text/xml"
    } else if !text.is_empty() && text.chars().all(|c| !c.is_control() || c.is_whitespace()) {
        "text/plain"
    } else {
        "application/octet-stream"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_and_never_a_path() {
        assert_eq!(clean_name("../../etc/pass\0wd"), "etc_passwd");
        assert_eq!(clean_name("C:\\tmp\\a.pdf"), "C__tmp_a.pdf");
        assert_eq!(clean_name("statement\u{202e}fdp.exe"), "statementfdp.exe");
        assert_eq!(clean_name("cafe\u{301}.pdf"), "café.pdf");
        assert_eq!(clean_name(" .. "), "");
        let long = clean_name(&format!("{}.pdf", "é".repeat(500)));
        assert_eq!(long.chars().count(), 120);
        assert!(long.ends_with(".pdf"));
    }

    #[test]
    fn content_decides_what_a_part_is() {
        assert_eq!(sniff(b"%PDF-1.4\n"), "application/pdf");
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), "image/png");
        assert_eq!(sniff(b"MZ\0\0"), "application/vnd.microsoft.portable-executable");
        assert_eq!(sniff(b"\x78\x9f\x3e\x22\x01\x00\xff"), "application/ms-tnef");
        assert_eq!(sniff(b"\xef\xbb\xbf  <SCRIPT>1</SCRIPT>"), "text/html");
        assert_eq!(sniff(b"<?xml version=\"1.0\"?><svg onload=x>"), "image/svg+xml");
        assert_eq!(sniff("plain é text".as_bytes()), "text/plain");
        assert_eq!(sniff(b"\xff\xff\x00"), "application/octet-stream");
        assert_eq!(sniff(b""), "application/octet-stream");
    }
}
