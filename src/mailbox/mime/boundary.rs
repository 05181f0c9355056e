//! Boundary lines of a multipart (RFC 2046 §5.1.1), and a guess where the
//! boundary that the header names does not occur.

use super::field::next_line;

/// Longest boundary that is looked for; the RFC allows 70 characters.
const MAX_BOUNDARY: usize = 200;

/// Whether `mark`, a line without its dashes and trailing blanks, carries this
/// boundary: `Some(true)` for the closing one.
pub(super) fn carried(mark: &[u8], boundary: &[u8]) -> Option<bool> {
    match mark.strip_prefix(boundary)? {
        b"" => Some(false),
        b"--" => Some(true),
        _ => None,
    }
}

/// A likely boundary for `body` when the one that is `named` occurs nowhere or
/// there is none: the first `--` line that stands before a `Content-` field.
pub(super) fn guess(named: Option<&[u8]>, body: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    let mut guess = None;
    while at < body.len() {
        let next = next_line(body, at);
        if let Some(mark) = body.get(at..next)?.strip_prefix(b"--") {
            let mark = mark.trim_ascii_end();
            if named.is_some_and(|boundary| carried(mark, boundary).is_some()) {
                return None;
            }
            let after = body.get(next..next.saturating_add(8)).unwrap_or_default();
            let is_likely = (1..=MAX_BOUNDARY).contains(&mark.len());
            if guess.is_none() && is_likely && after.eq_ignore_ascii_case(b"content-") {
                guess = Some(mark.to_vec());
            }
        }
        at = next;
    }
    guess
}
