//! Decides which letter answers a mail, or why none does and what a person
//! must do instead. The table is data (`rules/letters.toml`); the order of the
//! questions is code: may we write at all, then limits, then which wording.

mod book;
mod check;
mod file;
mod selftest;

pub use book::{LetterBook, Limits};

use serde::{Deserialize, Serialize};

use super::classify::Understanding;
use super::receive::Known;
use super::ticket::Tier;
use super::trust::Trust;

/// All that the choice depends on.
#[derive(Clone, Copy, Debug)]
pub struct ChoiceInput<'a> {
    /// What the rules saw, the origin included.
    pub understanding: &'a Understanding,
    /// What the sender's evidence is worth.
    pub trust: Trust,
    /// Limits and consent, as the store counted them.
    pub known: &'a Known,
    /// Queue the ticket goes to.
    pub queue: &'a str,
    /// Its tier.
    pub tier: Tier,
    /// Whether there is exactly one address a letter could go to.
    pub has_recipient: bool,
    /// Whether the mail reopens a closed ticket.
    pub is_follow_up: bool,
}

/// Work for a person that the choice asks for; the core adds id and date.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskWanted {
    /// What to do: `send_written_acknowledgment`, `answer_attorney` …
    pub kind: String,
    /// Clock kind whose due date it has; `None` = the internal date.
    pub clock_kind: Option<String>,
}

/// The outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterChoice {
    /// A letter goes out.
    Send {
        /// Template name.
        template: String,
        /// `en` or `es`.
        locale: String,
        /// Clock kinds it meets when handed over, sorted.
        meets: Vec<String>,
        /// What a person must do all the same, sorted.
        tasks: Vec<TaskWanted>,
        /// Id of the row that chose the template.
        rule: String,
    },
    /// No letter.
    Withhold {
        /// Why, in a closed set of words: `automatic`, `no_recipient`,
        /// `undeliverable`, `suspicious`, `unauthenticated`, `limit`, or the reason of a
        /// `[[withhold]]` row.
        reason: String,
        /// Clock kinds met by the very record of this reason, e.g. `INT_ACK`.
        meets: Vec<String>,
        /// What a person must do, sorted.
        tasks: Vec<TaskWanted>,
        /// Section of law or house rule behind the reason.
        because: String,
    },
}

impl LetterChoice {
    /// One line for the trace.
    #[must_use]
    pub fn explain(&self) -> String {
        match self {
            Self::Send { template, locale, meets, tasks, rule } => format!(
                "{template} ({locale}) by row {rule}; meets {}; {}",
                listed(meets.iter().map(String::as_str)),
                tasks_listed(tasks)
            ),
            Self::Withhold { reason, tasks, because, .. } => {
                format!("withheld: {reason} ({because}); {}", tasks_listed(tasks))
            }
        }
    }

    /// Tasks of either outcome.
    #[must_use]
    pub fn tasks(&self) -> &[TaskWanted] {
        match self {
            Self::Send { tasks, .. } | Self::Withhold { tasks, .. } => tasks,
        }
    }
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<&str> = words.collect();
    if words.is_empty() { "no clock".to_owned() } else { words.join(", ") }
}

fn tasks_listed(tasks: &[TaskWanted]) -> String {
    let line = |task: &TaskWanted| match &task.clock_kind {
        Some(clock) => format!("{} for {clock}", task.kind),
        None => task.kind.clone(),
    };
    match tasks {
        [] => "no task".to_owned(),
        some => format!("tasks: {}", some.iter().map(line).collect::<Vec<_>>().join(", ")),
    }
}
