//! Numbers in folded text that are facts: sums of money, telephone numbers,
//! loan numbers.

use super::digits::{Joined, Run};

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// Loan or account number with the servicer.
    Loan,
    /// Telephone number.
    Phone,
}

impl Number {
    /// Name of the fact.
    pub(super) const fn fact(self) -> &'static str {
        match self {
            Self::Loan => "loan_number",
            Self::Phone => "phone",
        }
    }
}

const LOAN_WORDS: &[&str] =
    &["loan", "account", "acct", "mortgage", "prestamo", "cuenta", "hipoteca", "reference"];
const PHONE_WORDS: &[&str] =
    &["phone", "call", "cell", "mobile", "text me", "tel", "reach me", "llam", "celular"];
/// Folded bytes before a number in which words say what it is.
const NEAR: usize = 40;
/// Sums of money that are looked at.
const MOST_AMOUNTS: usize = 256;

/// Loan and telephone numbers with their byte ranges, in order.
pub(super) fn find(text: &[u8], runs: &[Run]) -> Vec<(Number, usize, usize)> {
    let mut found = Vec::new();
    for run in runs {
        let mut first = 0;
        while first < run.groups.len() {
            let hit = run
                .joined(first)
                .filter(|one| one.is_whole(text))
                .find_map(|one| Some((judge(text, &one)?, one.start, one.end, one.last)));
            if let Some((number, start, end, last)) = hit {
                found.push((number, start, end));
                first = last;
            }
            first += 1;
        }
    }
    found
}

fn judge(text: &[u8], one: &Joined<'_>) -> Option<Number> {
    let before = text.get(one.start.saturating_sub(NEAR)..one.start)?;
    if before.trim_ascii_end().ends_with(b"$") {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| contains(before, word.as_bytes()));
    match (one.digits.len(), one.lengths) {
        (10, [3, 3, 4]) | (11, [1, 3, 3, 4]) => Some(Number::Phone),
        (6..=18, lengths) if lengths.len() <= 3 && has(LOAN_WORDS) => Some(Number::Loan),
        (10, [10]) if has(PHONE_WORDS) => Some(Number::Phone),
        _ => None,
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

/// Sums of money with their byte ranges and values in dollars and cents:
/// `$1,250` is `1250.00`.
pub(super) fn find_amounts(text: &[u8]) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while found.len() < MOST_AMOUNTS
        && let Some(next) = text.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit))
    {
        let start = at + next;
        let (value, end) = amount(text, start);
        at = end.max(start + 1);
        let before = text.get(..start).unwrap_or_default().trim_ascii_end();
        let after = text.get(end..).unwrap_or_default().trim_ascii_start();
        let is_named = [&b"dollars"[..], b"dolares", b"usd"].iter().any(|w| after.starts_with(w));
        if before.ends_with(b"$") || before.ends_with(b"usd") || is_named {
            found.push((value, start, end));
        }
    }
    found
}

/// Digits, thousands behind commas, cents behind a point.
fn amount(text: &[u8], start: usize) -> (String, usize) {
    let digits_from = |at: usize| {
        let rest = text.get(at..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut value = String::new();
    let mut take = |from: usize, count: usize| {
        let part = text.get(from..from + count).unwrap_or_default();
        value.extend(part.iter().map(|&byte| char::from(byte)));
        from + count
    };
    let mut end = take(start, digits_from(start).min(15));
    while text.get(end) == Some(&b',') && digits_from(end + 1) == 3 {
        end = take(end + 1, 3);
    }
    if text.get(end) == Some(&b'.') && matches!(digits_from(end + 1), 1 | 2) {
        let cents = digits_from(end + 1);
        let from = end + 1;
        end = take(from, cents);
        value.insert(value.len() - cents, '.');
        value.extend(std::iter::repeat_n('0', 2 - cents));
    } else {
        value.push_str(".00");
    }
    (value, end)
}
