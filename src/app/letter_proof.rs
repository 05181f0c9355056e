//! Shows that a letter is what it is said to be: its bytes have the digest on
//! the record, and the version it names, with the context it was written in,
//! still gives the same bytes.

use super::{App, approve};
use crate::domain::digest::Digest;
use crate::domain::event::ticket_stream;
use crate::mailbox::mime::{self, MimeLimits};
use crate::postage::render::{Renderer, SenderIdentity};
use crate::postage::sign;
use crate::store::StoreError;
use crate::store::template::TemplateVersion;
use crate::store::view::SentLetter;

/// What the comparison came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compared {
    /// The same.
    Same,
    /// Another: somebody changed something.
    Different,
    /// Nothing to compare with.
    Unknown,
}

/// What is proven of one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LetterProof {
    /// Digest of the bytes as they are kept.
    pub sha256: Option<Digest>,
    /// That digest against the one on the record.
    pub record: Compared,
    /// The bytes against those that version and context give now, but for the
    /// signature of the sending domain.
    pub rerendered: Compared,
}

/// Proves one letter.
///
/// # Errors
/// When the database does not answer.
pub async fn prove(app: &App, letter: &SentLetter) -> Result<LetterProof, StoreError> {
    let Some(bytes) = &letter.bytes else {
        let unknown = Compared::Unknown;
        return Ok(LetterProof { sha256: None, record: unknown, rerendered: unknown });
    };
    let sha256 = Digest::of(bytes);
    let told = digest_on_record(app, letter).await?.or(letter.bytes_sha);
    let compare = |is_same| if is_same { Compared::Same } else { Compared::Different };
    let record = told.map_or(Compared::Unknown, |told| compare(told == sha256));
    let rerendered = match app.store.find_template_version(letter.template_version).await? {
        None => Compared::Unknown,
        Some(version) => compare(rendered_again(letter, bytes, &version)),
    };
    Ok(LetterProof { sha256: Some(sha256), record, rerendered })
}

/// The last digest that the record names for this letter.
async fn digest_on_record(app: &App, letter: &SentLetter) -> Result<Option<Digest>, StoreError> {
    let id = serde_json::json!(letter.id);
    let events = app.store.events_of(&ticket_stream(letter.intent.ticket_id)).await?;
    Ok(events
        .iter()
        .rev()
        .filter(|line| line.event.particulars["letter"] == id)
        .find_map(|line| Digest::from_hex(line.event.particulars["sha256"].as_str()?)))
}

/// The sender is read from the letter: the configuration may have changed since.
fn rendered_again(letter: &SentLetter, bytes: &[u8], version: &TemplateVersion) -> bool {
    let unsigned = sign::without_signature(bytes);
    let mail = mime::parse(unsigned, letter.written_at, &MimeLimits::default());
    let Some(from) = mail.from.first() else { return false };
    let sender = SenderIdentity {
        from_name: from.name.clone(),
        from_address: from.address.clone(),
        mail_host: letter
            .intent
            .message_id
            .rsplit_once('@')
            .map(|(_, host)| host.to_owned())
            .unwrap_or_default(),
    };
    let version = approve::loaded(version);
    let (renderer, problems) = Renderer::of_versions(vec![version.clone()]);
    problems.is_empty()
        && renderer.render(&letter.intent, &version, &sender).is_ok_and(|again| again == unsigned)
}
