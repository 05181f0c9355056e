//! Mail as bytes: a corpus of what borrowers really send, and of what nobody
//! should.

mod bombs;
mod corpus;
mod identity;
mod maildir;

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;
use serde::Deserialize;
use tierline::domain::digest::Digest;
use tierline::domain::mail::{Completeness, Defect, InboundMail, TextSource};
use tierline::mailbox::mime::{self, MimeLimits};

fn parse(raw: impl AsRef<[u8]>) -> InboundMail {
    mime::parse(raw.as_ref(), Timestamp::UNIX_EPOCH, &MimeLimits::default())
}

/// A header with nothing wrong, to put a body under.
const ROSA: &str = "From: Rosa Borrower <rosa@example.com>\r\nTo: help@servicer.example\r\n\
    Date: Tue, 4 Mar 2025 10:00:00 -0500\r\nMessage-ID: <1@example.com>\r\nSubject: My loan\r\n";

/// Every mail made here must hold to the bounds that the shapes promise.
fn assert_bounded(mail: &InboundMail) {
    let limits = MimeLimits::default();
    assert!(mail.text.len() <= limits.max_text_bytes);
    assert!(mail.headers.len() <= limits.max_headers);
    assert!(mail.headers.iter().all(|h| h.name.len() <= 100 && h.value.len() <= 4096));
    assert!(mail.attachments.len() <= limits.max_parts + 1);
    assert!(mail.attachments.iter().all(|a| (1..=120).contains(&a.name.chars().count())));
    assert!(mail.subject.chars().count() <= 998);
    assert!(mail.to.len() <= 100 && mail.cc.len() <= 100 && mail.references.len() <= 50);
    assert!(mail.in_reply_to.len() <= 20);
    assert!(mail.reports.iter().all(|r| r.len() <= 64 * 1024));
    let addresses = mail.from.iter().chain(&mail.to).chain(&mail.cc).chain(&mail.reply_to);
    let lines = addresses
        .flat_map(|a| [&a.name, &a.address])
        .chain(mail.headers.iter().map(|h| &h.value))
        .chain(mail.attachments.iter().map(|a| &a.name))
        .chain([&mail.subject]);
    for line in lines {
        assert!(!line.chars().any(is_unwanted), "{line:?}");
    }
    let is_kept = |c: char| matches!(c, '\n' | '\t');
    assert!(!mail.text.chars().any(|c| is_unwanted(c) && !is_kept(c)));
}

fn is_unwanted(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{61c}' | '\u{feff}')
}

const SEED: &[u8] = b"From: =?utf-8?q?Mar=C3=ADa?= <rosa@example.com>\r\nSubject: =?utf-8?B?w6k=?=\r\n\
    References: <a@x> <b@x>\r\nContent-Type: multipart/mixed; boundary=\"a\"\r\n\r\n--a\r\n\
    Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; \
    charset=iso-2022-jp; format=flowed; delsp=yes\r\n\r\n> caf=C3 \r\nmore\r\n--b\r\n\
    Content-Type: text/html; charset=gbk\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    <p style=3D\"x\">h=C3=A9<a href=3D\"http://example.com\">l</a><ul><li>x</ul>\r\n--b--\r\n--a\r\n\
    Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogeA0KDQp5\r\n\
    --a\r\nContent-Type: application/pdf; name*0*=utf-8''%C3%A9; name*1=.pdf\r\n\r\n%PDF\r\n--a--\r\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_bytes_never_panic_and_stay_bounded(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..5), 0..24)
    ) {
        let mut raw = SEED.to_vec();
        for (at, byte, kind) in edits {
            let at = at.index(raw.len().max(1));
            match kind {
                0 => raw.insert(at.min(raw.len()), byte),
                1 if at < raw.len() => { raw.remove(at); }
                2 => raw.truncate(at.max(40)),
                3 => {
                    let piece = raw[at.min(raw.len())..].to_vec();
                    raw.splice(0..at.min(20).min(raw.len()), piece);
                }
                _ => if let Some(old) = raw.get_mut(at) { *old = byte },
            }
        }
        assert_bounded(&parse(&raw));
    }

    #[test]
    fn any_bytes_at_all_are_a_mail(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        let mail = parse(&raw);
        assert_bounded(&mail);
        prop_assert_eq!(mail.size, raw.len() as u64);
    }

    #[test]
    fn any_page_is_text_or_refused(page in "[<>/a-z\"'=! &;#0-9-]{0,300}") {
        assert_bounded(&parse(format!("{ROSA}Content-Type: text/html\r\n\r\n{page}")));
    }
}
