//! Numbers in folded text, found in one pass over its digit runs and told
//! apart by shape, check digits and the words before them.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// Loan or account number with the servicer.
    Loan,
    /// Sum of money.
    Amount,
    /// Telephone number.
    Phone,
    /// Social security number or ITIN.
    SocialSecurity,
    /// Payment card, 13 to 19 digits that pass Luhn.
    Card,
    /// Routing or bank account number.
    Bank,
    /// A password written out.
    Password,
}

impl Number {
    /// Name of the fact, or the rule of the secret that it is.
    pub(super) const fn fact(self) -> Result<&'static str, &'static str> {
        match self {
            Self::Loan => Ok("loan_number"),
            Self::Amount => Ok("amount"),
            Self::Phone => Ok("phone"),
            Self::SocialSecurity => Err("contains-secrets.ssn"),
            Self::Card => Err("contains-secrets.card"),
            Self::Bank => Err("contains-secrets.bank"),
            Self::Password => Err("contains-secrets.password"),
        }
    }
}

/// Runs that are looked at in one text.
const MOST_RUNS: usize = 2_000;

const BANK_WORDS: &[&str] = &[
    "routing",
    "aba ",
    "aba:",
    "bank account",
    "checking account",
    "checking acct",
    "savings account",
    "checking #",
    "account and routing",
    "cuenta bancaria",
    "cuenta corriente",
    "cuenta de ahorros",
    "cuenta de cheques",
    "numero de ruta",
];
const SOCIAL_WORDS: &[&str] =
    &["ssn", "social security", "soc sec", "seguro social", "itin", "social is", "ss#", "ss #"];
const LOAN_WORDS: &[&str] =
    &["loan", "account", "acct", "mortgage", "prestamo", "cuenta", "hipoteca", "reference"];
const PASSWORD_WORDS: &[&str] = &[
    "my password is ",
    "password: ",
    "passcode is ",
    "my pin is ",
    "mi contrasena es ",
    "contrasena: ",
    "mi clave es ",
];

static HAS_PASSWORD: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(PASSWORD_WORDS).ok());

/// Every number with its byte range, in order.
pub(super) fn find(text: &[u8]) -> Vec<(Number, usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut runs = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit))
    {
        let start = at + next;
        let end = run_end(text, start);
        runs += 1;
        if runs > MOST_RUNS {
            break;
        }
        if let Some(number) = judge(text, start, end) {
            found.push((number, start, end));
        }
        at = end.max(start + 1);
    }
    find_passwords(text, &mut found);
    found
}

/// Digits joined by single separators; ends behind the last digit.
fn run_end(text: &[u8], start: usize) -> usize {
    let mut end = start;
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        if byte.is_ascii_digit() {
            end = at + 1;
        } else {
            let is_separator = matches!(byte, b' ' | b'-' | b'.' | b',' | b')' | b'(');
            if !is_separator || at - end >= 2 {
                break;
            }
        }
        at += 1;
    }
    end
}

fn judge(text: &[u8], start: usize, end: usize) -> Option<Number> {
    let run = text.get(start..end)?;
    let digits: Vec<u8> = run.iter().filter(|b| b.is_ascii_digit()).map(|b| b - b'0').collect();
    let before = text.get(start.saturating_sub(40)..start)?;
    let has_before = |words: &[&str]| words.iter().any(|word| contains(before, word.as_bytes()));
    let head = before.trim_ascii_end();
    if head.ends_with(b"$") {
        return Some(Number::Amount);
    }
    // letters right before or after make it part of a word
    let is_whole = !before.last().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
    let groups: Vec<usize> = run
        .split(|byte| !byte.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .map(<[u8]>::len)
        .collect();
    match digits.len() {
        9 if is_whole
            && groups == [3, 2, 4]
            && (is_social(&digits) || has_before(SOCIAL_WORDS)) =>
        {
            Some(Number::SocialSecurity)
        }
        9 if is_whole && has_before(SOCIAL_WORDS) => Some(Number::SocialSecurity),
        13..=19 if is_whole && is_card(&digits) => Some(Number::Card),
        9 if has_before(BANK_WORDS) && is_routing(&digits) => Some(Number::Bank),
        4..=17 if is_whole && groups.len() == 1 && has_before(BANK_WORDS) => Some(Number::Bank),
        6..=18 if has_before(LOAN_WORDS) && groups.len() <= 3 => Some(Number::Loan),
        10 | 11 if groups.ends_with(&[3, 3, 4]) => Some(Number::Phone),
        _ if followed_by_dollars(text, end) => Some(Number::Amount),
        _ => None,
    }
}

fn followed_by_dollars(text: &[u8], end: usize) -> bool {
    let after = text.get(end..).unwrap_or_default().trim_ascii_start();
    after.starts_with(b"dollars") || after.starts_with(b"dolares") || after.starts_with(b"usd")
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

/// Never issued: area 000, 666, 9xx (but ITINs are), group 00, serial 0000.
fn is_social(digits: &[u8]) -> bool {
    let [a, b, c, d, e, rest @ ..] = digits else { return false };
    let (area, group) = (
        u16::from(*a) * 100 + u16::from(*b) * 10 + u16::from(*c),
        u16::from(*d) * 10 + u16::from(*e),
    );
    let is_itin = area >= 900 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    let is_ssn = area != 0 && area != 666 && area < 900 && group != 0;
    (is_ssn || is_itin) && rest.iter().any(|digit| *digit != 0)
}

/// Luhn, and a first digit that cards have.
fn is_card(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| {
            let doubled = u32::from(digit) * 2;
            if at % 2 == 0 { u32::from(digit) } else { doubled / 10 + doubled % 10 }
        })
        .sum();
    matches!(digits.first(), Some(2..=6))
        && sum.is_multiple_of(10)
        && digits.iter().any(|d| *d != 0)
}

/// Check digit of an ABA routing number.
fn is_routing(digits: &[u8]) -> bool {
    let weights = [3_u32, 7, 1, 3, 7, 1, 3, 7, 1];
    let sum: u32 =
        digits.iter().zip(weights).map(|(&digit, weight)| u32::from(digit) * weight).sum();
    digits.len() == 9 && sum.is_multiple_of(10)
}

fn find_passwords(text: &[u8], found: &mut Vec<(Number, usize, usize)>) {
    let Some(words) = HAS_PASSWORD.as_ref() else { return };
    for hit in words.find_iter(text).take(8) {
        let start = hit.end();
        let rest = text.get(start..).unwrap_or_default();
        let length = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        // "my password is not working" gives nothing away
        if (4..=64).contains(&length)
            && word.iter().any(|byte| !byte.is_ascii_lowercase())
            && !word.starts_with(b"not")
            && !word.ends_with(b".")
        {
            found.push((Number::Password, start, start + length));
        }
    }
}
