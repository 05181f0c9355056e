//! What a sender's evidence is worth. Until authentication results are
//! evaluated, every sender is `unverified` or worse.

use super::ticket::words;

words! {
    /// Levels of trust, least first.
    Trust {
        /// Several senders, our own domain from outside, a look-alike.
        Suspicious = "suspicious",
        /// No authenticated evidence.
        Unverified = "unverified",
        /// Aligned authentication, an address nobody on a loan is known by.
        Authenticated = "authenticated",
        /// Aligned authentication, an address known for a party of the loan.
        Verified = "verified",
    }
}
