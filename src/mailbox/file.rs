//! Mail out of `.eml` files or standard input, one mail each: for trying
//! things out, and for bringing in mail by hand.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tokio::fs;

/// Largest mail that is read, in bytes: 35 MB, what mail servers let through.
pub const MAX_MAIL: u64 = 35_000_000;

/// Why a file gave no mail.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file, or `-`.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// It is no plain file.
    #[error("{} is not a file with one mail in it", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// More bytes than a mail may have.
    #[error("{} holds more than {limit} bytes, the most that one mail may have", path.display())]
    TooLarge {
        /// The file, or `-`.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
}

/// The bytes of one mail and where they came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileMail {
    /// Path as given, or `-` for standard input.
    pub path: PathBuf,
    /// All bytes.
    pub raw: Vec<u8>,
    /// Time of the file; `None` for standard input.
    pub received_at: Option<Timestamp>,
}

/// Reads the mail in one file; the path `-` is standard input.
///
/// # Errors
/// When it cannot be read, is no plain file, or is over [`MAX_MAIL`].
pub async fn read(path: &Path) -> Result<FileMail, FileError> {
    if path == Path::new("-") {
        let read = || read_capped(io::stdin().lock(), Path::new("-"), MAX_MAIL);
        let raw = tokio::task::spawn_blocking(read).await.map_err(|error| FileError::Io {
            path: path.to_owned(),
            source: io::Error::other(error),
        })??;
        return Ok(FileMail { path: path.to_owned(), raw, received_at: None });
    }
    let fail = |source| FileError::Io { path: path.to_owned(), source };
    let meta = fs::metadata(path).await.map_err(fail)?;
    if !meta.is_file() {
        return Err(FileError::NotAFile { path: path.to_owned() });
    }
    let received_at = meta.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
    let file = fs::File::open(path).await.map_err(fail)?.into_std().await;
    let owned = path.to_owned();
    let raw = tokio::task::spawn_blocking(move || read_capped(file, &owned, MAX_MAIL))
        .await
        .map_err(|error| fail(io::Error::other(error)))??;
    Ok(FileMail { path: path.to_owned(), raw, received_at })
}

/// Reads `source` to its end, refusing anything over `limit` bytes.
fn read_capped(source: impl Read, path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let mut raw = Vec::new();
    let read = source.take(limit.saturating_add(1)).read_to_end(&mut raw);
    read.map_err(|source| FileError::Io { path: path.to_owned(), source })?;
    if raw.len() as u64 > limit {
        return Err(FileError::TooLarge { path: path.to_owned(), limit });
    }
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_refused_and_one_at_it_is_read() {
        let path = Path::new("-");
        assert_eq!(read_capped(&b"12345"[..], path, 5).unwrap(), b"12345");
        let refused = read_capped(&b"123456"[..], path, 5).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "- holds more than 5 bytes, the most that one mail may have"
        );
    }

    #[tokio::test]
    async fn a_folder_is_no_mail() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read(folder.path()).await, Err(FileError::NotAFile { .. })));
        let file = folder.path().join("a.eml");
        std::fs::write(&file, b"Subject: x\r\n\r\ny").unwrap();
        let mail = read(&file).await.unwrap();
        assert_eq!(mail.raw, b"Subject: x\r\n\r\ny");
        assert!(mail.received_at.is_some());
    }
}
