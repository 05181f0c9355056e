//! What speaks against a person's letter before it leaves: to the wrong
//! borrower, a secret, a loan fact to somebody unproven. The table of rules is
//! data (`rules/send_guard.toml`); a finding blocks, or asks whoever writes.

mod book;
mod check;
mod contents;
mod file;
mod self_test;
mod stranger;

use serde::Serialize;

use super::classify::{Field, Span};
use super::ticket::words;
use super::wording::WordingBook;

pub use book::GuardBook;
pub(in crate::domain) use check::Known;
pub use stranger::numbers_in;

/// Places of one finding that are kept.
const MOST_PLACES: usize = 8;
/// Bytes of a letter that are looked at; a letter is shorter.
const MOST_TEXT: usize = 256 * 1024;

words! {
    /// What a finding does.
    Outcome {
        /// Whoever writes says that it is meant, and that is on record.
        Asks = "asks",
        /// A supervisor releases it with a reason.
        Blocks = "blocks",
    }
}

/// A letter as its writer wants it to leave.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Id of its kind in `rules/replies.toml`.
    pub kind: &'a str,
    /// Its subject; empty for the neutral one.
    pub subject: &'a str,
    /// Its words, without the lines that are put below them.
    pub text: &'a str,
    /// Files that go with it.
    pub attachments: usize,
}

/// To whom a letter goes, and what of theirs it may name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressee {
    /// Names that it may greet: as they sign, and as the loan book has a proven one.
    pub names: Vec<String>,
    /// Addresses that it may name.
    pub addresses: Vec<String>,
    /// Numbers of the ticket's loans, normalised, and those their mails name.
    pub loan_numbers: Vec<String>,
    /// Numbers in the letter that the loan book has for other loans, normalised.
    pub other_loans: Vec<String>,
    /// Whether we collect one of the loans as a debt collector (15 USC 1692a(6)).
    pub is_fdcpa_covered: bool,
}

/// What is known about the ticket that a letter answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    /// Number of the ticket.
    pub ticket: String,
    /// The language that the requester is written to.
    pub language: String,
    /// Flags of the ticket.
    pub flags: Vec<String>,
    /// Kinds of its clocks that are open.
    pub clocks: Vec<String>,
    /// Whether the requester has proven who they are.
    pub is_proven: bool,
    /// Domains that are ours.
    pub own_domains: Vec<String>,
    /// To whom it goes.
    pub addressee: Addressee,
}

/// One thing that speaks against a letter. Holds none of its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Id of the rule.
    pub rule: String,
    /// What it does.
    pub outcome: Outcome,
    /// Where: `subject`, or `new_text` for the words of the letter. Empty when
    /// the letter as a whole is meant, or something is missing.
    pub places: Vec<Span>,
    /// What is wrong.
    #[serde(skip)]
    pub says: String,
    /// What to do about it.
    #[serde(skip)]
    pub fix: String,
}

impl Finding {
    /// The line of `text` that it begins on, from 1; `None` when it is about no
    /// place in the text.
    #[must_use]
    pub fn line(&self, text: &str) -> Option<usize> {
        let place = self.places.iter().find(|place| place.field == Field::NewText)?;
        let before = text.as_bytes().get(..place.start as usize)?;
        Some(before.iter().filter(|byte| **byte == b'\n').count() + 1)
    }
}

/// Everything that speaks against `letter`, what blocks first.
#[must_use]
pub fn examine(
    book: &GuardBook,
    wording: &WordingBook,
    letter: &Outgoing<'_>,
    situation: &Situation,
) -> Vec<Finding> {
    let mut findings = book.findings(wording, letter, situation);
    findings.sort_by(|one, other| {
        (other.outcome, &one.rule, &one.places).cmp(&(one.outcome, &other.rule, &other.places))
    });
    findings
}
