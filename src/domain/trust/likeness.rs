//! When do two domains or names look alike? Skeletons of look-alike characters
//! and one edit of distance.

use crate::domain::fold::fold;

/// The last two labels; three below the common two-part suffixes. Enough to
/// compare two addresses of one organisation.
pub(super) fn registrable(domain: &str) -> &str {
    let labels: Vec<usize> = domain.rmatch_indices('.').map(|(at, _)| at).take(3).collect();
    let second_level = match (labels.first(), labels.get(1)) {
        (Some(&last), Some(&before)) => domain.get(before + 1..last).unwrap_or_default(),
        _ => "",
    };
    let keep =
        if matches!(second_level, "co" | "com" | "org" | "net" | "gov" | "ac") { 2 } else { 1 };
    labels.get(keep).and_then(|&at| domain.get(at + 1..)).unwrap_or(domain)
}

/// One edit away, or the same once look-alike characters are folded. A domain
/// equal to ours is no look-alike of it.
pub(super) fn looks_like(domain: &str, ours: &str) -> bool {
    let (theirs, ours) = (registrable(domain), registrable(ours));
    if theirs == ours || theirs.is_empty() {
        return false;
    }
    skeleton(theirs) == skeleton(ours) || is_one_edit_apart(theirs.as_bytes(), ours.as_bytes())
}

/// Characters that look alike become one.
pub(super) fn skeleton(domain: &str) -> String {
    let shaped: String = fold(domain)
        .chars()
        .filter(|c| *c != '-')
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' | '|' => 'l',
            '5' => 's',
            '3' => 'e',
            other => other,
        })
        .collect();
    shaped.replace("rn", "m").replace("vv", "w").replace("cl", "d")
}

/// One insertion, deletion, substitution or swap of neighbours.
pub(super) fn is_one_edit_apart(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
    let (short, long) =
        (short.get(same..).unwrap_or_default(), long.get(same..).unwrap_or_default());
    match (short, long) {
        ([], [_]) => true,
        (_, [_, tail @ ..]) if tail == short => true,
        ([_, a @ ..], [_, b @ ..]) if a == b => true,
        ([a, b, rest @ ..], [c, d, tail @ ..]) => a == d && b == c && rest == tail,
        _ => false,
    }
}

/// Whether a display name passes for `ours` (a servicer's public name): the
/// same skeleton, or one edit from it. Short names are left alone.
pub(super) fn passes_for(name: &str, ours: &str) -> bool {
    let letters = |text: &str| -> String {
        skeleton(text).chars().filter(|c| c.is_alphanumeric()).take(120).collect()
    };
    let (name, ours) = (letters(name), letters(ours));
    ours.len() >= 8 && (name == ours || is_one_edit_apart(name.as_bytes(), ours.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_passes_for_ours_with_other_spaces_letters_or_one_slip() {
        let ours = "Example Mortgage Servicing";
        for name in [
            "Example Mortgage Servicing",
            "EXAMPLE  MORTGAGE SERVICING",
            "Examp1e Mortgage Servicing",
            "Example Mortgage Service",
            "Éxample-Mortgage Servicing",
        ] {
            let is_near = name != "Example Mortgage Service";
            assert_eq!(passes_for(name, ours), is_near, "{name}");
        }
        assert!(!passes_for("Rosa Example", ours));
        assert!(!passes_for("Acme", "Acme"), "too short to tell");
    }
}
