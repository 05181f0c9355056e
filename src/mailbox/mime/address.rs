//! Addresses and message ids as they can be relied on: cleaned, bounded, or
//! empty.

use mail_parser::{Addr, HeaderValue, parsers::MessageStream};

use super::clean::{clean_line, cut};
use crate::domain::mail::Address;

/// Longest address (RFC 5321 §4.5.3.1.3) and longest shown name.
const MAX_ADDRESS: usize = 254;
const MAX_NAME: usize = 200;
/// Longest message id kept; longer ones are cut.
const MAX_ID: usize = 500;

/// Up to `max` addresses of one header value, groups flattened, in order. An
/// entry without a readable address keeps its name.
pub(super) fn list(value: &[u8], max: usize) -> Vec<Address> {
    let mut line = Vec::with_capacity(value.len() + 1);
    line.extend_from_slice(value);
    line.push(b'\n');
    let HeaderValue::Address(parsed) = MessageStream::new(&line).parse_address() else {
        return Vec::new();
    };
    parsed
        .iter()
        .map(clean)
        .filter(|a| !(a.address.is_empty() && a.name.is_empty()))
        .take(max)
        .collect()
}

fn clean(addr: &Addr<'_>) -> Address {
    Address {
        name: clean_line(addr.name.as_deref().unwrap_or_default(), MAX_NAME),
        address: checked(addr.address.as_deref().unwrap_or_default()).unwrap_or_default(),
    }
}

/// One bare address, lower-cased; `None` unless it is `local@domain` of
/// visible characters without any that would change meaning elsewhere.
pub(super) fn checked(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let is_local =
        !local.is_empty() && local.chars().all(|c| !matches!(c, '<' | '>' | ',' | ';' | '\\'));
    let is_domain = !domain.is_empty()
        && !domain.starts_with('.')
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':'));
    let is_visible = text.len() <= MAX_ADDRESS
        && !text.contains(char::is_whitespace)
        && clean_line(text, MAX_ADDRESS) == text;
    // a quoted local part may hold an @; without quotes it is two addresses
    let is_single = !local.contains('@') || (local.starts_with('"') && local.ends_with('"'));
    (is_local && is_domain && is_visible && is_single)
        .then(|| text.to_lowercase())
        .filter(|lower| lower.len() <= MAX_ADDRESS)
}

/// The address of a `Return-Path` or `Delivered-To` value: `Some("")` for the
/// null path `<>`, `None` when unreadable.
pub(super) fn path(value: &str) -> Option<String> {
    let value = value.trim();
    let inner = value
        .find('<')
        .and_then(|at| value.get(at + 1..))
        .map(|rest| rest.split('>').next().unwrap_or(rest))
        .unwrap_or(value)
        .trim();
    if inner.is_empty() && value.starts_with('<') { Some(String::new()) } else { checked(inner) }
}

/// Message ids of one value without their brackets, in order; at most the last
/// `max`. Values without any bracket are split at white space, as some clients
/// write them.
pub(super) fn ids(value: &str, max: usize) -> Vec<String> {
    let mut ids: Vec<&str> = Vec::new();
    if value.contains('<') {
        let pieces = value.split('<').skip(1).map(|p| p.split('>').next().unwrap_or(p));
        ids.extend(pieces);
    } else {
        ids.extend(value.split_whitespace());
    }
    let ids: Vec<String> = ids.into_iter().rev().filter_map(clean_id).take(max).collect();
    ids.into_iter().rev().collect()
}

fn clean_id(id: &str) -> Option<String> {
    let mut id = clean_line(id, MAX_ID);
    id.retain(|c| c != ' ');
    cut(&mut id, MAX_ID);
    Some(id).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Vec<(String, String)> {
        list(value.as_bytes(), 10).into_iter().map(|a| (a.name, a.address)).collect()
    }

    fn pair(name: &str, address: &str) -> (String, String) {
        (name.to_owned(), address.to_owned())
    }

    #[test]
    fn names_and_addresses_are_told_apart() {
        assert_eq!(
            read("\"Rosa, B.\" <Rosa@Example.COM>, ana@example.com (Ana), Team: sam@example.com;"),
            [
                pair("Rosa, B.", "rosa@example.com"),
                pair("Ana", "ana@example.com"),
                pair("", "sam@example.com")
            ]
        );
        assert_eq!(
            read("=?utf-8?Q?Mar=C3=ADa?= <m@example.com>"),
            [pair("María", "m@example.com")]
        );
    }

    #[test]
    fn an_encoded_address_is_only_a_name() {
        let read = read("=?utf-8?B?PGFkbWluQGV4YW1wbGUuY29tPg==?= , <second@example.com>");
        assert_eq!(read, [pair("<admin@example.com>", ""), pair("", "second@example.com")]);
    }

    #[test]
    fn a_name_with_encoded_line_breaks_and_nul_is_one_clean_line() {
        let read = read("=?utf-8?q?Evil=0D=0ABcc:_x=00?= <e@example.com>");
        assert_eq!(read, [pair("Evil Bcc: x", "e@example.com")]);
    }

    #[test]
    fn an_address_that_could_mean_something_else_is_no_address() {
        for bad in [
            "",
            "rosa",
            "@example.com",
            "rosa@",
            "a b@example.com",
            "a@b@example.com",
            "a@exa\u{200b}mple.com",
            "a\u{202e}@example.com",
            "a@example.com>",
            "a@.example.com",
            "a@exam/ple.com",
        ] {
            assert_eq!(checked(bad), None, "{bad:?}");
        }
        assert_eq!(checked(&format!("{}@example.com", "a".repeat(300))), None);
        assert_eq!(checked("Rosa+x@Example.com").as_deref(), Some("rosa+x@example.com"));
    }

    #[test]
    fn the_null_return_path_is_not_a_missing_one() {
        assert_eq!(path("<>"), Some(String::new()));
        assert_eq!(path(" < > "), Some(String::new()));
        assert_eq!(path("<Rosa@example.com>"), Some("rosa@example.com".into()));
        assert_eq!(path("rosa@example.com"), Some("rosa@example.com".into()));
        assert_eq!(path(""), None);
        assert_eq!(path("<junk>"), None);
    }

    #[test]
    fn the_last_ids_are_kept_in_order() {
        assert_eq!(ids("<a@x> <b@x>\t<c @x>", 2), ["b@x", "c@x"]);
        assert_eq!(ids("a@x b@x", 9), ["a@x", "b@x"]);
        assert_eq!(ids("<>", 9), Vec::<String>::new());
        assert_eq!(ids(&format!("<{}@x>", "a".repeat(5000)), 9)[0].len(), 500);
    }
}
