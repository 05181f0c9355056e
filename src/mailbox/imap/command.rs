//! How a command is spelled: strings, folder names and sets of UIDs in a form
//! that no name can break out of.

use data_encoding::Encoding;
use zeroize::Zeroizing;

/// A piece of a command line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    /// Sent as it is; holds no line break.
    Text(&'a str),
    /// Sent as a literal, after the server asked for it.
    Literal(&'a [u8]),
}

/// A string as an argument: quoted if it is plain ASCII, else as a literal.
pub(super) enum Argument<'a> {
    Quoted(Zeroizing<String>),
    Literal(&'a [u8]),
}

impl<'a> Argument<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            Self::Quoted(Zeroizing::new(quoted(text)))
        } else {
            Self::Literal(text.as_bytes())
        }
    }

    pub(super) fn part(&self) -> Part<'_> {
        match self {
            Self::Quoted(text) => Part::Text(text),
            Self::Literal(bytes) => Part::Literal(bytes),
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A folder name as an argument: modified UTF-7 (RFC 3501 §5.1.3), quoted.
pub(super) fn folder(name: &str) -> String {
    let mut spelled = String::with_capacity(name.len());
    let mut wide: Vec<u8> = Vec::new();
    for letter in name.chars() {
        if matches!(letter, ' '..='~') {
            flush_wide(&mut wide, &mut spelled);
            spelled.push(letter);
            if letter == '&' {
                spelled.push('-');
            }
        } else {
            let mut units = [0; 2];
            wide.extend(letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()));
        }
    }
    flush_wide(&mut wide, &mut spelled);
    quoted(&spelled)
}

fn flush_wide(wide: &mut Vec<u8>, spelled: &mut String) {
    const BASE64: Encoding = data_encoding::BASE64_NOPAD;
    if !wide.is_empty() {
        spelled.push('&');
        spelled.push_str(&BASE64.encode(wide).replace('/', ","));
        spelled.push('-');
        wide.clear();
    }
}

/// UIDs as sets like `1:3,7`, ascending, each at most `limit` bytes long.
/// UID 0 does not exist and is left out.
pub(super) fn uid_sets(uids: &[u32], limit: usize) -> Vec<String> {
    let mut sorted: Vec<u32> = uids.iter().copied().filter(|uid| *uid != 0).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut sets: Vec<String> = Vec::new();
    for run in sorted.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let range = if first == last { first.to_string() } else { format!("{first}:{last}") };
        match sets.last_mut() {
            Some(set) if set.len() + 1 + range.len() <= limit => {
                set.push(',');
                set.push_str(&range);
            }
            _ => sets.push(range),
        }
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn folder_names_are_quoted_and_spelled_in_modified_utf_7() {
        assert_eq!(folder("Processed"), "\"Processed\"");
        assert_eq!(folder("A\"b\\c"), "\"A\\\"b\\\\c\"");
        assert_eq!(folder("Q&A"), "\"Q&-A\"");
        assert_eq!(folder("Enviados año"), "\"Enviados a&APE-o\"");
        // RFC 3501 §5.1.3
        assert_eq!(folder("~peter/mail/台北/日本語"), "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"");
    }

    #[test]
    fn a_password_beyond_ascii_goes_as_a_literal() {
        assert!(matches!(Argument::new("p\"w").part(), Part::Text("\"p\\\"w\"")));
        assert!(matches!(Argument::new("pä").part(), Part::Literal(_)));
        assert!(matches!(Argument::new("a\r\nb").part(), Part::Literal(_)));
    }

    #[test]
    fn runs_of_uids_become_ranges_and_never_name_another_mail() {
        assert_eq!(uid_sets(&[3, 1, 2, 9, 7, 9, 0, u32::MAX], 100), ["1:3,7,9,4294967295"]);
        assert!(uid_sets(&[], 100).is_empty());
    }

    proptest! {
        #[test]
        fn sets_name_exactly_the_uids_asked_for(
            uids in proptest::collection::btree_set(1u32..500, 0..200),
            limit in 9usize..60,
        ) {
            let asked: Vec<u32> = uids.iter().copied().collect();
            let mut named = Vec::new();
            for set in uid_sets(&asked, limit) {
                prop_assert!(set.len() <= limit);
                for range in set.split(',') {
                    let (first, last) = range.split_once(':').unwrap_or((range, range));
                    named.extend(first.parse::<u32>().unwrap()..=last.parse::<u32>().unwrap());
                }
            }
            prop_assert_eq!(named, asked);
        }
    }
}
