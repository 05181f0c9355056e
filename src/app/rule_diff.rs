//! Rule files compared line by line, as unified diffs that `patch -p1` takes.

mod told;

use std::collections::BTreeSet;

use similar::{ChangeTag, TextDiff};

use crate::domain::policy::PolicyFiles;

/// What one file changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiff {
    /// Name, relative to the rules folder.
    pub file: String,
    /// Lines that are new.
    pub added: usize,
    /// Lines that are gone.
    pub removed: usize,
    /// Unified diff.
    pub text: String,
    /// The same in words, row by row.
    pub told: Vec<String>,
}

/// Every file that differs, by name. A file that only one side has counts as
/// empty on the other.
#[must_use]
pub fn of(base: &PolicyFiles, other: &PolicyFiles) -> Vec<FileDiff> {
    let names: BTreeSet<&String> = base.keys().chain(other.keys()).collect();
    names.into_iter().filter_map(|name| one(name, base, other)).collect()
}

fn one(name: &str, base: &PolicyFiles, other: &PolicyFiles) -> Option<FileDiff> {
    let (old, new) = (base.get(name), other.get(name));
    if old == new {
        return None;
    }
    let text = |side: Option<&String>| side.map(String::as_str).unwrap_or_default().to_owned();
    let (before, after) = (text(old), text(new));
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    let head = |side: Option<&String>, letter| match side {
        Some(_) => format!("{letter}/{name}"),
        None => "/dev/null".to_owned(),
    };
    let unified =
        diff.unified_diff().header(&head(old, 'a'), &head(new, 'b')).context_radius(3).to_string();
    Some(FileDiff {
        file: name.to_owned(),
        added: count(ChangeTag::Insert),
        removed: count(ChangeTag::Delete),
        text: unified,
        told: told::told(&before, &after),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_shown_with_its_lines() {
        let files = |pairs: &[(&str, &str)]| -> PolicyFiles {
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let base = files(&[("a.toml", "x = 1\ny = 2\n"), ("same.toml", "z = 3\n")]);
        let other =
            files(&[("a.toml", "x = 1\ny = 3\n"), ("same.toml", "z = 3\n"), ("b.toml", "n = 1\n")]);
        let diffs = of(&base, &other);
        assert_eq!(
            diffs.iter().map(|one| one.file.as_str()).collect::<Vec<_>>(),
            ["a.toml", "b.toml"]
        );
        assert_eq!((diffs[0].added, diffs[0].removed), (1, 1));
        assert_eq!(
            diffs[0].text,
            "--- a/a.toml\n+++ b/a.toml\n@@ -1,2 +1,2 @@\n x = 1\n-y = 2\n+y = 3\n"
        );
        assert!(diffs[1].text.starts_with("--- /dev/null\n+++ b/b.toml\n"), "{}", diffs[1].text);
        assert!(of(&base, &base).is_empty());
    }
}
