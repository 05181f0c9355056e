//! Other weights in the rule files, with every comment and every line that has
//! nothing to do with them left as it is.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item, TableLike, Value};

use crate::domain::policy::PolicyFiles;

/// The files with the weights of `weights`; caps grow and shrink with them.
/// Files without any of them are left out.
#[must_use]
pub fn rewritten(files: &PolicyFiles, weights: &BTreeMap<&str, f64>) -> PolicyFiles {
    let changed = |(name, text): (&String, &String)| {
        let mut document: DocumentMut = text.parse().ok()?;
        let mut count = 0;
        for card in ["category", "flag"] {
            if let Some(Item::ArrayOfTables(cards)) = document.get_mut(card) {
                cards.iter_mut().for_each(|card| count += rewrite_card(card, weights));
            }
        }
        (count > 0).then(|| (name.clone(), document.to_string()))
    };
    files.iter().filter_map(changed).collect()
}

fn rewrite_card(card: &mut toml_edit::Table, weights: &BTreeMap<&str, f64>) -> usize {
    match card.get_mut("evidence") {
        Some(Item::ArrayOfTables(lines)) => {
            lines.iter_mut().map(|line| rewrite_line(line, weights)).sum()
        }
        Some(Item::Value(Value::Array(lines))) => lines
            .iter_mut()
            .filter_map(Value::as_inline_table_mut)
            .map(|line| rewrite_line(line, weights))
            .sum(),
        _ => 0,
    }
}

fn rewrite_line(line: &mut dyn TableLike, weights: &BTreeMap<&str, f64>) -> usize {
    let id = line.get("id").and_then(Item::as_str).unwrap_or_default();
    let Some(&weight) = weights.get(id) else { return 0 };
    let number = |item: Option<&Item>| {
        item.and_then(|item| {
            item.as_float().or_else(|| item.as_integer().map(|whole| whole as f64))
        })
    };
    let now = number(line.get("weight")).unwrap_or(1.0);
    if let Some(cap) = number(line.get("cap")) {
        let grown = (cap * weight / now * 100.0).round() / 100.0;
        // Rounding must not leave a cap below its weight.
        set(line, "cap", if grown.abs() < weight.abs() { weight } else { grown });
    }
    set(line, "weight", weight);
    1
}

/// Puts a number in place of another one, with the comment behind it.
fn set(line: &mut dyn TableLike, key: &str, number: f64) {
    let mut value = Value::from(number);
    match line.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => {
            line.insert(key, Item::Value(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_numbers_change() {
        let text = "# What borrowers say.\n[[category]]\nid = \"a\" # the first\n\n  \
                    [[category.evidence]]\n  id = \"a.x\"\n  weight = 0.5 # seen often\n  cap = 1.5\n  \
                    any = [\n    \"late fee\", # a comment\n  ]\n\n  [[category.evidence]]\n  \
                    id = \"a.y\"\n  any = [\"fee\"]\n";
        let files = PolicyFiles::from([
            ("categories/a.toml".to_owned(), text.to_owned()),
            ("queues.toml".to_owned(), "# nothing\n".to_owned()),
        ]);
        let changed = rewritten(&files, &BTreeMap::from([("a.x", 0.75)]));
        assert_eq!(changed.len(), 1);
        let wanted =
            text.replace("weight = 0.5", "weight = 0.75").replace("cap = 1.5", "cap = 2.25");
        assert_eq!(changed["categories/a.toml"], wanted);
    }

    #[test]
    fn a_weight_that_was_not_written_is_added() {
        let text = "[[flag]]\nid = \"f\"\nevidence = [{ id = \"f.x\", any = [\"fee\"] }]\n";
        let files = PolicyFiles::from([("flags.toml".to_owned(), text.to_owned())]);
        let changed = rewritten(&files, &BTreeMap::from([("f.x", 0.6)]));
        let parsed: toml::Table = changed["flags.toml"].parse().unwrap();
        assert_eq!(parsed["flag"][0]["evidence"][0]["weight"].as_float(), Some(0.6));
    }
}
