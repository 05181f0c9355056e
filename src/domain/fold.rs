//! Text as evidence sees it: ASCII, lower case, no accents, single spaces;
//! every folded byte knows where it came from.

use unicode_normalization::UnicodeNormalization;

/// Stands for every character that has no ASCII form.
const FOREIGN: u8 = 0x1a;

/// Folded text with an offset map back to the original.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    text: Vec<u8>,
    starts: Vec<u32>,
    ends: Vec<u32>,
}

impl Folded {
    /// Folds the first `limit` bytes of `original`.
    ///
    /// Case and accents go (`Liquidación` is `liquidacion`), typographic quotes
    /// and dashes become ASCII, white space of any kind becomes one space,
    /// zero-width characters vanish.
    #[must_use]
    pub fn new(original: &str, limit: usize) -> Self {
        let mut folded = Self::default();
        folded.append(original, 0, limit);
        folded
    }

    /// Folds only the given byte ranges of `original`, with a space between
    /// them, at most `limit` bytes of it.
    #[must_use]
    pub fn of_ranges(original: &str, ranges: &[(u32, u32)], limit: usize) -> Self {
        let mut folded = Self::default();
        let mut left = limit;
        for &(start, end) in ranges {
            let Some(part) = original.get(start as usize..end as usize) else { continue };
            folded.append(part, start, left);
            left = left.saturating_sub(part.len());
            if left == 0 {
                break;
            }
            folded.push(b' ', start + cut(part.len()), start + cut(part.len()));
        }
        folded
    }

    /// The folded bytes, all ASCII.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.text
    }

    /// Byte range of the original that the folded range came from.
    #[must_use]
    pub fn original_range(&self, start: usize, end: usize) -> (u32, u32) {
        let first = self.starts.get(start).copied().unwrap_or(0);
        let last = end.checked_sub(1).and_then(|at| self.ends.get(at)).copied().unwrap_or(first);
        (first, last.max(first))
    }

    fn append(&mut self, part: &str, base: u32, limit: usize) {
        self.text.reserve(part.len().min(limit));
        self.starts.reserve(part.len().min(limit));
        self.ends.reserve(part.len().min(limit));
        for (at, character) in part.char_indices() {
            let end = at + character.len_utf8();
            if end > limit {
                break;
            }
            let (from, to) = (base.saturating_add(cut(at)), base.saturating_add(cut(end)));
            if character.is_ascii() {
                self.push(character as u8, from, to);
            } else {
                self.push_wide(character, from, to);
            }
        }
    }

    fn push_wide(&mut self, character: char, from: u32, to: u32) {
        match character {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{00b4}' => self.push(b'\'', from, to),
            '\u{201c}' | '\u{201d}' | '\u{00ab}' | '\u{00bb}' => self.push(b'"', from, to),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => self.push(b'-', from, to),
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{00ad}' => {}
            _ if character.is_whitespace() => self.push(b' ', from, to),
            _ => {
                let before = self.text.len();
                for piece in character.nfkd().filter(char::is_ascii).take(8) {
                    self.push(piece as u8, from, to);
                }
                if self.text.len() == before && !is_mark(character) {
                    self.push(FOREIGN, from, to);
                }
            }
        }
    }

    fn push(&mut self, byte: u8, from: u32, to: u32) {
        let byte = if byte.is_ascii_whitespace() || byte == 0x0b { b' ' } else { byte };
        if byte == b' ' && self.text.last() == Some(&b' ') {
            if let Some(end) = self.ends.last_mut() {
                *end = to;
            }
            return;
        }
        self.text.push(byte.to_ascii_lowercase());
        self.starts.push(from);
        self.ends.push(to);
    }
}

fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

/// Offsets fit in 32 bits: a text is at most 256 KiB.
fn cut(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Folded form of a short string.
#[must_use]
pub fn fold(original: &str) -> String {
    Folded::new(original, usize::MAX).text.iter().map(|&byte| char::from(byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_white_space_go_and_spans_come_back() {
        let text = "¿Cuál es la  LIQUIDACIÓN\nde mi préstamo?";
        let folded = Folded::new(text, 1024);
        let found = fold(text).find("liquidacion de mi").unwrap();
        let (start, end) = folded.original_range(found, found + "liquidacion de mi".len());
        assert_eq!(&text[start as usize..end as usize], "LIQUIDACIÓN\nde mi");
    }

    #[test]
    fn a_limit_inside_a_character_cuts_before_it() {
        assert_eq!(Folded::new("ab\u{20ac}", 3).bytes(), b"ab");
    }

    #[test]
    fn zero_width_characters_do_not_hide_a_word() {
        assert_eq!(fold("pay\u{200b}off \u{ff46}ee I\u{2019}m e\u{301}l"), "payoff fee i'm el");
    }
}
