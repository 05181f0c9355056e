//! What a person fills in when a letter leaves from an approved wording: typed
//! fields, and nothing else of it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::letter::date_in_words;
use super::ticket::words;

/// Longest line of a field, in characters.
const MOST_LINE: usize = 200;
/// Lines of one field.
const MOST_LINES: usize = 60;
/// Digits before the cents of a sum of money.
const MOST_DOLLARS: usize = 9;

words! {
    /// What may stand in a field.
    FieldKind {
        /// One line of words.
        Text = "text",
        /// Several lines.
        Lines = "lines",
        /// A day, typed as 2026-11-30.
        Date = "date",
        /// Dollars and cents.
        Amount = "amount",
        /// The name of whoever writes; nobody types it.
        Writer = "writer",
    }
}

/// One field of a wording, as `template.toml` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterField {
    /// Its name in the wording.
    pub name: String,
    /// What may stand in it.
    pub kind: FieldKind,
    /// What is asked of whoever writes.
    pub label: String,
    /// A value to try the wording with, as it would be typed.
    pub sample: String,
    /// The same in Spanish, where it differs.
    #[serde(default)]
    pub sample_es: Option<String>,
}

/// What is wrong with a field. Holds none of what was typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct FieldProblem {
    /// Its name.
    pub field: String,
    /// What is wrong, and what to write.
    pub message: &'static str,
}

impl LetterField {
    /// What stands in the letter for what was `typed`.
    ///
    /// # Errors
    /// When it is empty, too long, or not of its kind.
    pub fn written(&self, typed: &str, locale: &str, writer: &str) -> Result<String, FieldProblem> {
        let refused = |message| FieldProblem { field: self.name.clone(), message };
        let typed = typed.trim();
        if self.kind == FieldKind::Writer {
            return Ok(writer.to_owned());
        }
        if typed.is_empty() {
            return Err(refused("is empty; fill it in"));
        }
        match self.kind {
            FieldKind::Text | FieldKind::Writer => line(typed).map_err(refused),
            FieldKind::Lines => lines(typed).map_err(refused),
            FieldKind::Date => {
                let day: Date = typed.parse().map_err(|_| refused("write a day as 2026-11-30"))?;
                Ok(date_in_words(day, locale))
            }
            FieldKind::Amount => {
                amount(typed).ok_or_else(|| refused("write dollars and cents, as 1250.00"))
            }
        }
    }

    /// The value that the wording is tried with.
    #[must_use]
    pub fn sample_for(&self, locale: &str) -> &str {
        match (&self.sample_es, locale) {
            (Some(spanish), "es") => spanish,
            _ => &self.sample,
        }
    }
}

/// All fields of a wording filled in. A name that is no field is refused too:
/// somebody thought it would be read.
///
/// # Errors
/// Every problem, in the order of the fields.
pub fn fill(
    fields: &[LetterField],
    typed: &BTreeMap<String, String>,
    locale: &str,
    writer: &str,
) -> Result<BTreeMap<String, String>, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let mut filled = BTreeMap::new();
    for field in fields {
        let value = typed.get(&field.name).map(String::as_str).unwrap_or_default();
        match field.written(value, locale, writer) {
            Ok(value) => drop(filled.insert(field.name.clone(), value)),
            Err(problem) => problems.push(problem),
        }
    }
    let is_typed = |field: &LetterField| field.kind != FieldKind::Writer;
    for name in typed.keys() {
        if !fields.iter().any(|field| field.name == *name && is_typed(field)) {
            let message = "is no field of this letter; remove it";
            problems.push(FieldProblem { field: name.clone(), message });
        }
    }
    if problems.is_empty() { Ok(filled) } else { Err(problems) }
}

fn line(typed: &str) -> Result<String, &'static str> {
    match typed.chars().nth(MOST_LINE) {
        Some(_) => Err("is longer than 200 characters; shorten it"),
        None if typed.contains(['\n', '\r']) => Err("is one line; remove the line breaks"),
        None if typed.chars().any(char::is_control) => Err("holds a control character; remove it"),
        None => Ok(typed.to_owned()),
    }
}

fn lines(typed: &str) -> Result<String, &'static str> {
    let all: Vec<&str> = typed.lines().map(str::trim).filter(|one| !one.is_empty()).collect();
    if all.len() > MOST_LINES {
        return Err("has more than 60 lines; attach a document");
    }
    let all: Vec<String> = all.into_iter().map(line).collect::<Result<_, _>>()?;
    Ok(all.join("\n"))
}

/// `1250`, `1,250.00` and `$1250.00` are `$1,250.00`.
fn amount(typed: &str) -> Option<String> {
    let plain: String = typed.strip_prefix('$').unwrap_or(typed).replace(',', "");
    let (dollars, cents) = plain.split_once('.').unwrap_or((&plain, "00"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(dollars) || !are_digits(cents) || cents.len() != 2 {
        return None;
    }
    let dollars = dollars.trim_start_matches('0');
    if dollars.len() > MOST_DOLLARS {
        return None;
    }
    let dollars = if dollars.is_empty() { "0" } else { dollars };
    let mut grouped = String::new();
    for (at, digit) in dollars.chars().enumerate() {
        if at > 0 && (dollars.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    Some(format!("${grouped}.{cents}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind) -> LetterField {
        LetterField {
            name: "it".to_owned(),
            kind,
            label: "It".to_owned(),
            sample: String::new(),
            sample_es: None,
        }
    }

    fn written(kind: FieldKind, typed: &str) -> Option<String> {
        field(kind).written(typed, "en", "Ana Ruiz").ok()
    }

    #[test]
    fn each_kind_takes_its_own_and_nothing_else() {
        use FieldKind::{Amount, Date, Lines, Text, Writer};
        for (kind, typed, wanted) in [
            (Text, "  a fee  ", Some("a fee")),
            (Text, "two\nlines", None),
            (Text, "a\0b", None),
            (Text, "", None),
            (Lines, "one\r\n\n two ", Some("one\ntwo")),
            (Lines, "a\u{1b}b", None),
            (Date, "2026-11-30", Some("November 30, 2026")),
            (Date, "11/30/2026", None),
            (Amount, "1250", Some("$1,250.00")),
            (Amount, "$1,250.00", Some("$1,250.00")),
            (Amount, "0000012.34", Some("$12.34")),
            (Amount, "0", Some("$0.00")),
            (Amount, "1234567890", None),
            (Amount, "12.3", None),
            (Amount, "-5.00", None),
            (Amount, "5.00 {{x}}", None),
            (Writer, "Somebody Else", Some("Ana Ruiz")),
        ] {
            assert_eq!(written(kind, typed).as_deref(), wanted, "{kind} {typed:?}");
        }
        assert_eq!(written(Text, &"a".repeat(201)), None);
        assert_eq!(written(Lines, &"a\n".repeat(61)), None);
        let spanish = field(Date).written("2026-11-30", "es", "").unwrap();
        assert_eq!(spanish, "30 de noviembre de 2026");
    }

    #[test]
    fn every_problem_is_told_and_a_stranger_is_refused() {
        let fields = [field(FieldKind::Date)];
        let typed = BTreeMap::from([("other".to_owned(), "x".to_owned())]);
        let problems = fill(&fields, &typed, "en", "Ana").unwrap_err();
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["it: is empty; fill it in", "other: is no field of this letter; remove it"]
        );
        let typed = BTreeMap::from([("it".to_owned(), "2026-01-02".to_owned())]);
        assert_eq!(fill(&fields, &typed, "en", "Ana").unwrap()["it"], "January 2, 2026");
    }
}
