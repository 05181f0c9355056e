//! What comes in: one mail as the parser hands it to the core. Every field is
//! bounded and cleaned; what was wrong with the bytes is listed as defects.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::Digest;

/// One address with its display name. Both are cleaned of controls, bidi and
/// zero-width characters; the address is lower-cased.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Address {
    /// Display name, at most 200 characters; empty when there is none.
    pub name: String,
    /// `local@domain`, at most 254 bytes; empty when it could not be read.
    pub address: String,
}

impl Address {
    /// Part after the last `@`, empty when there is none.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Part before the last `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.address.rsplit_once('@').map_or(self.address.as_str(), |(local, _)| local)
    }
}

/// One header field, unfolded and decoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Name as written, at most 100 bytes.
    pub name: String,
    /// Value, RFC 2047 words decoded, at most 4 KiB.
    pub value: String,
}

/// Whether all of the mail was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completeness {
    /// All bytes were fetched and parsed.
    #[default]
    Whole,
    /// Only the header: the mail is over the size limit and stays on the server.
    HeadersOnly,
    /// Parsing was given up after repeated strikes; a bounded header scan only.
    Stub,
    /// Its bytes broke the bounds of the wire each time; its header at most.
    Unfetchable,
}

/// Where the readable text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    /// A text/plain part.
    Plain,
    /// A text/html part, turned into text.
    Html,
    /// There was no text.
    #[default]
    Absent,
}

/// A part that is not the readable text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Cleaned name to show; never used as a path. At most 120 characters.
    pub name: String,
    /// What the sender called it, e.g. `application/pdf`; evidence only.
    pub declared_type: String,
    /// What the bytes are, e.g. `application/pdf`; `application/octet-stream`
    /// when unknown.
    pub sniffed_type: String,
    /// Decoded size in bytes.
    pub size: u64,
    /// Of the decoded bytes.
    pub sha: Digest,
}

/// One thing that was wrong with the bytes. Defects are data: they are shown,
/// and they never stop a mail from becoming a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Defect {
    /// No From header, or none that names an address.
    NoSender,
    /// More than one From header, or several addresses in it.
    SeveralSenders,
    /// No Message-ID.
    NoMessageId,
    /// More header fields than the limit; the rest was cut.
    TooManyHeaders,
    /// One header was longer than the limit; cut.
    HeaderTooLong,
    /// More MIME parts than the limit; the rest is one opaque attachment.
    TooManyParts,
    /// Parts nested deeper than the limit; the rest is one opaque attachment.
    TooDeep,
    /// Text longer than the limit; cut.
    TextTooLong,
    /// HTML too large or too deep to be turned into text; shown as an attachment.
    HtmlTooComplex,
    /// Characters that the declared charset does not allow, or an unknown charset.
    BadCharset,
    /// A transfer encoding that could not be decoded cleanly.
    BadEncoding,
    /// NUL bytes in header or body.
    NulBytes,
    /// Bare CR or LF line ends.
    BareLineEnds,
    /// A multipart without its boundary or closing line.
    BrokenMultipart,
    /// Date missing or impossible.
    BadDate,
    /// No header at all.
    NoHeader,
    /// Parsing struck out; only a stub was read.
    Unparseable,
}

/// One mail, understood as structure but not yet as meaning.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InboundMail {
    /// SHA-256 of the raw bytes: with the mailbox, the claim key of the ledger.
    pub raw_sha: Digest,
    /// SHA-256 of Message-ID, From address, Date, Subject and body bytes; the
    /// trace headers are left out, so that one mail delivered twice or to two
    /// mailboxes is recognised.
    pub canonical_sha: Digest,
    /// When the first server that is ours had it: the earlier of INTERNALDATE
    /// and our own MX's `Received`; never `Date:`.
    pub received_at: Timestamp,
    /// Bytes on the wire.
    pub size: u64,
    /// How much of it was read.
    pub completeness: Completeness,
    /// `Return-Path`: `Some("")` is the null path of a bounce.
    pub return_path: Option<String>,
    /// All addresses of all From headers, in order.
    pub from: Vec<Address>,
    /// The Sender header.
    pub sender: Option<Address>,
    /// All Reply-To addresses.
    pub reply_to: Vec<Address>,
    /// All To addresses, at most 100.
    pub to: Vec<Address>,
    /// All Cc addresses, at most 100.
    pub cc: Vec<Address>,
    /// `Delivered-To`, `X-Original-To`, `Envelope-To`, topmost first.
    pub delivered_to: Vec<String>,
    /// Subject, one line, at most 998 characters.
    pub subject: String,
    /// Message-ID without angle brackets.
    pub message_id: Option<String>,
    /// In-Reply-To ids without angle brackets, at most 20.
    pub in_reply_to: Vec<String>,
    /// References ids without angle brackets, the last 50.
    pub references: Vec<String>,
    /// The Date header; evidence only.
    pub sent_at: Option<Timestamp>,
    /// Every header field in order, at most 300.
    pub headers: Vec<Header>,
    /// Top-level media type, lower case, e.g. `multipart/report`.
    pub media_type: String,
    /// Text of every `message/delivery-status`,
    /// `message/disposition-notification` and `text/rfc822-headers` part.
    pub reports: Vec<String>,
    /// Readable text, LF line ends, at most 256 KiB.
    pub text: String,
    /// Where the text came from.
    pub text_source: TextSource,
    /// Everything that is not the text.
    pub attachments: Vec<Attachment>,
    /// What was wrong, sorted, each once.
    pub defects: Vec<Defect>,
}

impl InboundMail {
    /// The From address when there is exactly one.
    #[must_use]
    pub fn single_sender(&self) -> Option<&Address> {
        match self.from.as_slice() {
            [only] if !only.address.is_empty() => Some(only),
            _ => None,
        }
    }

    /// Value of the first header called `name` (any letter case).
    #[must_use]
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.headers_named(name).next()
    }

    /// Values of all headers called `name` (any letter case), topmost first.
    pub fn headers_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }
}
