//! The shape of `rules/letters-wording.toml`.

use serde::Deserialize;
use serde_spanned::Spanned;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WordingFile {
    pub(super) reading: ReadingRow,
    #[serde(default)]
    pub(super) require: Vec<Spanned<RequireRow>>,
    #[serde(default)]
    pub(super) forbid: Vec<Spanned<ForbidRow>>,
}

/// How hard a letter may be to read.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadingRow {
    pub(super) en_grade_at_most: f64,
    pub(super) es_index_at_least: f64,
}

/// What must be there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequireRow {
    pub(super) id: String,
    pub(super) says: String,
    pub(super) because: String,
    #[serde(default)]
    pub(super) templates: Vec<String>,
    #[serde(default)]
    pub(super) except: Vec<String>,
    #[serde(default)]
    pub(super) audiences: Vec<String>,
    #[serde(default)]
    pub(super) channels: Vec<String>,
    /// Only for loans that a debt collector collects.
    #[serde(default)]
    pub(super) when_fdcpa: bool,
    /// Fields whose value must be there.
    #[serde(default)]
    pub(super) values: Vec<String>,
    #[serde(default)]
    pub(super) en: Vec<String>,
    #[serde(default)]
    pub(super) es: Vec<String>,
}

/// What must not be there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForbidRow {
    pub(super) id: String,
    pub(super) says: String,
    pub(super) because: String,
    #[serde(default)]
    pub(super) templates: Vec<String>,
    #[serde(default)]
    pub(super) audiences: Vec<String>,
    #[serde(default)]
    pub(super) en: Vec<String>,
    #[serde(default)]
    pub(super) es: Vec<String>,
    /// Longer phrases in which a forbidden one may stand.
    #[serde(default)]
    pub(super) unless_en: Vec<String>,
    #[serde(default)]
    pub(super) unless_es: Vec<String>,
    /// Regular expressions over the folded text of any language.
    #[serde(default)]
    pub(super) patterns: Vec<String>,
}
