//! What another wording changes, said in words: its fields and conditions, its
//! links, and the phrases that the table asks for.

use std::collections::{BTreeMap, BTreeSet};

use super::book::WordingBook;
use super::{Audience, LetterChannel, SampleWords, link};

/// Two wordings of one letter, each as its template has it.
#[derive(Clone, Copy, Debug)]
pub struct TwoWordings<'a> {
    /// Template name.
    pub template: &'a str,
    /// To whom it goes.
    pub audience: Audience,
    /// `en` or `es`.
    pub locale: &'a str,
    /// Every part of the former.
    pub former: &'a str,
    /// Every part of the new one.
    pub new: &'a str,
}

/// One thing that only one of two wordings has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WordingChange {
    /// Whether the new one has it.
    pub is_added: bool,
    /// What it is, e.g. `the field {{answer_by}}`.
    pub what: String,
}

/// Everything that one of `two` has and the other has not.
#[must_use]
pub fn changes(book: &WordingBook, two: &TwoWordings<'_>) -> Vec<WordingChange> {
    let (former, new) = (told(book, two, two.former), told(book, two, two.new));
    let gone = former.difference(&new).map(|what| (false, what));
    let added = new.difference(&former).map(|what| (true, what));
    gone.chain(added)
        .map(|(is_added, what)| WordingChange { is_added, what: what.clone() })
        .collect()
}

fn told(book: &WordingBook, two: &TwoWordings<'_>, text: &str) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = text.split("{{").skip(1).filter_map(tag).collect();
    all.extend(link::hosts_in(text).into_iter().map(|(_, words)| format!("the link {words}")));
    let sample = SampleWords {
        template: two.template,
        audience: two.audience,
        locale: two.locale,
        channel: LetterChannel::Mail,
        is_fdcpa_covered: true,
        subject: "",
        text,
        values: &BTreeMap::new(),
        own_hosts: &[],
    };
    all.extend(book.said_in(&sample).map(|(says, why)| format!("it says {says} ({why})")));
    all
}

/// A field or a condition from the inside of a tag.
fn tag(rest: &str) -> Option<String> {
    let inside = rest.split("}}").next()?.trim_matches(['~', ' ']);
    match inside.chars().next()? {
        '#' | '^' => {
            let field = inside.rsplit(' ').next().unwrap_or_default();
            Some(format!("a part that depends on {field}"))
        }
        letter if letter.is_alphabetic() && inside != "else" => {
            Some(format!("the field {{{{{inside}}}}}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::PolicyFiles;

    fn book() -> WordingBook {
        let text = "[reading]\nen_grade_at_most = 8.0\nes_index_at_least = 55.0\n\n[[require]]\n\
                    id = \"receipt\"\nsays = \"that it was received\"\nbecause = \"house rule\"\n\
                    en = [\"we received your email\"]\nes = [\"recibimos su correo\"]\n";
        let files = PolicyFiles::from([("letters-wording.toml".to_owned(), text.to_owned())]);
        let mut problems = Vec::new();
        let book = WordingBook::load(&files, &mut problems);
        assert_eq!(problems, []);
        book
    }

    #[test]
    fn fields_conditions_links_and_required_phrases_are_named() {
        let two = TwoWordings {
            template: "ack_general",
            audience: Audience::Anyone,
            locale: "en",
            former: "We received your email on {{received_on}}. {{#if a}}x{{else}}y{{/if}}",
            new: "Thank you. {{answer_by}} https://example.com/help {{#unless b}}x{{/unless}}",
        };
        let told = changes(&book(), &two);
        let lines: Vec<String> = told
            .iter()
            .map(|one| format!("{}{}", if one.is_added { '+' } else { '-' }, one.what))
            .collect();
        assert_eq!(
            lines,
            [
                "-a part that depends on a",
                "-it says that it was received (house rule)",
                "-the field {{received_on}}",
                "+a part that depends on b",
                "+the field {{answer_by}}",
                "+the link https://example.com/help",
            ]
        );
        assert_eq!(changes(&book(), &TwoWordings { new: two.former, ..two }), []);
    }
}
