//! How two wordings differ, word by word: what a reviewer reads.

/// Words of one side beyond which only the ends are compared: the table below
/// has a cell for each pair.
const MOST_COMPARED: usize = 3_000;

/// A run of words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// In both.
    Same(String),
    /// Only in the former.
    Removed(String),
    /// Only in the new one.
    Added(String),
}

/// The words of a text, as they are compared.
#[must_use]
pub fn words_of(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// What was removed from `former` and what was added in `new`, in order. The
/// other direction is the same call with the sides exchanged.
#[must_use]
pub fn difference(former: &str, new: &str) -> Vec<Piece> {
    let (former, new) = (words_of(former), words_of(new));
    let head = former.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (former_rest, new_rest) = (&former[head..], &new[head..]);
    let tail =
        former_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let former_middle = &former_rest[..former_rest.len() - tail];
    let new_middle = &new_rest[..new_rest.len() - tail];
    let mut pieces = Pieces::default();
    former[..head].iter().for_each(|word| pieces.same(word));
    if former_middle.len() > MOST_COMPARED || new_middle.len() > MOST_COMPARED {
        former_middle.iter().for_each(|word| pieces.removed(word));
        new_middle.iter().for_each(|word| pieces.added(word));
    } else {
        middle(former_middle, new_middle, &mut pieces);
    }
    former_rest[former_rest.len() - tail..].iter().for_each(|word| pieces.same(word));
    pieces.done()
}

/// Longest common subsequence by the usual table of lengths.
fn middle(former: &[&str], new: &[&str], pieces: &mut Pieces) {
    let width = new.len() + 1;
    let mut lengths = vec![0_u16; (former.len() + 1) * width];
    let at = |row: usize, column: usize| row * width + column;
    for row in (0..former.len()).rev() {
        for column in (0..new.len()).rev() {
            lengths[at(row, column)] = if former[row] == new[column] {
                lengths[at(row + 1, column + 1)] + 1
            } else {
                lengths[at(row + 1, column)].max(lengths[at(row, column + 1)])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    while row < former.len() && column < new.len() {
        if former[row] == new[column] {
            pieces.same(former[row]);
            (row, column) = (row + 1, column + 1);
        } else if lengths[at(row + 1, column)] >= lengths[at(row, column + 1)] {
            pieces.removed(former[row]);
            row += 1;
        } else {
            pieces.added(new[column]);
            column += 1;
        }
    }
    former[row..].iter().for_each(|word| pieces.removed(word));
    new[column..].iter().for_each(|word| pieces.added(word));
}

/// Runs being gathered: what was removed stands before what replaced it.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    same: Vec<String>,
    removed: Vec<String>,
    added: Vec<String>,
}

impl Pieces {
    fn same(&mut self, word: &str) {
        self.flush_changes();
        self.same.push(word.to_owned());
    }

    fn removed(&mut self, word: &str) {
        self.flush_same();
        self.removed.push(word.to_owned());
    }

    fn added(&mut self, word: &str) {
        self.flush_same();
        self.added.push(word.to_owned());
    }

    fn flush_same(&mut self) {
        if !self.same.is_empty() {
            self.done.push(Piece::Same(std::mem::take(&mut self.same).join(" ")));
        }
    }

    fn flush_changes(&mut self) {
        if !self.removed.is_empty() {
            self.done.push(Piece::Removed(std::mem::take(&mut self.removed).join(" ")));
        }
        if !self.added.is_empty() {
            self.done.push(Piece::Added(std::mem::take(&mut self.added).join(" ")));
        }
    }

    fn done(mut self) -> Vec<Piece> {
        self.flush_same();
        self.flush_changes();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_word_is_removed_and_added_and_the_rest_is_the_same() {
        let got =
            difference("We will answer\nby Monday, surely.", "We will answer by Friday, surely.");
        assert_eq!(
            got,
            [
                Piece::Same("We will answer by".to_owned()),
                Piece::Removed("Monday,".to_owned()),
                Piece::Added("Friday,".to_owned()),
                Piece::Same("surely.".to_owned()),
            ]
        );
        let back =
            difference("We will answer by Friday, surely.", "We will answer by Monday, surely.");
        assert_eq!(back[1], Piece::Removed("Friday,".to_owned()));
        assert_eq!(difference("a  b", "a\nb"), [Piece::Same("a b".to_owned())]);
        assert_eq!(difference("", "a"), [Piece::Added("a".to_owned())]);
    }

    #[test]
    fn either_side_can_be_read_back_from_the_pieces() {
        let former = "one two three four five six two one";
        let new = "zero two four three five seven one two";
        let pieces = difference(former, new);
        let side = |is_former: bool| {
            let words: Vec<&str> = pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Same(words) => Some(words.as_str()),
                    Piece::Removed(words) => is_former.then_some(words.as_str()),
                    Piece::Added(words) => (!is_former).then_some(words.as_str()),
                })
                .collect();
            words.join(" ")
        };
        assert_eq!((side(true).as_str(), side(false).as_str()), (former, new));
    }

    #[test]
    fn two_very_long_texts_are_compared_without_a_table_of_all_pairs() {
        let (former, new) = ("a ".repeat(40_000), "b ".repeat(40_000));
        assert_eq!(difference(&former, &new).len(), 2);
    }
}
