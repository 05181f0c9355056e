//! Values read out of a mail: dates that matter, numbers that identify, and
//! secrets that should not have been sent. Private values keep only a span.

mod address;
mod check;
mod date;
mod digits;
mod mask;
mod near;
mod number;
mod secret;
mod told;

use jiff::civil::Date;
use regex::bytes::{Regex, RegexBuilder};

use super::classify::{Evidence, Fact, Field, Span};
use super::fold::{Folded, fold};

pub use mask::Mask;

/// Facts of one kind that are kept.
const MOST_OF_A_KIND: usize = 16;

/// Constant patterns; one that did not compile would find nothing, which the
/// tests below would notice.
fn compiled(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).size_limit(1 << 22).build().ok()
}

/// What was read out of one part of a mail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Facts in order of kind and place.
    pub facts: Vec<Fact>,
    /// Evidence of secrets: social security numbers, cards, bank details,
    /// passwords. Each rule once, with its spans.
    pub secrets: Vec<Evidence>,
}

/// One part of a mail as facts are looked for in it.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Which.
    pub field: Field,
    /// Its text, which spans point into.
    pub original: &'a str,
    /// The same, folded; only a range of it for new text.
    pub folded: &'a Folded,
}

/// All facts of one part of a mail. Dates without a year or relative to today
/// are resolved against `received_on`.
#[must_use]
pub fn find(part: Part<'_>, is_spanish: bool, received_on: Date) -> Found {
    let mut found = Found::default();
    let text = part.folded.bytes();
    let calendar = date::Reader { received_on, is_spanish };
    let runs = digits::runs(text);
    let secrets = secret::find(text, &runs);
    for (fact, value, start, end) in near::find(text, &calendar) {
        add_fact(part, fact, value, (start, end), &mut found.facts);
    }
    for (on, start, end) in calendar.find(text) {
        add_fact(part, "date", on.to_string(), (start, end), &mut found.facts);
    }
    for (value, start, end) in number::find_amounts(text) {
        add_fact(part, "amount", value, (start, end), &mut found.facts);
    }
    let is_free =
        |start: usize, end: usize| !secrets.iter().any(|one| start < one.2 && one.1 < end);
    for (number, start, end) in number::find(text, &runs) {
        if is_free(start, end) {
            add_fact(part, number.fact(), String::new(), (start, end), &mut found.facts);
        }
    }
    for place in address::find(text, |start, end| is_named(part, start, end)) {
        add_fact(part, "property_address", String::new(), place, &mut found.facts);
    }
    for (kind, start, end) in secrets {
        add_secret(part, kind.rule(), (start, end), &mut found.secrets);
    }
    found
}

/// Whether a word of the range is a name: written with a capital.
fn is_named(part: Part<'_>, start: usize, end: usize) -> bool {
    let (from, to) = part.folded.original_range(start, end);
    let words = part.original.get(from as usize..to as usize).unwrap_or_default();
    words.split_whitespace().skip(1).filter(|word| word.starts_with(char::is_uppercase)).count()
        >= 2
}

fn add_fact(
    part: Part<'_>,
    fact: &str,
    value: String,
    (start, end): (usize, usize),
    facts: &mut Vec<Fact>,
) {
    if facts.iter().filter(|one| one.fact == fact).count() >= MOST_OF_A_KIND {
        return;
    }
    let (from, to) = part.folded.original_range(start, end);
    let span = Span { field: part.field, start: from, end: to };
    facts.push(Fact { fact: fact.to_owned(), value, span });
}

fn add_secret(
    part: Part<'_>,
    rule: &str,
    (start, end): (usize, usize),
    secrets: &mut Vec<Evidence>,
) {
    let (from, to) = part.folded.original_range(start, end);
    let span = Span { field: part.field, start: from, end: to };
    match secrets.iter_mut().find(|one| one.rule == rule) {
        Some(one) if one.spans.len() < 8 => one.spans.push(span),
        Some(_) => {}
        None => secrets.push(Evidence { rule: rule.into(), weight: 1.0, spans: vec![span] }),
    }
}

/// The value of `fact` in one form whoever wrote it: what its value says, or,
/// for private values that no record keeps, read again from the part of the
/// mail that its span points into. Loan numbers are digits, telephone numbers
/// `+12025550142`, addresses folded words.
#[must_use]
pub fn normalised(fact: &Fact, original: &str) -> String {
    if !fact.value.is_empty() {
        return fact.value.clone();
    }
    let words = original.get(fact.span.start as usize..fact.span.end as usize);
    let folded = fold(words.unwrap_or_default());
    let digits = || folded.chars().filter(char::is_ascii_digit).collect::<String>();
    match fact.fact.as_str() {
        "loan_number" => digits(),
        "phone" => {
            let digits = digits();
            format!(
                "+1{}",
                digits.strip_prefix('1').filter(|_| digits.len() == 11).unwrap_or(&digits)
            )
        }
        _ => folded,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn facts(text: &str) -> Vec<(String, String)> {
        let folded = Folded::new(text, 64 * 1024);
        let part = Part { field: Field::NewText, original: text, folded: &folded };
        find(part, text.contains('ñ') || text.contains(" la "), date(2026, 11, 25))
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
        for fact in ["loan_number", "phone"] {
            assert!(found.contains(&(fact.into(), String::new())), "{fact} in {found:?}");
        }
        assert!(found.contains(&("amount".into(), "1250.00".into())), "{found:?}");
        assert!(found.contains(&("date".into(), "2026-12-04".into())), "{found:?}");
    }

    #[test]
    fn sums_of_money_have_one_form() {
        for (text, value) in [
            ("$5", "5.00"),
            ("$ 1,234,567.8", "1234567.80"),
            ("{$720.35}", "720.35"),
            ("300 dollars", "300.00"),
            ("1,500 dólares", "1500.00"),
            ("USD 12", "12.00"),
            ("$40, 2026", "40.00"),
        ] {
            assert_eq!(facts(text)[0], ("amount".into(), value.into()), "{text}");
        }
    }

    #[test]
    fn an_address_is_told_from_other_words_behind_a_number() {
        let address = |text: &str| {
            let folded = Folded::new(text, 4096);
            let part = Part { field: Field::NewText, original: text, folded: &folded };
            let found = find(part, false, date(2026, 11, 25)).facts;
            found.iter().find(|one| one.fact == "property_address").map(|one| normalised(one, text))
        };
        assert_eq!(
            address("My home is 12 Example Street, Apt 4B, Springfield, IL 62704-0001.").as_deref(),
            Some("12 example street, apt 4b, springfield, il 62704-0001")
        );
        assert_eq!(address("property at 7 old mill rd").as_deref(), Some("7 old mill rd"));
        assert_eq!(
            address("Vivo en Calle Luna Nueva 123.").as_deref(),
            Some("calle luna nueva 123")
        );
        assert_eq!(address("I drove 12 miles down a road and paid 3 times in court."), None);
    }

    #[test]
    fn private_values_are_read_again_from_the_text() {
        let text = "Loan # 0012-345678, call me at 1 (202) 555-0142";
        let folded = Folded::new(text, 4096);
        let part = Part { field: Field::NewText, original: text, folded: &folded };
        let found = find(part, false, date(2026, 11, 25)).facts;
        let value =
            |fact: &str| found.iter().find(|one| one.fact == fact).map(|one| normalised(one, text));
        assert_eq!(value("loan_number").as_deref(), Some("0012345678"));
        assert_eq!(value("phone").as_deref(), Some("+12025550142"));
    }

    #[test]
    fn secrets_are_told_from_other_numbers() {
        let rules = |text: &str| -> Vec<String> {
            let folded = Folded::new(text, 1 << 16);
            let part = Part { field: Field::NewText, original: text, folded: &folded };
            let found = find(part, false, date(2026, 11, 25));
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
