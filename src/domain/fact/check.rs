//! Check digits and ranges that tell issued numbers from others.

/// Social security numbers as issued: area not 000, 666 or 9xx, group not 00,
/// serial not 0000.
pub(super) fn is_social(digits: &[u8]) -> bool {
    let Some((area, group, is_serial)) = social_parts(digits) else { return false };
    area != 0 && area != 666 && area < 900 && group != 0 && is_serial
}

/// Individual taxpayer identification numbers: 9xx with the groups the IRS uses.
pub(super) fn is_taxpayer(digits: &[u8]) -> bool {
    let Some((area, group, is_serial)) = social_parts(digits) else { return false };
    area >= 900 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99) && is_serial
}

fn social_parts(digits: &[u8]) -> Option<(u16, u16, bool)> {
    let [a, b, c, d, e, serial @ ..] = digits else { return None };
    if serial.len() != 4 {
        return None;
    }
    let area = u16::from(*a) * 100 + u16::from(*b) * 10 + u16::from(*c);
    let group = u16::from(*d) * 10 + u16::from(*e);
    Some((area, group, serial.iter().any(|digit| *digit != 0)))
}

/// ISO/IEC 7812: 13 to 19 digits, a first digit that cards have, Luhn.
pub(super) fn is_card(digits: &[u8]) -> bool {
    let doubled = |(at, &digit): (usize, &u8)| {
        let twice = u32::from(digit) * 2;
        if at % 2 == 0 { u32::from(digit) } else { twice / 10 + twice % 10 }
    };
    let sum: u32 = digits.iter().rev().enumerate().map(doubled).sum();
    (13..=19).contains(&digits.len())
        && matches!(digits.first(), Some(2..=6))
        && sum.is_multiple_of(10)
        && digits.iter().any(|digit| Some(digit) != digits.first())
}

/// ABA routing numbers: prefixes the Federal Reserve gave out, check digit.
pub(super) fn is_routing(digits: &[u8]) -> bool {
    let [first, second, ..] = digits else { return false };
    let prefix = first * 10 + second;
    let weights = [3_u32, 7, 1, 3, 7, 1, 3, 7, 1];
    let sum: u32 =
        digits.iter().zip(weights).map(|(&digit, weight)| u32::from(digit) * weight).sum();
    digits.len() == 9
        && matches!(prefix, 0..=12 | 21..=32 | 61..=72 | 80)
        && digits.iter().any(|digit| *digit != 0)
        && sum.is_multiple_of(10)
}

/// ISO 13616: two letters, two check digits, 15 to 34 characters, remainder 1
/// of a division by 97. Characters are lower-case letters and digits.
pub(super) fn is_iban(characters: &[u8]) -> bool {
    let Some((head, rest)) = characters.split_at_checked(4) else { return false };
    let is_shaped = head.get(..2).is_some_and(|land| land.iter().all(u8::is_ascii_lowercase))
        && head.get(2..).is_some_and(|check| check.iter().all(u8::is_ascii_digit));
    let remainder = rest.iter().chain(head).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        b'a'..=b'z' => (rest * 100 + u32::from(byte - b'a') + 10) % 97,
        _ => 0,
    });
    is_shaped && (15..=34).contains(&characters.len()) && remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

    #[test]
    fn numbers_that_were_never_issued_are_none() {
        for never in ["000123456", "666123456", "900123456", "123003456", "123450000"] {
            assert!(!is_social(&digits(never)), "{never}");
        }
        assert!(is_social(&digits("219099999")) && is_taxpayer(&digits("912701234")));
        assert!(!is_taxpayer(&digits("912931234")) && !is_social(&digits("12345")));
    }

    #[test]
    fn one_wrong_digit_is_noticed() {
        assert!(is_card(&digits("4111111111111111")) && !is_card(&digits("4111111111111112")));
        assert!(is_card(&digits("378282246310005")), "fifteen digits");
        assert!(is_routing(&digits("011000015")) && !is_routing(&digits("011000016")));
        assert!(!is_routing(&digits("991000012")), "a prefix nobody has");
        assert!(is_iban(b"de89370400440532013000") && !is_iban(b"de89370400440532013001"));
        assert!(!is_iban(b"de8") && !is_iban(b""));
    }
}
