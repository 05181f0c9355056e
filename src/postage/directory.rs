//! Writes letters as files instead of sending them. A file is either whole and
//! on disk, or not there.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::clean;

/// A directory that letters are written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectorySink {
    /// The directory; made when absent.
    pub path: PathBuf,
}

impl DirectorySink {
    /// Writes `<message-id>.eml` and returns once file and name are on disk.
    /// The same letter again replaces its file: there is never a second copy.
    ///
    /// # Errors
    /// When the Message-ID cannot be a file name, or the disk refuses.
    pub async fn deliver(&self, message_id: &str, bytes: &[u8]) -> io::Result<PathBuf> {
        if !clean::is_plain_message_id(message_id) || message_id.contains(['/', '\\', ':']) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a Message-ID of ours"));
        }
        fs::create_dir_all(&self.path).await?;
        let whole = self.path.join(format!("{message_id}.eml"));
        let part = self.path.join(format!(".{message_id}.part"));
        write_synced(&part, bytes).await?;
        fs::rename(&part, &whole).await?;
        // The name lies in the directory: without this a power cut forgets it.
        File::open(&self.path).await?.sync_all().await?;
        Ok(whole)
    }
}

async fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(path).await?;
    file.write_all(bytes).await?;
    file.flush().await?;
    file.sync_all().await
}
