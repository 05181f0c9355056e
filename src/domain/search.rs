//! What a person types into the search box, read: `is:late queue:escrow
//! due:<4h -lang:es "two charges"`. A word that nobody knows is pointed at.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::fold::fold;
use super::id::TicketNumber;
use super::ticket::{Status, Tier};

/// Letters of a search.
pub const MOST_LETTERS: usize = 500;
/// Terms of a search.
const MOST_TERMS: usize = 20;

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether tickets of which it is true are left out.
    pub is_excluded: bool,
    /// What must be true.
    pub what: What,
}

/// What a ticket can be searched by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// `is:open`: where it stands.
    Is(Status),
    /// `is:late`: something of it is past due.
    Late,
    /// `is:mine`: the searcher has it.
    Mine,
    /// `is:waiting`: nobody has it.
    Waiting,
    /// `queue:escrow`
    Queue(String),
    /// `tier:2`
    Tier(Tier),
    /// `lang:es`
    Language(String),
    /// `category:payoff`
    Category(String),
    /// `clock:NOE_ACK`: a clock of that kind is open on it.
    Clock(String),
    /// `due:<4h`, `due:<2d`: something of it is due within that time.
    Due(SignedDuration),
    /// `before:2026-11-01`: received before that day.
    Before(Date),
    /// `after:2026-11-01`: received on that day or later.
    After(Date),
    /// A ticket number.
    Number(TicketNumber),
    /// Words of its mails, one after another.
    Words(String),
}

/// A word that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{why}", pointed_at(.word))]
pub struct Misread {
    /// The word as it was typed.
    pub word: String,
    /// What would be understood there.
    pub why: &'static str,
}

fn pointed_at(word: &str) -> String {
    if word.is_empty() { String::new() } else { format!("“{word}”: ") }
}

/// Reads a search.
///
/// # Errors
/// The first word that is not understood.
pub fn read(text: &str) -> Result<Vec<Term>, Misread> {
    let misread = |word: &str, why| Misread { word: word.chars().take(60).collect(), why };
    if text.chars().nth(MOST_LETTERS).is_some() {
        return Err(misread(text, "a search has at most 500 letters"));
    }
    let mut terms = Vec::new();
    for word in words(text) {
        let is_excluded = word.len() > 1 && word.starts_with('-');
        let bare = word.get(usize::from(is_excluded)..).unwrap_or_default();
        let what = what(bare).map_err(|why| misread(&word, why))?;
        terms.push(Term { is_excluded, what });
    }
    match terms.len() {
        0 => Err(misread("", "type what to look for")),
        count if count > MOST_TERMS => Err(misread(text, "a search has at most 20 conditions")),
        _ => Ok(terms),
    }
}

/// Whether a search holds words of mails: such a search stands in no address.
#[must_use]
pub fn has_words(terms: &[Term]) -> bool {
    terms.iter().any(|term| matches!(term.what, What::Words(_)))
}

/// A text as it is searched: folded, and nothing but words.
#[must_use]
pub fn searchable(text: &str) -> String {
    let plain = fold(text);
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Cuts at blanks, not within quotation marks.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in text.chars().map(|c| if matches!(c, '“' | '”') { '"' } else { c }) {
        if letter == '"' {
            is_quoted = !is_quoted;
        }
        match words.last_mut() {
            Some(word) if is_quoted || !letter.is_whitespace() => word.push(letter),
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn what(word: &str) -> Result<What, &'static str> {
    if let Some((key, value)) = word.split_once(':').filter(|_| !word.starts_with('"')) {
        return filter(key, value.trim_matches('"'));
    }
    if let Some(number) = TicketNumber::parse(word).filter(|_| is_number(word)) {
        return Ok(What::Number(number));
    }
    match searchable(word) {
        words if words.is_empty() => Err("it has no letter to look for"),
        words => Ok(What::Words(words)),
    }
}

fn is_number(word: &str) -> bool {
    word.bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'T' | b'L' | b't' | b'l'))
}

fn filter(key: &str, value: &str) -> Result<What, &'static str> {
    let id = || {
        let is_id = !value.is_empty()
            && value.len() <= 60
            && value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        is_id.then(|| value.to_owned()).ok_or("an id of the rules is expected after the colon")
    };
    match key {
        "is" => match (Status::from_word(value), value) {
            (Some(status), _) => Ok(What::Is(status)),
            (None, "late") => Ok(What::Late),
            (None, "mine") => Ok(What::Mine),
            (None, "waiting") => Ok(What::Waiting),
            _ => Err("is: new, open, pending, held, resolved, closed, late, mine or waiting"),
        },
        "queue" => id().map(What::Queue),
        "tier" => Tier::from_word(value).map(What::Tier).ok_or("a tier is 1, 2, 3 or 4"),
        "lang" => id().map(What::Language),
        "category" => id().map(What::Category),
        "clock" => id().map(What::Clock),
        "due" => due(value).map(What::Due).ok_or("say due:<4h or due:<2d"),
        "before" => value.parse().map(What::Before).map_err(|_| DATE),
        "after" => value.parse().map(What::After).map_err(|_| DATE),
        _ => Err("known are is: queue: tier: lang: category: clock: due: before: after:"),
    }
}

const DATE: &str = "a date is written 2026-11-01";

fn due(value: &str) -> Option<SignedDuration> {
    let value = value.strip_prefix('<')?;
    let (amount, hours) = match value.strip_suffix('d') {
        Some(days) => (days, 24),
        None => (value.strip_suffix('h')?, 1),
    };
    let amount: i64 = amount.parse().ok().filter(|amount| (0..=10_000).contains(amount))?;
    Some(SignedDuration::from_hours(amount * hours))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(text: &str) -> Vec<What> {
        read(text).unwrap().into_iter().map(|term| term.what).collect()
    }

    #[test]
    fn filters_numbers_and_words_are_told_apart() {
        let number = TicketNumber::from_serial(48_210_973_552);
        assert_eq!(
            whats("is:late queue:escrow tier:2 lang:es due:<4h TL-4821-0973-5522 \"Two  chargés\""),
            [
                What::Late,
                What::Queue("escrow".into()),
                What::Tier(Tier::Two),
                What::Language("es".into()),
                What::Due(SignedDuration::from_hours(4)),
                What::Number(number),
                What::Words("two charges".into()),
            ]
        );
        assert_eq!(whats("due:<2d"), [What::Due(SignedDuration::from_hours(48))]);
    }

    #[test]
    fn a_minus_leaves_out() {
        let terms = read("-lang:es -\"my loan\" co-borrower").unwrap();
        let excluded: Vec<bool> = terms.iter().map(|term| term.is_excluded).collect();
        assert_eq!(excluded, [true, true, false]);
        assert_eq!(terms[2].what, What::Words("co borrower".into()));
        assert!(has_words(&terms) && !has_words(&terms[..1]));
    }

    #[test]
    fn what_is_not_understood_is_pointed_at() {
        for (text, word) in [
            ("is:open owner:ana", "owner:ana"),
            ("is:odd", "is:odd"),
            ("due:4h", "due:4h"),
            ("before:yesterday", "before:yesterday"),
            ("queue:", "queue:"),
            ("queue:a/b", "queue:a/b"),
            ("escrow ???", "???"),
            ("   ", ""),
        ] {
            assert_eq!(read(text).unwrap_err().word, word, "{text}");
        }
        assert!(read(&"a ".repeat(30)).is_err());
        assert!(read(&"a".repeat(501)).is_err());
    }

    #[test]
    fn hostile_texts_are_only_words() {
        assert_eq!(searchable("a\"b' OR 1=1 -- \u{202e}•\0"), "a b or 1 1");
        assert_eq!(whats("\"unended quote"), [What::Words("unended quote".into())]);
    }
}
