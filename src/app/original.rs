//! A person looks at a mail as it came: its page made safe, its bytes, what was
//! attached. Each look is on record before anything is shown.

use super::App;
use crate::domain::id::PersonId;
use crate::domain::mail::Completeness;
use crate::mailbox::html::safe;
use crate::mailbox::mime::MimeLimits;
use crate::mailbox::mime::original::{attached, html};
use crate::store::StoreError;
use crate::store::view::MailLine;

/// Media types that leave under their own name; everything else is bytes.
const NAMED: [&str; 4] = ["application/pdf", "image/jpeg", "image/png", "text/plain"];

/// What can be said of a mail's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SafePage {
    /// It has none.
    None,
    /// It is too large or nested too deep to be shown.
    TooMuch,
    /// Made safe.
    Safe(String),
}

/// Something attached, to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// A name without anything that could be a path or a disguise.
    pub name: String,
    /// What it is by its content.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The mail's own HTML, made safe.
///
/// # Errors
/// When the database does not answer, or the bytes were changed.
pub async fn page(app: &App, mail: &MailLine, reader: PersonId) -> Result<SafePage, StoreError> {
    app.store.note_look(reader, "original_read", mail.id, 0, app.now()).await?;
    if !is_kept(mail) {
        return Ok(SafePage::None);
    }
    let raw = app.store.load_raw(&mail.head.raw_sha).await?;
    let limits = MimeLimits::default();
    // Off the async threads: building the tree of a large page takes its time.
    let made = tokio::task::spawn_blocking(move || match html(&raw, &limits) {
        None => SafePage::None,
        Some(page) => safe(&page, &limits).map_or(SafePage::TooMuch, SafePage::Safe),
    });
    Ok(made.await.unwrap_or(SafePage::TooMuch))
}

/// Every byte of the mail, as text.
///
/// # Errors
/// As [`page`].
pub async fn source(app: &App, mail: &MailLine, reader: PersonId) -> Result<String, StoreError> {
    app.store.note_look(reader, "source_read", mail.id, 0, app.now()).await?;
    if !is_kept(mail) {
        return Ok("Only its header was fetched: it stays in its mailbox.\n".to_owned());
    }
    let raw = app.store.load_raw(&mail.head.raw_sha).await?;
    Ok(String::from_utf8_lossy(&raw).into_owned())
}

/// The attachment with this number, from 1.
///
/// # Errors
/// As [`page`].
pub async fn attachment(
    app: &App,
    mail: &MailLine,
    number: usize,
    reader: PersonId,
) -> Result<Option<Attached>, StoreError> {
    app.store.note_look(reader, "attachment_taken", mail.id, number, app.now()).await?;
    if !is_kept(mail) {
        return Ok(None);
    }
    let raw = app.store.load_raw(&mail.head.raw_sha).await?;
    let found = attached(&raw, number, &MimeLimits::default());
    Ok(found.map(|(about, bytes)| Attached {
        name: about.name,
        media_type: match NAMED.contains(&about.sniffed_type.as_str()) {
            true => about.sniffed_type,
            false => "application/octet-stream".to_owned(),
        },
        bytes,
    }))
}

/// Whether all bytes of the mail are here.
const fn is_kept(mail: &MailLine) -> bool {
    matches!(mail.head.completeness, Completeness::Whole | Completeness::Stub)
}
