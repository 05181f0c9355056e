//! Values read out of a mail: dates that matter, numbers that identify, and
//! secrets that should not have been sent. Private values keep only a span.

mod date;
mod number;

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use jiff::civil::Date;
use regex::bytes::{Regex, RegexBuilder};

use super::classify::{Evidence, Fact, Field, Span};
use super::fold::Folded;

/// Facts of one kind that are kept.
const MOST_OF_A_KIND: usize = 16;

/// Words that a foreclosure sale is called by, folded.
const SALE: &str = r"(?-u:\b)(?:foreclosure (?:sale|auction)|(?:sheriff|trustee|marshal|referee|commissioner)'? ?s? sale|sale date|auction(?:ed)?(?: date)?|(?:set|scheduled|going|up|put) (?:up )?for (?:foreclosure )?sale|scheduled to be sold|(?:will|to) be sold|(?:you|they|bank|lender|servicer|trustee|sheriff) (?:\w{1,8} ){0,4}sell(?:ing)? (?:my|our|the) (?:house|home|property)|foreclos(?:e|ing|ure)|subasta(?:r|do|da|n|ran)?|remat(?:e|ar|an|aran)|venta (?:judicial|de la ejecucion|por ejecucion)|(?:van a vender|quieren vender|vendan|venden|venderan) (?:mi|la|nuestra) (?:casa|propiedad|vivienda)|ejecucion hipotecaria)(?-u:\b)";
const ANSWER_BY: &str = r"(?-u:\b)(?:(?:respond|reply|answer|response|get back to me|hear (?:back )?from you|resolve (?:this|it)|responder|respondan|respuesta|contest(?:ar|en|acion))(?-u:\b)[^.?!]{0,50}(?-u:\b)(?:by|before|no later than|within|in|antes del?|a mas tardar|dentro de|en)|deadline (?:is|of)|fecha limite (?:es)?)(?-u:\b)";

/// Constant patterns; one that did not compile would find nothing, which the
/// tests below would notice.
fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).size_limit(1 << 22).build().ok()
}
static IS_SALE: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(SALE));
static IS_ANSWER_BY: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(ANSWER_BY));

/// Stems without which neither pattern can match: one quick pass decides
/// where the patterns are tried at all.
const STEMS: &[&str] = &[
    "foreclos",
    "sale",
    "auction",
    "sold",
    "sell",
    "subasta",
    "remat",
    "venta",
    "vend",
    "ejecucion",
    "respo",
    "reply",
    "answer",
    "get back",
    "hear",
    "resolve",
    "contest",
    "deadline",
    "fecha limite",
];
static HAS_STEM: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(STEMS).ok());
/// Folded bytes around a stem in which a whole pattern lies.
const REACH: usize = 120;

/// What was read out of one part of a mail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Facts in order of kind and place.
    pub facts: Vec<Fact>,
    /// Evidence of secrets: social security numbers, cards, bank details,
    /// passwords. Each rule once, with its spans.
    pub secrets: Vec<Evidence>,
}

/// All facts of one part of a mail. Dates without a year or relative to today
/// are resolved against `received_on`.
#[must_use]
pub fn find(field: Field, folded: &Folded, is_spanish: bool, received_on: Date) -> Found {
    let mut found = Found::default();
    let calendar = date::Reader { received_on, is_spanish };
    let windows = windows(folded.bytes());
    for (words, around, fact) in
        [(&IS_SALE, (90, 110), "sale_date"), (&IS_ANSWER_BY, (0, 45), "answer_by")]
    {
        near_dates(field, folded, &windows, words, around, &calendar, fact, &mut found.facts);
    }
    for (number, start, end) in number::find(folded.bytes()) {
        match number.fact() {
            Ok(fact) => {
                let same = found.facts.iter().filter(|one| one.fact == fact).count();
                if same < MOST_OF_A_KIND {
                    found.facts.push(of(field, folded, fact, String::new(), (start, end)));
                }
            }
            Err(rule) => add_secret(field, folded, rule, (start, end), &mut found.secrets),
        }
    }
    found
}

fn add_secret(
    field: Field,
    folded: &Folded,
    rule: &str,
    (start, end): (usize, usize),
    secrets: &mut Vec<Evidence>,
) {
    let (from, to) = folded.original_range(start, end);
    let span = Span { field, start: from, end: to };
    match secrets.iter_mut().find(|one| one.rule == rule) {
        Some(one) if one.spans.len() < 8 => one.spans.push(span),
        Some(_) => {}
        None => secrets.push(Evidence { rule: rule.into(), weight: 1.0, spans: vec![span] }),
    }
}

/// Stretches of the text around stems, merged where they touch.
fn windows(text: &[u8]) -> Vec<(usize, usize)> {
    let Some(stems) = HAS_STEM.as_ref() else { return vec![(0, text.len())] };
    let mut windows: Vec<(usize, usize)> = Vec::new();
    for hit in stems.find_iter(text) {
        let (from, to) = (hit.start().saturating_sub(REACH), (hit.end() + REACH).min(text.len()));
        match windows.last_mut() {
            Some(last) if from <= last.1 => last.1 = to,
            _ => windows.push((from, to)),
        }
    }
    windows
}

#[expect(clippy::too_many_arguments, reason = "one search, called twice from one place")]
fn near_dates(
    field: Field,
    folded: &Folded,
    windows: &[(usize, usize)],
    words: &Option<Regex>,
    (before, after): (usize, usize),
    calendar: &date::Reader,
    fact: &str,
    facts: &mut Vec<Fact>,
) {
    let text = folded.bytes();
    let Some(words) = words else { return };
    let mut seen: Vec<(usize, usize)> = Vec::new();
    let hits = windows.iter().flat_map(|&(from, to)| {
        let window = text.get(from..to).unwrap_or_default();
        words.find_iter(window).map(move |hit| (from + hit.start())..(from + hit.end()))
    });
    for hit in hits.take(64) {
        let from = hit.start.saturating_sub(before);
        let to = (hit.end + after).min(text.len());
        let Some(window) = text.get(from..to) else { continue };
        for (on, start, end) in calendar.find(window) {
            let place = (from + start, from + end);
            if !seen.contains(&place) && seen.len() < MOST_OF_A_KIND {
                seen.push(place);
                facts.push(of(field, folded, fact, on.to_string(), place));
            }
        }
    }
}

fn of(
    field: Field,
    folded: &Folded,
    fact: &str,
    value: String,
    (start, end): (usize, usize),
) -> Fact {
    let (from, to) = folded.original_range(start, end);
    Fact { fact: fact.to_owned(), value, span: Span { field, start: from, end: to } }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn facts(text: &str) -> Vec<(String, String)> {
        let folded = Folded::new(text, 64 * 1024);
        find(
            Field::NewText,
            &folded,
            text.contains('ñ') || text.contains(" la "),
            date(2026, 11, 25),
        )
        .facts
        .into_iter()
        .map(|fact| (fact.fact, fact.value))
        .collect()
    }

    fn sale(text: &str) -> Option<String> {
        facts(text).into_iter().find(|(fact, _)| fact == "sale_date").map(|(_, value)| value)
    }

    #[test]
    fn a_sale_date_is_read_in_every_common_form() {
        for (text, on) in [
            ("The foreclosure sale is on December 1, 2026.", "2026-12-01"),
            ("My home goes to auction 12/01/2026", "2026-12-01"),
            ("sheriff's sale set for 1 Dec 2026", "2026-12-01"),
            ("trustee sale: 2026-12-01", "2026-12-01"),
            ("They scheduled the foreclosure sale for Dec. 1st", "2026-12-01"),
            ("The sale date is 12/1/26", "2026-12-01"),
            ("the foreclosure sale is in five days", "2026-11-30"),
            ("My house will be sold next Friday", "2026-11-27"),
            ("the auction is tomorrow", "2026-11-26"),
            ("foreclosure sale in 2 weeks", "2026-12-09"),
            ("foreclosure sale on January 5", "2027-01-05"),
            ("La subasta de mi casa es el 1 de diciembre de 2026", "2026-12-01"),
            ("van a vender mi casa en la subasta el próximo viernes", "2026-11-27"),
            ("la venta judicial es dentro de cinco días", "2026-11-30"),
            ("la subasta es mañana", "2026-11-26"),
            ("la subasta es el 13/12/2026", "2026-12-13"),
        ] {
            assert_eq!(sale(text).as_deref(), Some(on), "{text}");
        }
    }

    #[test]
    fn a_date_of_something_else_is_no_sale_date() {
        assert_eq!(sale("I paid on December 1, 2026 and it was late."), None);
        assert_eq!(sale("foreclosure sale on 13/45/2026"), None);
    }

    #[test]
    fn numbers_are_found_and_their_values_never_kept() {
        let found = facts(
            "Loan number: 0012345678, I paid $1,250.00, call (202) 555-0142. Please respond by December 4.",
        );
        assert_eq!(found[0], ("answer_by".into(), "2026-12-04".into()));
        for fact in ["loan_number", "amount", "phone"] {
            assert!(found.contains(&(fact.into(), String::new())), "{fact} in {found:?}");
        }
    }

    #[test]
    fn secrets_are_told_from_other_numbers() {
        let rules = |text: &str| -> Vec<String> {
            let folded = Folded::new(text, 1 << 16);
            let found = find(Field::NewText, &folded, false, date(2026, 11, 25));
            found.secrets.into_iter().map(|one| one.rule).collect()
        };
        assert_eq!(rules("my SSN is 000-12-3456"), ["contains-secrets.ssn"]);
        assert_eq!(rules("seguro social 900123456"), ["contains-secrets.ssn"]);
        assert_eq!(rules("card 4111 1111 1111 1111 exp"), ["contains-secrets.card"]);
        assert_eq!(rules("routing 011000015 account 000123456789"), ["contains-secrets.bank"]);
        assert_eq!(rules("mi contraseña es gato123"), ["contains-secrets.password"]);
        assert!(rules("card 4111 1111 1111 1112").is_empty(), "Luhn");
        assert!(rules("loan 0012345678, call 202-555-0142, ticket 123-45").is_empty());
        assert!(rules("I forgot my password. Is it possible to reset it?").is_empty());
    }
}
