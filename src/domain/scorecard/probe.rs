//! What one pattern costs at worst: texts made to keep it busy, and the same
//! search that mail goes through, for that pattern alone.

use aho_corasick::AhoCorasick;
use regex_automata::dfa::{StartKind, dense};
use regex_syntax::hir::{Class, Hir, HirKind};

use super::matcher::search;
use super::pattern::{Confirm, Pattern};

/// Memory of the automaton of one pattern, bytes: some ten thousand states.
const MOST_AUTOMATON: usize = 4 << 20;
/// Longest sample of a match, bytes.
const LONGEST_SAMPLE: usize = 1_000;

/// One pattern by itself.
pub struct Probe<'a> {
    pattern: &'a Pattern,
    automaton: Option<AhoCorasick>,
}

impl<'a> Probe<'a> {
    /// Of `pattern`.
    #[must_use]
    pub fn of(pattern: &'a Pattern) -> Self {
        Self { pattern, automaton: AhoCorasick::new(&pattern.literals).ok() }
    }

    /// Texts of `bytes` bytes that hold as many matches, near misses and
    /// literals of the pattern as can be.
    #[must_use]
    pub fn worst_texts(&self, bytes: usize) -> Vec<Vec<u8>> {
        let sample = &self.pattern.sample;
        let near_miss = sample.split_last().map(|(_, most)| most).unwrap_or_default();
        let literal = self.pattern.literals.iter().max_by_key(|one| one.len());
        let literal = literal.map(Vec::as_slice).unwrap_or_default();
        [
            filled(&[sample, b" "], bytes),
            filled(&[near_miss, b"~ "], bytes),
            filled(&[literal, b" "], bytes),
            filled(&[literal, b" a a a a a a a a "], bytes),
        ]
        .into()
    }

    /// How many matches `text` has, found as in a mail.
    #[must_use]
    pub fn count(&self, text: &[u8]) -> usize {
        let Some(automaton) = &self.automaton else { return 0 };
        let owner = |_| Some((0, self.pattern));
        search(automaton, text, 1, owner).first().map_or(0, Vec::len)
    }

    /// Whether a second look is worth while: a literal is its own match.
    #[must_use]
    pub const fn is_expression(&self) -> bool {
        matches!(self.pattern.confirm, Confirm::Expression { .. })
    }
}

fn filled(pieces: &[&[u8]], bytes: usize) -> Vec<u8> {
    pieces.concat().into_iter().cycle().take(bytes).collect()
}

/// Whether the pattern, tried at one place, needs no more states than an
/// automaton may have.
pub(super) fn has_few_states(expression: &str) -> bool {
    let config = dense::Config::new()
        .start_kind(StartKind::Anchored)
        .determinize_size_limit(Some(MOST_AUTOMATON))
        .dfa_size_limit(Some(MOST_AUTOMATON));
    let syntax = regex_automata::util::syntax::Config::new().unicode(false).utf8(false);
    dense::Builder::new().configure(config).syntax(syntax).build(expression).is_ok()
}

/// A long text that the pattern matches, or nearly does.
pub(super) fn sample(hir: &Hir) -> Vec<u8> {
    let mut text = Vec::new();
    write_sample(hir, &mut text);
    text.truncate(LONGEST_SAMPLE);
    text
}

fn write_sample(hir: &Hir, text: &mut Vec<u8>) {
    if text.len() >= LONGEST_SAMPLE {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(one) => text.extend_from_slice(&one.0),
        HirKind::Class(class) => text.push(member(class)),
        HirKind::Capture(group) => write_sample(&group.sub, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write_sample(part, text)),
        HirKind::Alternation(branches) => {
            let longest = branches.iter().max_by_key(|one| one.properties().maximum_len());
            longest.into_iter().for_each(|one| write_sample(one, text));
        }
        HirKind::Repetition(repeated) => {
            let times = repeated.max.unwrap_or(repeated.min.saturating_add(1)).min(1_000);
            for _ in 0..times {
                let before = text.len();
                write_sample(&repeated.sub, text);
                if text.len() == before {
                    break;
                }
            }
        }
    }
}

/// A letter of the class when it has one.
fn member(class: &Class) -> u8 {
    let has = |byte: u8| match class {
        Class::Bytes(bytes) => {
            bytes.ranges().iter().any(|range| (range.start()..=range.end()).contains(&byte))
        }
        Class::Unicode(letters) => letters
            .ranges()
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&char::from(byte))),
    };
    (b'a'..=b'z').chain(b'0'..=b'9').chain(b' '..=b'~').find(|&byte| has(byte)).unwrap_or(b'a')
}

#[cfg(test)]
mod tests {
    use super::super::WordLists;
    use super::*;

    #[test]
    fn the_worst_texts_hold_matches() {
        for written in ["late fee", "payment ~ not (?:credited|applied)", "fee[a-z ]{0,40}wrong"] {
            let pattern = Pattern::compile(written, &WordLists::new()).unwrap();
            let probe = Probe::of(&pattern);
            let texts = probe.worst_texts(2_000);
            assert!(texts.iter().all(|text| text.len() == 2_000));
            assert!(texts.iter().any(|text| probe.count(text) > 5), "{written}");
        }
    }

    #[test]
    fn states_are_counted() {
        assert!(has_few_states("payment[^.?!]{1,60}late"));
        assert!(!has_few_states("(?:a|b){0,20}a(?:a|b){20}fee"));
    }
}
