//! Takes from a stranger's text what a reader cannot see or a terminal would
//! obey: controls, direction marks, zero-width and tag characters.

/// Characters that are dropped wherever they stand.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line to show: no controls, no direction or zero-width characters, each
/// run of white space one space, none at the ends, at most `max_chars`
/// characters.
#[must_use]
pub fn clean_line(text: &str, max_chars: usize) -> String {
    let mut line = String::with_capacity(text.len().min(max_chars.saturating_mul(4)));
    let mut room = max_chars;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = !line.is_empty();
        } else if !is_invisible(c) {
            let needed = 1 + usize::from(gap);
            if room < needed {
                break;
            }
            room -= needed;
            if gap {
                line.push(' ');
                gap = false;
            }
            line.push(c);
        }
    }
    line
}

/// Body text: LF line ends, tabs kept, no-break spaces made plain, everything
/// invisible dropped, no white space after the last word of the text.
#[must_use]
pub fn clean_text(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let plain = rest.bytes().position(|b| !matches!(b, b'\n' | b'\t' | b' '..=b'~'));
        let (run, tail) = rest.split_at(plain.unwrap_or(rest.len()));
        clean.push_str(run);
        let mut chars = tail.chars();
        match chars.next() {
            None => break,
            Some('\r') if chars.as_str().starts_with('\n') => {}
            Some('\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}') => clean.push('\n'),
            Some('\u{a0}' | '\u{202f}' | '\u{2007}') => clean.push(' '),
            Some(c) if is_invisible(c) => {}
            Some(c) => clean.push(c),
        }
        rest = chars.as_str();
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Shortens `text` to at most `max` bytes without splitting a character; says
/// whether anything was cut.
pub(super) fn cut(text: &mut String, max: usize) -> bool {
    let end = text.floor_char_boundary(max);
    let is_cut = end < text.len();
    text.truncate(end);
    is_cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_only_what_a_reader_can_see() {
        assert_eq!(clean_line("  a\r\nBcc: b\0\u{202e}\u{200b}\u{a0} c \t", 50), "a Bcc: b c");
        assert_eq!(clean_line("ééé ééé", 4), "ééé", "no half word separator at the cut");
        assert_eq!(clean_line("\u{1b}[31mred\u{9b}", 50), "[31mred");
        assert_eq!(clean_line("x", 0), "");
    }

    #[test]
    fn a_text_keeps_its_lines_and_tabs_and_nothing_else_invisible() {
        assert_eq!(
            clean_text("one\r\ntwo\rthree\n\tfour\u{a0}five\0\u{7}\u{200d}\u{feff}é \r\n\r\n"),
            "one\ntwo\nthree\n\tfour fiveé"
        );
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        let mut text = String::from("aé");
        assert!(cut(&mut text, 2));
        assert_eq!(text, "a");
        assert!(!cut(&mut text, 2));
    }
}
