//! Where mail comes from, and its bytes made into `domain::mail`.

pub mod authenticate;
pub mod file;
pub mod html;
pub mod imap;
pub mod maildir;
pub mod mime;
pub mod oauth;
pub mod source;

use jiff::Timestamp;

/// One mail that a source shows, before it is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Names the mail within its source for as long as it lies there: the UID
    /// in decimal for IMAP, the file name without its flags for Maildir.
    pub key: String,
    /// Bytes on the wire.
    pub size: u64,
    /// INTERNALDATE, or the time of the file; `None` when the source has none.
    pub received_at: Option<Timestamp>,
}
