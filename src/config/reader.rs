//! Reads sections by key and collects every problem instead of stopping at
//! the first. A key nobody asked for is a problem too.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::problem::{ConfigProblem, ConfigProblems};
use super::secret::SecretSource;
use super::setting::{Setting, shown};
use super::source::{Node, Source, Value};
use super::{REFERENCE, unit};

/// The whole configuration while it is read.
pub(crate) struct Reader {
    given: Source,
    reference: Node,
    problems: RefCell<Vec<ConfigProblem>>,
    asked: RefCell<BTreeSet<String>>,
    settings: RefCell<BTreeMap<String, Setting>>,
}

/// The reference with its optional settings switched on: a line that starts
/// with `#` directly before a key or a table header.
pub(crate) fn complete_reference() -> String {
    let mut text = String::new();
    for line in REFERENCE.lines() {
        let setting = line.strip_prefix('#').filter(|rest| {
            rest.starts_with('[') || rest.starts_with(|c: char| c.is_ascii_lowercase())
        });
        text.push_str(setting.unwrap_or(line));
        text.push('\n');
    }
    text
}

impl Reader {
    pub(crate) fn new(given: Source) -> Result<Self, ConfigProblems> {
        let reference = Source::parse("the reference", &complete_reference())?;
        Ok(Self {
            given,
            reference,
            problems: RefCell::default(),
            asked: RefCell::default(),
            settings: RefCell::default(),
        })
    }

    pub(crate) fn root(&self) -> Section<'_> {
        Section {
            reader: self,
            path: String::new(),
            place: self.given.root.place.clone(),
            given: table_of(&self.given.root),
            reference: table_of(&self.reference),
            asked: RefCell::default(),
        }
    }

    /// Every setting read so far, by key.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        self.settings.borrow().values().cloned().collect()
    }

    /// `value`, unless there were problems.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, ConfigProblems> {
        let problems = self.problems.into_inner();
        if problems.is_empty() { Ok(value) } else { Err(ConfigProblems(problems)) }
    }

    #[cfg(test)]
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.asked.borrow().clone()
    }
}

fn table_of(node: &Node) -> Option<&BTreeMap<String, Node>> {
    match &node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// One table of the configuration, with the reference's table as its defaults.
pub(crate) struct Section<'a> {
    reader: &'a Reader,
    path: String,
    place: String,
    given: Option<&'a BTreeMap<String, Node>>,
    reference: Option<&'a BTreeMap<String, Node>>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Section<'a> {
    /// Full path of `key`, e.g. `mailbox[0].port`.
    pub(crate) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn given(&self, key: &str) -> Option<&'a Node> {
        self.asked.borrow_mut().insert(key.to_owned());
        let shape: String = self.path_of(key).replace(|c: char| c.is_ascii_digit(), "");
        self.reader.asked.borrow_mut().insert(shape.replace("[]", ""));
        self.given?.get(key)
    }

    fn value(&self, key: &str) -> Option<&'a Node> {
        let given = self.given(key);
        given.or_else(|| self.reference?.get(key))
    }

    /// Records a problem with `key`.
    pub(crate) fn problem(&self, key: &str, message: &str, fix: &str) {
        let node = self.given.and_then(|table| table.get(key));
        let path = self.path_of(key);
        self.reader.problems.borrow_mut().push(ConfigProblem {
            value: node.and_then(|node| shown(&path, &node.value)),
            place: node.map_or_else(|| self.place.clone(), |node| node.place.clone()),
            key: path,
            message: message.to_owned(),
            fix: fix.to_owned(),
        });
    }

    /// Whether `key` was given.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.given.is_some_and(|table| table.contains_key(key))
    }

    fn read<T>(
        &self,
        key: &str,
        node: Option<&'a Node>,
        fix: &str,
        convert: impl Fn(&'a Node) -> Option<T>,
    ) -> Option<T> {
        let node = node?;
        let value = convert(node);
        if value.is_none() {
            self.problem(key, "has a value that cannot be used", fix);
        }
        let path = self.path_of(key);
        let place = self.has(key).then(|| node.place.clone());
        let value_shown = shown(&path, &node.value).unwrap_or_default();
        let setting = Setting { key: path.clone(), value: value_shown, place };
        self.reader.settings.borrow_mut().insert(path, setting);
        value
    }

    /// A text with a default; may be empty.
    pub(crate) fn text(&self, key: &str) -> String {
        self.read(key, self.value(key), "write a text in quotes", text_of).unwrap_or_default()
    }

    /// A text that may be left out.
    pub(crate) fn optional_text(&self, key: &str) -> Option<String> {
        self.read(key, self.given(key), "write a text in quotes", text_of)
            .filter(|text| !text.is_empty())
    }

    /// A text that must be given.
    pub(crate) fn required_text(&self, key: &str) -> String {
        let node = self.given(key);
        let text = self.read(key, node, "write a text in quotes", text_of).unwrap_or_default();
        if text.is_empty() {
            self.problem(key, "must be given", "see config.toml for an example");
        }
        text
    }

    /// A path that may be left out.
    pub(crate) fn optional_path(&self, key: &str) -> Option<PathBuf> {
        self.optional_text(key).map(PathBuf::from)
    }

    /// The `dir` of a small section, and the end of that section.
    pub(crate) fn folder(self, key: &str) -> Option<PathBuf> {
        let text = self.text(key);
        self.end();
        (!text.is_empty()).then(|| PathBuf::from(text))
    }

    /// A whole number from `low` to `high`.
    pub(crate) fn integer(&self, key: &str, low: u32, high: u32) -> u32 {
        let fix = format!("write a whole number from {low} to {high}");
        self.read(key, self.value(key), &fix, |node| {
            u32::try_from(integer_of(node)?).ok().filter(|number| (low..=high).contains(number))
        })
        .unwrap_or(low)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.read(key, self.value(key), "write true or false", |node| match &node.value {
            Value::Flag(flag) => Some(*flag),
            Value::Text(text) if node.is_from_environment => text.parse().ok(),
            _ => None,
        })
        .unwrap_or_default()
    }

    /// A duration with its unit, more than nothing.
    pub(crate) fn duration(&self, key: &str) -> Duration {
        let fix = "write a number and ms, s, m, h or d, e.g. \"15m\"";
        let longer_than_nothing = |duration: &Duration| !duration.is_zero();
        self.read(key, self.value(key), fix, |node| {
            text_of(node).and_then(|text| unit::duration(&text)).filter(longer_than_nothing)
        })
        .unwrap_or(Duration::from_secs(1))
    }

    /// A size in bytes.
    pub(crate) fn size(&self, key: &str) -> u64 {
        let fix = "write a number and B, KiB, MiB or GiB, e.g. \"25MiB\"";
        self.read(key, self.value(key), fix, |node| unit::size(&text_of(node)?)).unwrap_or_default()
    }

    /// One of a closed set of words.
    pub(crate) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let fix = format!("write one of: {}", list.join(", "));
        self.read(key, self.value(key), &fix, |node| {
            let text = text_of(node)?;
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        })
    }

    /// A list of texts; from the environment, separated by commas.
    pub(crate) fn given_list(&self, key: &str) -> Vec<String> {
        let fix = "write a list of texts, e.g. [\"a\", \"b\"]";
        self.read(key, self.given(key), fix, |node| match &node.value {
            Value::List(items) => items.iter().map(text_of).collect(),
            Value::Text(text) if node.is_from_environment => {
                Some(text.split(',').map(|item| item.trim().to_owned()).collect())
            }
            _ => None,
        })
        .unwrap_or_default()
    }

    /// `<name>_file` or `<name>_env`, not both.
    pub(crate) fn secret(&self, name: &str) -> Option<SecretSource> {
        let (file, variable) = (format!("{name}_file"), format!("{name}_env"));
        let path = self.optional_path(&file);
        let held = self.optional_text(&variable);
        match (path, held) {
            (Some(_), Some(_)) => {
                self.problem(&variable, &format!("is given beside {file}"), "keep one of the two");
                None
            }
            (Some(path), None) => Some(SecretSource::File(path)),
            (None, Some(name)) => match self.reader.given.variables.get(&name) {
                Some(value) if !value.is_empty() => {
                    Some(SecretSource::Held(SecretString::from(value.clone())))
                }
                _ => {
                    self.problem(&variable, "names a variable that is not set", "set it");
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// The table under `key`; an absent one has the defaults.
    pub(crate) fn table(&self, key: &str) -> Section<'a> {
        let given = self.given(key);
        if given.is_some_and(|node| table_of(node).is_none()) {
            self.problem(key, "is not a table", &format!("write [{key}] on a line of its own"));
        }
        Section {
            reader: self.reader,
            path: self.path_of(key),
            place: given.map_or_else(|| self.place.clone(), |node| node.place.clone()),
            given: given.and_then(table_of),
            reference: self.reference.and_then(|table| table.get(key)).and_then(table_of),
            asked: RefCell::default(),
        }
    }

    /// The table under `key`, if it was given.
    pub(crate) fn optional_table(&self, key: &str) -> Option<Section<'a>> {
        self.given(key).map(|_| self.table(key))
    }

    /// The list of tables under `key`.
    pub(crate) fn tables(&self, key: &str) -> Vec<Section<'a>> {
        let Some(node) = self.given(key) else { return Vec::new() };
        let Value::List(items) = &node.value else {
            self.problem(key, "is not a list of tables", &format!("write [[{key}]]"));
            return Vec::new();
        };
        let sample = self.reference.and_then(|table| table.get(key)).and_then(first_of);
        let sections = items.iter().enumerate().map(|(index, item)| Section {
            reader: self.reader,
            path: self.path_of(&format!("{key}[{index}]")),
            place: item.place.clone(),
            given: table_of(item),
            reference: sample.and_then(table_of),
            asked: RefCell::default(),
        });
        sections.collect()
    }

    /// Reports the keys that nobody asked for.
    pub(crate) fn end(&self) {
        let asked = self.asked.borrow();
        for key in self.given.iter().flat_map(|table| table.keys()) {
            if asked.contains(key) {
                continue;
            }
            let inline_secret =
                ["_file", "_env"].iter().any(|end| asked.contains(&format!("{key}{end}")));
            if inline_secret {
                let fix = format!(
                    "use {key}_file or {key}_env, and change the secret: it was written down"
                );
                self.problem(key, "is a secret and must not stand here", &fix);
            } else {
                let near = asked.iter().min_by_key(|known| distance(known, key));
                let fix = near.filter(|known| distance(known, key) <= 3).map_or_else(
                    || "remove it; config.toml lists every key".to_owned(),
                    |known| format!("did you mean {known}?"),
                );
                self.problem(key, "is not a setting", &fix);
            }
        }
    }
}

fn first_of(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::List(items) => items.first(),
        _ => None,
    }
}

fn text_of(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn integer_of(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Integer(number) => Some(*number),
        Value::Text(text) if node.is_from_environment => text.parse().ok(),
        _ => None,
    }
}

// Levenshtein on bytes, for "did you mean"; keys are short.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut next = vec![i + 1];
        for ((right, over), diagonal) in b.bytes().zip(row.iter().skip(1)).zip(&row) {
            let beside = next.last().copied().unwrap_or_default();
            let change = diagonal + usize::from(left != right);
            next.push(change.min(over + 1).min(beside + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
