//! Asserts that a letter's bytes may go over the wire, whoever made them: a bare
//! line end lets one server read two mails where another reads one.

/// Longest line without its CRLF, RFC 5322 §2.1.1.
const MOST_LINE: usize = 998;

/// Whether `bytes` are pure ASCII with CRLF line ends, no NUL, and no line over
/// 998 octets.
///
/// # Errors
/// Names the rule that is broken.
pub fn fit_to_send(bytes: &[u8]) -> Result<(), &'static str> {
    if !bytes.ends_with(b"\r\n") {
        return Err("does not end with CRLF");
    }
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(line) = line.strip_suffix(b"\r\n") else { return Err("a bare LF") };
        if line.contains(&b'\r') {
            return Err("a bare CR");
        }
        if line.len() > MOST_LINE {
            return Err("a line is longer than 998 octets");
        }
        if line.contains(&0) {
            return Err("a NUL");
        }
        if !line.is_ascii() {
            return Err("a byte above 127");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smuggled_line_ends_and_overlong_lines_never_leave() {
        let long = format!("{}\r\n", "a".repeat(999));
        for (bytes, rule) in [
            (&b"a\n.\nQUIT\r\n"[..], "a bare LF"),
            (b"\na\r\n", "a bare LF"),
            (b"a\rb\r\n", "a bare CR"),
            (b"a\r\r\n", "a bare CR"),
            (b"a\0\r\n", "a NUL"),
            (b"a", "does not end with CRLF"),
            (b"", "does not end with CRLF"),
            (b"\xc3\xa9\r\n", "a byte above 127"),
            (long.as_bytes(), "a line is longer than 998 octets"),
        ] {
            assert_eq!(fit_to_send(bytes), Err(rule), "{bytes:?}");
        }
        for good in [&b"a\r\n\r\n..\r\n"[..], b"\r\n", &long.as_bytes()[1..]] {
            assert_eq!(fit_to_send(good), Ok(()));
        }
    }
}
