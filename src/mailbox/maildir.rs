//! Mail out of a Maildir (<https://cr.yp.to/proto/maildir.html>): what another
//! program delivers into `new/` on this machine.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use tokio::fs;
use tokio::io::AsyncReadExt as _;

use super::Listed;

/// Folders that hold mail; `tmp/` holds mail that is still being written.
const FOLDERS: [&str; 2] = ["new", "cur"];
/// Where mail goes once the ledger has it (Maildir++ sub-folder).
const PUT_AWAY: &str = ".Processed";
/// Ways tried to find a free name for a mail that is put away.
const MAX_NAMES: u32 = 1000;

/// What can go wrong with a Maildir.
#[derive(Debug, thiserror::Error)]
pub enum MaildirError {
    /// The folder cannot be read or written.
    #[error("maildir {path}: {source}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The mail is no longer there: another program took it.
    #[error("no mail {key:?} in the maildir")]
    Gone {
        /// Its key.
        key: String,
    },
    /// The mail is over the size that may be read at once.
    #[error("mail {key:?} is larger than {limit} bytes")]
    TooLarge {
        /// Its key.
        key: String,
        /// The limit.
        limit: u64,
    },
    /// The key is no file name of a mail.
    #[error("{key:?} names no mail")]
    BadKey {
        /// What was asked for.
        key: String,
    },
}

/// One Maildir. The key of a mail is its file name without the flags behind
/// the colon: Maildir makes it unique, and only the flags ever change.
#[derive(Clone, Debug)]
pub struct MaildirSource {
    path: PathBuf,
}

impl MaildirSource {
    /// The Maildir at `path`, the folder that holds `new`, `cur` and `tmp`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Every mail in `new` and `cur`, oldest first, then by name. Links and
    /// whatever else is no plain file are passed over.
    ///
    /// # Errors
    /// When a folder cannot be read. A folder that is not there is empty.
    pub async fn list(&self) -> Result<Vec<Listed>, MaildirError> {
        let mut found = Vec::new();
        for folder in FOLDERS {
            self.list_folder(&self.path.join(folder), &mut found).await?;
        }
        found.sort_by(|(a_at, a), (b_at, b)| (a_at, &a.key).cmp(&(b_at, &b.key)));
        found.dedup_by(|(_, a), (_, b)| a.key == b.key);
        Ok(found.into_iter().map(|(_, listed)| listed).collect())
    }

    async fn list_folder(
        &self,
        folder: &Path,
        found: &mut Vec<(SystemTime, Listed)>,
    ) -> Result<(), MaildirError> {
        let fail = |source| MaildirError::Io { path: folder.to_owned(), source };
        let mut entries = match fs::read_dir(folder).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(fail(error)),
        };
        while let Some(entry) = entries.next_entry().await.map_err(fail)? {
            let name = entry.file_name();
            let Some(key) = name.to_str().map(key_of).filter(|key| is_key(key)) else { continue };
            // the mail may be moved by its reader between the two calls
            let Ok(meta) = fs::symlink_metadata(entry.path()).await else { continue };
            if meta.is_file() {
                let modified = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let received_at = Timestamp::try_from(modified).ok();
                let key = key.to_owned();
                found.push((modified, Listed { key, size: meta.len(), received_at }));
            }
        }
        Ok(())
    }

    /// All bytes of a mail of at most `limit` bytes.
    ///
    /// # Errors
    /// `Gone`, `TooLarge`, `BadKey`, or the operating system's.
    pub async fn fetch(&self, key: &str, limit: u64) -> Result<Vec<u8>, MaildirError> {
        let bytes = self.read(key, limit.saturating_add(1)).await?;
        if bytes.len() as u64 > limit {
            return Err(MaildirError::TooLarge { key: key.to_owned(), limit });
        }
        Ok(bytes)
    }

    /// The first `reach` bytes of a mail, for one that is over the size limit.
    ///
    /// # Errors
    /// `Gone`, `BadKey`, or the operating system's.
    pub async fn fetch_head(&self, key: &str, reach: u64) -> Result<Vec<u8>, MaildirError> {
        self.read(key, reach).await
    }

    async fn read(&self, key: &str, reach: u64) -> Result<Vec<u8>, MaildirError> {
        let path = self.find(key).await?.ok_or_else(|| gone(key))?;
        let fail = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => gone(key),
            _ => MaildirError::Io { path: path.clone(), source },
        };
        let file = fs::File::open(&path).await.map_err(fail)?;
        let mut bytes = Vec::new();
        file.take(reach).read_to_end(&mut bytes).await.map_err(fail)?;
        Ok(bytes)
    }

    /// Moves a mail to `cur` of the sub-folder `.Processed` by one rename, so
    /// that it is always in exactly one place. A mail that is gone is put away
    /// already. The move is not forced to disk: should a power cut undo it, the
    /// mail is listed again, and the ledger knows it.
    ///
    /// # Errors
    /// When the folder cannot be made or the file cannot be moved.
    pub async fn put_away(&self, key: &str) -> Result<(), MaildirError> {
        let Some(from) = self.find(key).await? else { return Ok(()) };
        let target = self.path.join(PUT_AWAY);
        for folder in ["cur", "new", "tmp"] {
            let folder = target.join(folder);
            fs::create_dir_all(&folder)
                .await
                .map_err(|source| MaildirError::Io { path: folder.clone(), source })?;
        }
        let to = free_name(&target.join("cur"), &from).await?;
        match fs::rename(&from, &to).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(MaildirError::Io { path: from, source }),
        }
    }

    /// The plain file of `key` in whichever folder it lies now.
    async fn find(&self, key: &str) -> Result<Option<PathBuf>, MaildirError> {
        if !is_key(key) {
            return Err(MaildirError::BadKey { key: key.to_owned() });
        }
        for folder in FOLDERS {
            let folder = self.path.join(folder);
            // the usual names first: reading a full folder for each mail is slow
            for flags in ["", ":2,", ":2,S", ":2,RS"] {
                let path = folder.join(format!("{key}{flags}"));
                if is_plain_file(&path).await {
                    return Ok(Some(path));
                }
            }
            let fail = |source| MaildirError::Io { path: folder.clone(), source };
            let mut entries = match fs::read_dir(&folder).await {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(fail(error)),
            };
            while let Some(entry) = entries.next_entry().await.map_err(fail)? {
                let is_it = entry.file_name().to_str().is_some_and(|name| key_of(name) == key);
                if is_it && is_plain_file(&entry.path()).await {
                    return Ok(Some(entry.path()));
                }
            }
        }
        Ok(None)
    }
}

/// File name without the flags.
fn key_of(name: &str) -> &str {
    name.split_once(':').map_or(name, |(key, _)| key)
}

/// Names that begin with a dot are not mail, and a key never leaves its folder.
fn is_key(key: &str) -> bool {
    !key.is_empty() && !key.starts_with('.') && !key.contains(['/', '\\', '\0', ':'])
}

fn gone(key: &str) -> MaildirError {
    MaildirError::Gone { key: key.to_owned() }
}

async fn is_plain_file(path: &Path) -> bool {
    fs::symlink_metadata(path).await.is_ok_and(|meta| meta.is_file())
}

/// A name in `folder` that nothing has: a rename would replace another mail.
async fn free_name(folder: &Path, from: &Path) -> Result<PathBuf, MaildirError> {
    let name = from.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let (key, flags) = name.split_once(':').unwrap_or((name, "2,"));
    for number in 0..MAX_NAMES {
        let copy = if number == 0 { String::new() } else { format!(".{number}") };
        let path = folder.join(format!("{key}{copy}:{flags}"));
        match fs::symlink_metadata(&path).await {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            Err(source) => return Err(MaildirError::Io { path, source }),
        }
    }
    let source = io::Error::from(io::ErrorKind::AlreadyExists);
    Err(MaildirError::Io { path: folder.to_owned(), source })
}
