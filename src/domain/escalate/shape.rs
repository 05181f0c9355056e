//! The shape of `escalation*.toml`, as written. Meaning is checked in `check`.

use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileShape {
    pub(super) quiet: Option<Spanned<QuietShape>>,
    #[serde(default)]
    pub(super) ladder: Vec<Spanned<LadderShape>>,
    #[serde(default)]
    pub(super) test: Vec<Spanned<TestShape>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuietShape {
    pub(super) calendar: String,
    pub(super) digest_minutes: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LadderShape {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) on: Spanned<OnShape>,
    #[serde(default)]
    pub(super) only: OnlyShape,
    #[serde(default)]
    pub(super) is_statutory: bool,
    #[serde(default)]
    pub(super) step: Vec<Spanned<StepShape>>,
}

/// Exactly one of the fields is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnShape {
    pub(super) clock: Option<ClockShape>,
    pub(super) flags: Option<Vec<String>>,
    pub(super) subject: Option<Vec<String>>,
    pub(super) unanswered: Option<u32>,
    pub(super) age_hours: Option<u16>,
    pub(super) reopened: Option<u32>,
    pub(super) bounced: Option<bool>,
}

/// Exactly one of percent, before_due_hours, after_due_hours and at_due.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockShape {
    pub(super) class: Option<String>,
    #[serde(default)]
    pub(super) kinds: Vec<String>,
    #[serde(default)]
    pub(super) is_answer: bool,
    pub(super) percent: Option<u8>,
    pub(super) before_due_hours: Option<u16>,
    pub(super) after_due_hours: Option<u16>,
    pub(super) breach: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnlyShape {
    #[serde(default)]
    pub(super) categories: Vec<String>,
    #[serde(default)]
    pub(super) queues: Vec<String>,
    pub(super) priority: Option<String>,
    #[serde(default)]
    pub(super) without_flags: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepShape {
    pub(super) after_minutes: Option<u32>,
    pub(super) after_open_minutes: Option<u32>,
    #[serde(default)]
    pub(super) notify: Vec<String>,
    #[serde(default)]
    pub(super) webhooks: Vec<String>,
    #[serde(default)]
    pub(super) pages: Vec<String>,
    pub(super) priority: Option<String>,
    pub(super) queue: Option<String>,
    #[serde(default)]
    pub(super) assigns: bool,
    pub(super) task: Option<String>,
    pub(super) letter: Option<String>,
    pub(super) claim_within_minutes: Option<u32>,
}

/// A ladder that begins then, and when its steps come if nobody claims it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestShape {
    pub(super) ladder: String,
    pub(super) begins: String,
    pub(super) steps: Vec<String>,
}
