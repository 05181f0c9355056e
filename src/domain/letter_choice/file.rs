//! The shape of `rules/letters.toml`.

use serde::Deserialize;
use serde_spanned::Spanned;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LettersFile {
    pub(super) limits: LimitsRow,
    pub(super) locales: LocalesRow,
    pub(super) internal: InternalRow,
    pub(super) follow_up: FollowUpRow,
    #[serde(default)]
    pub(super) receipt: Vec<Spanned<ReceiptRow>>,
    #[serde(default)]
    pub(super) withhold: Vec<Spanned<WithholdRow>>,
    #[serde(default)]
    pub(super) letter: Vec<Spanned<LetterRow>>,
    #[serde(default)]
    pub(super) test: Vec<Spanned<TestRow>>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsRow {
    pub(super) address_per_day: u32,
    pub(super) address_per_week: u32,
    pub(super) unverified_per_day: u32,
    pub(super) unverified_per_week: u32,
    pub(super) all_per_hour: u32,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LocalesRow {
    pub(super) default: String,
    pub(super) written: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InternalRow {
    pub(super) clock: String,
}

/// The receipt of an answer that reopens a closed ticket.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FollowUpRow {
    pub(super) template: String,
}

/// What the law asks to be acknowledged in writing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiptRow {
    pub(super) kind: String,
    #[serde(default)]
    pub(super) without_kinds: Vec<String>,
    pub(super) clock: String,
    pub(super) citation: String,
    pub(super) is_met_by_consented_letter: bool,
}

/// When no letter is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WithholdRow {
    pub(super) reason: String,
    pub(super) flags_any: Vec<String>,
    pub(super) citation: String,
    #[serde(default)]
    pub(super) task: Option<String>,
    /// A neutral wording that may go out all the same, beside the task.
    #[serde(default)]
    pub(super) instead: Option<String>,
    /// A wording that only a person sends.
    #[serde(default)]
    pub(super) by_a_person: Option<String>,
}

/// Which letter; the first row whose every condition holds wins.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LetterRow {
    pub(super) id: String,
    pub(super) template: String,
    #[serde(default)]
    pub(super) kinds_all: Vec<String>,
    #[serde(default)]
    pub(super) kinds_any: Vec<String>,
    #[serde(default)]
    pub(super) flags_any: Vec<String>,
    #[serde(default)]
    pub(super) categories_any: Vec<String>,
    #[serde(default)]
    pub(super) queues_any: Vec<String>,
    /// Statutory kinds whose receipt this wording states.
    #[serde(default)]
    pub(super) states_receipt_of: Vec<String>,
}

/// A case beside the rows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestRow {
    pub(super) name: String,
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    #[serde(default)]
    pub(super) flags: Vec<String>,
    #[serde(default)]
    pub(super) categories: Vec<String>,
    #[serde(default)]
    pub(super) queue: String,
    #[serde(default)]
    pub(super) language: Option<String>,
    #[serde(default)]
    pub(super) has_esign_consent: bool,
    /// Whether the mail reopens a closed ticket.
    #[serde(default)]
    pub(super) follow_up: bool,
    #[serde(default)]
    pub(super) letter: Option<String>,
    #[serde(default)]
    pub(super) locale: Option<String>,
    #[serde(default)]
    pub(super) withheld: Option<String>,
    #[serde(default)]
    pub(super) meets: Vec<String>,
    /// `kind` or `kind:CLOCK`.
    #[serde(default)]
    pub(super) tasks: Vec<String>,
}
