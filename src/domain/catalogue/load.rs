//! Reads the whole catalogue: calendars first, then every `clocks*.toml`, then
//! `service.toml`.

use super::check::definition;
use super::self_test::Written;
use super::shape::FileShape;
use super::{ClockBook, ClockDefinition};
use crate::domain::calendar::source::{Source, missing};
use crate::domain::calendar::{CalendarSet, load_calendars};
use crate::domain::policy::{PolicyFiles, PolicyProblem};

/// File of the service levels.
const SERVICE: &str = "service.toml";

impl ClockBook {
    /// Reads `calendars.toml`, `clocks*.toml` and `service.toml`. What is wrong
    /// goes to `problems` with file, line and fix; a book with any problem must
    /// not be used.
    #[must_use]
    pub fn load(files: &PolicyFiles, problems: &mut Vec<PolicyProblem>) -> Self {
        let calendars = load_calendars(files, problems);
        let mut book = Self { calendars, definitions: Vec::new(), tests: Written::default() };
        let is_clocks = |name: &&String| name.starts_with("clocks") && name.ends_with(".toml");
        if !files.keys().any(|name| is_clocks(&name)) {
            missing("clocks.toml", "it defines the clocks of the law", problems);
        }
        if !files.contains_key(SERVICE) {
            missing(SERVICE, "it defines first response and resolution", problems);
        }
        for (name, text) in files {
            if is_clocks(&name) || name == SERVICE {
                book.read(&mut Source::new(name, text, problems));
            }
        }
        book
    }

    fn read(&mut self, source: &mut Source<'_>) {
        let Some(shape) = source.read::<FileShape>() else {
            return;
        };
        for raw in shape.clock {
            let span = raw.span();
            let row = definition(raw.into_inner(), &span, &self.calendars, source);
            if let Some(first) = self.find_definition(&row.id) {
                let (file, line) = &first.place;
                let message = format!("is defined in {file}:{line} already; give it another id");
                source.problem(&span, format!("clock.{}.id", row.id), message);
                continue;
            }
            self.definitions.push(row);
        }
        self.tests.add(source, shape.test);
    }

    /// The calendars of the policy.
    #[must_use]
    pub fn calendars(&self) -> &CalendarSet {
        &self.calendars
    }
}

/// Key path of a field of a row, for messages.
pub(super) fn key(row: &str, field: &str) -> String {
    format!("clock.{row}.{field}")
}

/// Where a row stands, for messages that come later.
pub(super) fn place(source: &Source<'_>, offset: usize) -> (String, usize) {
    (source.file().to_owned(), source.line(offset))
}

/// Rows must be found by id; see [`ClockBook::find_definition`].
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `letter:<kind>` or `act:<kind>`, kind in lower-case letters, digits and dashes.
pub(super) fn is_deed(text: &str) -> bool {
    let kind = text.strip_prefix("letter:").or_else(|| text.strip_prefix("act:"));
    kind.is_some_and(|kind| {
        !kind.is_empty()
            && kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    })
}

/// Whether `row` waits for an act instead of a receipt.
pub(super) fn starts_by_act(row: &ClockDefinition) -> bool {
    row.starts_at.starts_with("act:")
}
