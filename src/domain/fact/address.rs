//! Property addresses in folded text: house number, street, and what follows.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::compiled;

const ADDRESS: &str = concat!(
    r"(?-u:\b)\d{1,6}(?:-\d{1,4})? (?:[a-z0-9'.-]{1,20} ){1,4}?",
    r"(?:street|str?|avenue|ave|road|rd|drive|dr|lane|ln|court|ct|boulevard|blvd|way|place|pl|circle|cir|terrace|ter|trail|trl|parkway|pkwy|highway|hwy|square|loop)(?-u:\b)\.?",
    r"(?:,? ?(?:apt|unit|suite|ste|apartment|apartamento|#)\.? ?#? ?[a-z0-9-]{1,6}(?-u:\b))?",
    r"(?:,? (?:[a-z.'-]{2,20} ?){1,3},? [a-z]{2},? \d{5}(?:-\d{4})?(?-u:\b))?",
    r"|(?-u:\b)(?:calle|avenida) (?:[a-z0-9'.-]{1,20} ){1,4}?(?:#|no\.?|numero)? ?\d{1,6}(?-u:\b)",
);
static IS_ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(ADDRESS));

/// Words before an address that say it is one.
const SAID: &[&[u8]] = &[
    b"address",
    b"located at",
    b"property at",
    b"live at",
    b"home at",
    b"house at",
    b"residence at",
    b"direccion",
    b"casa en",
    b"propiedad en",
    b"vivo en",
    b"ubicad",
];
/// Matches that are looked at.
const MOST: usize = 64;

/// Folded byte ranges of addresses. `is_named` tells whether the words in a
/// folded range are names, written with a capital.
pub(super) fn find(text: &[u8], is_named: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let Some(pattern) = IS_ADDRESS.as_ref() else { return Vec::new() };
    let is_said = |start: usize| {
        let before = text.get(start.saturating_sub(40)..start).unwrap_or_default();
        SAID.iter().any(|word| before.windows(word.len()).any(|window| window == *word))
    };
    pattern
        .find_iter(text)
        .take(MOST)
        .map(|hit| (hit.start(), hit.end()))
        .filter(|&(start, end)| is_said(start) || is_named(start, end))
        .collect()
}
