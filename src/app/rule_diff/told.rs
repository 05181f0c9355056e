//! What a change of a rule file means, row by row and in words: which rows are
//! new or gone, and what the others say now.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

/// Most lines of one file; the unified diff has the rest.
const MOST_LINES: usize = 200;
/// Longest value shown, in characters.
const MOST_VALUE: usize = 120;
/// Keys that name a row, the best first.
const NAMES: [&str; 6] = ["id", "name", "kind", "point", "from", "date"];

/// What one key of a row holds.
#[derive(Debug, PartialEq, Eq)]
enum Held {
    One(String),
    Several(Vec<String>),
}

/// The rows of a file: row and key to what is held there.
type Rows = BTreeMap<(String, String), Held>;

/// The differences of two texts of one file; empty when one of them is no TOML.
#[must_use]
pub(super) fn told(old: &str, new: &str) -> Vec<String> {
    let (Some(old), Some(new)) = (rows(old), rows(new)) else { return Vec::new() };
    let names =
        |rows: &Rows| -> BTreeSet<String> { rows.keys().map(|key| key.0.clone()).collect() };
    let (was, is) = (names(&old), names(&new));
    let mut lines: Vec<String> = Vec::new();
    lines.extend(was.difference(&is).map(|row| format!("{row}: gone")));
    lines.extend(is.difference(&was).map(|row| format!("{row}: new")));
    let in_both = |row: &str| was.contains(row) && is.contains(row);
    let keys: BTreeSet<&(String, String)> = old.keys().chain(new.keys()).collect();
    for key in keys.into_iter().filter(|key| in_both(&key.0)) {
        lines.extend(change(key, old.get(key), new.get(key)));
    }
    lines.truncate(MOST_LINES);
    lines
}

fn change((row, key): &(String, String), old: Option<&Held>, new: Option<&Held>) -> Option<String> {
    let what = match (old, new) {
        (Some(old), Some(new)) if old == new => return None,
        (Some(Held::Several(old)), Some(Held::Several(new))) => {
            let gone = old.iter().filter(|one| !new.contains(one)).map(|one| format!("− {one}"));
            let added = new.iter().filter(|one| !old.contains(one)).map(|one| format!("+ {one}"));
            let all: Vec<String> = gone.chain(added).collect();
            if all.is_empty() { "another order".to_owned() } else { all.join(", ") }
        }
        (Some(old), Some(new)) => format!("{} → {}", shown(old), shown(new)),
        (Some(old), None) => format!("− {}", shown(old)),
        (None, Some(new)) => format!("+ {}", shown(new)),
        (None, None) => return None,
    };
    Some(format!("{row}, {key}: {what}"))
}

fn shown(held: &Held) -> String {
    match held {
        Held::One(text) => text.clone(),
        Held::Several(all) => all.join(", "),
    }
}

fn rows(text: &str) -> Option<Rows> {
    let mut rows = Rows::new();
    walk(&mut rows, "the file", "", &text.parse::<Table>().ok()?);
    Some(rows)
}

fn walk(rows: &mut Rows, row: &str, path: &str, table: &Table) {
    for (key, value) in table {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        match value {
            Value::Table(inner) => walk(rows, row, &path, inner),
            Value::Array(all) if all.first().is_some_and(Value::is_table) => {
                for (at, inner) in all.iter().filter_map(Value::as_table).enumerate() {
                    let named = format!("{path} {}", name(inner, at));
                    let row = if row == "the file" { named } else { format!("{row}, {named}") };
                    walk(rows, &row, "", inner);
                }
            }
            Value::Array(all) => {
                let held = Held::Several(all.iter().map(text_of).collect());
                rows.insert((row.to_owned(), path), held);
            }
            one => {
                rows.insert((row.to_owned(), path), Held::One(text_of(one)));
            }
        }
    }
}

fn name(table: &Table, at: usize) -> String {
    let named = NAMES.iter().find_map(|key| table.get(*key).and_then(Value::as_str));
    named.map_or_else(|| format!("number {}", at + 1), str::to_owned)
}

fn text_of(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("\u{201c}{text}\u{201d}"),
        other => other.to_string(),
    };
    if text.chars().nth(MOST_VALUE).is_none() {
        return text;
    }
    text.chars().take(MOST_VALUE).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_named_and_their_values_compared() {
        let old = "limit = 3\n[[route]]\nid = \"a\"\nqueue = \"front\"\nwhen = { flag = [\"x\"] }\n\
                   [[route]]\nid = \"b\"\nqueue = \"front\"\n";
        let new = "limit = 4\n[[route]]\nid = \"a\"\nqueue = \"legal\"\n\
                   when = { flag = [\"x\", \"y\"] }\n[[route]]\nid = \"c\"\nqueue = \"front\"\n";
        assert_eq!(
            told(old, new),
            [
                "route b: gone",
                "route c: new",
                "route a, queue: \u{201c}front\u{201d} → \u{201c}legal\u{201d}",
                "route a, when.flag: + \u{201c}y\u{201d}",
                "the file, limit: 3 → 4",
            ]
        );
        assert_eq!(told(old, old), Vec::<String>::new());
    }

    #[test]
    fn rows_within_rows_are_told_with_their_parents_and_nothing_is_endless() {
        let card = |weight: &str| {
            format!(
                "[[category]]\nid = \"e\"\n[[category.evidence]]\nid = \"e.x\"\nweight = {weight}\n"
            )
        };
        assert_eq!(
            told(&card("1.0"), &card("2.0")),
            ["category e, evidence e.x, weight: 1.0 → 2.0"]
        );
        let many: String = (0..500).map(|n| format!("k{n} = {n}\n")).collect();
        assert_eq!(told("", &many).len(), 1, "the file itself is new");
        assert_eq!(told("z = 1\n", &format!("z = 1\n{many}")).len(), MOST_LINES);
        let long = format!("a = \"{}\"", "ñ".repeat(500));
        assert!(told("a = \"b\"", &long)[0].chars().count() < 200);
        assert_eq!(told("no toml", &many), Vec::<String>::new());
    }
}
