//! The shape of `clocks*.toml` and `service.toml`, as written. Meaning is
//! checked in `check`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::trigger::Trigger;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileShape {
    #[serde(default)]
    pub(super) clock: Vec<Spanned<ClockShape>>,
    #[serde(default)]
    pub(super) test: Vec<Spanned<TestShape>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockShape {
    pub(super) id: Spanned<String>,
    pub(super) class: Spanned<String>,
    pub(super) name: String,
    #[serde(default)]
    pub(super) citation: String,
    #[serde(default = "receipt")]
    pub(super) starts_at: Spanned<String>,
    pub(super) calendar: Option<Spanned<String>>,
    // counted in days
    pub(super) unit: Option<Spanned<String>>,
    pub(super) target: Option<Spanned<i64>>,
    pub(super) counted_from: Option<Spanned<String>>,
    pub(super) days_before_sale: Option<Spanned<i64>>,
    pub(super) after: Option<Spanned<AfterShape>>,
    // counted in hours
    pub(super) hours: Option<Spanned<BTreeMap<String, i64>>>,
    #[serde(default)]
    pub(super) tier_hours: BTreeMap<String, Spanned<BTreeMap<String, i64>>>,
    #[serde(default)]
    pub(super) levels: Vec<Spanned<LevelShape>>,
    pub(super) satisfied_by: Spanned<Vec<String>>,
    pub(super) requires_writing: Option<bool>,
    pub(super) extension: Option<Spanned<ExtensionShape>>,
    #[serde(default)]
    pub(super) supersedes: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) is_answer: bool,
    #[serde(default)]
    pub(super) pauses_in: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    pub(super) warnings: Vec<Spanned<PointShape>>,
    pub(super) owners: Spanned<Vec<String>>,
    #[serde(default)]
    pub(super) when: Vec<Spanned<Trigger>>,
}

fn receipt() -> Spanned<String> {
    Spanned::new(0..0, "receipt".to_owned())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelShape {
    #[serde(default)]
    pub(super) categories: Vec<String>,
    #[serde(default)]
    pub(super) tiers: Vec<String>,
    #[serde(default)]
    pub(super) languages: Vec<String>,
    pub(super) hours: Spanned<BTreeMap<String, i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AfterShape {
    pub(super) days: i64,
    pub(super) unit: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtensionShape {
    pub(super) to: String,
    pub(super) with: String,
}

/// Exactly one of the fields but `tell` is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PointShape {
    pub(super) at_once: Option<bool>,
    pub(super) day: Option<i64>,
    pub(super) every_days: Option<i64>,
    pub(super) days_before_sale: Option<i64>,
    pub(super) due_day: Option<String>,
    pub(super) days_before_due: Option<i64>,
    pub(super) open_minutes: Option<i64>,
    pub(super) open_hours: Option<i64>,
    pub(super) every_open_hours: Option<i64>,
    pub(super) percent: Option<i64>,
    pub(super) tell: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestShape {
    pub(super) clock: String,
    pub(super) received: String,
    pub(super) sale_date: Option<String>,
    pub(super) priority: Option<String>,
    pub(super) tier: Option<String>,
    pub(super) category: Option<String>,
    pub(super) language: Option<String>,
    pub(super) due: String,
    pub(super) staffed: Option<String>,
    #[serde(default)]
    #[expect(dead_code, reason = "written for the reader of the rule file")]
    pub(super) why: String,
}
