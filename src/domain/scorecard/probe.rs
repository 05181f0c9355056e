//! What one pattern costs at worst: texts made to keep it busy, and the same
//! search that mail goes through, for that pattern alone.

use aho_corasick::AhoCorasick;
use regex_automata::hybrid::dfa::DFA;
use regex_automata::{Input, nfa::thompson, util::syntax};
use regex_syntax::hir::{Class, Hir, HirKind};

use super::matcher::search;
use super::pattern::{Confirm, Pattern, parse};

/// Memory of the automaton that the search builds as it goes, bytes: what the
/// regex crate gives it. A pattern that fills it falls back to a slower search.
const MOST_AUTOMATON: usize = 2 << 20;
/// Longest sample of a match, bytes.
const LONGEST_SAMPLE: usize = 600;

/// One pattern by itself.
pub struct Probe<'a> {
    pattern: &'a Pattern,
    automaton: Option<AhoCorasick>,
    hir: Option<Hir>,
}

impl<'a> Probe<'a> {
    /// Of `pattern`; `None` when there is nothing to try: a word or a list of
    /// words is found without an expression.
    #[must_use]
    pub fn of(pattern: &'a Pattern) -> Option<Self> {
        let Confirm::Expression { .. } = pattern.confirm else { return None };
        let automaton = AhoCorasick::new(pattern.literals.iter().map(|one| &one.bytes)).ok();
        Some(Self { pattern, automaton, hir: parse(&pattern.expanded).ok() })
    }

    /// Texts of `bytes` bytes that hold as many matches, near misses and
    /// literals of the pattern as can be, in order and shuffled.
    #[must_use]
    pub fn worst_texts(&self, bytes: usize) -> Vec<Vec<u8>> {
        let sample = self.sample(&mut Choice::Longest);
        let near_miss = sample.split_last().map(|(_, most)| most).unwrap_or_default();
        let literal = self.pattern.literals.iter().max_by_key(|one| one.bytes.len());
        let literal = literal.map(|one| one.bytes.as_slice()).unwrap_or_default();
        vec![
            filled(&[&sample, b" "], bytes),
            filled(&[near_miss, b"~ "], bytes),
            filled(&[literal, b" "], bytes),
            filled(&[literal, b" a a a a a a a a "], bytes),
            self.shuffled(bytes),
        ]
    }

    /// How many matches `text` has, found as in a mail.
    #[must_use]
    pub fn count(&self, text: &[u8]) -> usize {
        let Some(automaton) = &self.automaton else { return 0 };
        let owner = |literal: usize| Some((0, self.pattern, self.pattern.literals.get(literal)?));
        search(automaton, text, 1, owner).first().map_or(0, Vec::len)
    }

    /// Whether the search over `text` needs more states than it has room for.
    #[must_use]
    pub fn overflows(&self, text: &[u8]) -> bool {
        let config = DFA::config()
            .cache_capacity(MOST_AUTOMATON)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(0));
        let built = DFA::builder()
            .configure(config)
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().utf8(false))
            .build(&self.pattern.expanded);
        let Ok(automaton) = built else { return true };
        let mut cache = automaton.create_cache();
        let mut from = 0;
        // Every match ends the search; the states it met stay.
        while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
            match automaton.try_search_fwd(&mut cache, &Input::new(rest)) {
                Ok(Some(end)) => from += end.offset().max(1),
                Ok(None) => return false,
                Err(_) => return true,
            }
        }
        false
    }

    fn sample(&self, choice: &mut Choice) -> Vec<u8> {
        let mut text = Vec::new();
        if let Some(hir) = &self.hir {
            write_sample(hir, choice, &mut text);
        }
        text.truncate(LONGEST_SAMPLE);
        text
    }

    /// Matches and near misses, no two alike; the same for the same pattern.
    fn shuffled(&self, bytes: usize) -> Vec<u8> {
        let mut choice = Choice::Shuffled(0x2545_f491_4f6c_dd1d);
        let mut text = Vec::with_capacity(bytes + LONGEST_SAMPLE);
        while text.len() < bytes {
            let sample = self.sample(&mut choice);
            // Few are whole: the search ends after some matches.
            let kept = if choice.below(8) == 0 { sample.len() } else { sample.len() * 7 / 8 };
            text.extend_from_slice(sample.get(..kept).unwrap_or_default());
            text.push(b' ');
        }
        text.truncate(bytes);
        text
    }
}

fn filled(pieces: &[&[u8]], bytes: usize) -> Vec<u8> {
    pieces.concat().into_iter().cycle().take(bytes).collect()
}

/// Which of the texts that a pattern matches is written.
enum Choice {
    /// As long as it can be.
    Longest,
    /// Another one each time, by a xorshift generator.
    Shuffled(u64),
}

impl Choice {
    /// A number below `limit`; the last one for the longest text.
    fn below(&mut self, limit: usize) -> usize {
        match self {
            Self::Longest => limit.saturating_sub(1),
            Self::Shuffled(state) => {
                *state ^= *state << 13;
                *state ^= *state >> 7;
                *state ^= *state << 17;
                usize::try_from(*state >> 33).unwrap_or(0) % limit.max(1)
            }
        }
    }
}

fn write_sample(hir: &Hir, choice: &mut Choice, text: &mut Vec<u8>) {
    if text.len() >= LONGEST_SAMPLE {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(one) => text.extend_from_slice(&one.0),
        HirKind::Class(class) => text.push(member(class, choice)),
        HirKind::Capture(group) => write_sample(&group.sub, choice, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write_sample(part, choice, text)),
        HirKind::Alternation(branches) => {
            if let Some(branch) = branches.get(choice.below(branches.len())) {
                write_sample(branch, choice, text);
            }
        }
        HirKind::Repetition(repeated) => {
            let most = repeated.max.unwrap_or(repeated.min.saturating_add(1)).min(600);
            let spread = most.saturating_sub(repeated.min) as usize + 1;
            for _ in 0..repeated.min as usize + choice.below(spread) {
                let before = text.len();
                write_sample(&repeated.sub, choice, text);
                if text.len() == before {
                    break;
                }
            }
        }
    }
}

/// A letter of the class when it has one.
fn member(class: &Class, choice: &mut Choice) -> u8 {
    let has = |byte: &u8| match class {
        Class::Bytes(bytes) => {
            bytes.ranges().iter().any(|range| (range.start()..=range.end()).contains(byte))
        }
        Class::Unicode(letters) => letters
            .ranges()
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&char::from(*byte))),
    };
    let letters: Vec<u8> = (b'a'..=b'z').chain([b' ']).filter(has).collect();
    match letters.get(choice.below(letters.len())) {
        Some(letter) => *letter,
        None => (b'!'..=b'~').find(has).unwrap_or(b'0'),
    }
}

#[cfg(test)]
mod tests {
    use super::super::WordLists;
    use super::*;

    fn pattern(written: &str) -> Pattern {
        Pattern::compile(written, &WordLists::new()).unwrap()
    }

    #[test]
    fn the_worst_texts_hold_matches() {
        for written in ["payment ~ not (?:credited|applied)", "fee[a-z ]{0,40}wrong"] {
            let pattern = pattern(written);
            let probe = Probe::of(&pattern).unwrap();
            let texts = probe.worst_texts(2_000);
            assert!(texts.iter().all(|text| text.len() == 2_000));
            assert!(texts.iter().any(|text| probe.count(text) > 5), "{written}");
        }
        assert!(Probe::of(&pattern("late fee")).is_none(), "a word needs no expression");
    }

    #[test]
    fn a_pattern_whose_states_multiply_is_told_from_one_with_few() {
        let few = pattern("payment ~ late");
        let probe = Probe::of(&few).unwrap();
        assert!(!probe.worst_texts(64 * 1024).iter().any(|text| probe.overflows(text)));
        let many = pattern("fee [a-z]{0,40}e[a-z]{60}[a-m ]{30}");
        let probe = Probe::of(&many).unwrap();
        assert!(probe.worst_texts(64 * 1024).iter().any(|text| probe.overflows(text)));
    }
}
