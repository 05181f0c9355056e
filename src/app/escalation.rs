//! A person looks at an escalation before they settle it: what began it, and
//! what the tier below wrote when it handed the ticket over.

use super::App;
use crate::domain::id::{EscalationId, PersonId};
use crate::domain::work::NoteKind;
use crate::store::StoreError;
use crate::store::work::{EscalationLine, NoteLine};

/// An escalation that can still be claimed or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenEscalation {
    /// It, and its ticket's number.
    pub line: EscalationLine,
    /// Version of the ticket: who settles it says which one they saw.
    pub version: u64,
    /// Hand-over notes, the latest first.
    pub notes: Vec<NoteLine>,
}

/// The escalation with its hand-over notes; that `reader` reads words of its
/// ticket is on record before they see them.
///
/// # Errors
/// When the database does not answer: then nothing is shown.
pub async fn read(
    app: &App,
    id: EscalationId,
    reader: PersonId,
) -> Result<Option<OpenEscalation>, StoreError> {
    let Some(line) = app.store.find_open_escalation(id).await? else { return Ok(None) };
    let ticket = line.escalation.ticket_id;
    let found = app.store.find_ticket(ticket).await?.ok_or(StoreError::Absent("ticket"))?;
    let mut notes = app.store.notes_of(ticket).await?;
    notes.retain(|note| note.kind == NoteKind::Handover);
    notes.reverse();
    if !notes.is_empty() {
        app.store.note_reading(reader, ticket, app.now()).await?;
    }
    Ok(Some(OpenEscalation { line, version: found.version, notes }))
}
