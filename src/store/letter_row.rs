//! Letters as outbox rows: recipient, context and bytes sealed.

use sea_orm::Value;
use uuid::Uuid;

use super::error::StoreError;
use super::sql::{micros, values};
use super::vault::{Place, Vault};
use crate::domain::digest::Digest;
use crate::domain::letter::{FrozenLetter, LetterIntent, LetterState};

/// Where the intent stands.
pub(super) const INTENT: Place = Place { table: "outbox", column: "sealed_intent" };
/// Where the exact bytes stand.
pub(super) const BYTES: Place = Place { table: "outbox", column: "sealed_bytes" };
/// Where the server's last words stand: they may name the recipient.
pub(super) const REPLY: Place = Place { table: "outbox", column: "sealed_reply" };

/// Columns in the order of [`row`].
pub(super) const COLUMNS: &[&str] = &[
    "id",
    "ticket_id",
    "template",
    "locale",
    "template_version",
    "recipient_index",
    "sealed_intent",
    "sealed_bytes",
    "state",
    "reason",
    "dedupe_key",
    "message_id",
    "envelope_from",
    "meets",
    "is_receipt",
    "written_at",
    "expires_at",
    "not_before_at",
    "bytes_sha",
    "lane",
];

/// The row of a new letter.
pub(super) fn row(vault: &Vault, letter: &FrozenLetter) -> Result<Vec<Value>, StoreError> {
    let intent = &letter.intent;
    let id = intent.id.0.as_bytes();
    let sealed_bytes =
        (!letter.bytes.is_empty()).then(|| vault.seal(BYTES, id, &letter.bytes)).transpose()?;
    // A letter without bytes cannot leave, whatever it says.
    let state = match (letter.state, &sealed_bytes) {
        (LetterState::Available, Some(_)) => LetterState::Available,
        _ => LetterState::Held,
    };
    let reason = match state {
        LetterState::Held => letter
            .held_reason
            .clone()
            .or_else(|| intent.hold.clone())
            .or_else(|| Some("no_bytes".to_owned())),
        _ => None,
    };
    Ok(values![
        intent.id.0,
        intent.ticket_id.0,
        intent.template.as_str(),
        intent.locale.as_str(),
        letter.template_version.0.to_vec(),
        vault.blind_index(&intent.recipient).to_vec(),
        seal_intent(vault, intent)?,
        sealed_bytes,
        state.word(),
        reason,
        intent.dedupe_key.as_str(),
        intent.message_id.as_str(),
        intent.envelope_from.as_str(),
        serde_json::to_string(&intent.meets).map_err(|_| StoreError::Malformed("meets"))?,
        is_receipt(intent),
        micros(intent.written_at),
        micros(intent.expires_at),
        micros(intent.written_at),
        (!letter.bytes.is_empty()).then(|| Digest::of(&letter.bytes).0.to_vec()),
        intent.lane().number(),
    ])
}

/// The intent of a row.
pub(super) fn open_intent(
    vault: &Vault,
    id: Uuid,
    sealed: &[u8],
) -> Result<LetterIntent, StoreError> {
    let json = vault.open(INTENT, id.as_bytes(), sealed)?;
    serde_json::from_slice(&json).map_err(|_| StoreError::Malformed("sealed_intent"))
}

/// Receipts and legal notices: a lost one is worse than a second copy. A
/// person's letter that only answers is neither.
fn is_receipt(intent: &LetterIntent) -> bool {
    let is_answer = intent.dedupe_key.starts_with("reply:");
    intent.dedupe_key.starts_with("ack:") || (!intent.meets.is_empty() && !is_answer)
}

fn seal_intent(vault: &Vault, intent: &LetterIntent) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_vec(intent).map_err(|_| StoreError::Malformed("sealed_intent"))?;
    Ok(vault.seal(INTENT, intent.id.0.as_bytes(), &json)?)
}
