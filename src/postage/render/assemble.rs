//! Puts a wording between headers and asserts that the bytes are fit to send.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, Date, HeaderName, HeaderValue,
    MIME_VERSION_1_0,
};
use lettre::message::{Body, Mailbox, Message, MultiPart, MultiPartKind, SinglePart};

use crate::domain::digest::Digest;
use crate::domain::letter::{AttachedFile, LetterIntent};
use crate::postage::{clean, fit};

use super::{RenderError, SenderIdentity, Words};

/// Longest display name of ours, in characters.
const MOST_NAME: usize = 80;
/// References repeated: enough to thread, few enough for one header.
const MOST_REFERENCES: usize = 20;

/// Who speaks: only what the engine writes by itself says so in its header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    Engine,
    Person,
}

pub(super) fn assemble(
    intent: &LetterIntent,
    (words, files): (&Words, &[AttachedFile]),
    sender: &SenderIdentity,
    writer: Writer,
) -> Result<Vec<u8>, RenderError> {
    let host = intent.message_id.rsplit_once('@').map(|(_, host)| host);
    if !clean::is_plain_message_id(&intent.message_id) || host != Some(&sender.mail_host) {
        return Err(RenderError::MessageId);
    }
    if words.subject.is_empty() {
        return Err(RenderError::Template("the subject is empty".to_owned()));
    }
    // All that is known to make the builder panic has been refused or cleaned;
    // should a release of it find something new, one letter fails, not the worker.
    let built = catch_unwind(AssertUnwindSafe(|| build(intent, (words, files), sender, writer)));
    let bytes = built.map_err(|_| RenderError::Build("the builder panicked".to_owned()))??;
    fit::fit_to_send(&bytes).map_err(RenderError::NotFit)?;
    Ok(bytes)
}

fn build(
    intent: &LetterIntent,
    (words, files): (&Words, &[AttachedFile]),
    sender: &SenderIdentity,
    writer: Writer,
) -> Result<Vec<u8>, RenderError> {
    let name = clean::line(&sender.from_name, MOST_NAME);
    let name = (!name.is_empty()).then_some(name);
    let mut letter = Message::builder()
        .from(Mailbox::new(name, address(&sender.from_address, "the From address")?))
        // The bare address: a display name would be the sender's own words.
        .to(Mailbox::new(None, address(&intent.recipient, "the recipient")?))
        .reply_to(Mailbox::new(None, address(&intent.reply_to, "the reply address")?))
        .subject(words.subject.as_str())
        .header(Date::new(instant(intent.written_at)?))
        .message_id(Some(format!("<{}>", intent.message_id)));
    if let Some(id) = intent.in_reply_to.as_ref().filter(|id| clean::is_plain_message_id(id)) {
        letter = letter.in_reply_to(format!("<{id}>"));
    }
    let references = references(intent);
    if !references.is_empty() {
        letter = letter.references(references);
    }
    if writer == Writer::Engine {
        // RFC 3834 §5: robots must not answer. The other one is Exchange's word for it.
        letter = letter
            .raw_header(raw("Auto-Submitted", "auto-replied"))
            .raw_header(raw("X-Auto-Response-Suppress", "All"));
    }
    letter
        .header(MIME_VERSION_1_0)
        .multipart(with_files(intent, words, files)?)
        .map(|letter| letter.formatted())
        .map_err(|error| RenderError::Build(error.to_string()))
}

/// The words alone, or before the files that go with them.
fn with_files(
    intent: &LetterIntent,
    words: &Words,
    files: &[AttachedFile],
) -> Result<MultiPart, RenderError> {
    let words = parts(intent, words)?;
    if files.is_empty() {
        return Ok(words);
    }
    let boundary = &Digest::of_fields(&[b"files", intent.message_id.as_bytes()]).hex()[..40];
    let mut whole =
        MultiPart::builder().kind(MultiPartKind::Mixed).boundary(boundary).multipart(words);
    for file in files {
        let failed = |what: &str| RenderError::Build(format!("a file: {what}"));
        let kind = ContentType::parse(&file.media_type).map_err(|_| failed("its media type"))?;
        // Always base64: no byte of a file is changed on the way.
        let encoding = ContentTransferEncoding::Base64;
        let body = Body::new_with_encoding(file.content.clone(), encoding);
        let body = body.map_err(|_| failed("base64"))?;
        let disposition = ContentDisposition::attachment(&file.name);
        whole = whole.singlepart(SinglePart::builder().header(kind).header(disposition).body(body));
    }
    Ok(whole)
}

fn parts(intent: &LetterIntent, words: &Words) -> Result<MultiPart, RenderError> {
    // From the Message-ID, so that the same letter always has the same bytes.
    let boundary = &Digest::of(intent.message_id.as_bytes()).hex()[..40];
    let part = |kind: ContentType, text: &str| {
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
        // Always quoted-printable: pure ASCII for servers without 8BITMIME,
        // short lines, and no change of encoding with the words.
        Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable)
            .map(|body| SinglePart::builder().header(kind).body(body))
            .map_err(|_| RenderError::Build("quoted-printable".to_owned()))
    };
    Ok(MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(boundary)
        .singlepart(part(ContentType::TEXT_PLAIN, &words.text)?)
        .singlepart(part(ContentType::TEXT_HTML, &words.html)?))
}

fn references(intent: &LetterIntent) -> String {
    let plain: Vec<String> = intent
        .references
        .iter()
        .filter(|id| clean::is_plain_message_id(id))
        .map(|id| format!("<{id}>"))
        .collect();
    plain[plain.len().saturating_sub(MOST_REFERENCES)..].join(" ")
}

fn address(text: &str, field: &'static str) -> Result<lettre::Address, RenderError> {
    let refused = RenderError::Address { field };
    if !clean::is_plain_address(text) {
        return Err(refused);
    }
    text.parse().map_err(|_| refused)
}

/// The header's date type aborts outside these years.
fn instant(at: Timestamp) -> Result<SystemTime, RenderError> {
    if at < Timestamp::UNIX_EPOCH { Err(RenderError::Date) } else { Ok(SystemTime::from(at)) }
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
