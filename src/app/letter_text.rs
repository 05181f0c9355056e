//! A letter read back from its bytes, as its reader's program shows it.

use jiff::Timestamp;

use crate::mailbox::mime::{self, MimeLimits};

/// Subject and text of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterText {
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Every byte of it; what is no text is replaced.
    pub source: String,
}

/// What `bytes` say.
#[must_use]
pub fn read(bytes: &[u8], written_at: Timestamp) -> LetterText {
    let mail = mime::parse(bytes, written_at, &MimeLimits::default());
    LetterText {
        subject: mail.subject,
        text: mail.text,
        source: String::from_utf8_lossy(bytes).into_owned(),
    }
}
