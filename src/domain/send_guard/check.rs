//! What can be wrong with the table of the send guard, with its line.

use std::collections::BTreeSet;
use std::ops::Range;

use regex::Regex;

use super::file::{GuardFile, RuleRow, Sought};
use crate::domain::calendar::source::Source;
use crate::domain::catalogue::ClockBook;
use crate::domain::reply::ReplyBook;
use crate::domain::rule::RuleBook;
use crate::domain::wording::WordingBook;

/// What the rows may name.
pub(in crate::domain) struct Known<'a> {
    pub(in crate::domain) rules: &'a RuleBook,
    pub(in crate::domain) clocks: &'a ClockBook,
    pub(in crate::domain) replies: &'a ReplyBook,
    pub(in crate::domain) wording: &'a WordingBook,
}

pub(super) fn check(file: &GuardFile, known: &Known<'_>, source: &mut Source<'_>) {
    let mut ids = BTreeSet::new();
    for row in &file.rule {
        let (span, row) = (row.span(), row.get_ref());
        if !ids.insert(row.id.as_str()) {
            source.problem(&span, key(row, "id"), "is used twice; give each rule its own");
        }
        names(row, &span, known, source);
        parts(row, &span, source);
    }
    for case in &file.test {
        let unknown = case.get_ref().expect.iter().filter(|id| !ids.contains(id.as_str()));
        for id in unknown {
            let key = format!("test.{}.expect", case.get_ref().name);
            source.problem(&case.span(), key, format!("there is no rule `{id}`"));
        }
    }
}

fn key(row: &RuleRow, field: &str) -> String {
    format!("rule.{}.{field}", row.id)
}

/// Everything that a row names must exist.
fn names(row: &RuleRow, span: &Range<usize>, known: &Known<'_>, source: &mut Source<'_>) {
    let has_flag = |flag: &str| known.rules.flags().iter().any(|rule| rule.card.id == flag);
    let has_wording = |id: &str| known.wording.ids().any(|one| one == id);
    let mut unknown = |field: &str, list: &[String], is_known: &dyn Fn(&str) -> bool| {
        for name in list.iter().filter(|name| !is_known(name)) {
            source.problem(span, key(row, field), format!("there is no `{name}`"));
        }
    };
    unknown("kinds", &row.kinds, &|kind| known.replies.find_kind(kind).is_some());
    unknown("except_kinds", &row.except_kinds, &|kind| known.replies.find_kind(kind).is_some());
    unknown("clocks_any", &row.clocks_any, &|kind| known.clocks.find_definition(kind).is_some());
    unknown("flags_any", &row.flags_any, &has_flag);
    unknown("wording", &row.wording, &has_wording);
    unknown("patterns", &row.patterns, &|pattern| Regex::new(pattern).is_ok());
}

/// A row must have what its kind of looking needs, and nothing else.
fn parts(row: &RuleRow, span: &Range<usize>, source: &mut Source<'_>) {
    let has_words = !(row.en.is_empty() && row.es.is_empty() && row.patterns.is_empty());
    let needs = [
        (Sought::Phrase, has_words, "en", "write `en` and `es`, or `patterns`"),
        (Sought::Wording, !row.wording.is_empty(), "wording", "name rows of letters-wording.toml"),
        (Sought::Contents, !row.either.is_empty(), "either", "write a [[rule.either]]"),
    ];
    for (sought, is_there, field, fix) in needs {
        match (row.looks_for == sought, is_there) {
            (true, false) => source.problem(span, key(row, field), format!("is missing; {fix}")),
            (false, true) => {
                let message = format!("is never read: the rule looks for {:?}", row.looks_for);
                source.problem(span, key(row, field), message);
            }
            _ => {}
        }
    }
    if row.en.is_empty() != row.es.is_empty() {
        source.problem(span, key(row, "es"), "write the phrases in both languages");
    }
    if row.either.iter().any(|way| way.en.is_empty() || way.es.is_empty()) {
        source.problem(span, key(row, "either"), "write what must be said in both languages");
    }
    let has_condition = !(row.flags_any.is_empty() && row.kinds.is_empty());
    if row.looks_for == Sought::AnyLetter && !has_condition {
        let message = "would stop every letter; write `flags_any` or `kinds`";
        source.problem(span, key(row, "flags_any"), message);
    }
}
