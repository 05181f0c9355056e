//! The key that seals raw mail and private columns.

use std::path::PathBuf;

use super::reader::Section;

/// `[vault]`
#[derive(Clone, Debug)]
pub struct Vault {
    /// File of the master key.
    pub key_file: PathBuf,
}

impl Vault {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let key_file = PathBuf::from(section.text("key_file"));
        if key_file.as_os_str().is_empty() {
            section.problem("key_file", "is empty", "write the path of the key file");
        }
        section.end();
        Self { key_file }
    }
}
