//! Secrets in folded text: what should not have been sent by mail and must not
//! be shown. Found by shape, check digits and the words around them, however
//! the digits are spaced.

use super::digits::{self, Run};
use super::{check, told};

/// What is secret about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SocialSecurity,
    TaxpayerId,
    Card,
    Bank,
    Iban,
    Password,
    Code,
    BirthDate,
}

impl Kind {
    /// Evidence that it gives to the flag of secrets.
    pub(super) const fn rule(self) -> &'static str {
        match self {
            Self::SocialSecurity => "contains-secrets.ssn",
            Self::TaxpayerId => "contains-secrets.itin",
            Self::Card => "contains-secrets.card",
            Self::Bank => "contains-secrets.bank",
            Self::Iban => "contains-secrets.iban",
            Self::Password => "contains-secrets.password",
            Self::Code => "contains-secrets.code",
            Self::BirthDate => "contains-secrets.birth-date",
        }
    }
}

/// A secret with its folded byte range.
pub(super) type Place = (Kind, usize, usize);

const SOCIAL: &[&str] = &[
    "ssn",
    "social security",
    "soc sec",
    "soc. sec",
    "seguro social",
    "social is",
    "social:",
    "ss#",
    "ss #",
];
const TAXPAYER: &[&str] = &["itin", "taxpayer", "tax id", "contribuyente"];
const CARD: &[&str] = &[
    "card",
    "visa",
    "mastercard",
    "master card",
    "amex",
    "american express",
    "discover",
    "tarjeta",
];
const BANK: &[&str] = &[
    "routing",
    "aba ",
    "aba:",
    "aba#",
    "bank account",
    "bank acct",
    "checking",
    "savings acc",
    "account and routing",
    "cuenta bancaria",
    "cuenta corriente",
    "cuenta de ahorro",
    "cuenta de cheques",
    "numero de ruta",
    "wire to acc",
];
/// Folded bytes before a number in which words say what it is.
const NEAR: usize = 60;

/// Every secret, in order of place, none inside another.
pub(super) fn find(text: &[u8], runs: &[Run]) -> Vec<Place> {
    let mut found = Vec::new();
    for run in runs {
        in_run(text, run, &mut found);
    }
    find_ibans(text, &mut found);
    told::find(text, &mut found);
    found.sort_by_key(|&(_, start, end)| (start, std::cmp::Reverse(end)));
    let mut last_end = 0;
    found.retain(|&(_, _, end)| {
        let is_more = end > last_end;
        last_end = last_end.max(end);
        is_more
    });
    found
}

/// Numbers made of neighbouring groups of digits.
fn in_run(text: &[u8], run: &Run, found: &mut Vec<Place>) {
    let mut first = 0;
    while first < run.groups.len() {
        let hit = run.joined(first).filter(|one| one.is_whole(text)).find_map(|one| {
            let kind = judge(text, &one, found)?;
            Some((kind, one.start, one.end, one.last))
        });
        if let Some((kind, start, end, last)) = hit {
            found.push((kind, start, end));
            first = last;
        }
        first += 1;
    }
}

fn judge(text: &[u8], one: &digits::Joined<'_>, found: &[Place]) -> Option<Kind> {
    let before = text.get(one.start.saturating_sub(NEAR)..one.start)?;
    if before.trim_ascii_end().ends_with(b"$") {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| contains(before, word.as_bytes()));
    let lengths = one.lengths;
    match one.digits.len() {
        9 if has(TAXPAYER) && !has(SOCIAL) => Some(Kind::TaxpayerId),
        9 if has(SOCIAL) => Some(Kind::SocialSecurity),
        9 if lengths == [3, 2, 4] && check::is_social(&one.digits) => Some(Kind::SocialSecurity),
        9 if lengths == [3, 2, 4] && check::is_taxpayer(&one.digits) => Some(Kind::TaxpayerId),
        9 if has(BANK) && check::is_routing(&one.digits) => Some(Kind::Bank),
        13..=19 if check::is_card(&one.digits) && (is_card_shaped(lengths) || has(CARD)) => {
            Some(Kind::Card)
        }
        4..=17 if lengths.len() == 1 && (has(BANK) || follows_bank(one.start, found)) => {
            Some(Kind::Bank)
        }
        _ => None,
    }
}

/// As cards are printed, or in groups of one length: nobody writes 16 numbers
/// of one digit for anything else.
fn is_card_shaped(lengths: &[usize]) -> bool {
    let is_even = lengths.split_last().is_some_and(|(last, others)| {
        others.len() >= 3
            && others.windows(2).all(|two| two.first() == two.last())
            && others.first().is_some_and(|length| last <= length)
    });
    is_even || matches!(lengths, [13..=19] | [4, 4, 4, 1..=7] | [4, 6, 4 | 5])
}

/// A number soon after a routing number is the account.
fn follows_bank(start: usize, found: &[Place]) -> bool {
    found.iter().any(|&(kind, _, end)| kind == Kind::Bank && start >= end && start - end <= 40)
}

fn find_ibans(text: &[u8], found: &mut Vec<Place>) {
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.windows(4).position(is_iban_head)) {
        let start = at + next;
        at = start + 1;
        if start > 0 && text.get(start - 1).is_some_and(u8::is_ascii_alphanumeric) {
            continue;
        }
        if let Some(end) = iban_end(text, start) {
            found.push((Kind::Iban, start, end));
            at = end;
        }
    }
}

fn is_iban_head(four: &[u8]) -> bool {
    matches!(four, [a, b, c, d] if a.is_ascii_lowercase() && b.is_ascii_lowercase()
        && c.is_ascii_digit() && d.is_ascii_digit())
}

/// Where a valid number that begins at `start` ends; the longest one.
fn iban_end(text: &[u8], start: usize) -> Option<usize> {
    let mut characters = Vec::with_capacity(34);
    let mut longest = None;
    let mut gap = 0;
    for (offset, &byte) in text.get(start..)?.iter().take(100).enumerate() {
        if byte.is_ascii_alphanumeric() {
            gap = 0;
            characters.push(byte);
        } else if digits::is_separator(byte) && gap < 2 {
            gap += 1;
            continue;
        } else {
            break;
        }
        let end = start + offset + 1;
        let is_end = !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
        let numbers = characters.iter().filter(|byte| byte.is_ascii_digit()).count();
        if is_end && numbers >= 10 && check::is_iban(&characters) {
            longest = Some(end);
        }
        if characters.len() >= 34 {
            break;
        }
    }
    longest
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fold::fold;

    fn kinds(text: &str) -> Vec<Kind> {
        let folded = fold(text);
        let found = find(folded.as_bytes(), &digits::runs(folded.as_bytes()));
        found.into_iter().map(|(kind, _, _)| kind).collect()
    }

    #[test]
    fn each_kind_is_found_however_it_is_spaced() {
        for (text, kind) in [
            ("219-09-9999", Kind::SocialSecurity),
            ("219 . 09 . 9999", Kind::SocialSecurity),
            ("my social security number: 2 1 9 0 9 9 9 9 9", Kind::SocialSecurity),
            ("SSN ２１９０９９９９９", Kind::SocialSecurity),
            ("912-70-1234", Kind::TaxpayerId),
            ("mi ITIN es 912701234", Kind::TaxpayerId),
            ("4111-1111-1111-1111", Kind::Card),
            ("3782 822463 10005", Kind::Card),
            ("4\u{200b}111111111111111", Kind::Card),
            ("checking account 123456789", Kind::Bank),
            ("numero de ruta 011000015", Kind::Bank),
            ("DE89 3704 0044 0532 0130 00", Kind::Iban),
            ("GB29-NWBK-6016-1331-9268-19", Kind::Iban),
            ("Password: Hunter", Kind::Password),
            ("mi contraseña es gato", Kind::Password),
            ("the verification code is 123 456", Kind::Code),
            ("código de seguridad: 4821", Kind::Code),
            ("CVV 123", Kind::Code),
            ("my date of birth is March 3, 1950", Kind::BirthDate),
            ("DOB 03/03/1950", Kind::BirthDate),
            ("fecha de nacimiento: 3 de marzo de 1950", Kind::BirthDate),
        ] {
            assert_eq!(kinds(text).first(), Some(&kind), "{text}");
        }
    }

    #[test]
    fn ordinary_numbers_are_no_secrets() {
        for text in [
            "Loan 0012345678",
            "call (202) 555-0142",
            "$219,099,999.00",
            "ticket 123-45",
            "4111 1111 1111 1112",
            "in 2026 I paid 12 payments of 1250.50",
            "my password is not working",
            "I forgot my password.",
            "olvidé mi clave, es urgente",
            "I do not get the verification code on my new phone",
            "confirmation number 1234567",
            "zip 62704-1234",
            "case 26-12345-abc",
            "ab12 is my unit",
            "the portal says code sent",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn a_number_after_a_routing_number_is_an_account() {
        assert_eq!(kinds("ABA: 011000015 / 000123456789"), [Kind::Bank, Kind::Bank]);
    }
}
