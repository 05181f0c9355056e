//! Evidence lines of all scorecards: patterns compiled and numbered once,
//! lines linked to the lines they depend on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_spanned::Spanned;

use super::file;
use super::lint::{PatternPlace, RulePlace};
use super::source::Source;
use crate::domain::classify::Field;
use crate::domain::policy::PolicyProblem;
use crate::domain::scorecard::{EvidenceLine, Needs, Pattern, Scorecard, WordLists};

/// Lines collected so far, with what they still have to be linked to.
#[derive(Default)]
pub(super) struct Lines<'a> {
    pub(super) patterns: Vec<Pattern>,
    /// Where each pattern was written first.
    pub(super) written: Vec<PatternPlace>,
    numbers: BTreeMap<String, usize>,
    pub(super) lines: Vec<EvidenceLine>,
    pub(super) places: Vec<RulePlace>,
    unlinked: Vec<(&'a Source, &'a file::Evidence, usize)>,
}

impl<'a> Lines<'a> {
    /// Compiles the evidence of one scorecard; `owner` names it in problems.
    pub(super) fn card(
        &mut self,
        source: &'a Source,
        id: &Spanned<String>,
        threshold: f64,
        evidence: &'a [file::Evidence],
        words: &WordLists,
        problems: &mut Vec<PolicyProblem>,
    ) -> Scorecard {
        let first = self.lines.len();
        for one in evidence {
            let line = self.line(source, one, words, problems);
            self.places.push(RulePlace {
                file: source.name.clone(),
                line: source.line(&one.id),
                id: one.id.get_ref().clone(),
            });
            self.unlinked.push((source, one, self.lines.len()));
            self.lines.push(line);
        }
        let lines: Range<usize> = first..self.lines.len();
        let most: f64 = self
            .lines
            .get(lines.clone())
            .unwrap_or_default()
            .iter()
            .map(|line| line.cap.max(0.0))
            .sum();
        if !evidence.is_empty() && most < threshold {
            let message = format!(
                "can never reach its threshold {threshold}: its evidence adds up to {most}"
            );
            problems.push(source.problem(id, id.get_ref(), message));
        }
        Scorecard { id: id.get_ref().clone(), threshold, lines }
    }

    fn line(
        &mut self,
        source: &Source,
        one: &file::Evidence,
        words: &WordLists,
        problems: &mut Vec<PolicyProblem>,
    ) -> EvidenceLine {
        let mut fields = Vec::new();
        for name in &one.fields {
            match Field::from_word(name.get_ref()) {
                Some(field) => fields.push(field),
                None => problems.push(source.problem(
                    name,
                    one.id.get_ref(),
                    "not a part of a mail; write subject, new_text, quoted_text, attachments or sender".into(),
                )),
            }
        }
        if fields.is_empty() {
            fields = vec![Field::Subject, Field::NewText];
        }
        if one.any.is_empty() {
            let message = "can never fire: `any` is empty".to_owned();
            problems.push(source.problem(&one.id, one.id.get_ref(), message));
        }
        let mut numbered = |written: &[Spanned<String>]| -> Vec<usize> {
            written
                .iter()
                .filter_map(|one_of| self.number(source, one, one_of, words, problems))
                .collect()
        };
        EvidenceLine {
            id: one.id.get_ref().clone(),
            weight: one.weight,
            cap: one.cap.unwrap_or(one.weight),
            fields,
            any: numbered(&one.any),
            near: numbered(&one.near),
            not: numbered(&one.not),
            within: one.within.min(400),
            needs: Needs::default(),
        }
    }

    /// Number of a pattern; the same text is compiled once.
    fn number(
        &mut self,
        source: &Source,
        line: &file::Evidence,
        written: &Spanned<String>,
        words: &WordLists,
        problems: &mut Vec<PolicyProblem>,
    ) -> Option<usize> {
        if let Some(&number) = self.numbers.get(written.get_ref()) {
            return Some(number);
        }
        match Pattern::compile(written.get_ref(), words) {
            Ok(pattern) => {
                let number = self.patterns.len();
                self.patterns.push(pattern);
                self.written.push(PatternPlace {
                    file: source.name.clone(),
                    line: source.line(written),
                    rule: line.id.get_ref().clone(),
                    text: written.get_ref().clone(),
                });
                self.numbers.insert(written.get_ref().clone(), number);
                Some(number)
            }
            Err(message) => {
                let message = format!("`{}` {message}", written.get_ref());
                problems.push(source.problem(written, line.id.get_ref(), message));
                None
            }
        }
    }

    /// Turns the names in `all_of`, `any_of`, `none_of` into line numbers.
    pub(super) fn link(&mut self, problems: &mut Vec<PolicyProblem>) {
        let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
        let mut dependent: BTreeSet<&str> = BTreeSet::new();
        for (source, one, number) in &self.unlinked {
            if numbers.insert(one.id.get_ref(), *number).is_some() {
                let message = "evidence id is used twice; rename one of them".to_owned();
                problems.push(source.problem(&one.id, one.id.get_ref(), message));
            }
            if !(one.all_of.is_empty() && one.any_of.is_empty() && one.none_of.is_empty()) {
                dependent.insert(one.id.get_ref());
            }
        }
        for (source, one, number) in &self.unlinked {
            let mut linked = |names: &[Spanned<String>]| -> Vec<usize> {
                let mut found = Vec::new();
                for name in names {
                    let message = match numbers.get(name.get_ref().as_str()) {
                        None => "no evidence has this id; correct the name",
                        Some(_) if dependent.contains(name.get_ref().as_str()) => {
                            "depends on evidence that depends on other evidence; name the last one"
                        }
                        Some(&other) => {
                            found.push(other);
                            continue;
                        }
                    };
                    problems.push(source.problem(
                        name,
                        one.id.get_ref(),
                        format!("`{}`: {message}", name.get_ref()),
                    ));
                }
                found
            };
            let needs = Needs {
                all: linked(&one.all_of),
                any: linked(&one.any_of),
                none: linked(&one.none_of),
            };
            if let Some(line) = self.lines.get_mut(*number) {
                line.needs = needs;
            }
        }
    }
}
