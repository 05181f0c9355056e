//! What is on file about a requester besides loans: the language they are
//! written to.

use serde::{Deserialize, Serialize};

use super::ticket::words;

words! {
    /// Where a language on file comes from.
    LanguageSource {
        /// The latest mail that told it.
        Seen = "seen",
        /// A person chose it: it stands until a person changes it.
        Chosen = "chosen",
    }
}

/// The language on file for one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequesterLanguage {
    /// ISO 639-1, lower case.
    pub language: String,
    /// Where it comes from.
    pub source: LanguageSource,
}

/// `text` as an ISO 639-1 code: two letters, lower case.
#[must_use]
pub fn language_code(text: &str) -> Option<String> {
    let code = text.trim().to_ascii_lowercase();
    (code.len() == 2 && code.bytes().all(|c| c.is_ascii_lowercase())).then_some(code)
}
