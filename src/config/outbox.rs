//! How letters leave.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Section;

/// Where letters go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkKind {
    /// To the relay of `[smtp]`.
    Smtp,
    /// Into a folder, as `.eml` files.
    Directory,
}

/// `[outbox]`
#[derive(Clone, Debug)]
pub struct Outbox {
    /// Where letters go.
    pub sink: SinkKind,
    /// Folder of the directory sink.
    pub path: PathBuf,
    /// Longest wait between two looks.
    pub poll_interval: Duration,
}

impl Outbox {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let words = [("smtp", SinkKind::Smtp), ("directory", SinkKind::Directory)];
        let outbox = Self {
            sink: section.word("sink", &words).unwrap_or(SinkKind::Directory),
            path: PathBuf::from(section.text("path")),
            poll_interval: section.duration("poll_interval"),
        };
        if outbox.path.as_os_str().is_empty() {
            section.problem("path", "is empty", "write the folder for .eml files");
        }
        section.end();
        outbox
    }
}
