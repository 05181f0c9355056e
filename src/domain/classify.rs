//! What a mail means: matters with weighted evidence, statutory kinds, flags,
//! facts. Spans are byte offsets into the field they name.

use serde::{Deserialize, Serialize};

use super::origin::OriginEvidence;
use super::ticket::words;

words! {
    /// Part of a mail that evidence was found in.
    Field {
        /// The subject.
        Subject = "subject",
        /// What the sender newly wrote.
        NewText = "new_text",
        /// What the sender quoted.
        QuotedText = "quoted_text",
        /// Names and types of attachments.
        Attachments = "attachments",
        /// Sender's address.
        Sender = "sender",
    }
}

/// Where evidence lies. Holds no words of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// In which part.
    pub field: Field,
    /// First byte, in the UTF-8 text of that part.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

/// One rule that fired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Id of the rule's evidence line, e.g. `escrow.shortage`.
    pub rule: String,
    /// Weight it added; negative weights speak against.
    pub weight: f64,
    /// Where it matched, at most eight places.
    pub spans: Vec<Span>,
}

/// One category with its score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredCategory {
    /// Category id of the policy.
    pub category: String,
    /// Sum of the weights of its evidence.
    pub score: f64,
    /// Score it needs to become a matter.
    pub threshold: f64,
    /// What fired.
    pub evidence: Vec<Evidence>,
}

/// A statutory kind seen in the mail, e.g. `noe`, `rfi`, `qwr`, `payoff_request`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatutoryKind {
    /// Id of the kind.
    pub kind: String,
    /// Finer kind, e.g. the 35(b) paragraph `b5`; empty when none applies.
    pub sub_kind: String,
    /// Doubtful: the clock runs all the same, and a person must confirm.
    pub is_to_confirm: bool,
    /// What fired.
    pub evidence: Vec<Evidence>,
}

/// An orthogonal fact, e.g. `attorney`, `foreclosure_sale`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// Flag id of the policy.
    pub flag: String,
    /// What fired.
    pub evidence: Vec<Evidence>,
}

/// A value read out of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is: `sale_date`, `loan_number`, `amount`, `answer_by` …
    pub fact: String,
    /// Normalised value for dates (`2026-12-01`); empty for private values,
    /// whose span is enough.
    pub value: String,
    /// Where.
    pub span: Span,
}

/// Flag of a mail that holds a number or word that should not have been sent.
pub const CONTAINS_SECRETS: &str = "contains-secrets";

/// Everything the rules say about one mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Understanding {
    /// Person, machine, bounce …
    pub origin: OriginEvidence,
    /// `en`, `es`, or another ISO 639-1 code.
    pub language: String,
    /// Categories that passed, most urgent first. Empty: abstained.
    pub matters: Vec<ScoredCategory>,
    /// Best category that did not pass, if any scored at all.
    pub runner_up: Option<ScoredCategory>,
    /// Statutory kinds.
    pub kinds: Vec<StatutoryKind>,
    /// Flags.
    pub flags: Vec<Flag>,
    /// Facts.
    pub facts: Vec<Fact>,
    /// Byte ranges of the body text that are new (not quoted, not signature).
    pub new_text: Vec<(u32, u32)>,
}

impl Understanding {
    /// Everything that fired for a matter, a kind or a flag, secrets apart.
    pub fn evidence(&self) -> impl Iterator<Item = &Evidence> {
        let matters = self.matters.iter().flat_map(|matter| &matter.evidence);
        let kinds = self.kinds.iter().flat_map(|kind| &kind.evidence);
        let flags = self.flags.iter().filter(|flag| flag.flag != CONTAINS_SECRETS);
        matters.chain(kinds).chain(flags.flat_map(|flag| &flag.evidence))
    }

    /// Where secrets stand: numbers and words that should not have been sent.
    pub fn secrets(&self) -> impl Iterator<Item = &Evidence> {
        let flags = self.flags.iter().filter(|flag| flag.flag == CONTAINS_SECRETS);
        flags.flat_map(|flag| &flag.evidence)
    }

    /// Whether `flag` was raised.
    #[must_use]
    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|raised| raised.flag == flag)
    }

    /// Whether statutory `kind` was seen.
    #[must_use]
    pub fn has_kind(&self, kind: &str) -> bool {
        self.kinds.iter().any(|seen| seen.kind == kind)
    }

    /// First value of `fact`.
    #[must_use]
    pub fn fact(&self, fact: &str) -> Option<&Fact> {
        self.facts.iter().find(|found| found.fact == fact)
    }
}
