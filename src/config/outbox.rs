//! How letters leave.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Section;
use super::smtp::Smtp;

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
    /// How long a letter stays taken; more than [`Smtp::longest_attempt`].
    pub lease: Duration,
    /// How long an uncertain letter waits for a bounce.
    pub uncertain_after: Duration,
}

impl Outbox {
    pub(crate) fn read(section: &Section<'_>, sink: SinkKind, smtp: &Smtp) -> Self {
        let outbox = Self {
            sink,
            path: PathBuf::from(section.text("path")),
            poll_interval: section.duration("poll_interval"),
            lease: section.duration("lease"),
            uncertain_after: section.duration("uncertain_after"),
        };
        let longest = smtp.longest_attempt();
        if outbox.lease <= longest {
            let fix = format!("write more than {}s, what one letter may take", longest.as_secs());
            section.problem("lease", "may run out under a letter on its way", &fix);
        }
        if outbox.path.as_os_str().is_empty() {
            section.problem("path", "is empty", "write the folder for .eml files");
        }
        section.end();
        outbox
    }
}

/// Where letters go; asked before the relay is read, which only SMTP needs.
pub(crate) fn sink(section: &Section<'_>) -> SinkKind {
    let words = [("smtp", SinkKind::Smtp), ("directory", SinkKind::Directory)];
    section.word("sink", &words).unwrap_or(SinkKind::Directory)
}
