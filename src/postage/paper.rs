//! Letters on paper: a text becomes a PDF of Letter-size pages with the two
//! addresses where a No. 10 double-window envelope shows them, page numbers, and
//! nothing that a print shop lacks (one of the fourteen fonts that every reader
//! brings along). The same text always gives the same bytes.

mod metric;
mod page;

use crate::domain::digest::Digest;

/// Longest line of an address, in characters: the window is 3½ inches wide.
pub const MOST_ADDRESS_LINE: usize = 40;
/// Most lines of an address that the window shows.
pub const MOST_ADDRESS_LINES: usize = 5;
/// Longest text, in bytes; a letter of this size has some forty pages.
const MOST_TEXT: usize = 128 * 1024;

/// What stands on the paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Sender, line by line; shown in the upper window.
    pub from: Vec<String>,
    /// Recipient, line by line; shown in the lower window.
    pub to: Vec<String>,
    /// Date in words.
    pub date: String,
    /// The letter: paragraphs parted by empty lines.
    pub text: String,
    /// Printed at the foot of each page, e.g. the ticket number.
    pub reference: String,
    /// `en` or `es`.
    pub locale: String,
}

/// Why there is no PDF.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// An address that the window cannot show.
    #[error("the address needs 2 to 5 lines of at most 40 characters")]
    Address,
    /// A character that the font does not have.
    #[error("the character U+{0:04X} cannot be printed in this font")]
    Character(u32),
    /// Nothing to print, or far too much.
    #[error("the letter is empty or longer than 128 KiB")]
    Length,
}

/// The bytes of the PDF, and their digest.
///
/// # Errors
/// When an address does not fit its window, a character has no glyph, or the
/// text is empty or out of bounds.
pub fn print(paper: &Paper) -> Result<(Vec<u8>, Digest), PaperError> {
    if paper.text.trim().is_empty() || paper.text.len() > MOST_TEXT {
        return Err(PaperError::Length);
    }
    if !fits_window(&paper.from) || !fits_window(&paper.to) {
        return Err(PaperError::Address);
    }
    let pdf = page::pages(paper)?;
    let digest = Digest::of(&pdf);
    Ok((pdf, digest))
}

fn fits_window(lines: &[String]) -> bool {
    let is_line =
        |line: &String| !line.trim().is_empty() && line.chars().count() <= MOST_ADDRESS_LINE;
    (2..=MOST_ADDRESS_LINES).contains(&lines.len()) && lines.iter().all(is_line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(text: &str) -> Paper {
        let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        Paper {
            from: lines(&["Example Home Loans", "PO Box 555", "Springfield, IL 62700"]),
            to: lines(&["Rosa N\u{fa}\u{f1}ez", "12 Main Street", "Springfield, IL 62701"]),
            date: "25 de noviembre de 2026".to_owned(),
            text: text.to_owned(),
            reference: "TL-4821-0973-5528".to_owned(),
            locale: "es".to_owned(),
        }
    }

    fn count(pdf: &[u8], words: &[u8]) -> usize {
        pdf.windows(words.len()).filter(|window| *window == words).count()
    }

    /// How often `words` are shown: ASCII as it is, anything else in hex digits.
    fn shown(pdf: &[u8], words: &str) -> usize {
        if words.is_ascii() {
            return count(pdf, words.as_bytes());
        }
        let hex: String = words.chars().map(|c| format!("{:02X}", c as u32)).collect();
        count(pdf, hex.as_bytes())
    }

    #[test]
    fn a_letter_is_a_pdf_with_its_words_addresses_and_page_numbers() {
        let (pdf, digest) =
            print(&paper("Recibimos su aviso.\n\nLo leer\u{e1} una persona.")).unwrap();
        assert!(pdf.starts_with(b"%PDF-1."));
        assert_eq!(digest, Digest::of(&pdf));
        for words in ["Rosa N\u{fa}\u{f1}ez", "12 Main Street", "PO Box 555", "TL-4821-0973-5528"] {
            assert_eq!(shown(&pdf, words), 1, "{words}");
        }
        assert_eq!(shown(&pdf, "P\u{e1}gina 1 de 1"), 1);
        assert_eq!(count(&pdf, b"/Type /Page\n"), 1);
        assert_eq!(
            print(&paper("Recibimos su aviso.\n\nLo leer\u{e1} una persona.")).unwrap().0,
            pdf
        );
    }

    #[test]
    fn a_long_letter_goes_on_on_numbered_pages_and_loses_no_word() {
        let text: String = (0..2_000).map(|n| format!("palabra{n} ")).collect();
        let (pdf, _) = print(&paper(&text)).unwrap();
        let pages = count(&pdf, b"/Type /Page\n");
        assert!(pages > 2, "{pages}");
        for page in 1..=pages {
            let number = format!("P\u{e1}gina {page} de {pages}");
            assert_eq!(shown(&pdf, &number), 1, "{page}");
        }
        for n in [0, 777, 1_999] {
            assert!(count(&pdf, format!("palabra{n}").as_bytes()) >= 1, "{n}");
        }
        // a word wider than the page is cut, not printed over the edge
        assert!(print(&paper(&"m".repeat(3_000))).is_ok());
    }

    #[test]
    fn what_cannot_be_printed_is_named() {
        assert_eq!(print(&paper("\u{4e2d}")).err(), Some(PaperError::Character(0x4e2d)));
        assert_eq!(print(&paper("a\u{202e}b")).err(), Some(PaperError::Character(0x202e)));
        assert_eq!(print(&paper(" \n ")).err(), Some(PaperError::Length));
        let mut wide = paper("x");
        wide.to[0] = "x".repeat(41);
        assert_eq!(print(&wide).err(), Some(PaperError::Address));
        let mut short = paper("x");
        short.to.truncate(1);
        assert_eq!(print(&short).err(), Some(PaperError::Address));
    }

    #[test]
    fn no_value_ends_a_string_of_the_pdf() {
        let (pdf, _) = print(&paper("a) Tj ET Q (b \\ c")).unwrap();
        assert_eq!(count(&pdf, b") Tj ET Q ("), 0, "the parenthesis is escaped");
    }
}
