//! Bounds on what comes in.

use super::reader::Section;

/// `[limits]`
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Larger mails become a ticket from their header only. Bytes.
    pub max_mail_bytes: u64,
    /// Mails fetched and decided in one transaction.
    pub batch: u32,
    /// Strikes after which a mail is kept as unparseable.
    pub max_strikes: u32,
}

impl Limits {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let limits = Self {
            max_mail_bytes: section.size("max_mail_bytes"),
            batch: section.integer("batch", 1, 1_000),
            max_strikes: section.integer("max_strikes", 1, 20),
        };
        // The parsers were measured up to this size.
        if !(65_536..=64 * 1024 * 1024).contains(&limits.max_mail_bytes) {
            section.problem("max_mail_bytes", "is out of bounds", "write 64KiB to 64MiB");
        }
        section.end();
        limits
    }
}
