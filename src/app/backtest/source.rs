//! Mail that is given for a backtest: a folder of mails, or a file of texts.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;

use crate::app::evaluate::Refusal;
use crate::app::evaluate::lines;
use crate::domain::digest::Digest;
use crate::domain::mail::{Address, InboundMail, TextSource};
use crate::mailbox::file::MAX_MAIL;

/// One text. Fields it does not name (labels, sources) are allowed.
#[derive(Clone, Debug, Deserialize)]
pub struct GivenText {
    /// Names it in the answer.
    pub key: String,
    /// What it says.
    pub text: String,
    /// Its subject, if it had one.
    #[serde(default)]
    pub subject: String,
    /// Sender's address; an unknown one without it.
    #[serde(default)]
    pub from: Option<String>,
    /// When it was received; now without it.
    #[serde(default)]
    pub received_at: Option<Timestamp>,
}

impl GivenText {
    /// The text as a plain mail.
    #[must_use]
    pub fn mail(&self, now: Timestamp) -> InboundMail {
        let address = self.from.clone().unwrap_or_else(|| "rosa@example.com".to_owned());
        let digest = Digest::of(self.text.as_bytes());
        InboundMail {
            raw_sha: digest,
            canonical_sha: digest,
            received_at: self.received_at.unwrap_or(now),
            size: self.text.len() as u64,
            from: vec![Address { name: String::new(), address }],
            subject: self.subject.clone(),
            text: self.text.clone(),
            text_source: TextSource::Plain,
            ..InboundMail::default()
        }
    }
}

/// Reads a file of texts: one JSON object a line.
///
/// # Errors
/// When it cannot be read, or with every wrong line.
pub fn read_texts(file: &Path) -> Result<Vec<GivenText>, Refusal> {
    lines::read(file, |text: &GivenText| {
        if text.text.trim().is_empty() {
            return Err("`text` is empty".to_owned());
        }
        Ok(())
    })
}

/// Every mail of a folder: of a Maildir those in `new` and `cur`, else the
/// files in it. By name; hidden files and links are left out.
///
/// # Errors
/// When the folder cannot be read.
pub fn list_mails(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let parts = ["new", "cur"].map(|part| folder.join(part));
    let folders: Vec<PathBuf> = if parts.iter().any(|part| part.is_dir()) {
        parts.into_iter().filter(|part| part.is_dir()).collect()
    } else {
        vec![folder.to_owned()]
    };
    let mut mails = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            if entry.file_type()?.is_file() && !is_hidden {
                mails.push(entry.path());
            }
        }
    }
    mails.sort();
    Ok(mails)
}

/// Bytes of a mail file and the time of the file.
pub(super) fn read_mail(path: &Path) -> io::Result<(Vec<u8>, Option<Timestamp>)> {
    let file = File::open(path)?;
    let changed_at = file.metadata()?.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
    let mut raw = Vec::new();
    file.take(MAX_MAIL + 1).read_to_end(&mut raw)?;
    if raw.len() as u64 > MAX_MAIL {
        return Err(io::Error::other(format!("holds more than {MAX_MAIL} bytes")));
    }
    Ok((raw, changed_at))
}
