//! Reads the rule files and collects what is wrong with them, with lines.

use serde_spanned::Spanned;

use super::file::RuleFile;
use crate::domain::policy::{PolicyFiles, PolicyProblem};

/// Largest rule file, bytes.
const LARGEST_FILE: usize = 1 << 20;

/// One rule file, read.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    line_starts: Vec<usize>,
    pub(super) rules: RuleFile,
}

impl Source {
    /// Line, from 1, of what `spanned` covers.
    pub(super) fn line<T>(&self, spanned: &Spanned<T>) -> usize {
        line_of(&self.line_starts, spanned.span().start)
    }

    /// A problem at `spanned`.
    pub(super) fn problem<T>(
        &self,
        spanned: &Spanned<T>,
        key: &str,
        message: String,
    ) -> PolicyProblem {
        let (file, line) = (self.name.clone(), self.line(spanned));
        PolicyProblem { file, line, key: key.to_owned(), message }
    }
}

/// Whether `name` is a file of the understanding; clocks, calendars and
/// letters have readers of their own.
pub(super) fn is_ours(name: &str) -> bool {
    let topic = name.strip_suffix(".toml").unwrap_or_default();
    name.starts_with("categories/") && !topic.is_empty()
        || matches!(topic, "words" | "scoring" | "flags" | "kinds" | "queues" | "routing")
        || name.starts_with("flags/") && !topic.is_empty()
}

/// Every rule file of ours that can be read.
pub(super) fn read(files: &PolicyFiles, problems: &mut Vec<PolicyProblem>) -> Vec<Source> {
    files
        .iter()
        .filter(|(name, _)| is_ours(name))
        .filter_map(|(name, text)| match read_one(name, text) {
            Ok(source) => Some(source),
            Err(problem) => {
                problems.push(problem);
                None
            }
        })
        .collect()
}

fn read_one(name: &str, text: &str) -> Result<Source, PolicyProblem> {
    let problem = |line, key: &str, message| PolicyProblem {
        file: name.to_owned(),
        line,
        key: key.to_owned(),
        message,
    };
    if text.len() > LARGEST_FILE {
        let message = format!("is larger than {LARGEST_FILE} bytes; split it by topic");
        return Err(problem(0, "file", message));
    }
    let starts: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    match toml::from_str::<RuleFile>(text) {
        Ok(rules) => Ok(Source { name: name.to_owned(), line_starts: starts, rules }),
        Err(error) => {
            let line = error.span().map_or(0, |span| line_of(&starts, span.start));
            Err(problem(line, "toml", error.message().replace('\n', " ")))
        }
    }
}

fn line_of(starts: &[usize], offset: usize) -> usize {
    starts.partition_point(|&start| start <= offset)
}
