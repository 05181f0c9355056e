//! The readable part of a mail as it is kept sealed beside its raw bytes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::vault::{Place, Vault};
use crate::domain::id::MailId;
use crate::domain::mail::{Address, Attachment, Completeness, Defect, InboundMail, TextSource};

const PLACE: Place = Place { table: "mail", column: "sealed_head" };

/// What pages show of a mail; full headers are read from the raw bytes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailHead {
    /// From addresses.
    pub from: Vec<Address>,
    /// To addresses.
    pub to: Vec<Address>,
    /// Cc addresses.
    pub cc: Vec<Address>,
    /// Reply-To addresses.
    pub reply_to: Vec<Address>,
    /// Subject.
    pub subject: String,
    /// Message-ID.
    pub message_id: Option<String>,
    /// The Date header.
    pub sent_at: Option<Timestamp>,
    /// Digest of the raw bytes, by which they are loaded.
    pub raw_sha: crate::domain::digest::Digest,
    /// How much was read.
    pub completeness: Completeness,
    /// Readable text.
    pub text: String,
    /// Where it came from.
    pub text_source: TextSource,
    /// Attachments.
    pub attachments: Vec<Attachment>,
    /// What was wrong with the bytes.
    pub defects: Vec<Defect>,
}

/// The same, borrowed, to be written.
#[derive(Serialize)]
struct Borrowed<'a> {
    from: &'a [Address],
    to: &'a [Address],
    cc: &'a [Address],
    reply_to: &'a [Address],
    subject: &'a str,
    message_id: Option<&'a str>,
    sent_at: Option<Timestamp>,
    raw_sha: crate::domain::digest::Digest,
    completeness: Completeness,
    text: &'a str,
    text_source: TextSource,
    attachments: &'a [Attachment],
    defects: &'a [Defect],
}

/// Seals the head of `mail` for the row `id`.
pub(super) fn seal(vault: &Vault, id: MailId, mail: &InboundMail) -> Result<Vec<u8>, StoreError> {
    let head = Borrowed {
        from: &mail.from,
        to: &mail.to,
        cc: &mail.cc,
        reply_to: &mail.reply_to,
        subject: &mail.subject,
        message_id: mail.message_id.as_deref(),
        sent_at: mail.sent_at,
        raw_sha: mail.raw_sha,
        completeness: mail.completeness,
        text: &mail.text,
        text_source: mail.text_source,
        attachments: &mail.attachments,
        defects: &mail.defects,
    };
    let json = serde_json::to_vec(&head).map_err(|_| StoreError::Malformed("sealed_head"))?;
    Ok(vault.seal(PLACE, id.0.as_bytes(), &json)?)
}

/// Opens it.
pub(super) fn open(vault: &Vault, id: MailId, sealed: &[u8]) -> Result<MailHead, StoreError> {
    let json = vault.open(PLACE, id.0.as_bytes(), sealed)?;
    serde_json::from_slice(&json).map_err(|_| StoreError::Malformed("sealed_head"))
}
