//! Letters as bytes: golden copies, hostile values, the rules of the wire.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use proptest::prelude::*;
use tierline::domain::id::{LetterId, TicketId};
use tierline::domain::letter::{AcknowledgmentContext, LetterIntent};
use tierline::postage::fit::fit_to_send;
use tierline::postage::render::{
    RenderError, Renderer, SenderIdentity, TemplateSources, TemplateVersion, shipped_sources,
};
use uuid::Uuid;

pub(super) fn shipped() -> TemplateSources {
    shipped_sources()
}

fn renderer() -> Renderer {
    Renderer::load(&shipped()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

pub(super) fn sender() -> SenderIdentity {
    SenderIdentity {
        from_name: "Example Home Loans".to_owned(),
        from_address: "help@mail.example.com".to_owned(),
        mail_host: "mail.example.com".to_owned(),
    }
}

fn context(locale: &str) -> AcknowledgmentContext {
    let (received_on, answer_by, hours) = match locale {
        "es" => (
            "25 de noviembre de 2026",
            "7 de enero de 2027",
            "de lunes a viernes, de 8 a. m. a 8 p. m., hora del este",
        ),
        _ => ("November 25, 2026", "January 7, 2027", "Monday to Friday, 8 a.m. to 8 p.m. Eastern"),
    };
    AcknowledgmentContext {
        ticket_number: "TL-4821-0973-5528".to_owned(),
        received_on: received_on.to_owned(),
        answer_by: answer_by.to_owned(),
        servicer_name: "Example Home Loans".to_owned(),
        servicer_phone: "(800) 555-0142".to_owned(),
        servicer_hours: hours.to_owned(),
        servicer_url: "www.example.com".to_owned(),
        servicer_address: "PO Box 555, Springfield, IL 62700".to_owned(),
        is_fdcpa_covered: true,
        fields: BTreeMap::new(),
    }
}

pub(super) fn intent(template: &str, locale: &str) -> LetterIntent {
    let written_at: Timestamp = "2026-11-25T15:04:05.678Z".parse().unwrap();
    LetterIntent {
        id: LetterId(Uuid::nil()),
        ticket_id: TicketId(Uuid::nil()),
        template: template.to_owned(),
        locale: locale.to_owned(),
        recipient: "rosa@example.com".to_owned(),
        dedupe_key: "ack:0".to_owned(),
        message_id: "aebagbafaydqqcikaebagbafaydqqcikae.abcdefgh@mail.example.com".to_owned(),
        reply_to: "reply+aebagbafaydqqcikaebagbafaydqqcikae@mail.example.com".to_owned(),
        envelope_from: "bounce+aebagbafaydqqcikaebagbafaydqqcikae@mail.example.com".to_owned(),
        in_reply_to: Some("q1@example.com".to_owned()),
        references: vec!["q0@example.com".to_owned(), "q1@example.com".to_owned()],
        context: context(locale),
        written_at,
        expires_at: written_at,
        meets: Vec::new(),
        hold: None,
    }
}

fn render(intent: &LetterIntent) -> Result<Vec<u8>, RenderError> {
    let renderer = renderer_once();
    let version = renderer.version(&intent.template, &intent.locale).unwrap();
    renderer.render(intent, version, &sender())
}

/// Values of all header lines called `name`, unfolded.
fn headers(bytes: &[u8], name: &str) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let head = text.split_once("\r\n\r\n").unwrap().0.replace("\r\n ", " ");
    let prefix = format!("{name}: ");
    head.split("\r\n").filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect()
}

/// What a person would have filled in.
fn filled(version: &TemplateVersion) -> BTreeMap<String, String> {
    let fields = version.form.iter().flat_map(|form| &form.fields);
    let written = fields.map(|field| {
        let typed = field.sample_for(&version.locale);
        (field.name.clone(), field.written(typed, &version.locale, "Ana Ruiz").unwrap())
    });
    written.collect()
}

/// UPDATE_EXPECT=1 rewrites the snapshots.
#[test]
fn every_letter_is_byte_for_byte_as_reviewed() {
    let renderer = renderer();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/letters");
    let is_update = std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1");
    let mut count = 0;
    for version in renderer.versions() {
        let mut intent = intent(&version.name, &version.locale);
        intent.context.fields = filled(version);
        let bytes = renderer.render(&intent, version, &sender()).unwrap();
        assert_eq!(renderer.render(&intent, version, &sender()).unwrap(), bytes);
        fit_to_send(&bytes).unwrap();
        intent.context.is_fdcpa_covered = false;
        let uncovered = renderer.render(&intent, version, &sender()).unwrap();
        let has_lines = uncovered.len() < bytes.len();
        // Whoever may be a third party must not learn of a debt.
        let has_none = ["ack_successor", "staff_notice"].contains(&version.name.as_str());
        assert_eq!(has_lines, !has_none, "{}", version.name);
        for (variant, bytes) in [("", &bytes), (".not-covered", &uncovered)] {
            let name = format!("{}.{}{variant}.eml", version.name, version.locale);
            let path = directory.join(name);
            if is_update {
                std::fs::create_dir_all(&directory).unwrap();
                std::fs::write(&path, bytes).unwrap();
            }
            let reviewed = std::fs::read(&path).unwrap_or_default();
            assert!(reviewed == *bytes, "{} differs; UPDATE_EXPECT=1 rewrites it", path.display());
            count += 1;
        }
    }
    assert_eq!(std::fs::read_dir(directory).unwrap().count(), count, "a stray snapshot");
}

#[test]
fn a_letter_says_that_no_robot_should_answer_and_where_a_person_may() {
    let bytes = render(&intent("ack_general", "en")).unwrap();
    for (name, value) in [
        ("From", "\"Example Home Loans\" <help@mail.example.com>"),
        ("To", "rosa@example.com"),
        ("Reply-To", "reply+aebagbafaydqqcikaebagbafaydqqcikae@mail.example.com"),
        ("Subject", "We received your email (ticket TL-4821-0973-5528)"),
        ("Date", "Wed, 25 Nov 2026 15:04:05 +0000"),
        ("Message-ID", "<aebagbafaydqqcikaebagbafaydqqcikae.abcdefgh@mail.example.com>"),
        ("In-Reply-To", "<q1@example.com>"),
        ("References", "<q0@example.com> <q1@example.com>"),
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(headers(&bytes, name), [value], "{name}");
    }
    assert!(headers(&bytes, "Content-Type")[0].starts_with("multipart/alternative; boundary="));
    assert!(headers(&bytes, "Precedence").is_empty());
}

#[test]
fn the_hash_of_a_version_changes_with_any_of_its_texts() {
    let before = renderer();
    for part in ["subject", "txt", "html"] {
        let mut sources = shipped();
        let text = sources.get_mut(&format!("ack_general/en.{part}.hbs")).unwrap();
        text.insert_str(0, "New: ");
        let after = Renderer::load(&sources).unwrap();
        let changed = after.version("ack_general", "en").unwrap();
        assert_ne!(before.version("ack_general", "en").unwrap().hash, changed.hash, "{part}");
        assert_eq!(before.version("ack_general", "es"), after.version("ack_general", "es"));
        let refused = before.render(&intent("ack_general", "en"), changed, &sender());
        assert!(matches!(refused, Err(RenderError::UnknownVersion { .. })), "{refused:?}");
    }
    let other = before.version("ack_payoff", "en").unwrap();
    let refused = before.render(&intent("ack_general", "en"), other, &sender());
    assert!(matches!(refused, Err(RenderError::WrongTemplate { .. })), "{refused:?}");
}

#[test]
fn an_address_that_could_carry_a_header_gets_no_letter() {
    for hostile in [
        "",
        "rosa",
        "rosa@example.com\r\nBcc: x@example.net",
        "rosa@example.com, x@example.net",
        "\"Rosa\" <rosa@example.com>",
        "rosa@exa\u{202e}mple.com",
        "ro\0sa@example.com",
        "rösa@example.com",
    ] {
        let mut letter = intent("ack_general", "en");
        letter.recipient = hostile.to_owned();
        let refused = render(&letter);
        assert_eq!(refused, Err(RenderError::Address { field: "the recipient" }), "{hostile:?}");
        let mut letter = intent("ack_general", "en");
        letter.reply_to = hostile.to_owned();
        let refused = render(&letter);
        assert_eq!(refused, Err(RenderError::Address { field: "the reply address" }));
    }
}

#[test]
fn a_message_id_that_is_not_ours_and_a_date_before_1970_get_no_letter() {
    for id in [
        "",
        "a@b@mail.example.com",
        "a@elsewhere.example",
        "a b@mail.example.com",
        "a\r\nX: y@mail.example.com",
    ] {
        let mut letter = intent("ack_general", "en");
        letter.message_id = id.to_owned();
        assert_eq!(render(&letter), Err(RenderError::MessageId), "{id:?}");
    }
    for at in [Timestamp::MIN, Timestamp::from_second(-1).unwrap()] {
        let letter = LetterIntent { written_at: at, ..intent("ack_general", "en") };
        assert_eq!(render(&letter), Err(RenderError::Date));
    }
    let last = LetterIntent { written_at: Timestamp::MAX, ..intent("ack_general", "en") };
    assert!(render(&last).is_ok());
}

#[test]
fn hostile_ids_of_the_mail_answered_are_left_out() {
    let mut letter = intent("ack_general", "en");
    letter.in_reply_to = Some("a@b>\r\nBcc: x@example.net".to_owned());
    letter.references = vec!["=?utf-8?q?=0D=0A?=@x".to_owned(), format!("{}@x", "a".repeat(2000))];
    letter.references.extend((0..100).map(|n| format!("{n}@example.com")));
    let bytes = render(&letter).unwrap();
    assert!(headers(&bytes, "In-Reply-To").is_empty());
    assert!(headers(&bytes, "Bcc").is_empty());
    let references = headers(&bytes, "References").remove(0);
    assert_eq!(references.split(' ').count(), 20);
    assert!(references.ends_with("<99@example.com>"), "{references}");
}

#[test]
fn html_in_a_value_stays_text() {
    let mut letter = intent("ack_general", "en");
    letter.context.servicer_name = "<script>alert(1)</script> & Sons".to_owned();
    let text = String::from_utf8(render(&letter).unwrap()).unwrap().replace("=\r\n", "");
    let html = &text[text.find("text/html").unwrap()..];
    assert!(!html.contains("<script"), "{html}");
    assert!(html.contains("&lt;script&gt;"), "{html}");
}

/// What strangers send: line ends, NUL, bidi, zero width, template syntax, bulk.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r\nBcc: x@example.net\r\n".to_owned()),
        Just("\r\n\r\n.\r\nMAIL FROM:<x@example.net>\r\n".to_owned()),
        Just("\0\u{202e}\u{200b}\u{feff}\u{85}\u{2028}".to_owned()),
        Just("{{{servicer_name}}}{{lookup this 'x'}}".to_owned()),
        Just("=?utf-8?q?=0D=0ABcc:_x?=".to_owned()),
        Just("x".repeat(5000)),
        Just("é ".repeat(2500)),
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_of_any_field_breaks_a_letter_or_adds_a_header(
        values in proptest::collection::vec(hostile(), 11),
    ) {
        let renderer = renderer_once();
        let mut letter = intent("ack_notice_of_error", "es");
        let context = &mut letter.context;
        let fields = [
            &mut context.ticket_number, &mut context.received_on, &mut context.answer_by,
            &mut context.servicer_name, &mut context.servicer_phone, &mut context.servicer_hours,
            &mut context.servicer_url, &mut context.servicer_address,
        ];
        for (field, value) in fields.into_iter().zip(&values) {
            field.clone_from(value);
        }
        letter.in_reply_to = Some(values[8].clone());
        letter.references = vec![values[9].clone()];
        let sender = SenderIdentity { from_name: values[10].clone(), ..sender() };
        let version = renderer.version(&letter.template, &letter.locale).unwrap();
        let bytes = renderer.render(&letter, version, &sender).unwrap();
        prop_assert_eq!(fit_to_send(&bytes), Ok(()));
        let head = String::from_utf8(bytes).unwrap();
        let head = head.split_once("\r\n\r\n").unwrap().0;
        let known = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To",
            "References", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"];
        for line in head.split("\r\n").filter(|line| !line.starts_with(' ')) {
            let name = line.split_once(':').unwrap().0;
            prop_assert!(known.contains(&name), "{}", line);
        }
    }
}

pub(super) fn renderer_once() -> &'static Renderer {
    static RENDERER: std::sync::LazyLock<Renderer> = std::sync::LazyLock::new(renderer);
    &RENDERER
}
