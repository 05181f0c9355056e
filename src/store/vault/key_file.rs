//! The key ring on disk: one line `kid = 64 hex digits`, readable by its owner
//! alone. Lines that begin with `#` are comments.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroizing;

use super::{Vault, VaultError};
use crate::clock;

/// A ring of 255 keys is far below this.
const MOST_BYTES: u64 = 64 * 1024;

impl Vault {
    /// Makes a key file with one random key, id 1, mode 0600.
    ///
    /// # Errors
    /// When the file is already there or cannot be written.
    pub fn create_key_file(path: &Path) -> Result<(), VaultError> {
        let key = Zeroizing::new(clock::entropy()?);
        let digits = Zeroizing::new(data_encoding::HEXLOWER.encode(key.as_slice()));
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| {
                writeln!(
                    file,
                    "# Key ring of Tierline. Keep a copy offline: without it nothing can be read."
                )?;
                writeln!(file, "1 = {}", digits.as_str())?;
                file.sync_all()
            });
        written.map_err(|err| problem(path, &err.to_string()))
    }

    /// Adds a random key with the next id to a key file, in one step: a reader
    /// sees the old file or the new one. Its id.
    ///
    /// # Errors
    /// When the file is no good, its ids are used up, or it cannot be written.
    pub fn add_key(path: &Path) -> Result<u8, VaultError> {
        let newest = Self::from_file(path)?.newest_kid();
        let kid = newest.checked_add(1).ok_or_else(|| problem(path, "all key ids are used"))?;
        let key = Zeroizing::new(clock::entropy()?);
        let digits = Zeroizing::new(data_encoding::HEXLOWER.encode(key.as_slice()));
        let failed = |err: std::io::Error| problem(path, &err.to_string());
        let mut text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let line = Zeroizing::new(format!("{kid} = {}\n", digits.as_str()));
        text.push_str(&line);
        // Beside it, so that the rename stays on one file system.
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = Path::new(&beside);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(beside)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| std::fs::rename(beside, path))
            .map_err(failed)?;
        Ok(kid)
    }

    /// The vault of a key file.
    ///
    /// # Errors
    /// When the file is missing, may be read by others, or is malformed.
    pub fn from_file(path: &Path) -> Result<Self, VaultError> {
        let file = OpenOptions::new()
            .read(true)
            .open(path)
            .map_err(|err| problem(path, &err.to_string()))?;
        let meta = file.metadata().map_err(|err| problem(path, &err.to_string()))?;
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(problem(path, "others may read it; run chmod 600 on it"));
        }
        let mut text = Zeroizing::new(String::new());
        file.take(MOST_BYTES)
            .read_to_string(&mut text)
            .map_err(|err| problem(path, &err.to_string()))?;
        let mut entries = Zeroizing::new(Vec::new());
        for (at, line) in text.lines().enumerate() {
            if let Some(entry) = read_line(line)
                .map_err(|what| problem(path, &format!("line {}: {what}", at + 1)))?
            {
                if entries.iter().any(|(kid, _)| *kid == entry.0) {
                    return Err(problem(path, &format!("line {}: key id used twice", at + 1)));
                }
                entries.push(entry);
            }
        }
        if entries.is_empty() {
            return Err(problem(path, "it holds no key"));
        }
        Self::from_entries(entries.iter().copied())
    }
}

fn read_line(line: &str) -> Result<Option<(u8, [u8; 32])>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (kid, digits) = line.split_once('=').ok_or("expected `kid = 64 hex digits`")?;
    let kid = kid.trim().parse().map_err(|_| "the key id must be a number from 0 to 255")?;
    let bytes = HEXLOWER_PERMISSIVE
        .decode(digits.trim().trim_matches('"').as_bytes())
        .map_err(|_| "the key must be 64 hex digits")?;
    let key = <[u8; 32]>::try_from(bytes).map_err(|_| "the key must be 64 hex digits")?;
    Ok(Some((kid, key)))
}

fn problem(path: &Path, what: &str) -> VaultError {
    VaultError::KeyFile { path: path.display().to_string(), problem: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        Vault::create_key_file(&path).unwrap();
        assert!(Vault::create_key_file(&path).is_err(), "never overwritten");
        assert_eq!(Vault::from_file(&path).unwrap().kids(), [1]);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refusal = Vault::from_file(&path).unwrap_err().to_string();
        assert!(refusal.contains("chmod 600"), "{refusal}");
    }

    #[test]
    fn a_malformed_key_file_names_the_line_and_never_the_key() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        for (text, wanted) in [
            ("# only a comment\n", "no key"),
            ("1 = abcd\n", "line 1"),
            ("\nx = 00\n", "line 2"),
            ("just words\n", "line 1"),
        ] {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            let refusal = Vault::from_file(&path).unwrap_err().to_string();
            assert!(refusal.contains(wanted), "{refusal}");
            assert!(!refusal.contains("abcd"), "{refusal}");
        }
    }
}
