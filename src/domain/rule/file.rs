//! Shape of the rule files, as written by whoever runs the business.

use serde::Deserialize;
use serde_spanned::Spanned;

use std::collections::BTreeMap;

/// Everything one rule file may hold; a topic uses what it needs.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RuleFile {
    /// Named word lists: `[words] servicer = ["servicer", "lender"]`.
    pub(super) words: BTreeMap<String, Vec<Spanned<String>>>,
    /// How scores are weighed; in one file only.
    pub(super) scoring: Option<Scoring>,
    /// Categories with their scorecards.
    pub(super) category: Vec<Category>,
    /// Orthogonal facts.
    pub(super) flag: Vec<Flag>,
    /// Statutory kinds.
    pub(super) kind: Vec<Kind>,
    /// Where tickets wait.
    pub(super) queue: Vec<Queue>,
    /// Which mail goes where.
    pub(super) route: Vec<Route>,
    /// Mails with what they must become.
    pub(super) test: Vec<Test>,
}

/// Numbers that hold for all scorecards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scoring {
    /// Folded bytes at the beginning of the new text that count more.
    pub(super) opening: usize,
    /// Factor for evidence in the subject or the opening.
    pub(super) emphasis: f64,
    /// A matter needs this share of the best score.
    pub(super) margin: f64,
    /// Matters of one mail.
    pub(super) most_matters: usize,
}

impl Default for Scoring {
    fn default() -> Self {
        Self { opening: 300, emphasis: 1.5, margin: 0.3, most_matters: 5 }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Category {
    pub(super) id: Spanned<String>,
    pub(super) name: String,
    /// What label sets call it, to measure against; the id by default, empty
    /// when they have no word for it.
    pub(super) label: Option<String>,
    #[serde(default = "one")]
    pub(super) threshold: f64,
    /// Factor on the score when matters are put in order: below one for what
    /// people mention beside the matter they write about.
    #[serde(default = "one")]
    pub(super) lead: f64,
    /// Flags that put this matter before all others.
    #[serde(default)]
    pub(super) leads_with: Vec<Spanned<String>>,
    /// What is on file beside the words.
    #[serde(default)]
    pub(super) loan: Vec<LoanEvidence>,
    #[serde(default)]
    pub(super) evidence: Vec<Evidence>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoanEvidence {
    /// Signs, of which one is enough.
    pub(super) any: Vec<Spanned<String>>,
    pub(super) weight: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flag {
    pub(super) id: Spanned<String>,
    pub(super) name: String,
    /// What label sets call it, to measure against; the id by default, empty
    /// when they have no word for it.
    pub(super) label: Option<String>,
    #[serde(default = "one")]
    pub(super) threshold: f64,
    /// Raised when a sale date lies at most this many days ahead.
    pub(super) sale_within_days: Option<u16>,
    /// Raised when secrets are found.
    #[serde(default)]
    pub(super) secrets: bool,
    /// Raised by a person only; no mail raises it.
    #[serde(default)]
    pub(super) by_person: bool,
    #[serde(default)]
    pub(super) evidence: Vec<Evidence>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    pub(super) id: Spanned<String>,
    pub(super) name: String,
    /// What label sets call it, to measure against; the id by default, empty
    /// when they have no word for it.
    pub(super) label: Option<String>,
    /// The law, e.g. `12 CFR 1024.35`.
    pub(super) citation: String,
    /// From this score on its clock runs.
    pub(super) threshold: f64,
    /// From this score on nobody needs to confirm.
    pub(super) sure: f64,
    /// Categories, flags and other kinds that add weight when present.
    #[serde(default)]
    pub(super) context: Vec<Context>,
    /// Finer kinds, strictest first; the first that fits is taken.
    #[serde(default)]
    pub(super) sub: Vec<SubKind>,
    #[serde(default)]
    pub(super) evidence: Vec<Evidence>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Context {
    #[serde(default)]
    pub(super) categories: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) flags: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) kinds: Vec<Spanned<String>>,
    /// Counts only when the leading matter is one of `categories`.
    #[serde(default)]
    pub(super) leading: bool,
    pub(super) weight: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubKind {
    pub(super) id: Spanned<String>,
    pub(super) citation: String,
    #[serde(default)]
    pub(super) categories: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) evidence: Vec<Evidence>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Evidence {
    pub(super) id: Spanned<String>,
    #[serde(default = "one")]
    pub(super) weight: f64,
    /// Most that repeated matches add up to; the weight itself by default.
    pub(super) cap: Option<f64>,
    /// Parts it looks at; subject and new text by default.
    #[serde(default, rename = "in")]
    pub(super) fields: Vec<Spanned<String>>,
    pub(super) any: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) near: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) not: Vec<Spanned<String>>,
    #[serde(default = "within")]
    pub(super) within: usize,
    #[serde(default)]
    pub(super) all_of: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) any_of: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) none_of: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Queue {
    pub(super) id: Spanned<String>,
    pub(super) name: String,
    pub(super) tier: Spanned<u8>,
    #[serde(default)]
    pub(super) skills: Vec<String>,
    pub(super) languages: Vec<String>,
    /// Tickets that one agent may hold from it.
    pub(super) capacity: u32,
    /// Id of a business calendar.
    pub(super) calendar: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct When {
    pub(super) lead: Vec<Spanned<String>>,
    pub(super) matter: Vec<Spanned<String>>,
    pub(super) flag: Vec<Spanned<String>>,
    pub(super) kind: Vec<Spanned<String>>,
    pub(super) not_flag: Vec<Spanned<String>>,
    pub(super) trust: Vec<Spanned<String>>,
    pub(super) language: Vec<Spanned<String>>,
    /// Signs of the loan book.
    pub(super) loan: Vec<Spanned<String>>,
    /// States, two letters.
    pub(super) state: Vec<Spanned<String>>,
    pub(super) sale_within_days: Option<u16>,
    /// No matter passed.
    pub(super) abstained: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Floor {
    pub(super) tier: Spanned<u8>,
    /// Where a ticket goes whose queue is below that tier.
    pub(super) queue: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) id: Spanned<String>,
    #[serde(default)]
    pub(super) when: When,
    pub(super) queue: Option<Spanned<String>>,
    pub(super) priority: Option<Spanned<String>>,
    pub(super) hold: Option<String>,
    pub(super) floor: Option<Floor>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Test {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) from: Option<String>,
    pub(super) received_on: Option<String>,
    #[serde(default)]
    pub(super) attachments: Vec<String>,
    /// What the loan book tells: signs.
    #[serde(default)]
    pub(super) loan: Vec<Spanned<String>>,
    /// State of the sender's loan.
    pub(super) state: Option<String>,
    /// The first leads, all must be there; empty: the rules must abstain.
    pub(super) expect_matters: Option<Vec<String>>,
    #[serde(default)]
    pub(super) expect_no_matters: Vec<String>,
    /// `noe`, or `noe/b5` with the finer kind; empty: none at all.
    pub(super) expect_kinds: Option<Vec<String>>,
    #[serde(default)]
    pub(super) expect_no_kinds: Vec<String>,
    /// Empty: none at all.
    pub(super) expect_flags: Option<Vec<String>>,
    #[serde(default)]
    pub(super) expect_no_flags: Vec<String>,
    #[serde(default)]
    pub(super) expect_facts: BTreeMap<String, String>,
    pub(super) expect_queue: Option<String>,
    pub(super) expect_tier: Option<u8>,
    pub(super) expect_priority: Option<String>,
    pub(super) expect_hold: Option<String>,
    pub(super) expect_language: Option<String>,
}

const fn one() -> f64 {
    1.0
}

const fn within() -> usize {
    60
}
