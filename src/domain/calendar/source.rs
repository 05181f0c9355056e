//! One rule file being read: its text, and where to write down what is wrong
//! with it.

use std::ops::Range;

use serde::de::DeserializeOwned;

use crate::domain::policy::PolicyProblem;

/// A rule file while it is being checked.
pub(in crate::domain) struct Source<'a> {
    file: &'a str,
    text: &'a str,
    problems: &'a mut Vec<PolicyProblem>,
}

impl<'a> Source<'a> {
    /// A file with its text; problems go to `problems`.
    pub(in crate::domain) fn new(
        file: &'a str,
        text: &'a str,
        problems: &'a mut Vec<PolicyProblem>,
    ) -> Self {
        Self { file, text, problems }
    }

    /// Name of the file.
    pub(in crate::domain) fn file(&self) -> &'a str {
        self.file
    }

    /// Line of a byte offset, from 1.
    pub(in crate::domain) fn line(&self, offset: usize) -> usize {
        let before = self.text.as_bytes().get(..offset).unwrap_or(self.text.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// Reads the whole file as `T`, or notes the first thing that stops it.
    pub(in crate::domain) fn read<T: DeserializeOwned>(&mut self) -> Option<T> {
        match toml::from_str(self.text) {
            Ok(shape) => Some(shape),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                let message = error.message().trim().replace('\n', " ");
                self.problem(&span, "file", message);
                None
            }
        }
    }

    /// Notes a problem at `span`.
    pub(in crate::domain) fn problem(
        &mut self,
        span: &Range<usize>,
        key: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.problems.push(PolicyProblem {
            file: self.file.to_owned(),
            line: self.line(span.start),
            key: key.into(),
            message: message.into(),
        });
    }
}

/// Notes that a whole file is missing.
pub(in crate::domain) fn missing(file: &str, why: &str, problems: &mut Vec<PolicyProblem>) {
    problems.push(PolicyProblem {
        file: file.to_owned(),
        line: 0,
        key: "file".to_owned(),
        message: format!("is missing; {why}"),
    });
}
