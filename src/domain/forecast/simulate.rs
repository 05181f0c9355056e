//! The queues, lived through once: whoever is free takes the most urgent ticket
//! they can do, until the roster ends. Times are minutes from the beginning.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// One ticket to be handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Place of its queue among [`Hand::queues`].
    pub queue: usize,
    /// Place of its language among [`Hand::languages`].
    pub language: usize,
    /// Who has it already.
    pub holder: Option<usize>,
    /// 0 for what the law asks, 1 for our own promises.
    pub rank: u8,
    /// When it is there.
    pub arrives: i64,
    /// By when it should be handled, for the order.
    pub urgent: i64,
    /// How long it takes.
    pub minutes: i64,
}

/// One person at work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    /// Queues they can work in.
    pub queues: Vec<bool>,
    /// Languages they write.
    pub languages: Vec<bool>,
    /// When they work, in order and without overlap.
    pub spans: Vec<(i64, i64)>,
}

/// Rank, urgency and place of a piece; the greatest key is the most urgent.
type Key = Reverse<(u8, i64, usize)>;
type Waiting = BinaryHeap<Key>;

struct Floor<'a> {
    hands: &'a [Hand],
    pieces: &'a [Piece],
    languages: usize,
    shared: Vec<Waiting>,
    own: Vec<Waiting>,
}

/// When each piece is handled; `None`: not before the last person leaves.
#[must_use]
pub fn simulate(hands: &[Hand], pieces: &[Piece]) -> Vec<Option<i64>> {
    let queues = hands.first().map_or(0, |hand| hand.queues.len());
    let languages = hands.first().map_or(0, |hand| hand.languages.len());
    let mut floor = Floor {
        hands,
        pieces,
        languages,
        shared: vec![Waiting::new(); queues * languages],
        own: vec![Waiting::new(); hands.len()],
    };
    let mut coming: Vec<usize> = (0..pieces.len()).collect();
    coming.sort_by_key(|place| pieces.get(*place).map(|piece| piece.arrives));
    let mut coming = coming.into_iter().peekable();
    let mut done = vec![None; pieces.len()];
    let mut free: BinaryHeap<Reverse<(i64, usize)>> =
        (0..hands.len()).map(|hand| Reverse((0, hand))).collect();
    while let Some(Reverse((at, who))) = free.pop() {
        let Some(hand) = hands.get(who) else { continue };
        match hand.next_at(at) {
            None => continue,
            Some(later) if later > at => {
                free.push(Reverse((later, who)));
                continue;
            }
            Some(_) => {}
        }
        let arrived = |place: &usize| pieces.get(*place).is_some_and(|piece| piece.arrives <= at);
        while let Some(place) = coming.next_if(arrived) {
            floor.admit(place);
        }
        if let Some((place, piece)) = floor.take(who) {
            let end = hand.end_of(at, piece.minutes.max(1));
            if let Some(end) = end {
                if let Some(cell) = done.get_mut(place) {
                    *cell = Some(end);
                }
                free.push(Reverse((end, who)));
            }
        } else if let Some(next) = coming.peek().and_then(|place| pieces.get(*place)) {
            free.push(Reverse((next.arrives.max(at + 1), who)));
        }
    }
    done
}

impl Hand {
    /// The first minute from `at` on at which they work.
    fn next_at(&self, at: i64) -> Option<i64> {
        self.spans.iter().find(|(_, end)| *end > at).map(|(start, _)| at.max(*start))
    }

    /// When `minutes` of work that begin at `at` are over.
    fn end_of(&self, at: i64, mut minutes: i64) -> Option<i64> {
        for (start, end) in self.spans.iter().filter(|(_, end)| *end > at) {
            let start = at.max(*start);
            if end - start >= minutes {
                return Some(start + minutes);
            }
            minutes -= end - start;
        }
        None
    }

    /// Minutes of work between two instants.
    #[must_use]
    pub fn minutes_within(&self, from: i64, until: i64) -> i64 {
        let part = |(start, end): &(i64, i64)| (*end.min(&until) - *start.max(&from)).max(0);
        self.spans.iter().map(part).sum()
    }
}

impl Floor<'_> {
    fn admit(&mut self, place: usize) {
        let Some(piece) = self.pieces.get(place) else { return };
        let key = Reverse((piece.rank, piece.urgent, place));
        let shelf = match piece.holder {
            Some(hand) => self.own.get_mut(hand),
            None => self.shared.get_mut(piece.queue * self.languages + piece.language),
        };
        if let Some(shelf) = shelf {
            shelf.push(key);
        }
    }

    /// The most urgent piece that `who` can do.
    fn take(&mut self, who: usize) -> Option<(usize, Piece)> {
        let hand = self.hands.get(who)?;
        let mut best: Option<(Key, Option<usize>)> =
            self.own.get(who).and_then(BinaryHeap::peek).map(|key| (*key, None));
        for (queue, _) in hand.queues.iter().enumerate().filter(|(_, can)| **can) {
            for (language, _) in hand.languages.iter().enumerate().filter(|(_, can)| **can) {
                let shelf = queue * self.languages + language;
                let Some(key) = self.shared.get(shelf).and_then(BinaryHeap::peek) else { continue };
                if best.is_none_or(|(least, _)| *key > least) {
                    best = Some((*key, Some(shelf)));
                }
            }
        }
        let (Reverse((_, _, place)), shelf) = best?;
        match shelf {
            Some(shelf) => self.shared.get_mut(shelf)?.pop(),
            None => self.own.get_mut(who)?.pop(),
        };
        Some((place, *self.pieces.get(place)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hand(queues: &[bool], spans: &[(i64, i64)]) -> Hand {
        Hand { queues: queues.to_vec(), languages: vec![true], spans: spans.to_vec() }
    }

    fn piece(queue: usize, rank: u8, arrives: i64, urgent: i64, minutes: i64) -> Piece {
        Piece { queue, language: 0, holder: None, rank, arrives, urgent, minutes }
    }

    #[test]
    fn the_law_comes_first_and_then_what_is_due_first() {
        let hands = [hand(&[true], &[(0, 100)])];
        let pieces = [piece(0, 1, 0, 5, 10), piece(0, 0, 0, 90, 10), piece(0, 1, 0, 4, 10)];
        assert_eq!(simulate(&hands, &pieces), [Some(30), Some(10), Some(20)]);
    }

    #[test]
    fn work_goes_on_after_a_pause_and_nothing_begins_before_it_is_there() {
        let hands = [hand(&[true], &[(0, 15), (60, 100)])];
        let pieces = [piece(0, 1, 0, 0, 20), piece(0, 1, 90, 0, 5), piece(0, 1, 90, 1, 30)];
        assert_eq!(simulate(&hands, &pieces), [Some(65), Some(95), None]);
    }

    #[test]
    fn nobody_takes_what_they_cannot_do_or_what_somebody_else_has() {
        let hands = [hand(&[true, false], &[(0, 100)]), hand(&[true, true], &[(0, 100)])];
        let mut theirs = piece(0, 0, 0, 0, 10);
        theirs.holder = Some(1);
        let pieces = [piece(1, 1, 0, 0, 10), theirs, piece(0, 1, 0, 9, 10)];
        assert_eq!(simulate(&hands, &pieces), [Some(20), Some(10), Some(10)]);
        assert_eq!(simulate(&[], &pieces), [None, None, None]);
        assert_eq!(hands.first().map(|hand| hand.minutes_within(50, 400)), Some(50));
    }

    proptest::proptest! {
        /// No person does two things at once, and no work is lost or invented.
        #[test]
        fn the_minutes_of_work_are_those_of_the_pieces(
            minutes in proptest::collection::vec(1_i64..40, 1..60), people in 1_usize..4,
        ) {
            let hands = vec![hand(&[true], &[(0, 10_000)]); people];
            let pieces: Vec<Piece> =
                minutes.iter().map(|minutes| piece(0, 1, 0, 0, *minutes)).collect();
            let done = simulate(&hands, &pieces);
            let total: i64 = minutes.iter().sum();
            let last = done.iter().flatten().max().copied().unwrap_or(0);
            proptest::prop_assert!(done.iter().all(Option::is_some));
            let longest = minutes.iter().max().copied().unwrap_or(0);
            let people = i64::try_from(people).unwrap();
            proptest::prop_assert!(last * people >= total);
            proptest::prop_assert!(last <= total / people + longest + 1);
        }
    }
}
