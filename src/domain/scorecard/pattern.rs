//! One pattern of a rule file: expanded, parsed, bounded, compiled.
//!
//! The notation is a regular expression over folded text (lower case, ASCII,
//! single spaces) with three additions: ` ~ ` stands for up to 60 characters
//! of the same sentence, `<list>` for any word of a named list, and every
//! pattern begins and ends at a word boundary.

use std::collections::BTreeMap;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;

use super::literal::{self, Literal};

/// Longest pattern as written, bytes.
pub const LONGEST_PATTERN: usize = 1024;
/// Longest pattern after lists are expanded, bytes.
const LONGEST_EXPANDED: usize = 16 * 1024;
/// Longest text a pattern may match, bytes: what keeps matching local.
const LONGEST_MATCH: usize = 600;
/// Memory of one compiled pattern, bytes.
const COMPILED_LIMIT: usize = 1 << 20;
/// What ` ~ ` means.
const GAP: &str = r"(?-u:\b)[^.?!]{1,60}(?-u:\b)";

/// Named word lists of the policy; each word is itself a pattern.
pub type WordLists = BTreeMap<String, Vec<String>>;

/// How a pattern is confirmed once one of its literals was seen.
#[derive(Debug)]
pub(super) enum Confirm {
    /// The literal is the whole match.
    Literal,
    /// The expression must match around the literal.
    Expression {
        /// With its word boundaries.
        regex: Regex,
        /// Most bytes of a match before the literal.
        before: usize,
        /// Most bytes of a match after it.
        after: usize,
    },
}

/// A pattern ready to match.
#[derive(Debug)]
pub struct Pattern {
    pub(super) literals: Vec<Literal>,
    pub(super) confirm: Confirm,
    /// The expression with its word lists.
    pub(super) expanded: String,
}

impl Pattern {
    /// Compiles `written`.
    ///
    /// # Errors
    /// A sentence saying what is wrong and what to write instead.
    pub fn compile(written: &str, lists: &WordLists) -> Result<Self, String> {
        refuse_unfolded(written)?;
        let expanded = expand(written, lists)?;
        let hir = parse(&expanded)?;
        if let Some(literals) = literal::exact(&hir) {
            return Ok(Self { literals, confirm: Confirm::Literal, expanded });
        }
        if hir.properties().maximum_len().is_none_or(|most| most > LONGEST_MATCH) {
            return Err(format!(
                "may match more than {LONGEST_MATCH} bytes; write {{0,40}} or ` ~ ` instead of * and +"
            ));
        }
        if hir.properties().minimum_len().unwrap_or(0) == 0 {
            return Err("matches the empty text; make a part of it required".into());
        }
        let required = literal::required(&hir)
            .filter(|found| found.literals.iter().all(|one| one.bytes.len() >= 2))
            .ok_or(
                "has no word that must occur; every branch needs a literal of two letters or more",
            )?;
        let regex = RegexBuilder::new(&format!(r"(?-u:\b)(?:{expanded})(?-u:\b)"))
            .unicode(false)
            .size_limit(COMPILED_LIMIT)
            .build()
            .map_err(|error| format!("too large or not valid: {}", last_line(&error)))?;
        let literal::Required { literals, before, after } = required;
        Ok(Self { literals, confirm: Confirm::Expression { regex, before, after }, expanded })
    }

    /// Length of the shortest literal: short ones make a pattern slow.
    #[must_use]
    pub fn shortest_literal(&self) -> usize {
        self.literals.iter().map(|one| one.bytes.len()).min().unwrap_or(0)
    }
}

/// Bytes, not characters: folded text is ASCII.
pub(super) fn parse(expanded: &str) -> Result<Hir, String> {
    ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .nest_limit(40)
        .build()
        .parse(expanded)
        .map_err(|error| format!("not a regular expression: {}", last_line(&error)))
}

/// Folded text has neither capitals nor accents, so such a pattern is dead.
fn refuse_unfolded(written: &str) -> Result<(), String> {
    if written.trim().is_empty() {
        return Err("is empty; write a word or delete the line".into());
    }
    if written.len() > LONGEST_PATTERN {
        return Err(format!("is longer than {LONGEST_PATTERN} bytes; split it"));
    }
    if !written.is_ascii() {
        return Err(
            "can never fire: text is folded to ASCII first, write it without accents".into()
        );
    }
    if written.contains("  ") {
        return Err("can never fire: white space is folded to one space, write a single one".into());
    }
    let mut is_escaped = false;
    for character in written.chars() {
        if character.is_ascii_uppercase() && !is_escaped {
            return Err("can never fire: text is folded to lower case first".into());
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    Ok(())
}

fn expand(written: &str, lists: &WordLists) -> Result<String, String> {
    let mut expanded = String::with_capacity(written.len() * 2);
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((name, tail)) = after.split_once('>') else {
            return Err("has `<` without `>`; a word list is written <name>".into());
        };
        let Some(words) = lists.get(name) else {
            return Err(format!("names the word list <{name}>, which no file defines"));
        };
        expanded.push_str(before);
        expanded.push_str("(?:");
        expanded.push_str(&words.join("|"));
        expanded.push(')');
        if expanded.len() > LONGEST_EXPANDED {
            return Err("is too long once its word lists are expanded; split it".into());
        }
        rest = tail;
    }
    expanded.push_str(rest);
    Ok(expanded.replace(" ~ ", GAP))
}

fn last_line(error: &impl ToString) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(written: &str) -> String {
        Pattern::compile(written, &WordLists::new()).unwrap_err()
    }

    #[test]
    fn a_pattern_that_can_never_fire_is_refused_with_the_fix() {
        assert!(refusal("Escrow").contains("lower case"));
        assert!(refusal("liquidación").contains("without accents"));
        assert!(refusal("late  fee").contains("single"));
    }

    #[test]
    fn hostile_patterns_are_refused_never_run() {
        assert!(refusal("late.*fee").contains("600 bytes"));
        assert!(refusal("(late").contains("regular expression"));
        assert!(refusal("x?").contains("empty"));
        assert!(refusal("[a-z]{3}").contains("no word"));
        assert!(refusal("<nowhere>").contains("no file defines"));
        assert!(refusal(&"a".repeat(2000)).contains("longer"));
        assert!(refusal(&format!("{}a{}", "(".repeat(200), ")".repeat(200))).contains("regular"));
    }
}
