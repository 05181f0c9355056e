//! Where values come from: the file with its lines, then the environment over it.

use std::collections::BTreeMap;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{ConfigProblem, ConfigProblems};

const PREFIX: &str = "TIERLINE__";
// An index beyond this is a slip, not a mailbox.
const MAX_ITEMS: usize = 100;

/// A value with the place it was written at.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: String,
    pub(crate) is_from_environment: bool,
}

/// The shapes a configuration can have.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
    Flag(bool),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
    /// A TOML type that no key takes, by its name.
    Other(&'static str),
}

/// The file and the environment, merged.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) root: Node,
    pub(crate) variables: BTreeMap<String, String>,
}

impl Source {
    /// Reads `text` and lays `TIERLINE__A__B` variables over it.
    pub(crate) fn read(
        name: &str,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigProblems> {
        let mut root = Self::parse(name, text)?;
        let variables: BTreeMap<String, String> = environment.into_iter().collect();
        let mut problems = Vec::new();
        for (variable, value) in &variables {
            let Some(path) = variable.strip_prefix(PREFIX) else { continue };
            let steps: Vec<String> = path.split("__").map(str::to_ascii_lowercase).collect();
            if !root.set(&steps, value, variable) {
                problems.push(ConfigProblem {
                    key: steps.join("."),
                    place: variable.clone(),
                    value: None,
                    message: "names no place in the configuration".to_owned(),
                    fix: "write TIERLINE__SECTION__KEY, or unset it".to_owned(),
                });
            }
        }
        if problems.is_empty() {
            Ok(Self { root, variables })
        } else {
            Err(ConfigProblems(problems))
        }
    }

    /// The tree of one TOML text.
    pub(crate) fn parse(name: &str, text: &str) -> Result<Node, ConfigProblems> {
        let (table, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            let lines = Lines { name, text };
            return Ok(lines.table(table.get_ref(), 0));
        }
        let problems = errors.iter().map(|error| ConfigProblem {
            key: String::new(),
            place: format!("{name}:{}", line_at(text, error.span().map_or(0, |span| span.start))),
            value: None,
            message: format!("is not TOML: {}", error.message()),
            fix: String::new(),
        });
        Err(ConfigProblems(problems.collect()))
    }
}

struct Lines<'a> {
    name: &'a str,
    text: &'a str,
}

impl Lines<'_> {
    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let start = value.span().start;
        let shape = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Value::Other("an integer out of range"), Value::Integer),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Array(items) => {
                Value::List(items.iter().map(|item| self.node(item)).collect())
            }
            DeValue::Table(table) => return self.table(table, start),
            DeValue::Float(_) => Value::Other("a fraction"),
            DeValue::Datetime(_) => Value::Other("a date"),
        };
        Node { value: shape, place: self.place(start), is_from_environment: false }
    }

    fn table(&self, table: &DeTable<'_>, start: usize) -> Node {
        let entries = table.iter().map(|(key, value)| {
            let mut node = self.node(value);
            // A table's own span may be empty; its key always has one.
            node.place = self.place(key.span().start);
            (key.get_ref().to_string(), node)
        });
        Node {
            value: Value::Table(entries.collect()),
            place: self.place(start),
            is_from_environment: false,
        }
    }

    fn place(&self, start: usize) -> String {
        format!("{}:{}", self.name, line_at(self.text, start))
    }
}

fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count()
}

impl Node {
    fn set(&mut self, steps: &[String], value: &str, variable: &str) -> bool {
        let leaf =
            |shape| Node { value: shape, place: variable.to_owned(), is_from_environment: true };
        let Some((first, rest)) = steps.split_first() else {
            *self = leaf(Value::Text(value.to_owned()));
            return true;
        };
        match &mut self.value {
            Value::Table(table) => {
                let indexed = rest.first().is_some_and(|step| step.parse::<usize>().is_ok());
                let empty = match (rest.is_empty(), indexed) {
                    (true, _) => Value::Text(String::new()),
                    (false, true) => Value::List(Vec::new()),
                    (false, false) => Value::Table(BTreeMap::new()),
                };
                let next = table.entry(first.clone()).or_insert_with(|| leaf(empty));
                !first.is_empty() && next.set(rest, value, variable)
            }
            Value::List(items) => {
                let Ok(index) = first.parse::<usize>() else { return false };
                if index > items.len() || index >= MAX_ITEMS {
                    return false;
                }
                if index == items.len() {
                    items.push(leaf(Value::Table(BTreeMap::new())));
                }
                items.get_mut(index).is_some_and(|item| item.set(rest, value, variable))
            }
            _ => false,
        }
    }
}
