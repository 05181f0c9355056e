//! Bounds on what comes in.

use std::time::Duration;

use super::reader::Section;

/// `[limits]`
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Larger mails become a ticket from their header only. Bytes.
    pub max_mail_bytes: u64,
    /// How long a mailbox stays taken after the program that polls it died.
    pub poll_lease: Duration,
}

impl Limits {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let limits = Self {
            max_mail_bytes: section.size("max_mail_bytes"),
            poll_lease: section.duration("poll_lease"),
        };
        // The parsers were measured up to this size.
        if !(65_536..=64 * 1024 * 1024).contains(&limits.max_mail_bytes) {
            section.problem("max_mail_bytes", "is out of bounds", "write 64KiB to 64MiB");
        }
        section.end();
        limits
    }
}
