//! Finds phrases in a text without regard to case, accents and line breaks.

use crate::domain::fold::Folded;

/// Longest text that is looked at, in bytes.
const MOST_TEXT: usize = 256 * 1024;

/// A text made ready for looking.
pub(in crate::domain) struct Searched<'a> {
    original: &'a str,
    folded: Folded,
}

impl<'a> Searched<'a> {
    pub(in crate::domain) fn new(original: &'a str) -> Self {
        Self { original, folded: Folded::new(original, MOST_TEXT) }
    }

    /// The folded text: ASCII, lower case, single spaces.
    pub(in crate::domain) fn folded(&self) -> &str {
        std::str::from_utf8(self.folded.bytes()).unwrap_or_default()
    }

    /// The original words behind a folded range.
    pub(super) fn original(&self, start: usize, end: usize) -> String {
        let (from, to) = self.folded.original_range(start, end);
        let words = self.original.get(from as usize..to as usize).unwrap_or_default();
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Where a folded range stands in the original.
    pub(in crate::domain) fn original_range(&self, start: usize, end: usize) -> (u32, u32) {
        self.folded.original_range(start, end)
    }

    /// Folded ranges at which `phrase` (one alternative) stands as whole words.
    pub(in crate::domain) fn places(&self, phrase: &str) -> Vec<(usize, usize)> {
        let folded = Folded::new(phrase.trim(), MOST_TEXT);
        let Ok(wanted) = std::str::from_utf8(folded.bytes()) else { return Vec::new() };
        let wanted = wanted.trim();
        if wanted.is_empty() {
            return Vec::new();
        }
        let text = self.folded();
        let is_edge = |at: Option<&u8>| at.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        text.match_indices(wanted)
            .map(|(start, found)| (start, start + found.len()))
            .filter(|&(start, end)| {
                let bytes = text.as_bytes();
                is_edge(start.checked_sub(1).and_then(|before| bytes.get(before)))
                    && is_edge(bytes.get(end))
            })
            .collect()
    }

    /// Whether one of the alternatives of `phrase` (`a | b`) is there.
    pub(in crate::domain) fn has(&self, phrase: &str) -> bool {
        phrase.split('|').any(|one| !self.places(one).is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_found_over_line_breaks_and_accents_but_only_as_whole_words() {
        let text = Searched::new("Su  número\nde solicitud es X. Está vencido.");
        assert!(text.has("su numero de solicitud es"));
        assert!(text.has("nothing | vencido"));
        assert!(!text.has("vencid") && !text.has("olicitud") && !text.has(""));
        let (start, end) = text.places("numero de")[0];
        assert_eq!(text.original(start, end), "número de");
    }
}
