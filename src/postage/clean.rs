//! Makes text safe for a header line and addresses safe for an envelope. The
//! message builder aborts on some of what is removed here, and a receiving
//! client may be fooled by the rest.

/// Longest address, RFC 5321 §4.5.3.1.3 (256 octets with its brackets).
const MOST_ADDRESS: usize = 254;
/// Longest local part, RFC 5321 §4.5.3.1.1.
const MOST_LOCAL_PART: usize = 64;
/// Longest Message-ID that is worth repeating.
const MOST_ID: usize = 250;

/// `text` on one line: control, bidi and zero-width characters are gone, white
/// space is single, and at most `most` characters are left.
#[must_use]
pub fn line(text: &str, most: usize) -> String {
    let mut cleaned = String::with_capacity(text.len().min(most * 4));
    let mut count = 0;
    let mut is_gap = false;
    for character in text.chars() {
        if character.is_whitespace() {
            is_gap = true;
            continue;
        }
        if is_hidden(character) {
            continue;
        }
        if is_gap && count > 0 {
            cleaned.push(' ');
            count += 1;
        }
        is_gap = false;
        if count >= most {
            break;
        }
        cleaned.push(character);
        count += 1;
    }
    cleaned.truncate(cleaned.trim_end().len());
    cleaned
}

/// Controls (C0, C1), soft hyphen, bidi marks and overrides, zero-width
/// characters, the byte order mark, tags.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether `address` is a plain `local@domain` that can stand in an envelope
/// and in a header without quoting: ASCII, dot-atom local part, host name.
/// Stricter than RFC 5321: quoted local parts, address literals and
/// internationalised addresses are for a person to write to.
#[must_use]
pub fn is_plain_address(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else { return false };
    address.len() <= MOST_ADDRESS
        && local.len() <= MOST_LOCAL_PART
        && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
        && domain.split('.').all(is_host_label)
}

/// RFC 5322 §3.2.3.
fn is_atext(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

fn is_host_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether `id` (without brackets) can be repeated in a header: printable
/// ASCII with one `@`, no bracket, nothing that looks like an encoded word.
#[must_use]
pub fn is_plain_message_id(id: &str) -> bool {
    id.len() <= MOST_ID
        && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>')
        && id.bytes().filter(|byte| *byte == b'@').count() == 1
        && !id.starts_with('@')
        && !id.ends_with('@')
        && !id.contains("=?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleaned_line_has_nothing_hidden_and_cleaning_twice_changes_nothing() {
        let hostile = "  Ro\r\nsa\0 \u{202e}exe.fdp\u{200b}\u{feff}\u{85} \u{2028}Díaz\t";
        assert_eq!(line(hostile, 100), "Ro sa exe.fdp Díaz");
        for text in [hostile, "\u{85}\u{200e}", "a\u{200b} \u{200b}b", &"é ".repeat(500)] {
            let once = line(text, 40);
            assert!(once.chars().count() <= 40);
            assert_eq!(line(&once, 40), once);
        }
    }

    #[test]
    fn only_plain_addresses_may_stand_in_an_envelope() {
        for good in ["rosa@example.com", "o'neil+x=y@mail-1.example.co", "a@localhost"] {
            assert!(is_plain_address(good), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "",
            "@",
            "rosa",
            "rosa@",
            "@example.com",
            "a@b@c",
            "ro sa@example.com",
            "rosa@exa mple.com",
            "rosa@example.com\r\nRCPT TO:<x@example.net>",
            "<rosa@example.com>",
            "\"a b\"@example.com",
            "rosa@[127.0.0.1]",
            "rosa..x@example.com",
            ".rosa@example.com",
            "rösa@example.com",
            "rosa@-example.com",
            "rosa@example.com.",
            "rosa@example.com>",
            "rosa\0@example.com",
            &long,
        ] {
            assert!(!is_plain_address(bad), "{bad:?}");
        }
    }
}
