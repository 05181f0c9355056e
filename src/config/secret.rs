//! Where a secret is kept; its value never stands in a configuration file,
//! an argument or a log.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// A file to read when the secret is needed, or a value the environment gave.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// Read by [`SecretSource::load`], not when the configuration is.
    File(PathBuf),
    /// From an environment variable, read once.
    Held(SecretString),
}

/// Why a secret could not be had. Never holds the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file could not be read.
    #[error("the secret file {path} cannot be read")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file has no text in it.
    #[error("the secret file {path} is empty")]
    Empty {
        /// Which.
        path: PathBuf,
    },
    /// Everyone on the machine can read it.
    #[error("the secret file {path} is readable by every user; run chmod 600 on it")]
    TooOpen {
        /// Which.
        path: PathBuf,
    },
}

impl SecretSource {
    /// The secret, without a line end after it.
    ///
    /// # Errors
    /// When the file is missing, empty, or readable by every user.
    pub fn load(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Held(secret) => Ok(secret.clone()),
            Self::File(path) => read_file(path),
        }
    }
}

fn read_file(path: &Path) -> Result<SecretString, SecretError> {
    let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
    if is_open_to_all(path).map_err(unreadable)? {
        return Err(SecretError::TooOpen { path: path.to_owned() });
    }
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(path).map_err(unreadable)?);
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(SecretError::Empty { path: path.to_owned() }),
        secret => Ok(SecretString::from(secret.to_owned())),
    }
}

fn is_open_to_all(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o007 != 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, SecretSource) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        (dir, SecretSource::File(path))
    }

    #[test]
    fn a_line_end_is_no_part_of_the_secret_and_a_space_is() {
        let (_dir, source) = file("open sesame \r\n", 0o600);
        assert_eq!(source.load().unwrap().expose_secret(), "open sesame ");
    }

    #[test]
    fn a_secret_that_every_user_can_read_is_refused() {
        let (_dir, source) = file("open sesame", 0o644);
        assert!(matches!(source.load(), Err(SecretError::TooOpen { .. })));
    }

    #[test]
    fn an_empty_or_missing_secret_file_is_an_error() {
        let (_dir, source) = file("\n", 0o600);
        assert!(matches!(source.load(), Err(SecretError::Empty { .. })));
        let missing = SecretSource::File(PathBuf::from("/nonexistent/secret"));
        assert!(matches!(missing.load(), Err(SecretError::Unreadable { .. })));
    }

    #[test]
    fn printing_a_held_secret_shows_nothing_of_it() {
        let held = SecretSource::Held(SecretString::from("open sesame"));
        assert!(!format!("{held:?}").contains("sesame"));
    }
}
