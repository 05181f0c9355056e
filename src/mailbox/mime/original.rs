//! A kept mail opened again: its HTML as the sender wrote it, and what was
//! attached, one at a time.

use std::collections::BTreeSet;

use super::part::Part;
use super::{MimeLimits, attachment, charset, guarded, head, part, text, transfer, with_lines};
use crate::domain::mail::{Attachment, InboundMail};

/// The HTML of a mail, decoded and nothing else; `None` when it has none.
#[must_use]
pub fn html(raw: &[u8], limits: &MimeLimits) -> Option<String> {
    guarded(|| {
        opened(raw, limits, |parts, _| {
            let page =
                parts.iter().find(|part| !part.is_opaque && part.entity.media() == "text/html")?;
            let defects = &mut BTreeSet::new();
            let bytes = transfer::decode(page.body, page.entity.encoding, defects);
            let named = page.entity.charset.clone().or_else(|| charset::of_html(&bytes));
            Some(charset::body(&bytes, named.as_deref(), defects))
        })
    })
    .flatten()
}

/// The attachment with this number, from 1, in the order in which they are
/// described; `None` when there is none.
#[must_use]
pub fn attached(raw: &[u8], number: usize, limits: &MimeLimits) -> Option<(Attachment, Vec<u8>)> {
    guarded(|| {
        opened(raw, limits, |parts, is_used| {
            let mut attached =
                parts.iter().zip(is_used).filter(|(part, is_used)| is_attached(part, **is_used));
            let (part, _) = attached.nth(number.checked_sub(1)?)?;
            let defects = &mut BTreeSet::new();
            let described = attachment::describe(part, number, defects);
            let bytes = transfer::decode(part.body, part.entity.encoding, defects);
            Some((described, bytes.into_owned()))
        })
    })
    .flatten()
}

/// Whether a part is shown as an attachment: it is not the text, no wrapper of
/// others, and not the empty body of the mail itself.
pub(super) fn is_attached(part: &Part<'_>, is_used: bool) -> bool {
    let is_wrapper = part.entity.is_multipart() && !part.is_opaque;
    let is_empty_root = part.parent.is_none() && part.body.trim_ascii().is_empty();
    !is_used && !is_wrapper && !is_empty_root
}

fn opened<T>(
    raw: &[u8],
    limits: &MimeLimits,
    look: impl FnOnce(&[Part<'_>], &[bool]) -> Option<T>,
) -> Option<T> {
    let limits = &MimeLimits { max_depth: limits.max_depth.min(64), ..*limits };
    let mut defects = BTreeSet::new();
    let readable_raw = with_lines(raw, &mut defects);
    let mut mail = InboundMail::default();
    let head = head::read(&readable_raw, &mut mail, limits, &mut defects);
    let parts = part::walk(head.entity, head.body, limits, &mut defects);
    let readable = text::read(&parts, limits, &mut defects);
    look(&parts, &readable.is_used)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"From: rosa@example.net\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
        Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nplain\r\n--c\r\n\
        Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\
        \r\n<p>ma=C3=B1ana</p>\r\n--c--\r\n--b\r\n\
        Content-Type: image/png; name=\"../a.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n\
        JVBERi0xLjQK\r\n--b--\r\n";

    #[test]
    fn the_page_and_each_attachment_come_out_as_they_were_sent() {
        let limits = MimeLimits::default();
        assert_eq!(html(MAIL, &limits).as_deref(), Some("<p>ma\u{f1}ana</p>"));
        let (about, bytes) = attached(MAIL, 1, &limits).unwrap();
        assert_eq!(
            (about.name.as_str(), about.sniffed_type.as_str()),
            ("a.png", "application/pdf")
        );
        assert_eq!(bytes, b"%PDF-1.4\n");
        assert_eq!(attached(MAIL, 0, &limits), None);
        assert_eq!(attached(MAIL, 2, &limits), None);
        assert_eq!(html(b"", &limits), None);
        assert_eq!(html(b"\xff\x00--", &limits), None);
    }
}
