//! What can be wrong with the letter table, with its line.

use std::collections::BTreeSet;

use crate::domain::policy::PolicyProblem;

use super::file::{LetterRow, LettersFile};

/// File that holds the table.
pub(super) const FILE: &str = "letters.toml";

pub(super) fn check(file: &LettersFile, text: &str, problems: &mut Vec<PolicyProblem>) {
    let limits = file.limits;
    let all = [
        limits.address_per_day,
        limits.address_per_week,
        limits.unverified_per_day,
        limits.unverified_per_week,
        limits.all_per_hour,
    ];
    if all.contains(&0) {
        problems.push(problem(0, "limits", "a limit of 0 stops every letter; write 1 or more"));
    }
    if !file.locales.written.contains(&file.locales.default) {
        problems.push(problem(0, "locales.default", "must be one of locales.written"));
    }
    let known: BTreeSet<&str> = file.receipt.iter().map(|row| &*row.get_ref().kind).collect();
    let mut ids = BTreeSet::new();
    for row in &file.letter {
        let line = line_at(text, row.span().start);
        let row = row.get_ref();
        let key = format!("letter.{}", row.id);
        if !ids.insert(&row.id) {
            problems.push(problem(line, &key, "the id is used twice; give each row its own"));
        }
        for kind in row.states_receipt_of.iter().filter(|kind| !known.contains(kind.as_str())) {
            let message = format!("states_receipt_of names `{kind}`, which has no [[receipt]]");
            problems.push(problem(line, &key, &message));
        }
    }
    let is_open = |row: &LetterRow| {
        let conditions =
            [&row.kinds_all, &row.kinds_any, &row.flags_any, &row.categories_any, &row.queues_any];
        conditions.iter().all(|condition| condition.is_empty())
    };
    match file.letter.iter().position(|row| is_open(row.get_ref())) {
        Some(at) if at + 1 == file.letter.len() => {}
        Some(at) => {
            let line = line_at(text, file.letter[at].span().start);
            let message = "a row without conditions hides all rows after it; make it the last";
            problems.push(problem(line, "letter", message));
        }
        None => problems.push(problem(0, "letter", "the last row must have no condition")),
    }
}

pub(super) fn problem(line: usize, key: &str, message: &str) -> PolicyProblem {
    let (key, message) = (key.to_owned(), message.to_owned());
    PolicyProblem { file: FILE.to_owned(), line, key, message }
}

pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
