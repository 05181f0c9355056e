//! The shape of `rules/send_guard.toml`.

use serde::Deserialize;
use toml::Spanned;

use super::Outcome;

/// What a rule looks for in a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sought {
    /// Nothing: the letter itself is the finding, where the conditions hold.
    AnyLetter,
    /// Words (`en`, `es`) or `patterns` that are there.
    Phrase,
    /// Required contents that are not there: one whole `[[rule.either]]`.
    Contents,
    /// Rows of `letters-wording.toml` whose words are there.
    Wording,
    /// Numbers and passwords that never travel by mail.
    Secret,
    /// A name that is nobody's on the ticket.
    Name,
    /// A loan number that is not of the ticket's loans.
    Number,
    /// A mail address that is neither theirs nor ours.
    Address,
    /// The number of another ticket.
    Ticket,
    /// Another language than the requester is written to.
    Language,
}

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GuardFile {
    pub(super) rule: Vec<Spanned<RuleRow>>,
    #[serde(default)]
    pub(super) test: Vec<Spanned<TestRow>>,
}

/// One rule: when it is asked, what it looks for, and what it does then.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleRow {
    pub(super) id: String,
    pub(super) looks_for: Sought,
    pub(super) outcome: Outcome,
    pub(super) says: String,
    pub(super) fix: String,
    pub(super) because: String,
    // Conditions: all that are written must hold.
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    #[serde(default)]
    pub(super) except_kinds: Vec<String>,
    #[serde(default)]
    pub(super) flags_any: Vec<String>,
    #[serde(default)]
    pub(super) clocks_any: Vec<String>,
    #[serde(default)]
    pub(super) when_unproven: bool,
    #[serde(default)]
    pub(super) when_nothing_is_attached: bool,
    // What is looked for.
    #[serde(default)]
    pub(super) en: Vec<String>,
    #[serde(default)]
    pub(super) es: Vec<String>,
    #[serde(default)]
    pub(super) patterns: Vec<String>,
    #[serde(default)]
    pub(super) wording: Vec<String>,
    #[serde(default)]
    pub(super) either: Vec<ContentsRow>,
}

/// One way in which the required contents are complete.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContentsRow {
    pub(super) en: Vec<String>,
    pub(super) es: Vec<String>,
}

/// A letter beside the rules, and what must be found in it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestRow {
    pub(super) name: String,
    pub(super) text: String,
    #[serde(default = "answer")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) subject: String,
    #[serde(default = "english")]
    pub(super) language: String,
    #[serde(default)]
    pub(super) flags: Vec<String>,
    #[serde(default)]
    pub(super) clocks: Vec<String>,
    #[serde(default)]
    pub(super) proven: bool,
    #[serde(default)]
    pub(super) attachments: usize,
    #[serde(default)]
    pub(super) names: Vec<String>,
    #[serde(default)]
    pub(super) loan_numbers: Vec<String>,
    #[serde(default)]
    pub(super) other_loans: Vec<String>,
    /// Exactly these rules, in any order.
    #[serde(default)]
    pub(super) expect: Vec<String>,
}

fn answer() -> String {
    "answer".to_owned()
}

fn english() -> String {
    "en".to_owned()
}
