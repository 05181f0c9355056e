//! All of `rules/`, loaded, checked and hashed into one revision that every
//! decision names.

use std::collections::BTreeMap;
use std::fmt;

use super::digest::Digest;

/// File name (relative to `rules/`, with `/`) → text.
pub type PolicyFiles = BTreeMap<String, String>;

/// One thing wrong with a rule file, with the place and the fix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyProblem {
    /// File, e.g. `queues.toml`.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// Key path or rule id, e.g. `queue.escrow.tier`.
    pub key: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.file, self.line, self.key, self.message)
    }
}

/// Hash of all files: names and texts, in order.
#[must_use]
pub fn revision(files: &PolicyFiles) -> Digest {
    let fields: Vec<&[u8]> =
        files.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]).collect();
    Digest::of_fields(&fields)
}
