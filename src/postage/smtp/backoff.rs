//! When a refused or broken hand-over is tried again.

use jiff::{SignedDuration, Timestamp};

/// Minutes after the first, second … attempt; the last one repeats.
const MINUTES: [i64; 6] = [1, 5, 15, 60, 120, 240];

/// The next attempt after `attempts` made so far (from 1), at `now`. `jitter`
/// is a random number; it spreads the wait evenly between one half and one and
/// a half times the step, so that letters refused together do not come back
/// together, and none comes back at once.
#[must_use]
pub fn next_attempt(attempts: u32, now: Timestamp, jitter: u32) -> Timestamp {
    let step = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let millis = MINUTES[step.min(MINUTES.len() - 1)] * 60_000;
    let spread = millis * i64::from(jitter) / i64::from(u32::MAX);
    now.saturating_add(SignedDuration::from_millis(millis / 2 + spread)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(attempts: u32, jitter: u32) -> i64 {
        next_attempt(attempts, Timestamp::UNIX_EPOCH, jitter).as_second()
    }

    #[test]
    fn waits_grow_to_four_hours_and_are_spread_around_their_step() {
        let middle = u32::MAX / 2;
        let minutes: Vec<i64> =
            (0..9).map(|attempts| (seconds(attempts, middle) + 1) / 60).collect();
        assert_eq!(minutes, [1, 1, 5, 15, 60, 120, 240, 240, 240]);
        assert_eq!((seconds(1, 0), seconds(1, u32::MAX)), (30, 90));
        assert_eq!((seconds(u32::MAX, 0), seconds(6, u32::MAX)), (7200, 21600));
        assert_eq!(next_attempt(6, Timestamp::MAX, 1), Timestamp::MAX);
    }
}
