//! In which language the borrower wrote: English or Spanish, from the words
//! themselves in short texts, from letter statistics in longer ones.

use std::collections::HashMap;
use std::sync::LazyLock;

use whatlang::{Detector, Lang};

use super::fold::fold;

/// Only the beginning is looked at, bytes.
const LOOKED_AT: usize = 1024;

/// Words that only one of the two languages has, folded.
const SPANISH: &[&str] = &[
    "el",
    "la",
    "los",
    "las",
    "de",
    "del",
    "que",
    "por",
    "para",
    "con",
    "una",
    "mi",
    "mis",
    "su",
    "sus",
    "usted",
    "ustedes",
    "gracias",
    "hola",
    "favor",
    "buenos",
    "buenas",
    "dias",
    "tardes",
    "pago",
    "pagos",
    "pague",
    "prestamo",
    "hipoteca",
    "casa",
    "cuenta",
    "seguro",
    "ayuda",
    "necesito",
    "quiero",
    "quisiera",
    "tengo",
    "estoy",
    "donde",
    "cuando",
    "cuanto",
    "como",
    "cual",
    "porque",
    "pero",
    "muy",
    "esta",
    "este",
    "estado",
    "saldo",
    "impuestos",
    "carta",
    "cargo",
    "recargo",
    "recargos",
    "solicito",
    "solicitud",
    "contrasena",
    "escritura",
    "senor",
    "senora",
    "senores",
    "ya",
    "desde",
    "fue",
    "ha",
    "han",
    "les",
    "nos",
    "ni",
    "si",
    "sin",
    "liquidacion",
    "ejecucion",
    "modificacion",
    "declaracion",
    "banco",
    "dinero",
    "espanol",
];
const ENGLISH: &[&str] = &[
    "the",
    "my",
    "is",
    "are",
    "was",
    "were",
    "and",
    "of",
    "to",
    "for",
    "with",
    "you",
    "your",
    "please",
    "thanks",
    "thank",
    "hello",
    "hi",
    "dear",
    "payment",
    "loan",
    "mortgage",
    "need",
    "want",
    "have",
    "has",
    "had",
    "where",
    "when",
    "what",
    "how",
    "why",
    "not",
    "this",
    "that",
    "from",
    "been",
    "it",
    "i",
    "we",
    "they",
    "would",
    "could",
    "help",
    "account",
    "statement",
    "letter",
    "house",
    "home",
    "late",
    "fee",
    "bank",
    "regards",
    "sincerely",
    "an",
    "on",
    "at",
];

/// How words of the two languages end, and what is in them.
const SPANISH_ENDS: &[&str] = &[
    "cion", "ciones", "sion", "dad", "dades", "mente", "ando", "iendo", "aba", "aban", "aron",
    "ieron", "o", "a", "os", "as", "ez", "al", "ar", "ir", "bre", "rte", "nte", "nes", "ses",
    "mos", "dor", "cia", "lla", "llo", "rlo", "les", "res", "tes",
];
const ENGLISH_ENDS: &[&str] = &[
    "ing", "ed", "ly", "ness", "ment", "ments", "y", "t", "c", "g", "m", "p", "b", "f", "h", "k",
    "w", "v", "ts", "ms", "gs", "ks", "ps", "ns", "ds", "cs", "ys", "rs", "ls", "th", "ch", "sh",
    "d", "ce", "ge", "ve", "ke", "ine", "ture", "ry", "al", "er", "or", "ble", "ful", "ian", "ent",
    "ate", "ize", "ise", "cal",
];
const ENGLISH_PARTS: &[&str] = &[
    "w", "k", "th", "sh", "tion", "ght", "ee", "oo", "ck", "ph", "ss", "tt", "ff", "mm", "pp",
    "ea", "ou", "ai", "nn", "dd", "gg", "bb", "zz", "oa", "au",
];
const SPANISH_PARTS: &[&str] = &[
    "que", "qui", "gue", "gui", "rr", "ien", "ier", "ies", "iem", "iel", "iez", "ieg", "uen",
    "uer", "ues", "uev", "uel", "ueb", "ueg", "lla", "lle", "llo",
];

/// Whether a hint is Spanish.
static HINTS: LazyLock<HashMap<&str, bool>> = LazyLock::new(|| {
    let spanish = SPANISH.iter().map(|word| (*word, true));
    spanish.chain(ENGLISH.iter().map(|word| (*word, false))).collect()
});

/// ISO 639-1 code of `subject` and `text` together: `es` or `en`. English when
/// nothing speaks for either.
#[must_use]
pub fn detect(subject: &str, text: &str) -> &'static str {
    let words = looked_at(subject, text);
    let (english, spanish) = count_hints(&words);
    if english.abs_diff(spanish) >= 2 && english.max(spanish) >= 2 * english.min(spanish) {
        return if spanish > english { "es" } else { "en" };
    }
    let by_letters = Detector::with_allowlist(vec![Lang::Eng, Lang::Spa])
        .detect(&words)
        .map_or(0, |found| if found.lang() == Lang::Spa { 1 } else { -1 });
    let hints = i32::try_from(spanish).unwrap_or(0) - i32::try_from(english).unwrap_or(0);
    let shapes: i32 = fold(&words).split(|c: char| !c.is_ascii_alphabetic()).map(shape).sum();
    match shapes + 2 * hints + by_letters {
        0 if by_letters > 0 => "es",
        sum if sum > 0 => "es",
        _ => "en",
    }
}

/// Whether the words themselves tell, so that [`detect`] says more than its
/// default.
#[must_use]
pub fn is_told(subject: &str, text: &str) -> bool {
    count_hints(&looked_at(subject, text)) != (0, 0)
}

/// The beginning of the text; the subject too where that is next to nothing.
fn looked_at(subject: &str, text: &str) -> String {
    let mut words = String::with_capacity(LOOKED_AT + subject.len());
    words.push_str(text.get(..text.floor_char_boundary(LOOKED_AT)).unwrap_or_default());
    if words.split_whitespace().take(6).count() < 6 {
        words.push(' ');
        words.push_str(subject);
    }
    words
}

/// Above zero for a word that looks Spanish, below for one that looks English.
fn shape(word: &str) -> i32 {
    if word.len() < 3 {
        return 0;
    }
    let ends = |with: &[&str]| i32::from(with.iter().any(|end| word.ends_with(end)));
    let holds = |parts: &[&str]| i32::from(parts.iter().any(|part| word.contains(part)));
    ends(SPANISH_ENDS) + ends(&["dad", "cion", "ciones", "mente"]) + holds(SPANISH_PARTS)
        - ends(ENGLISH_ENDS)
        - holds(ENGLISH_PARTS)
}

fn count_hints(words: &str) -> (usize, usize) {
    let folded = fold(words);
    let (mut english, mut spanish) = (0, 0);
    for word in folded.split(|c: char| !c.is_ascii_alphabetic()) {
        match HINTS.get(word) {
            Some(true) => spanish += 1,
            Some(false) => english += 1,
            None => {}
        }
    }
    // letters that English never writes
    spanish += words.chars().filter(|c| matches!(c, 'ñ' | '¿' | '¡' | 'ó' | 'í')).take(4).count();
    (english, spanish)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_mails_are_told_apart() {
        for (text, language) in [
            ("¿Dónde está mi reembolso? Llamé dos veces.", "es"),
            ("pago", "es"),
            ("Gracias", "es"),
            ("necesito ayuda por favor", "es"),
            ("NECESITO LA LIQUIDACION DE MI PRESTAMO", "es"),
            ("ok thanks", "en"),
            ("loan 0012345678 payoff quote", "en"),
            ("please help urgent", "en"),
            ("Where is my escrow refund? I called twice.", "en"),
            ("electronic order", "en"),
            ("technology culture", "en"),
            ("served parish", "en"),
            ("estados financieros", "es"),
            ("otorgar una prorroga", "es"),
            ("trabajadores bancarios", "es"),
        ] {
            assert_eq!(detect("", text), language, "{text}");
        }
    }

    #[test]
    fn without_words_it_is_english() {
        assert!(!is_told("", "0012345678") && is_told("", "Gracias") && is_told("my loan", ""));
        assert_eq!(detect("", ""), "en");
        assert_eq!(detect("", "0012345678"), "en");
    }

    #[test]
    fn an_almost_empty_body_lets_the_subject_speak() {
        assert_eq!(detect("Carta de liquidación de mi préstamo", "Gracias, Rosa"), "es");
    }
}
