//! Names, numbers and addresses in a letter that are not of whom it goes to.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::{MOST_TEXT, Outgoing, Situation};
use crate::domain::classify::{Field, Span};
use crate::domain::fact;
use crate::domain::fold::{Folded, fold};
use crate::domain::id::TicketNumber;
use crate::domain::loan::normal_number;

/// Numbers of one letter that are looked up. What comes behind so many counts as
/// another's: a letter is never too long to be stopped.
const MOST_NUMBERS: usize = 4096;
/// Digits, and perhaps a few letters before them, of a loan's number.
const NUMBER_LENGTH: std::ops::RangeInclusive<usize> = 5..=29;
/// What may stand between the digits of one number, and between two numbers.
const BETWEEN: [char; 5] = [' ', '.', '/', '_', '-'];

/// A greeting with what follows it, on one line of the letter.
static GREETING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words = "dear|hello|hi|good (?:morning|afternoon|evening)|estimad[oa](?:\\(a\\))?\
                 |apreciad[oa]|querid[oa]|hola|buen[oa]s (?:d[ií]as|tardes|noches)";
    Regex::new(&format!(r"(?im)^[ \t>*]*(?:{words})[ \t,]+([^\n,:;!]{{1,120}})")).ok()
});
/// A title with the name behind it, anywhere.
static TITLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(?:Mr|Mrs|Ms|Mx|Miss|Sr|Sra|Srta|Señor|Señora)\b\.?[ \t]+(\p{Lu}[\p{L}'’-]{1,60}(?:[ \t]+\p{Lu}[\p{L}'’-]{1,60}){0,3})").ok()
});
/// Digits that may be loans' numbers, perhaps behind a few letters.
static NUMBER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"[a-z]{0,4}[0-9](?:[ ./_-]{0,3}[0-9]){4,}").ok());
/// The last digits of a loan's number.
static TAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let loan = "loan|account|acct|mortgage|prestamo|cuenta|hipoteca";
    let ends = "ending(?: in| with)?|ends (?:in|with)|last four(?: digits)?|termina(?:do|da)? en\
                |que termina en|ultimos cuatro(?: digitos)?|[x*\\x1a.]{2,20}";
    Regex::new(&format!(r"\b(?:{loan})\b[a-z #:,()]{{0,40}}?(?:{ends})[ :#(]{{0,3}}(?:is |are |in |son )?([0-9]{{3,6}})\b")).ok()
});
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}").ok()
});
static TICKET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\bTL-[0-9]{4}-[0-9]{4}-[0-9]{4}\b").ok());

/// Words of a greeting that are nobody's name.
const NOBODY: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "mx",
    "miss",
    "dr",
    "sr",
    "sra",
    "srta",
    "senor",
    "senora",
    "senores",
    "sir",
    "madam",
    "borrower",
    "borrowers",
    "homeowner",
    "homeowners",
    "customer",
    "member",
    "valued",
    "all",
    "there",
    "again",
    "and",
    "or",
    "y",
    "e",
    "o",
    "de",
    "del",
    "la",
    "las",
    "los",
    "prestatario",
    "prestataria",
    "propietario",
    "propietaria",
    "cliente",
    "everyone",
    "team",
    "todos",
    "the",
    "for",
    "thank",
    "thanks",
    "gracias",
    "otra",
    "vez",
    "attorney",
    "counsel",
];

/// Numbers in `text` that may be of a loan, normalised: to be looked up in the
/// loan book, never to be kept.
#[must_use]
pub fn numbers_in(text: &str) -> BTreeSet<String> {
    let folded = Folded::new(text, MOST_TEXT);
    let text = std::str::from_utf8(folded.bytes()).unwrap_or_default();
    let mut numbers = BTreeSet::new();
    for (_, _, number) in candidates(text) {
        if numbers.len() == MOST_NUMBERS {
            break;
        }
        numbers.insert(number);
    }
    numbers
}

/// Whatever in folded `text` may be one number: where it stands, and normalised.
fn candidates(text: &str) -> impl Iterator<Item = (usize, usize, String)> {
    matches(&NUMBER, text).flat_map(|run| {
        let pieces = pieces(run.as_str()).into_iter();
        pieces.map(move |(start, end)| {
            let number = normal_number(run.as_str().get(start..end).unwrap_or_default());
            (run.start() + start, run.start() + end, number)
        })
    })
}

/// Groups of digits that stand beside each other in `run` and are together as
/// long as a number: one number may be written in groups, and two numbers with
/// nothing but a dash or a slash between them.
fn pieces(run: &str) -> Vec<(usize, usize)> {
    let letters = run.find(|c: char| c.is_ascii_digit()).unwrap_or_default();
    let mut groups = Vec::new();
    let mut at = 0;
    for group in run.split(BETWEEN) {
        if !group.is_empty() {
            groups.push((at, at + group.len()));
        }
        at += group.len() + 1;
    }
    let mut pieces = Vec::new();
    for (first, (start, _)) in groups.iter().enumerate() {
        let mut length = 0;
        for (from, to) in groups.iter().skip(first) {
            length += to - from;
            if length > *NUMBER_LENGTH.end() {
                break;
            }
            if length >= *NUMBER_LENGTH.start() {
                pieces.push((*start, *to));
            }
            if first == 0 && letters > 0 && length - letters >= *NUMBER_LENGTH.start() {
                pieces.push((letters, *to));
            }
        }
    }
    pieces
}

fn matches<'t>(
    pattern: &'static LazyLock<Option<Regex>>,
    text: &'t str,
) -> impl Iterator<Item = regex::Match<'t>> {
    pattern.as_ref().into_iter().flat_map(move |pattern| pattern.find_iter(text))
}

fn groups<'t>(
    pattern: &'static LazyLock<Option<Regex>>,
    text: &'t str,
) -> impl Iterator<Item = regex::Match<'t>> {
    let captures =
        pattern.as_ref().into_iter().flat_map(move |pattern| pattern.captures_iter(text));
    captures.filter_map(|captured| captured.get(1))
}

fn span(field: Field, start: usize, end: usize) -> Span {
    let cut = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { field, start: cut(start), end: cut(end) }
}

fn found(places: Vec<Span>) -> Option<Vec<Span>> {
    (!places.is_empty()).then_some(places)
}

fn parts<'a>(letter: &Outgoing<'a>) -> [(Field, &'a str); 2] {
    [(Field::Subject, letter.subject), (Field::NewText, letter.text)]
}

/// Words of a name, folded; initials say nothing.
fn name_words(name: &str) -> Vec<String> {
    let folded = fold(name);
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| word.len() > 1).map(str::to_owned).collect()
}

/// Whom it greets or names with a title, and who is nobody on the ticket. With
/// no name on the ticket, nothing can be said.
pub(super) fn names(letter: &Outgoing<'_>, situation: &Situation) -> Option<Vec<Span>> {
    let known: BTreeSet<String> =
        situation.addressee.names.iter().flat_map(|name| name_words(name)).collect();
    if known.is_empty() {
        return None;
    }
    let is_strange = |name: &str| {
        let words = name_words(name);
        let words = words.iter().filter(|word| !NOBODY.contains(&word.as_str()));
        words.into_iter().any(|word| !known.contains(word))
    };
    let mut places = Vec::new();
    for (field, part) in parts(letter) {
        let part = part.get(..part.floor_char_boundary(MOST_TEXT)).unwrap_or_default();
        let greeted = groups(&GREETING, part).filter(|found| is_greeted(found.as_str()));
        let named = greeted.chain(groups(&TITLE, part));
        let strange = named.filter(|found| is_strange(found.as_str()));
        places.extend(strange.map(|found| span(field, found.start(), found.end())));
    }
    found(places)
}

/// "Hello, we received" greets nobody: a name begins with a capital and is short.
fn is_greeted(words: &str) -> bool {
    let mut all = words.split_whitespace();
    let is_capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    all.clone().count() <= 6 && all.any(|word| is_capital(word) && word.chars().count() > 1)
}

pub(super) fn numbers(letter: &Outgoing<'_>, situation: &Situation) -> Option<Vec<Span>> {
    let mut places = Vec::new();
    for (field, part) in parts(letter) {
        let folded = Folded::new(part, MOST_TEXT);
        let text = std::str::from_utf8(folded.bytes()).unwrap_or_default();
        let mut add = |start: usize, end: usize| {
            let (start, end) = folded.original_range(start, end);
            places.push(Span { field, start, end });
        };
        let mut looked_up = BTreeSet::new();
        for (start, end, number) in candidates(text) {
            let is_strange = situation.addressee.other_loans.contains(&number);
            let is_unknown = looked_up.len() == MOST_NUMBERS && !looked_up.contains(&number);
            if is_strange || is_unknown {
                add(start, end);
            }
            if looked_up.len() < MOST_NUMBERS {
                looked_up.insert(number);
            }
        }
        for tail in groups(&TAIL, text).filter(|tail| !is_own_tail(tail.as_str(), situation)) {
            add(tail.start(), tail.end());
        }
        places.extend(called_loans(field, part, &folded, situation));
    }
    found(places)
}

fn is_own_tail(tail: &str, situation: &Situation) -> bool {
    situation.addressee.loan_numbers.iter().any(|number| number.ends_with(tail))
}

/// Numbers that the letter itself calls a loan's, and that are none of the ticket's.
fn called_loans(field: Field, original: &str, folded: &Folded, situation: &Situation) -> Vec<Span> {
    let part = fact::Part { field, original, folded };
    // Dates are of no interest here: any day will do.
    let facts = fact::find(part, false, jiff::civil::date(2000, 1, 1)).facts;
    let numbers = facts.into_iter().filter(|one| one.fact == "loan_number");
    let strange = numbers.filter(|one| {
        let number = fact::normalised(one, original);
        let is_own = |own: &String| {
            *own == number || own.trim_start_matches('0') == number.trim_start_matches('0')
        };
        !situation.addressee.loan_numbers.iter().any(is_own)
    });
    strange.map(|one| one.span).collect()
}

pub(super) fn addresses(letter: &Outgoing<'_>, situation: &Situation) -> Option<Vec<Span>> {
    let is_known = |address: &str| {
        let address = address.trim_end_matches('.').to_ascii_lowercase();
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        situation.addressee.addresses.contains(&address)
            || situation.own_domains.iter().any(|own| own == domain)
    };
    let mut places = Vec::new();
    for (field, part) in parts(letter) {
        let strange = matches(&ADDRESS, part).filter(|found| !is_known(found.as_str()));
        places.extend(strange.map(|found| span(field, found.start(), found.end())));
    }
    found(places)
}

pub(super) fn tickets(letter: &Outgoing<'_>, situation: &Situation) -> Option<Vec<Span>> {
    let is_other = |text: &str| {
        TicketNumber::parse(text).is_some_and(|number| number.as_str() != situation.ticket)
    };
    let mut places = Vec::new();
    for (field, part) in parts(letter) {
        let others = matches(&TICKET, part).filter(|found| is_other(found.as_str()));
        places.extend(others.map(|found| span(field, found.start(), found.end())));
    }
    found(places)
}
