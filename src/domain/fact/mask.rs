//! Hides secrets in text that is shown: every letter and digit of one becomes
//! a dot, whatever stands between them stays.

use super::{digits, secret};
use crate::domain::fold::Folded;

const DOT: char = '\u{2022}';

/// Where the secrets of one text lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mask {
    /// Byte ranges of the original, in order.
    ranges: Vec<(usize, usize)>,
}

impl Mask {
    /// Finds the secrets of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let folded = Folded::new(text, text.len());
        let runs = digits::runs(folded.bytes());
        let secrets = secret::find(folded.bytes(), &runs);
        let original = |(_, start, end)| {
            let (from, to) = folded.original_range(start, end);
            (from as usize, to as usize)
        };
        Self { ranges: secrets.into_iter().map(original).collect() }
    }

    /// Whether there is nothing to hide.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Byte ranges of the secrets, in order.
    pub fn ranges(&self) -> impl Iterator<Item = (u32, u32)> {
        let cut = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.ranges.iter().map(move |&(start, end)| (cut(start), cut(end)))
    }

    /// Bytes `start` to `end` of the text that was looked at, secrets hidden;
    /// `None` when these are no range of it.
    #[must_use]
    pub fn slice(&self, text: &str, start: usize, end: usize) -> Option<String> {
        // none lies inside another, so both ends rise
        let hides = |at: usize| {
            let next = self.ranges.partition_point(|&(_, to)| to <= at);
            self.ranges.get(next).is_some_and(|&(from, _)| from <= at)
        };
        let shown = text.get(start..end)?.char_indices().map(|(at, character)| {
            if character.is_alphanumeric() && hides(start + at) { DOT } else { character }
        });
        Some(shown.collect())
    }

    /// The whole of `text`, secrets hidden.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        self.slice(text, 0, text.len()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::fold::fold;

    fn luhn(first: &[u8]) -> String {
        let sum: u32 = first
            .iter()
            .rev()
            .enumerate()
            .map(|(at, &digit)| {
                let twice = u32::from(digit) * if at % 2 == 0 { 2 } else { 1 };
                twice / 10 + twice % 10
            })
            .sum();
        let all = first.iter().copied().chain([u8::try_from((10 - sum % 10) % 10).unwrap()]);
        all.map(|digit| char::from(b'0' + digit)).collect()
    }

    /// Digits as other scripts and styles write them.
    fn restyled(digits: &str, zero: u32) -> String {
        digits
            .chars()
            .map(|c| c.to_digit(10).map_or(c, |digit| char::from_u32(zero + digit).unwrap()))
            .collect()
    }

    fn spaced(digits: &str, group: usize, separator: &str) -> String {
        let groups: Vec<String> =
            digits.chars().collect::<Vec<_>>().chunks(group).map(String::from_iter).collect();
        groups.join(separator)
    }

    fn separators() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "",
            " ",
            "-",
            ".",
            " - ",
            "\u{200b}",
            "\u{2011}",
            "\u{2013}",
            "\u{a0}",
            "_",
            "/",
            "\u{2022}",
            "\u{202f}",
            "\n",
            "\u{200b} \u{200b}",
        ])
    }

    fn zeros() -> impl Strategy<Value = u32> {
        prop::sample::select(vec![0x30, 0x30, 0xff10, 0x0660, 0x06f0, 0x0966, 0x1d7ce])
    }

    fn numbers_in(text: &str) -> String {
        fold(text).chars().filter(char::is_ascii_digit).collect()
    }

    proptest! {
        #[test]
        fn a_named_social_security_number_is_never_shown(
            digits in "[0-9]{9}", separator in separators(), zero in zeros(), group in 1_usize..=9,
            words in "[a-z .]{0,40}",
            name in prop::sample::select(vec!["SSN", "social security number is", "seguro social:", "ITIN"]),
        ) {
            let secret = restyled(&spaced(&digits, group, separator), zero);
            let text = format!("{words} {name} {secret} {words}");
            prop_assert_eq!(numbers_in(&Mask::of(&text).apply(&text)), "", "{}", text);
        }

        #[test]
        fn a_card_is_never_shown(
            first in prop::collection::vec(0_u8..10, 14), brand in 3_u8..7, separator in separators(),
            zero in zeros(), group in prop::sample::select(vec![1_usize, 4, 16]), words in "[a-z .]{0,40}",
        ) {
            let digits: Vec<u8> = std::iter::once(brand).chain(first).collect();
            let secret = restyled(&spaced(&luhn(&digits), group, separator), zero);
            let text = format!("{words} my card {secret}, thanks");
            prop_assert_eq!(numbers_in(&Mask::of(&text).apply(&text)), "", "{}", text);
        }

        #[test]
        fn bank_details_are_never_shown(
            account in "[0-9]{4,17}", words in "[a-z ]{0,20}",
            routing in prop::sample::select(vec!["011000015", "021000021", "122105155"]),
        ) {
            let text = format!("{words} routing {routing}, account {account}.");
            prop_assert_eq!(numbers_in(&Mask::of(&text).apply(&text)), "", "{}", text);
        }

        #[test]
        fn any_text_is_masked_without_losing_a_character(text in "\\PC{0,200}") {
            let shown = Mask::of(&text).apply(&text);
            prop_assert_eq!(shown.chars().count(), text.chars().count());
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        let text = "Loan 0012345678, $1,250.00 paid on 12/01/2026, call (202) 555-0142.";
        assert!(Mask::of(text).is_empty());
        assert_eq!(Mask::of(text).apply(text), text);
    }

    #[test]
    fn separators_stay_and_a_part_can_be_shown() {
        let text = "My SSN is 000-12-3456, please help";
        let mask = Mask::of(text);
        assert_eq!(mask.apply(text), "My SSN is •••-••-••••, please help");
        assert_eq!(mask.slice(text, 3, 16).as_deref(), Some("SSN is •••-••"));
        assert_eq!(mask.slice(text, 30, 99), None);
    }
}
