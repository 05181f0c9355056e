//! What a letter must say and must never say, how hard it is to read, and how
//! two wordings differ: all that can be said about words without a person. The
//! table is data (`rules/letters-wording.toml`).

mod book;
mod change;
mod check;
mod difference;
mod file;
mod grade;
mod link;
mod phrase;

pub use book::WordingBook;
pub use change::{TwoWordings, WordingChange, changes};
pub use difference::{Piece, difference, words_of};
pub use grade::{Reading, read_english, read_spanish};
pub use link::is_own_host;
pub(in crate::domain) use phrase::Searched;

use std::collections::BTreeMap;

use super::ticket::words;

words! {
    /// To whom a wording may go. Written down in `template.toml`.
    Audience {
        /// Whoever wrote to us.
        Anyone = "anyone",
        /// A borrower under the protection of a bankruptcy case.
        Bankrupt = "bankrupt",
        /// A borrower who has an attorney.
        Represented = "represented",
        /// Somebody who may not be told of any debt.
        ThirdParty = "third-party",
    }
}

words! {
    /// By what way a wording leaves.
    LetterChannel {
        /// E-mail, as text and as HTML.
        Mail = "mail",
        /// Paper.
        Print = "print",
    }
}

/// One wording with sample values filled in.
#[derive(Clone, Copy, Debug)]
pub struct SampleWords<'a> {
    /// Template name.
    pub template: &'a str,
    /// To whom it goes.
    pub audience: Audience,
    /// `en` or `es`.
    pub locale: &'a str,
    /// Mail or paper.
    pub channel: LetterChannel,
    /// Whether the sample loan is collected by a debt collector.
    pub is_fdcpa_covered: bool,
    /// The subject; empty on paper.
    pub subject: &'a str,
    /// The text.
    pub text: &'a str,
    /// Field name → sample value.
    pub values: &'a BTreeMap<String, String>,
    /// Hosts that a link may point to, lower case.
    pub own_hosts: &'a [String],
}

/// One thing wrong with a wording.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WordingFinding {
    /// Whether it stands in the subject.
    pub is_in_subject: bool,
    /// Id of the row, or `reading`, `link`.
    pub rule: String,
    /// The words that are wrong; empty when something is missing.
    pub words: String,
    /// What is wrong, why, and what to write instead.
    pub message: String,
}
