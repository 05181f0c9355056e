//! Character references: the few that letters need.

/// The decoded text, and the references that are none.
pub(super) fn decode(text: &str) -> (String, Vec<String>) {
    let mut decoded = String::with_capacity(text.len());
    let mut unknown = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        let reference = &rest[start..];
        let end = reference.bytes().take(12).position(|byte| byte == b';');
        let known = end.and_then(|end| Some((end, character(&reference[1..end])?)));
        match known {
            Some((end, character)) => {
                decoded.push(character);
                rest = &reference[end + 1..];
            }
            None => {
                unknown.push(reference.chars().take(12).collect());
                decoded.push('&');
                rest = &reference[1..];
            }
        }
    }
    decoded.push_str(rest);
    (decoded, unknown)
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => return None,
    })
}
