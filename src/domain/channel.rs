//! How a contact came that was no e-mail: statutory notices arrive on paper too.

use super::ticket::words;

words! {
    /// A door besides the mailboxes; its word is the name the ledger knows it by.
    Channel {
        /// On paper.
        Letter = "letter",
        /// By telephone, noted by the person who answered.
        Phone = "phone",
        /// At the counter.
        WalkIn = "walk-in",
    }
}
