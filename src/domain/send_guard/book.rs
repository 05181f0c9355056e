//! The table of the send guard, loaded, and one letter held against it.

use regex::Regex;

use super::check::{Known, check};
use super::contents;
use super::file::{GuardFile, RuleRow, Sought};
use super::{Finding, MOST_PLACES, Outgoing, Situation, self_test, stranger};
use crate::domain::calendar::source::{Source, missing};
use crate::domain::classify::{Field, Span};
use crate::domain::fact::Mask;
use crate::domain::language;
use crate::domain::policy::{PolicyFiles, PolicyProblem};
use crate::domain::wording::{Searched, WordingBook};

const FILE: &str = "send_guard.toml";
/// Words from which on a letter's language can be told.
const FEWEST_WORDS: usize = 6;

/// What speaks against a letter: `rules/send_guard.toml`.
#[derive(Clone, Debug, Default)]
pub struct GuardBook {
    rules: Vec<(RuleRow, Vec<Regex>)>,
}

/// The two parts of a letter, ready for looking.
struct Parts<'a> {
    subject: Searched<'a>,
    text: Searched<'a>,
}

impl GuardBook {
    /// Reads the table and runs the letters beside it. What is wrong goes into
    /// `problems`.
    #[must_use]
    pub(in crate::domain) fn load(
        files: &PolicyFiles,
        known: &Known<'_>,
        problems: &mut Vec<PolicyProblem>,
    ) -> Self {
        let Some(text) = files.get(FILE) else {
            missing(FILE, "it says what speaks against a letter", problems);
            return Self::default();
        };
        let mut source = Source::new(FILE, text, problems);
        let Some(file) = source.read::<GuardFile>() else { return Self::default() };
        check(&file, known, &mut source);
        let compiled = |row: RuleRow| {
            let patterns = row.patterns.iter().filter_map(|one| Regex::new(one).ok()).collect();
            (row, patterns)
        };
        let rules = file.rule.into_iter().map(|row| compiled(row.into_inner())).collect();
        let book = Self { rules };
        for case in &file.test {
            self_test::run(&book, known.wording, case, &mut source);
        }
        book
    }

    /// Ids of all rules, in the order of the file.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|(row, _)| row.id.as_str())
    }

    pub(super) fn findings(
        &self,
        wording: &WordingBook,
        letter: &Outgoing<'_>,
        situation: &Situation,
    ) -> Vec<Finding> {
        let parts =
            Parts { subject: Searched::new(letter.subject), text: Searched::new(letter.text) };
        let asked = self.rules.iter().filter(|(row, _)| applies(row, letter, situation));
        asked
            .filter_map(|(row, patterns)| {
                let places = match row.looks_for {
                    Sought::AnyLetter => Some(Vec::new()),
                    Sought::Contents => {
                        contents::are_missing(&row.either, &parts.text).then(Vec::new)
                    }
                    Sought::Language => is_foreign(letter, situation).then(Vec::new),
                    Sought::Phrase => phrases(row, patterns, &parts),
                    Sought::Wording => of_wording(row, wording, &parts, situation),
                    Sought::Secret => secrets(letter),
                    Sought::Name => stranger::names(letter, situation),
                    Sought::Number => stranger::numbers(letter, situation),
                    Sought::Address => stranger::addresses(letter, situation),
                    Sought::Ticket => stranger::tickets(letter, situation),
                }?;
                Some(finding(row, places))
            })
            .collect()
    }
}

fn finding(row: &RuleRow, mut places: Vec<Span>) -> Finding {
    places.sort();
    places.dedup();
    places.truncate(MOST_PLACES);
    Finding {
        rule: row.id.clone(),
        outcome: row.outcome,
        places,
        says: format!("{} ({})", row.says, row.because),
        fix: row.fix.clone(),
    }
}

/// Whether the rule is asked at all about this letter.
fn applies(row: &RuleRow, letter: &Outgoing<'_>, situation: &Situation) -> bool {
    let any = |wanted: &[String], there: &[String]| {
        wanted.is_empty() || wanted.iter().any(|one| there.contains(one))
    };
    let is_kind = |kinds: &[String]| kinds.iter().any(|kind| kind == letter.kind);
    (row.kinds.is_empty() || is_kind(&row.kinds))
        && !is_kind(&row.except_kinds)
        && any(&row.flags_any, &situation.flags)
        && any(&row.clocks_any, &situation.clocks)
        && !(row.when_unproven && situation.is_proven)
        && !(row.when_nothing_is_attached && letter.attachments > 0)
}

/// `None` when there are no places: nothing was found.
fn found(places: Vec<Span>) -> Option<Vec<Span>> {
    (!places.is_empty()).then_some(places)
}

fn span(field: Field, (start, end): (u32, u32)) -> Span {
    Span { field, start, end }
}

/// In both languages: a letter may mix them.
fn phrases(row: &RuleRow, patterns: &[Regex], parts: &Parts<'_>) -> Option<Vec<Span>> {
    let mut places = Vec::new();
    for (field, part) in [(Field::Subject, &parts.subject), (Field::NewText, &parts.text)] {
        let phrases = row.en.iter().chain(&row.es).flat_map(|phrase| phrase.split('|'));
        let said = phrases.flat_map(|phrase| part.places(phrase));
        let matched = patterns.iter().flat_map(|pattern| {
            pattern.find_iter(part.folded()).map(|found| (found.start(), found.end()))
        });
        let all = said.chain(matched).map(|(start, end)| part.original_range(start, end));
        places.extend(all.map(|range| span(field, range)));
    }
    found(places)
}

fn of_wording(
    row: &RuleRow,
    wording: &WordingBook,
    parts: &Parts<'_>,
    situation: &Situation,
) -> Option<Vec<Span>> {
    let mut places = Vec::new();
    for (field, part) in [(Field::Subject, &parts.subject), (Field::NewText, &parts.text)] {
        let forbidden = row.wording.iter().flat_map(|id| {
            let places = wording.places(id, &situation.language, part);
            places.into_iter().map(|(start, end)| part.original_range(start, end))
        });
        places.extend(forbidden.map(|range| span(field, range)));
    }
    found(places)
}

fn secrets(letter: &Outgoing<'_>) -> Option<Vec<Span>> {
    let mut places = Vec::new();
    for (field, part) in [(Field::Subject, letter.subject), (Field::NewText, letter.text)] {
        places.extend(Mask::of(part).ranges().map(|range| span(field, range)));
    }
    found(places)
}

/// Only where the words tell, and only between the two that can be told apart.
fn is_foreign(letter: &Outgoing<'_>, situation: &Situation) -> bool {
    let is_known = matches!(situation.language.as_str(), "en" | "es");
    is_known
        && letter.text.split_whitespace().take(FEWEST_WORDS).count() == FEWEST_WORDS
        && language::is_told("", letter.text)
        && language::detect("", letter.text) != situation.language
}
