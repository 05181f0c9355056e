//! Digits in folded text: groups, the runs that neighbouring groups make, and
//! the numbers that parts of a run may be.

/// Runs that are looked at in one text.
const MOST_RUNS: usize = 2_000;
/// Groups of one run; a longer one is cut.
const MOST_GROUPS: usize = 64;
/// Bytes between two groups of one run.
const WIDEST_GAP: usize = 3;
/// Digits of the longest number that is a number.
const MOST_DIGITS: usize = 19;

/// Groups of digits with nothing but separators between them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Byte ranges.
    pub(super) groups: Vec<(usize, usize)>,
    digits: Vec<u8>,
    lengths: Vec<usize>,
}

/// Neighbouring groups read as one number.
#[derive(Debug)]
pub(super) struct Joined<'a> {
    pub(super) digits: Vec<u8>,
    /// Digits in each group.
    pub(super) lengths: &'a [usize],
    pub(super) start: usize,
    pub(super) end: usize,
    /// Index of its last group.
    pub(super) last: usize,
}

impl Joined<'_> {
    /// Letters right before or after make it part of a word.
    pub(super) fn is_whole(&self, text: &[u8]) -> bool {
        let before = self.start.checked_sub(1).and_then(|at| text.get(at));
        !before.is_some_and(u8::is_ascii_alphanumeric)
            && !text.get(self.end).is_some_and(u8::is_ascii_alphanumeric)
    }
}

impl Run {
    /// Whole of the run.
    pub(super) fn range(&self) -> (usize, usize) {
        let first = self.groups.first().map_or(0, |group| group.0);
        (first, self.groups.last().map_or(first, |group| group.1))
    }

    /// All numbers that begin with group `first`, the longest first.
    pub(super) fn joined(&self, first: usize) -> impl Iterator<Item = Joined<'_>> {
        let skipped: usize = self.lengths.iter().take(first).sum();
        let mut total = 0;
        let fit = self.lengths.iter().skip(first).take_while(|&&length| {
            total += length;
            total <= MOST_DIGITS
        });
        let count = fit.count();
        (first..first + count).rev().filter_map(move |last| {
            let lengths = self.lengths.get(first..=last)?;
            let digits = self.digits.get(skipped..skipped + lengths.iter().sum::<usize>())?;
            let (start, end) = (self.groups.get(first)?.0, self.groups.get(last)?.1);
            Some(Joined { digits: digits.to_vec(), lengths, start, end, last })
        })
    }
}

/// What may stand between the digits of one number; 0x1a is what folding
/// leaves of a character without an ASCII form.
pub(super) const fn is_separator(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'-' | b'.' | b',' | b'(' | b')' | b'_' | b'/' | b'*' | b'|' | b'~' | 0x1a
    )
}

/// Every run, in order.
pub(super) fn runs(text: &[u8]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while let Some(next) = text.get(at..).and_then(|rest| rest.iter().position(u8::is_ascii_digit))
    {
        let start = at + next;
        let rest = text.get(start..).unwrap_or_default();
        let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        at = start + length;
        let joins = runs.last().is_some_and(|run| {
            let end = run.range().1;
            let gap = text.get(end..start).unwrap_or_default();
            run.groups.len() < MOST_GROUPS
                && gap.len() <= WIDEST_GAP
                && gap.iter().all(|&byte| is_separator(byte))
        });
        if !joins {
            if runs.len() >= MOST_RUNS {
                break;
            }
            runs.push(Run { groups: Vec::new(), digits: Vec::new(), lengths: Vec::new() });
        }
        if let Some(run) = runs.last_mut() {
            run.groups.push((start, at));
            run.lengths.push(length);
            run.digits.extend(rest.iter().take(length).map(|byte| byte - b'0'));
        }
    }
    runs
}
