//! What is wrong with a filled form, and what of it can be read.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::Serialize;

/// Longest comment or reason, in characters.
const MOST_WORDS: usize = 1_000;

/// What is wrong, and in which field; empty when nothing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    pub(super) text: String,
    pub(super) field: &'static str,
}

impl Problem {
    /// Something is wrong in `field`.
    pub(super) fn at(field: &'static str, text: impl Into<String>) -> Self {
        Self { text: text.into(), field }
    }
}

/// The instant that was put into a field for one, in the zone of legal dates.
/// `None` when it was left empty.
pub(super) fn instant(
    text: &str,
    zone: &TimeZone,
    field: &'static str,
) -> Result<Option<Timestamp>, Problem> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let read = || {
        let local: DateTime = text.trim().parse().ok()?;
        Some(local.to_zoned(zone.clone()).ok()?.timestamp())
    };
    let problem = || Problem::at(field, "Write the instant as 2026-12-31T09:00.");
    read().map(Some).ok_or_else(problem)
}

/// The first instant of a date in the zone of legal dates.
pub(super) fn day(text: &str, zone: &TimeZone) -> Result<Option<Timestamp>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let start = text.parse::<Date>().ok().and_then(|date| date.to_zoned(zone.clone()).ok());
    start
        .map(|start| Some(start.timestamp()))
        .ok_or_else(|| format!("“{text}” is no date: write it as 2026-12-31."))
}

/// Words that somebody will read: some, and not too many.
pub(super) fn words<'a>(
    text: &'a str,
    field: &'static str,
    what: &str,
) -> Result<&'a str, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::at(field, what));
    }
    if text.chars().nth(MOST_WORDS).is_some() {
        return Err(Problem::at(field, format!("Write at most {MOST_WORDS} letters.")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_in_the_zone_of_legal_dates() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let read = |text| instant(text, &zone, "from");
        assert_eq!(read("2026-12-31T09:00"), Ok("2026-12-31T14:00:00Z".parse().ok()));
        assert_eq!(read("  "), Ok(None));
        for text in ["tomorrow", "2026-13-01T00:00", "99999-01-01T00:00", "-1"] {
            assert_eq!(read(text).unwrap_err().field, "from", "{text}");
        }
    }

    #[test]
    fn words_are_some_and_not_too_many() {
        assert_eq!(words(" too long ", "comment", "Say why."), Ok("too long"));
        assert_eq!(words(" \n", "comment", "Say why.").unwrap_err().text, "Say why.");
        assert!(words(&"ñ".repeat(1_001), "comment", "Say why.").is_err());
        assert!(words(&"ñ".repeat(1_000), "comment", "Say why.").is_ok());
    }
}
