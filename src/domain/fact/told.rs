//! Secrets that only the words before them give away: codes, birth dates,
//! passwords.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::digits;
use super::secret::{Kind, Place};

/// Words whose next number is a code.
const CODE: &[&str] = &[
    "one-time code",
    "one time code",
    "one-time password",
    "verification code",
    "security code",
    "access code",
    "confirmation code",
    "authentication code",
    "passcode",
    "otp",
    "cvv",
    "cvc",
    "pin is",
    "pin:",
    "pin number",
    "codigo de verificacion",
    "codigo de seguridad",
    "codigo de acceso",
    "mi pin es",
];
const BIRTH: &[&str] = &[
    "date of birth",
    "birth date",
    "birthdate",
    "dob",
    "d.o.b",
    "born on",
    "i was born",
    "birthday is",
    "fecha de nacimiento",
    "naci el",
    "nacido el",
    "nacida el",
];
const PASSWORD: &[&str] = &[
    "password is ",
    "password: ",
    "password = ",
    "password:",
    "passwd: ",
    "pwd: ",
    "pw: ",
    "passphrase is ",
    "passphrase: ",
    "contrasena es ",
    "contrasena: ",
    "clave es ",
    "clave: ",
];
/// What follows "my password is" in a mail that gives none away.
const NO_PASSWORD: &[&str] = &[
    "not",
    "no",
    "wrong",
    "incorrect",
    "invalid",
    "expired",
    "locked",
    "blocked",
    "lost",
    "forgotten",
    "being",
    "rejected",
    "never",
    "still",
    "the",
    "a",
    "an",
    "my",
    "it",
    "that",
    "too",
    "also",
    "required",
    "needed",
    "correct",
    "right",
    "good",
    "working",
    "accepted",
    "somehow",
    "now",
    "in",
    "incorrecta",
    "invalida",
    "la",
    "el",
    "mi",
    "muy",
    "correcta",
];

static HAS_PASSWORD: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(PASSWORD));
static HAS_CODE: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(CODE));
static HAS_BIRTH: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| finder(BIRTH));

fn finder(words: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(aho_corasick::MatchKind::LeftmostLongest).build(words).ok()
}

/// Hits of one word list that are looked at.
const MOST_HITS: usize = 32;
/// Adds what the words of `text` tell.
pub(super) fn find(text: &[u8], found: &mut Vec<Place>) {
    after_words(text, &HAS_CODE, code, Kind::Code, found);
    after_words(text, &HAS_BIRTH, birth_date, Kind::BirthDate, found);
    after_words(text, &HAS_PASSWORD, password, Kind::Password, found);
}

/// What `value` finds in the text behind each of the words.
fn after_words(
    text: &[u8],
    words: &Option<AhoCorasick>,
    value: fn(&[u8]) -> Option<(usize, usize)>,
    kind: Kind,
    found: &mut Vec<Place>,
) {
    let Some(words) = words else { return };
    for hit in words.find_iter(text).take(MOST_HITS) {
        let is_word = !text.get(hit.start().wrapping_sub(1)).is_some_and(u8::is_ascii_alphanumeric);
        let rest = text.get(hit.end()..).unwrap_or_default();
        if is_word && let Some((start, end)) = value(rest) {
            found.push((kind, hit.end() + start, hit.end() + end));
        }
    }
}

/// Three to ten digits within a few words of the same sentence.
fn code(rest: &[u8]) -> Option<(usize, usize)> {
    let near = rest.get(..rest.len().min(24))?;
    let start = near.iter().position(u8::is_ascii_digit)?;
    if near.get(..start)?.iter().any(|byte| b".!?$".contains(byte)) {
        return None;
    }
    let tail = rest.get(start..rest.len().min(start + 16))?;
    let run = digits::runs(tail).into_iter().next()?;
    let (_, end) = run.range();
    let count = tail.get(..end)?.iter().filter(|byte| byte.is_ascii_digit()).count();
    (3..=10).contains(&count).then_some((start, start + end))
}

/// A date in any order, from its month or first digit to its last digit.
fn birth_date(rest: &[u8]) -> Option<(usize, usize)> {
    let near = rest.get(..rest.len().min(40))?;
    let digit = near.iter().take(30).position(u8::is_ascii_digit)?;
    let is_month = |three: &[u8]| MONTHS.iter().any(|month| month.as_bytes() == three);
    let month = near.get(..digit)?.windows(3).position(is_month);
    let tail = near.get(digit..)?;
    let sentence = tail.iter().position(|byte| b"!?;".contains(byte)).unwrap_or(tail.len());
    let last = tail.get(..sentence.min(20))?.iter().rposition(u8::is_ascii_digit)?;
    let count = tail.get(..=last)?.iter().filter(|byte| byte.is_ascii_digit()).count();
    (count >= 3).then_some((month.unwrap_or(digit), digit + last + 1))
}

const MONTHS: &[&str] = &[
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "ene",
    "abr", "ago", "dic",
];

fn password(rest: &[u8]) -> Option<(usize, usize)> {
    let start = rest.iter().take(3).position(|byte| !byte.is_ascii_whitespace())?;
    let word = rest.get(start..)?;
    let length = word.iter().position(u8::is_ascii_whitespace).unwrap_or(word.len());
    let word = word.get(..length)?;
    let bare = word.strip_suffix(b".").or(word.strip_suffix(b",")).unwrap_or(word);
    let gives_none = NO_PASSWORD.iter().any(|one| one.as_bytes() == bare);
    ((4..=64).contains(&bare.len()) && !gives_none).then_some((start, start + bare.len()))
}
