//! Text as evidence sees it: ASCII, lower case, no accents, single spaces;
//! every folded byte knows where it came from.

use unicode_normalization::UnicodeNormalization;

/// Stands for every character that has no ASCII form.
const FOREIGN: u8 = 0x1a;

/// Folded text with an offset map back to the original.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    text: Vec<u8>,
    /// Where folded and original bytes stop running side by side: folded
    /// offset, original offset.
    steps: Vec<(u32, u32)>,
    /// Original offset that the next folded byte has if they still do.
    expected: Option<u32>,
    /// Original offset behind the last byte looked at.
    end: u32,
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
            if left == 0 {
                break;
            }
            if !folded.text.is_empty() {
                folded.push(b' ', folded.end);
            }
            folded.append(part, start, left);
            left = left.saturating_sub(part.len());
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
        let first = self.original(start);
        // the end of the last byte is where the next one begins
        (first, self.original(end).max(first))
    }

    fn original(&self, at: usize) -> u32 {
        if at >= self.text.len() {
            return self.end;
        }
        let at = cut(at);
        let next = self.steps.partition_point(|&(folded, _)| folded <= at);
        let step = next.checked_sub(1).and_then(|step| self.steps.get(step));
        step.map_or(at, |&(folded, original)| original + (at - folded))
    }

    fn append(&mut self, part: &str, base: u32, limit: usize) {
        let part = part.get(..part.floor_char_boundary(limit)).unwrap_or_default();
        self.text.reserve(part.len());
        let bytes = part.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let from = base.saturating_add(cut(at));
            if byte.is_ascii() {
                self.push(byte, from);
                at += 1;
            } else {
                let character = part.get(at..).and_then(|rest| rest.chars().next());
                let Some(character) = character else { break };
                self.push_wide(character, from);
                at += character.len_utf8();
            }
        }
        self.end = base.saturating_add(cut(part.len()));
    }

    fn push_wide(&mut self, character: char, from: u32) {
        match character {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' | '\u{00b4}' => self.push(b'\'', from),
            '\u{201c}' | '\u{201d}' | '\u{00ab}' | '\u{00bb}' => self.push(b'"', from),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => self.push(b'-', from),
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{00ad}' => {}
            _ if character.is_whitespace() => self.push(b' ', from),
            _ => {
                let before = self.text.len();
                for piece in character.nfkd().filter(char::is_ascii).take(8) {
                    self.push(piece as u8, from);
                }
                if self.text.len() == before && !is_mark(character) {
                    self.push(foreign_digit(character).unwrap_or(FOREIGN), from);
                }
            }
        }
    }

    fn push(&mut self, byte: u8, from: u32) {
        let byte = if byte.is_ascii_whitespace() || byte == 0x0b { b' ' } else { byte };
        if byte == b' ' && self.text.last() == Some(&b' ') {
            return;
        }
        if self.expected != Some(from) {
            self.steps.push((cut(self.text.len()), from));
        }
        self.text.push(byte.to_ascii_lowercase());
        self.expected = from.checked_add(1);
    }
}

/// Zeros of scripts whose digits have no compatibility form: numbers must not
/// hide behind them.
const ZEROS: &[u32] = &[
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x17e0, 0x1810,
];

fn foreign_digit(character: char) -> Option<u8> {
    let code = u32::from(character);
    let zero = ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&code))?;
    Some(b'0' + u8::try_from(code - zero).ok()?)
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
        assert_eq!(fold("\u{661}\u{662}\u{96f} \u{ff13}"), "129 3", "digits of any script");
    }
}
