//! Mail as bytes: a corpus of what borrowers really send, and of what nobody
//! should.

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

mod corpus {
    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Expected {
        about: String,
        from: Vec<String>,
        subject: String,
        text: String,
        source: TextSource,
        #[serde(default)]
        reply_to: Vec<String>,
        #[serde(default)]
        names: Vec<String>,
        #[serde(default)]
        return_path: Option<String>,
        #[serde(default)]
        sent_at: Option<Timestamp>,
        #[serde(default)]
        references: Vec<String>,
        #[serde(default)]
        reports_hold: Vec<String>,
        #[serde(default)]
        attachments: Vec<ExpectedAttachment>,
        defects: Vec<Defect>,
    }

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct ExpectedAttachment {
        name: String,
        declared: String,
        sniffed: String,
        size: u64,
    }

    #[test]
    fn every_mail_of_the_corpus_reads_as_its_expectation_says() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
        let mut failures = String::new();
        let mut count = 0;
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "eml")) {
            count += 1;
            let written = std::fs::read_to_string(path.with_extension("toml")).unwrap();
            let expected: Expected =
                toml::from_str(&written).unwrap_or_else(|error| panic!("{path:?}: {error}"));
            let mail = parse(std::fs::read(path).unwrap());
            assert_bounded(&mail);
            if let Err(difference) = compare(&mail, &expected) {
                writeln!(failures, "{} ({}):\n{difference}", path.display(), expected.about)
                    .unwrap();
            }
        }
        assert!(count >= 15, "the corpus holds only {count} mails");
        assert!(failures.is_empty(), "{failures}");
    }

    fn compare(mail: &InboundMail, expected: &Expected) -> Result<(), String> {
        let addresses = |list: &[tierline::domain::mail::Address]| {
            list.iter().map(|a| a.address.clone()).collect::<Vec<_>>()
        };
        let attachments: Vec<_> = mail
            .attachments
            .iter()
            .map(|a| ExpectedAttachment {
                name: a.name.clone(),
                declared: a.declared_type.clone(),
                sniffed: a.sniffed_type.clone(),
                size: a.size,
            })
            .collect();
        let mut wrong = String::new();
        let mut same = |what: &str, is: String, should: String| {
            if is != should {
                let _ = writeln!(wrong, "  {what} is     {is}\n  {what} should {should}");
            }
        };
        macro_rules! same {
            ($what:literal, $is:expr, $should:expr) => {
                same($what, format!("{:?}", $is), format!("{:?}", $should))
            };
        }
        same!("from", addresses(&mail.from), expected.from);
        same!("reply_to", addresses(&mail.reply_to), expected.reply_to);
        same!("subject", mail.subject, expected.subject);
        same!("text", mail.text, expected.text.trim_end());
        same!("source", mail.text_source, expected.source);
        same!("return_path", mail.return_path, expected.return_path);
        same!("references", mail.references, expected.references);
        same!("attachments", attachments, expected.attachments);
        same!("defects", mail.defects, expected.defects);
        if expected.sent_at.is_some() {
            same!("sent_at", mail.sent_at, expected.sent_at);
        }
        if !expected.names.is_empty() {
            let names: Vec<_> = mail.from.iter().map(|a| a.name.clone()).collect();
            same!("names", names, expected.names);
        }
        for wanted in &expected.reports_hold {
            let is_held = mail.reports.iter().any(|report| report.contains(wanted));
            same!("reports", (is_held, wanted), (true, wanted));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

mod bombs {
    use super::*;

    #[test]
    fn a_hundred_thousand_mails_within_each_other_are_one_attachment() {
        let level = "Content-Type: message/rfc822\r\n\r\n";
        let mail = parse(format!("{ROSA}{}innermost", level.repeat(100_000)));
        assert_bounded(&mail);
        assert_eq!((mail.attachments.len(), mail.text_source), (1, TextSource::Absent));
        assert_eq!(mail.attachments[0].sniffed_type, "message/rfc822");
    }

    #[test]
    fn three_thousand_encoded_mails_within_each_other_are_one_attachment() {
        // a true base64 wrapping grows by a third a level, so most of the levels
        // stand beside the first ones, as in the mail that ends other parsers
        let mut inner = b"Subject: innermost\r\n\r\nx".to_vec();
        for _ in 0..24 {
            let head = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n";
            inner = [&head[..], data_encoding::BASE64.encode(&inner).as_bytes()].concat();
        }
        let level = "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
        let bomb = format!("{}{}", level.repeat(3000), String::from_utf8_lossy(&inner));
        let wrapped = data_encoding::BASE64.encode(bomb.as_bytes());
        let mail = parse(format!(
            "{ROSA}Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{wrapped}"
        ));
        assert_bounded(&mail);
        assert_eq!(mail.attachments.len(), 1);
        assert_eq!(mail.attachments[0].size, bomb.len() as u64);
    }

    #[test]
    fn ten_thousand_multiparts_within_each_other_stop_at_the_limit() {
        let mut body = String::new();
        for level in 0..10_000 {
            write!(body, "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")
                .unwrap();
        }
        body.push_str("Content-Type: text/plain\r\n\r\ndeep\r\n");
        let mail = parse(format!("{ROSA}{body}"));
        assert_bounded(&mail);
        assert!(mail.defects.contains(&Defect::TooDeep), "{:?}", mail.defects);
        assert_eq!(mail.attachments.len(), 1, "what is deeper stays together");
    }

    #[test]
    fn a_hundred_thousand_parts_stop_at_the_limit_and_the_first_text_is_kept() {
        let parts = "--x\r\n\r\np\r\n".repeat(100_000);
        let mail = parse(format!(
            "{ROSA}Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nmy question\r\n{parts}"
        ));
        assert_bounded(&mail);
        assert!(mail.text.starts_with("my question\n\np"));
        assert!(mail.defects.contains(&Defect::TooManyParts));
        assert_eq!(mail.attachments.len(), 1, "the rest is one lump");
        assert!(mail.attachments[0].size > 800_000);
    }

    #[test]
    fn of_two_hundred_thousand_references_the_last_fifty_are_kept() {
        let ids: String = (0..200_000).map(|n| format!("<{n}@example.com>\r\n ")).collect();
        let mail = parse(format!("{ROSA}References: {ids}\r\n\r\nhi"));
        assert_bounded(&mail);
        assert_eq!(mail.references.len(), 50);
        assert_eq!(mail.references[49], "199999@example.com");
        assert_eq!(mail.text, "hi");
        assert!(mail.defects.contains(&Defect::HeaderTooLong));
    }

    #[test]
    fn two_hundred_thousand_nested_comments_in_from_hide_nothing_else() {
        let mail = parse(format!(
            "From: {}rosa@example.com\r\nSubject: still here\r\n\r\nhi",
            "(".repeat(200_000)
        ));
        assert_bounded(&mail);
        assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("still here", "hi"));
        assert!(mail.defects.contains(&Defect::NoSender));
    }

    #[test]
    fn a_display_name_with_encoded_line_breaks_and_nul_is_one_clean_line() {
        let mail = parse(
            "From: =?utf-8?q?Evil=0D=0ABcc:_victim@example.com=00?= <e@example.com>\r\n\
             Subject: =?utf-8?b?SGkNCkJjYzogeAA=?=\r\n\r\nhi",
        );
        assert_bounded(&mail);
        assert_eq!(mail.from[0].name, "Evil Bcc: victim@example.com");
        assert_eq!(mail.from[0].address, "e@example.com");
        assert_eq!(mail.subject, "Hi Bcc: x");
    }

    #[test]
    fn html_that_is_too_deep_or_too_wide_is_kept_as_an_attachment() {
        let deep = "<div>".repeat(40_000);
        let wide: String = (0..100_000).map(|n| format!(" a{n}=1")).collect();
        let big = "<p>words</p>".repeat(60_000);
        for page in [deep, format!("<p{wide}>x"), big] {
            let mail = parse(format!("{ROSA}Content-Type: text/html\r\n\r\n{page}"));
            assert_bounded(&mail);
            assert_eq!(mail.text_source, TextSource::Absent);
            assert_eq!(mail.defects, [Defect::HtmlTooComplex]);
            assert_eq!(mail.attachments[0].declared_type, "text/html");
            assert_eq!(mail.attachments[0].size, page.len() as u64);
        }
    }

    #[test]
    fn misnested_formatting_tags_within_the_limits_are_read_quickly() {
        let fonts: String = (0..200).map(|n| format!("<font a={n}>")).collect();
        let page = format!("<p>{fonts}</p>{}", "<p>x</p>".repeat(50_000));
        let mail = parse(format!("{ROSA}Content-Type: text/html\r\n\r\n{page}"));
        assert_bounded(&mail);
        assert_eq!(mail.text_source, TextSource::Html);
    }

    #[test]
    fn plain_text_is_read_even_when_its_html_twin_is_a_bomb() {
        let page = "<div>".repeat(40_000);
        let mail = parse(format!(
            "{ROSA}Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nplain words\r\n\
             --x\r\nContent-Type: text/html\r\n\r\n{page}\r\n--x--\r\n"
        ));
        assert_eq!((mail.text.as_str(), mail.text_source), ("plain words", TextSource::Plain));
    }

    #[test]
    fn a_pile_of_trace_headers_hides_neither_sender_nor_subject() {
        let trace = "Received: from a by b; Tue, 4 Mar 2025 10:00:00 +0000\r\n".repeat(100_000);
        let mail = parse(format!("{trace}{ROSA}\r\nhi"));
        assert_bounded(&mail);
        assert_eq!(mail.single_sender().unwrap().address, "rosa@example.com");
        assert_eq!((mail.subject.as_str(), mail.text.as_str()), ("My loan", "hi"));
        assert_eq!(mail.defects, [Defect::TooManyHeaders]);
    }

    #[test]
    fn text_over_the_limit_is_cut_between_characters() {
        let mail = parse(format!("{ROSA}\r\nx{}", "é".repeat(400_000)));
        assert_bounded(&mail);
        assert_eq!(mail.defects, [Defect::TextTooLong]);
        assert_eq!(mail.text.len(), 256 * 1024 - 1);
    }
}

mod identity {
    use super::*;

    #[test]
    fn two_deliveries_of_one_mail_are_equal_and_any_other_mail_is_not() {
        let first = parse(format!("Received: by a\r\nDelivered-To: x@example.com\r\n{ROSA}\r\nhi"));
        let second =
            parse(format!("Return-Path: <r@example.com>\r\nReceived: by b\r\n{ROSA}\r\nhi"));
        assert_ne!(first.raw_sha, second.raw_sha);
        assert_eq!(first.canonical_sha, second.canonical_sha);
        for (what, other) in [
            ("body", format!("{ROSA}\r\nho")),
            ("subject", format!("{}\r\nhi", ROSA.replace("My loan", "My home"))),
            ("sender", format!("{}\r\nhi", ROSA.replace("rosa@", "ana@"))),
            ("date", format!("{}\r\nhi", ROSA.replace("10:00", "10:01"))),
            ("message id", format!("{}\r\nhi", ROSA.replace("<1@", "<2@"))),
        ] {
            assert_ne!(parse(other).canonical_sha, first.canonical_sha, "{what}");
        }
    }

    #[test]
    fn a_stub_has_the_header_and_says_that_it_is_one() {
        let raw = format!("{ROSA}Content-Type: text/plain\r\n\r\nsecret body");
        let sha = Digest::of(raw.as_bytes());
        let stub = mime::stub(raw.as_bytes(), sha, 99, Timestamp::UNIX_EPOCH);
        assert_eq!((stub.raw_sha, stub.size, stub.completeness), (sha, 99, Completeness::Stub));
        assert_eq!((stub.subject.as_str(), stub.text.as_str()), ("My loan", ""));
        assert_eq!(stub.defects, [Defect::Unparseable]);
        let other = mime::stub(raw.as_bytes(), Digest::of(b"other"), 99, Timestamp::UNIX_EPOCH);
        assert_ne!(stub.canonical_sha, other.canonical_sha);
        assert_bounded(&mime::stub(&[0xff; 300_000], sha, 1, Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn an_oversize_mail_delivered_twice_is_one_mail() {
        let only = |trace: &str, size| {
            let head = format!("Received: {trace}\r\n{ROSA}\r\n");
            mime::headers_only(head.as_bytes(), size, Timestamp::UNIX_EPOCH)
        };
        let (first, second) = (only("by a", 40_000_000), only("by b", 40_000_000));
        assert_eq!(first.completeness, Completeness::HeadersOnly);
        assert_eq!(first.size, 40_000_000);
        assert_ne!(first.raw_sha, second.raw_sha);
        assert_eq!(first.canonical_sha, second.canonical_sha);
        assert_ne!(first.canonical_sha, only("by a", 40_000_001).canonical_sha);
    }
}

mod maildir {
    use std::fs;
    use std::time::{Duration, SystemTime};

    use tierline::mailbox::maildir::{MaildirError, MaildirSource};

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            for name in ["new", "cur", "tmp"] {
                fs::create_dir(folder.path().join(name)).unwrap();
            }
            Self(folder)
        }

        fn put(&self, name: &str, content: &str, age_secs: u64) {
            let path = self.0.path().join(name);
            fs::write(&path, content).unwrap();
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - age_secs);
            fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
        }

        fn source(&self) -> MaildirSource {
            MaildirSource::new(self.0.path())
        }
    }

    async fn keys(source: &MaildirSource) -> Vec<String> {
        source.list().await.unwrap().into_iter().map(|listed| listed.key).collect()
    }

    #[tokio::test]
    async fn mail_is_listed_oldest_first_and_unfinished_or_linked_files_are_not() {
        let folder = Folder::new();
        folder.put("new/2.host", "second", 10);
        folder.put("cur/1.host:2,S", "first", 20);
        folder.put("new/3.host", "third", 10);
        folder.put("tmp/4.host", "unfinished", 5);
        folder.put("new/.hidden", "no mail", 5);
        std::os::unix::fs::symlink("/etc/passwd", folder.0.path().join("new/5.host")).unwrap();
        let listed = folder.source().list().await.unwrap();
        assert_eq!(keys(&folder.source()).await, ["1.host", "2.host", "3.host"]);
        assert_eq!(listed[0].size, 5);
        assert_eq!(listed[0].received_at.unwrap().as_second(), 1_700_000_000 - 20);
    }

    #[tokio::test]
    async fn a_mail_is_fetched_by_its_key_whatever_its_flags_are() {
        let folder = Folder::new();
        folder.put("cur/1.host:2,RS", "hello", 1);
        let source = folder.source();
        assert_eq!(source.fetch("1.host", 5).await.unwrap(), b"hello");
        assert_eq!(source.fetch_head("1.host", 2).await.unwrap(), b"he");
        let refused = source.fetch("1.host", 4).await;
        assert!(matches!(refused, Err(MaildirError::TooLarge { limit: 4, .. })));
        assert!(matches!(source.fetch("9.host", 4).await, Err(MaildirError::Gone { .. })));
        for key in ["../secret", "", ".", "a/b", "/etc/passwd"] {
            let refused = source.fetch(key, 99).await;
            assert!(matches!(refused, Err(MaildirError::BadKey { .. })), "{key:?}");
        }
    }

    #[tokio::test]
    async fn a_mail_put_away_is_in_processed_once_and_never_replaces_another() {
        let folder = Folder::new();
        let source = folder.source();
        folder.put("new/1.host", "first", 2);
        source.put_away("1.host").await.unwrap();
        source.put_away("1.host").await.unwrap();
        folder.put("cur/1.host:2,S", "another under the same name", 1);
        source.put_away("1.host").await.unwrap();
        assert!(keys(&source).await.is_empty());
        let away = folder.0.path().join(".Processed/cur");
        assert_eq!(fs::read_to_string(away.join("1.host:2,")).unwrap(), "first");
        assert_eq!(fs::read_dir(away).unwrap().count(), 2);
    }

    #[tokio::test]
    async fn a_maildir_that_is_not_there_yet_is_empty() {
        let source = MaildirSource::new("/nonexistent/maildir");
        assert!(keys(&source).await.is_empty());
    }
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
