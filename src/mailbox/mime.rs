//! Bytes of a mail made into `domain::mail::InboundMail`. Total: whatever the
//! bytes are, a mail comes out, within bounds, and what was wrong is a defect.
//!
//! The parts are found by a walker of our own. mail-parser nests without
//! bound (a mail of 131 KB overflows the stack), so it is given single header
//! values only, never a whole mail.

mod address;
mod attachment;
mod boundary;
mod charset;
mod clean;
mod encoded_word;
mod entity;
mod field;
mod flowed;
mod head;
pub mod original;
mod part;
mod receipt;
mod results;
mod text;
mod transfer;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

pub use attachment::clean_name;
pub use clean::{clean_line, clean_text};
pub use receipt::{receipt, received_by_own_mx};
pub use results::authentication_results;

use crate::domain::digest::Digest;
use crate::domain::mail::{Completeness, Defect, InboundMail};
use part::Part;

/// Longest text kept of one report part.
const MAX_REPORT: usize = 64 * 1024;
/// How far a stub looks into the bytes.
const STUB_REACH: usize = 64 * 1024;

/// How much of a mail is read. What is over a limit is kept as bytes, shown
/// as an attachment or cut, and named by a defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MimeLimits {
    /// Multiparts within each other; at most 64 is used.
    pub max_depth: usize,
    /// Parts of one mail.
    pub max_parts: usize,
    /// Header fields kept.
    pub max_headers: usize,
    /// Bytes read of one header field.
    pub max_header_bytes: usize,
    /// Bytes of readable text.
    pub max_text_bytes: usize,
    /// Bytes of HTML of one mail that are turned into text.
    pub max_html_bytes: usize,
    /// Elements within each other; browsers stop at 512.
    pub max_html_depth: usize,
    /// Attributes of one HTML tag.
    pub max_html_attributes: usize,
}

impl Default for MimeLimits {
    fn default() -> Self {
        Self {
            max_depth: 16,
            max_parts: 500,
            max_headers: 300,
            max_header_bytes: 64 * 1024,
            max_text_bytes: 256 * 1024,
            max_html_bytes: 512 * 1024,
            max_html_depth: 256,
            max_html_attributes: 64,
        }
    }
}

/// Reads a whole mail. `received_at` is the instant of [`receipt`]. Should a
/// crate below give up, the mail comes out as a [`stub`], never not at all.
#[must_use]
pub fn parse(raw: &[u8], received_at: Timestamp, limits: &MimeLimits) -> InboundMail {
    guarded(|| whole(raw, received_at, limits)).unwrap_or_else(|| stub(raw, received_at))
}

/// What `read` gives, or `None` when it panics. It must own all it changes.
fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(read)).ok()
}

fn whole(raw: &[u8], received_at: Timestamp, limits: &MimeLimits) -> InboundMail {
    let limits = &MimeLimits { max_depth: limits.max_depth.min(64), ..*limits };
    let mut defects = BTreeSet::new();
    let mut mail = InboundMail {
        raw_sha: Digest::of(raw),
        received_at,
        size: raw.len() as u64,
        ..InboundMail::default()
    };
    let readable_raw = with_lines(raw, &mut defects);
    let head = head::read(&readable_raw, &mut mail, limits, &mut defects);
    mail.canonical_sha = canonical(&mail, &head.date, head.body);
    let parts = part::walk(head.entity, head.body, limits, &mut defects);
    let readable = text::read(&parts, limits, &mut defects);
    mail.text = readable.text;
    mail.text_source = readable.source;
    mail.reports = reports(&parts, &mut defects);
    for (part, is_used) in parts.iter().zip(&readable.is_used) {
        if original::is_attached(part, *is_used) {
            let number = mail.attachments.len() + 1;
            mail.attachments.push(attachment::describe(part, number, &mut defects));
        }
    }
    mail.defects = defects.into_iter().collect();
    mail
}

/// A mail that was given up after repeated strikes: its header, read no
/// further than 64 KiB, and of its body nothing but the digest. When the header
/// ends within that reach, the canonical digest is that of the mail read whole,
/// so that its twin in another mailbox is known; else it is made from all bytes.
#[must_use]
pub fn stub(raw: &[u8], received_at: Timestamp) -> InboundMail {
    let raw_sha = Digest::of(raw);
    let Scan { mail, date, header_bytes } = scan(raw, received_at);
    let lines = with_lines(raw, &mut BTreeSet::new());
    let canonical_sha = match lines.get(header_bytes..) {
        Some(body) if header_bytes > 0 && header_bytes < STUB_REACH => {
            canonical(&mail, &date, body)
        }
        _ => Digest::of_fields(&[b"stub", &raw_sha.0]),
    };
    given_up(InboundMail { raw_sha, canonical_sha, size: raw.len() as u64, ..mail })
}

/// A mail that its server does not give out: what could be had of its header.
/// `raw_sha` stands for bytes nobody has, and nothing else counts as a
/// duplicate of it.
#[must_use]
pub fn unfetchable(head: &[u8], raw_sha: Digest, size: u64, received_at: Timestamp) -> InboundMail {
    let mail = scan(head, received_at).mail;
    let canonical_sha = Digest::of_fields(&[b"stub", &raw_sha.0]);
    let mail = given_up(InboundMail { raw_sha, canonical_sha, size, ..mail });
    InboundMail { completeness: Completeness::Unfetchable, ..mail }
}

fn given_up(mut mail: InboundMail) -> InboundMail {
    mail.completeness = Completeness::Stub;
    mail.defects.push(Defect::Unparseable);
    mail.defects.sort_unstable();
    mail
}

/// A mail over the size limit, of which only the header was fetched. `raw_sha`
/// stands for bytes nobody has: it is made from the header bytes and
/// `full_size`. The canonical digest is made from the identifying fields and
/// the size of the body, so that a second delivery, which differs in its trace
/// headers, is still recognised.
#[must_use]
pub fn headers_only(head: &[u8], full_size: u64, received_at: Timestamp) -> InboundMail {
    let Scan { mut mail, date, header_bytes } = scan(head, received_at);
    let body_size = full_size.saturating_sub(header_bytes as u64);
    mail.raw_sha = Digest::of_fields(&[b"headers-only", head, &full_size.to_be_bytes()]);
    mail.canonical_sha = canonical(&mail, &date, &body_size.to_be_bytes());
    mail.size = full_size;
    mail.completeness = Completeness::HeadersOnly;
    mail
}

#[derive(Default)]
struct Scan {
    mail: InboundMail,
    date: String,
    /// Up to and with the blank line.
    header_bytes: usize,
}

fn scan(head: &[u8], received_at: Timestamp) -> Scan {
    let reach = head.get(..head.len().min(STUB_REACH)).unwrap_or_default();
    let read = || {
        let mut defects = BTreeSet::new();
        let mut mail = InboundMail::default();
        let lines = with_lines(reach, &mut defects);
        let found = head::read(&lines, &mut mail, &MimeLimits::default(), &mut defects);
        let header_bytes = lines.len() - found.body.len();
        mail.defects = defects.into_iter().collect();
        Scan { mail, date: found.date, header_bytes }
    };
    let mut scan = guarded(read).unwrap_or_default();
    scan.mail.received_at = received_at;
    scan
}

/// SHA-256 of Message-ID, From, Date, Subject and the bytes after the blank
/// line. Trace headers are left out: each delivery writes its own.
fn canonical(mail: &InboundMail, date: &str, body: &[u8]) -> Digest {
    let from: Vec<&str> = mail.from.iter().map(|a| a.address.as_str()).collect();
    Digest::of_fields(&[
        mail.message_id.as_deref().unwrap_or_default().as_bytes(),
        from.join(",").as_bytes(),
        date.as_bytes(),
        mail.subject.as_bytes(),
        body,
    ])
}

/// Notes NUL bytes and mixed line ends. A mail with LF alone is how mailboxes
/// on disk keep it and no defect; one with CR alone is given LFs to be read by.
fn with_lines<'x>(raw: &'x [u8], defects: &mut BTreeSet<Defect>) -> Cow<'x, [u8]> {
    if raw.contains(&0) {
        defects.insert(Defect::NulBytes);
    }
    let count = |byte: u8| raw.iter().filter(|b| **b == byte).count();
    let pairs = raw.iter().zip(raw.iter().skip(1)).filter(|p| *p == (&b'\r', &b'\n')).count();
    let (returns, feeds) = (count(b'\r'), count(b'\n'));
    if returns > pairs || (pairs > 0 && feeds > pairs) {
        defects.insert(Defect::BareLineEnds);
    }
    match feeds == 0 && returns > 0 {
        true => raw.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect(),
        false => Cow::Borrowed(raw),
    }
}

/// What machines say about a mail of ours, for whoever reads bounces. Of a
/// mail enclosed in a report the header block is taken.
fn reports(parts: &[Part<'_>], defects: &mut BTreeSet<Defect>) -> Vec<String> {
    let mut reports = Vec::new();
    for part in parts.iter().filter(|part| !part.is_opaque) {
        let is_in_report = part
            .parent
            .and_then(|parent| parts.get(parent))
            .is_some_and(|parent| parent.entity.media() == "multipart/report");
        let is_mail = part.entity.is_mail() && is_in_report;
        let is_report = matches!(
            part.entity.media(),
            "message/delivery-status"
                | "message/global-delivery-status"
                | "message/disposition-notification"
                | "message/global-disposition-notification"
                | "message/feedback-report"
                | "text/rfc822-headers"
                | "message/rfc822-headers"
                | "message/global-headers"
        );
        if !is_mail && !is_report {
            continue;
        }
        let bytes = transfer::decode(part.body, part.entity.encoding, defects);
        let end = if is_mail { header_end(&bytes) } else { bytes.len() };
        let kept = bytes.get(..end.min(MAX_REPORT)).unwrap_or_default();
        let mut text = clean_text(&String::from_utf8_lossy(kept));
        clean::cut(&mut text, MAX_REPORT);
        reports.push(text);
    }
    reports
}

fn header_end(mail: &[u8]) -> usize {
    let head = mail.get(..mail.len().min(MAX_REPORT)).unwrap_or_default();
    let mut fields = field::Fields::new(head);
    fields.by_ref().for_each(drop);
    head.len() - fields.body().len()
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_reader_that_gives_up_is_answered_with_nothing() {
        assert_eq!(guarded(|| 1), Some(1));
        assert_eq!(guarded(|| -> u8 { panic!("as a crate below might") }), None);
    }
}
