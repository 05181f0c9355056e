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
    let by_letters = Detector::with_allowlist(vec![Lang::Eng, Lang::Spa]).detect(&words);
    match by_letters {
        Some(found) if found.lang() == Lang::Spa && spanish >= english => "es",
        _ if spanish > english => "es",
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
