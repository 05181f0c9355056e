//! Reads the whole catalogue: calendars first, then every `clocks*.toml`, then
//! `service.toml`.

use super::check::definition;
use super::self_test::Written;
use super::shape::FileShape;
use super::{ClockBook, ClockDefinition, Measure};
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
        book.check_links(problems);
        book
    }

    /// Rows that name other rows: extensions, and what an early correction ends.
    fn check_links(&self, problems: &mut Vec<PolicyProblem>) {
        let mut problem = |row: &ClockDefinition, field: &str, message: String| {
            let (file, line) = row.place.clone();
            problems.push(PolicyProblem { file, line, key: key(&row.id, field), message });
        };
        for row in &self.definitions {
            let to = row.extension.as_ref().map(|extension| extension.to.as_str());
            let is_sound = to.is_none_or(|to| {
                self.find_definition(to).is_some_and(|found| {
                    found.starts_at == EXTENSION && matches!(found.measure, Measure::Days { .. })
                })
            });
            if !is_sound {
                let message = "names no row with starts_at = \"extension\" counted in days";
                problem(row, "extension", message.to_owned());
            }
            let is_reached = |other: &ClockDefinition| {
                other.extension.as_ref().is_some_and(|extension| extension.to == row.id)
            };
            if row.starts_at == EXTENSION && !self.definitions.iter().any(is_reached) {
                problem(row, "starts_at", "no row is extended to this one".to_owned());
            }
            for kind in row.supersedes.iter().filter(|kind| self.find_definition(kind).is_none()) {
                problem(row, "supersedes", format!("`{kind}` is no clock of the catalogue"));
            }
        }
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

/// `starts_at` of a row that only gives another clock more time.
pub(super) const EXTENSION: &str = "extension";

/// What may start a clock besides a mail: a deed, or an event somebody recorded.
pub(super) fn is_starter(text: &str) -> bool {
    is_deed(text) || text.strip_prefix("event:").is_some_and(|kind| is_deed(&format!("act:{kind}")))
}
