//! What can be wrong with the table of wording, with its line.

use std::collections::BTreeSet;

use regex::Regex;

use super::file::WordingFile;
use super::{Audience, LetterChannel};
use crate::domain::policy::PolicyProblem;

/// File that holds the table.
pub(super) const FILE: &str = "letters-wording.toml";

pub(super) fn check(file: &WordingFile, text: &str, problems: &mut Vec<PolicyProblem>) {
    if !(1.0..=20.0).contains(&file.reading.en_grade_at_most) {
        problems.push(problem(0, "reading.en_grade_at_most", "write a school grade, 1 to 20"));
    }
    if !(0.0..=100.0).contains(&file.reading.es_index_at_least) {
        problems.push(problem(0, "reading.es_index_at_least", "write an index, 0 to 100"));
    }
    let mut ids = BTreeSet::new();
    for row in &file.require {
        let line = line_at(text, row.span().start);
        let row = row.get_ref();
        let mut wrong = |message: &str| problems.push(problem(line, &row.id, message));
        if !ids.insert(row.id.clone()) {
            wrong("the id is used twice; give each row its own");
        }
        if row.values.is_empty() && (row.en.is_empty() || row.es.is_empty()) {
            wrong("asks for nothing in one language; write `en` and `es`, or `values`");
        }
        for audience in row.audiences.iter().filter(|word| Audience::from_word(word).is_none()) {
            wrong(&format!("there is no audience `{audience}`"));
        }
        for channel in row.channels.iter().filter(|word| LetterChannel::from_word(word).is_none()) {
            wrong(&format!("there is no channel `{channel}`; there are mail and print"));
        }
    }
    for row in &file.forbid {
        let line = line_at(text, row.span().start);
        let row = row.get_ref();
        let mut wrong = |message: &str| problems.push(problem(line, &row.id, message));
        if !ids.insert(row.id.clone()) {
            wrong("the id is used twice; give each row its own");
        }
        for pattern in row.patterns.iter().filter(|pattern| Regex::new(pattern).is_err()) {
            wrong(&format!("`{pattern}` is no regular expression"));
        }
        for audience in row.audiences.iter().filter(|word| Audience::from_word(word).is_none()) {
            wrong(&format!("there is no audience `{audience}`"));
        }
    }
}

pub(super) fn problem(line: usize, key: &str, message: &str) -> PolicyProblem {
    let (key, message) = (key.to_owned(), message.to_owned());
    PolicyProblem { file: FILE.to_owned(), line, key, message }
}

pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
