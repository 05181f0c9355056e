//! What a part of a pattern begins and ends with: a letter of a word, or never.

use regex_syntax::hir::{Class, Hir, HirKind};

/// Which end of a part.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Start,
    End,
}

/// What stands at one end of a part.
#[derive(Clone, Copy)]
pub(super) struct Nearest {
    /// It may be a letter, a digit or `_`.
    pub(super) may_be_word: bool,
    /// The part may match nothing at all.
    pub(super) may_be_empty: bool,
}

/// Whether the byte is part of a word, as `\b` counts.
pub(super) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What stands at this end of `part`.
pub(super) fn of(part: &Hir, side: Side) -> Nearest {
    let nothing = Nearest { may_be_word: false, may_be_empty: true };
    match part.kind() {
        HirKind::Empty | HirKind::Look(_) => nothing,
        HirKind::Literal(one) => {
            let byte = match side {
                Side::Start => one.0.first(),
                Side::End => one.0.last(),
            };
            let may_be_word = byte.is_some_and(|byte| is_word(*byte));
            Nearest { may_be_word, may_be_empty: false }
        }
        HirKind::Class(class) => Nearest { may_be_word: has_word(class), may_be_empty: false },
        HirKind::Repetition(repeated) => {
            let inner = of(&repeated.sub, side);
            Nearest { may_be_empty: inner.may_be_empty || repeated.min == 0, ..inner }
        }
        HirKind::Capture(group) => of(&group.sub, side),
        HirKind::Concat(parts) => {
            let mut nearest = nothing;
            let mut inward: Vec<&Hir> = parts.iter().collect();
            if matches!(side, Side::End) {
                inward.reverse();
            }
            for part in inward {
                let next = of(part, side);
                nearest.may_be_word |= next.may_be_word;
                if !next.may_be_empty {
                    return Nearest { may_be_empty: false, ..nearest };
                }
            }
            nearest
        }
        HirKind::Alternation(branches) => branches.iter().map(|branch| of(branch, side)).fold(
            Nearest { may_be_word: false, may_be_empty: false },
            |all, one| Nearest {
                may_be_word: all.may_be_word || one.may_be_word,
                may_be_empty: all.may_be_empty || one.may_be_empty,
            },
        ),
    }
}

fn has_word(class: &Class) -> bool {
    match class {
        Class::Bytes(bytes) => bytes.iter().any(|range| (range.start()..=range.end()).any(is_word)),
        // Patterns are of bytes; whatever else it is, it may be a letter.
        Class::Unicode(_) => true,
    }
}
