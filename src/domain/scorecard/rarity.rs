//! How seldom a literal is seen in borrowers' mail, estimated: the seldomer,
//! the less there is to confirm.

/// Bits that one more letter of a word is worth. English text carries one to
/// three (Shannon 1951); more letters of a rule's word are seldom chance.
const BITS_A_LETTER: f64 = 2.4;
/// Bits that a word is worth at most which stands in every other mail.
const BITS_OF_COMMON: f64 = 8.0;

/// Words that mails to a servicer are full of, English and Spanish.
const COMMON: &[&str] = &[
    "a",
    "about",
    "account",
    "all",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "ask",
    "asked",
    "at",
    "back",
    "bank",
    "be",
    "because",
    "been",
    "being",
    "but",
    "by",
    "call",
    "called",
    "can",
    "company",
    "con",
    "could",
    "cuenta",
    "date",
    "day",
    "days",
    "de",
    "del",
    "did",
    "didnt",
    "do",
    "does",
    "dont",
    "e",
    "el",
    "en",
    "es",
    "esta",
    "for",
    "from",
    "get",
    "got",
    "had",
    "has",
    "hasta",
    "have",
    "he",
    "help",
    "home",
    "house",
    "how",
    "i",
    "if",
    "in",
    "information",
    "is",
    "it",
    "just",
    "la",
    "las",
    "last",
    "le",
    "les",
    "letter",
    "like",
    "lo",
    "loan",
    "los",
    "made",
    "mail",
    "make",
    "me",
    "mi",
    "month",
    "months",
    "more",
    "mortgage",
    "my",
    "n't",
    "need",
    "new",
    "no",
    "not",
    "now",
    "of",
    "on",
    "one",
    "only",
    "or",
    "other",
    "our",
    "out",
    "over",
    "pago",
    "paid",
    "para",
    "pay",
    "payment",
    "payments",
    "please",
    "por",
    "que",
    "receive",
    "received",
    "said",
    "say",
    "se",
    "send",
    "sent",
    "she",
    "since",
    "so",
    "still",
    "su",
    "that",
    "the",
    "their",
    "them",
    "there",
    "they",
    "this",
    "time",
    "to",
    "told",
    "un",
    "una",
    "until",
    "up",
    "us",
    "want",
    "was",
    "we",
    "week",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "will",
    "with",
    "would",
    "year",
    "years",
    "you",
    "your",
];

/// Bits of a set of literals of which any one will do: minus the logarithm of
/// how often one of them stands at a given place.
pub(super) fn bits<'l>(literals: impl Iterator<Item = &'l [u8]>) -> f64 {
    let seen: f64 = literals.map(|literal| (-bits_of(literal)).exp2()).sum();
    -seen.log2()
}

fn bits_of(literal: &[u8]) -> f64 {
    literal.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).map(of_word).sum()
}

fn of_word(word: &[u8]) -> f64 {
    let letters = f64::from(u32::try_from(word.len()).unwrap_or(u32::MAX));
    let bits = letters * BITS_A_LETTER;
    let is_common = COMMON.binary_search_by(|common| common.as_bytes().cmp(word)).is_ok();
    if is_common { bits.min(BITS_OF_COMMON) } else { bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_words_are_in_order() {
        assert!(COMMON.is_sorted());
    }

    #[test]
    fn a_rare_word_outweighs_a_common_one_and_one_word_several() {
        let of = |set: &[&str]| bits(set.iter().map(|word| word.as_bytes()));
        assert!(of(&["misapplied"]) > of(&["payment"]));
        assert!(of(&["do not"]) > of(&["not"]));
        assert!(of(&["escrow"]) > of(&["escrow", "have", "will"]));
    }
}
