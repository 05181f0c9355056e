//! Two wordings compared word by word, with the white space between the words,
//! so that a reviewer reads the new one as it stands and what was there before.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::domain::wording::Piece;

/// Longest time of one comparison; after it the rest is shown as replaced.
const MOST_TIME: Duration = Duration::from_millis(200);

/// What was removed from `former` and added in `new`, in the order of reading.
#[must_use]
pub fn by_words(former: &str, new: &str) -> Vec<Piece> {
    let diff = TextDiff::configure().timeout(MOST_TIME).diff_words(former, new);
    let (mut pieces, mut removed, mut added) = (Vec::new(), String::new(), String::new());
    for change in diff.iter_all_changes() {
        match change.tag() {
            // White space alone between two changes belongs to both of them.
            ChangeTag::Equal
                if !removed.is_empty() && !added.is_empty() && is_blank(change.value()) =>
            {
                removed.push_str(change.value());
                added.push_str(change.value());
            }
            ChangeTag::Equal => {
                flush(&mut pieces, &mut removed, &mut added);
                match pieces.last_mut() {
                    Some(Piece::Same(text)) => text.push_str(change.value()),
                    _ => pieces.push(Piece::Same(change.value().to_owned())),
                }
            }
            ChangeTag::Delete => removed.push_str(change.value()),
            ChangeTag::Insert => added.push_str(change.value()),
        }
    }
    flush(&mut pieces, &mut removed, &mut added);
    pieces
}

/// How many words `pieces` remove and add.
#[must_use]
pub fn count(pieces: &[Piece]) -> (usize, usize) {
    let words = |text: &str| text.split_whitespace().count();
    pieces.iter().fold((0, 0), |(removed, added), piece| match piece {
        Piece::Same(_) => (removed, added),
        Piece::Removed(text) => (removed + words(text), added),
        Piece::Added(text) => (removed, added + words(text)),
    })
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter == ' ')
}

/// A blank at the end of both belongs to neither.
fn flush(pieces: &mut Vec<Piece>, removed: &mut String, added: &mut String) {
    let is_blank_after = removed.ends_with(' ') && added.ends_with(' ');
    if is_blank_after {
        removed.pop();
        added.pop();
    }
    if !removed.is_empty() {
        pieces.push(Piece::Removed(std::mem::take(removed)));
    }
    if !added.is_empty() {
        pieces.push(Piece::Added(std::mem::take(added)));
    }
    if is_blank_after {
        pieces.push(Piece::Same(" ".to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_words_stand_together_and_lines_stay_lines() {
        let pieces =
            by_words("Answer within 30 days.\nThanks", "Answer within five business days.\nThanks");
        assert_eq!(
            pieces,
            [
                Piece::Same("Answer within ".to_owned()),
                Piece::Removed("30".to_owned()),
                Piece::Added("five business".to_owned()),
                Piece::Same(" days.\nThanks".to_owned()),
            ]
        );
        assert_eq!(count(&pieces), (1, 2));
        assert_eq!(by_words("", ""), []);
    }

    #[test]
    fn either_side_can_be_read_back() {
        let (former, new) = ("one  two\nthree four five six", "zero two\nfour  three six seven");
        let side = |is_former: bool| -> String {
            let of = |piece: Piece| match piece {
                Piece::Same(text) => text,
                Piece::Removed(text) => {
                    if is_former {
                        text
                    } else {
                        String::new()
                    }
                }
                Piece::Added(text) => {
                    if is_former {
                        String::new()
                    } else {
                        text
                    }
                }
            };
            by_words(former, new).into_iter().map(of).collect()
        };
        assert_eq!((side(true).as_str(), side(false).as_str()), (former, new));
    }
}
