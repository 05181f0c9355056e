//! Which files may go with a letter: what they are is read from their bytes, and
//! a document that acts by itself is none.

/// Largest file, in bytes.
pub const MOST_BYTES: usize = 5 << 20;
/// Largest of all files of one letter together, in bytes.
pub const MOST_TOGETHER: u64 = 10 << 20;
/// Files of one letter.
pub const MOST_FILES: usize = 10;
/// Longest name, in characters.
const MOST_NAME: usize = 80;

/// What a PDF may not have: scripts, programs, files within.
const ACTIVE: [&[u8]; 6] =
    [b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/RichMedia", b"/XFA"];

/// Why a file does not go with a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Too large.
    #[error("the file is larger than 5 MiB; send it another way")]
    TooLarge,
    /// Too many, or too large together.
    #[error("a letter takes 10 files, and 10 MiB of them in all")]
    TooMany,
    /// Something else.
    #[error("the file is no PDF, JPEG or PNG by its bytes, whatever its name says")]
    OtherKind,
    /// It acts by itself.
    #[error("the PDF holds scripts, programs or files within; print it into a plain one")]
    Active,
}

/// The media type of `bytes`.
///
/// # Errors
/// When they are of no kind that a letter takes.
pub fn media_type(bytes: &[u8]) -> Result<&'static str, FileProblem> {
    if bytes.is_empty() {
        return Err(FileProblem::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(FileProblem::TooLarge);
    }
    if bytes.starts_with(b"%PDF-1.") || bytes.starts_with(b"%PDF-2.") {
        let holds = |mark: &[u8]| bytes.windows(mark.len()).any(|window| window == mark);
        // `#4a` stands for a letter in a name of PDF (ISO 32000-1 §7.3.5): who
        // writes a name that way hides it.
        let is_active = ACTIVE.iter().any(|mark| holds(mark)) || hides_a_name(bytes);
        return if is_active { Err(FileProblem::Active) } else { Ok("application/pdf") };
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Ok("image/jpeg");
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok("image/png");
    }
    Err(FileProblem::OtherKind)
}

/// Whether a name has a letter or digit written as its code.
fn hides_a_name(bytes: &[u8]) -> bool {
    bytes.windows(4).any(|window| match window {
        [before, b'#', high @ (b'3'..=b'7'), low] => {
            (before.is_ascii_alphanumeric() || *before == b'/')
                && low.is_ascii_hexdigit()
                && matches!(high, b'4'..=b'7')
        }
        _ => false,
    })
}

/// `name` as it stands in a letter: plain letters, no path, the ending of its kind.
#[must_use]
pub fn plain_name(name: &str, media_type: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let plain: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_') { c } else { '-' })
        .take(MOST_NAME)
        .collect();
    let plain = plain.trim_matches([' ', '-']);
    let ending = match media_type {
        "application/pdf" => "pdf",
        "image/png" => "png",
        _ => "jpg",
    };
    format!("{}.{ending}", if plain.is_empty() { "document" } else { plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_are() {
        for (bytes, wanted) in [
            (&b"%PDF-1.7\n1 0 obj <</Type /Page>>"[..], Ok("application/pdf")),
            (b"\xff\xd8\xff\xe0", Ok("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n", Ok("image/png")),
            (b"", Err(FileProblem::Empty)),
            (b"MZ\x90", Err(FileProblem::OtherKind)),
            (b" %PDF-1.7", Err(FileProblem::OtherKind)),
            (b"<svg onload=x>", Err(FileProblem::OtherKind)),
            (b"%PDF-1.7 /JavaScript (x)", Err(FileProblem::Active)),
            (b"%PDF-1.7 /OpenAction <</S /Launch", Err(FileProblem::Active)),
            (b"%PDF-1.7 /J#61vaScript (x)", Err(FileProblem::Active)),
        ] {
            assert_eq!(media_type(bytes), wanted, "{bytes:?}");
        }
        assert_eq!(media_type(&vec![0; MOST_BYTES + 1]), Err(FileProblem::TooLarge));
    }

    #[test]
    fn a_name_is_plain_and_ends_as_its_kind() {
        for (name, kind, wanted) in [
            ("Statement 11.pdf", "application/pdf", "Statement 11.pdf"),
            ("../../etc/passwd", "image/png", "passwd.png"),
            ("C:\\a\\b.exe", "application/pdf", "b.pdf"),
            ("x\r\nBcc: a@example.com.jpg", "image/jpeg", "x--Bcc- a-example-com.jpg"),
            ("\u{202e}fdp.exe", "image/jpeg", "fdp.jpg"),
            ("", "image/png", "document.png"),
        ] {
            assert_eq!(plain_name(name, kind), wanted);
        }
        assert!(plain_name(&"a".repeat(500), "image/png").len() <= 84);
    }
}
