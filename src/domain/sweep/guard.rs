//! A wall clock that jumps would fire deadlines that are not due. The guard
//! compares it with a clock that nobody can set, and says when to wait.

use jiff::{SignedDuration, Timestamp};

/// Larger differences between the two clocks are a jump.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(120);
/// Readings that must agree before anything fires again.
const READINGS: u8 = 3;
/// Over how long they must agree.
const AGREEING: SignedDuration = SignedDuration::from_secs(60);
/// How long to wait for the next reading.
const PAUSE: SignedDuration = SignedDuration::from_secs(20);
/// How far another machine's clock may be off.
const OFFSET: SignedDuration = SignedDuration::from_secs(2);

/// What a reading means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The clock goes as it should: fire what is due.
    Fire,
    /// Fire nothing for so long.
    Hold {
        /// How far the wall clock has jumped since the last reading, told once.
        jump: Option<SignedDuration>,
        /// When to read again.
        again_in: SignedDuration,
    },
}

/// One reading of both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock.
    pub wall: Timestamp,
    /// The clock nobody can set.
    pub steady: SignedDuration,
    /// What the database's own clock says, where it has one.
    pub database: Option<Timestamp>,
}

/// What is remembered between readings.
#[derive(Clone, Copy, Debug, Default)]
pub struct JumpGuard {
    last: Option<Reading>,
    /// Since when nothing fires, and how many readings have agreed.
    held: Option<(SignedDuration, u8)>,
}

impl JumpGuard {
    /// Takes a reading. `high_at` is the latest instant at which anything has
    /// fired, kept across restarts: a clock that is behind it was set back.
    pub fn read(&mut self, reading: Reading, high_at: Timestamp) -> Verdict {
        let jump = match self.last.replace(reading) {
            Some(last) => {
                let wall = reading.wall.duration_since(last.wall);
                wall - (reading.steady - last.steady)
            }
            None => reading.wall.duration_since(high_at).min(SignedDuration::ZERO),
        };
        if jump.abs() > TOLERANCE {
            self.held = Some((reading.steady, 0));
            return Verdict::Hold { jump: Some(jump), again_in: PAUSE };
        }
        let is_off = |database: Timestamp| reading.wall.duration_since(database).abs() > OFFSET;
        if reading.database.is_some_and(is_off) {
            return Verdict::Hold { jump: None, again_in: PAUSE };
        }
        match self.held {
            None => Verdict::Fire,
            Some((since, agreed)) => {
                let agreed = agreed.saturating_add(1);
                if agreed >= READINGS && reading.steady - since >= AGREEING {
                    self.held = None;
                    return Verdict::Fire;
                }
                self.held = Some((since, agreed));
                Verdict::Hold { jump: None, again_in: PAUSE }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(wall: i64, steady: i64) -> Reading {
        Reading {
            wall: Timestamp::from_second(1_800_000_000 + wall).unwrap(),
            steady: SignedDuration::from_secs(steady),
            database: None,
        }
    }

    fn long_ago() -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }

    fn is_held(verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Hold { .. })
    }

    #[test]
    fn a_clock_that_drifts_a_little_fires() {
        let mut guard = JumpGuard::default();
        for tick in 0..100 {
            // a second off at every tick
            assert_eq!(guard.read(reading(tick * 61, tick * 60), long_ago()), Verdict::Fire);
        }
    }

    #[test]
    fn a_jump_in_either_direction_holds_until_three_readings_agree_over_a_minute() {
        for jump in [86_400, -86_400, 121, -121] {
            let mut guard = JumpGuard::default();
            assert_eq!(guard.read(reading(0, 0), long_ago()), Verdict::Fire);
            let told = guard.read(reading(jump + 10, 10), long_ago());
            let expected = SignedDuration::from_secs(jump);
            assert_eq!(told, Verdict::Hold { jump: Some(expected), again_in: PAUSE }, "{jump}");
            for (tick, is_held_then) in [(30, true), (50, true), (69, true), (70, false)] {
                let verdict = guard.read(reading(jump + tick, tick), long_ago());
                assert_eq!(is_held(verdict), is_held_then, "{jump} {tick}");
            }
        }
    }

    #[test]
    fn many_quick_readings_do_not_end_the_wait() {
        let mut guard = JumpGuard::default();
        guard.read(reading(0, 0), long_ago());
        guard.read(reading(9_000, 1), long_ago());
        assert!((2..50).all(|tick| is_held(guard.read(reading(8_999 + tick, tick), long_ago()))));
    }

    #[test]
    fn a_clock_behind_the_last_firing_was_set_back_also_across_a_restart() {
        let mut guard = JumpGuard::default();
        let fired = Timestamp::from_second(1_800_000_000 + 3_600).unwrap();
        let verdict = guard.read(reading(0, 0), fired);
        let back = SignedDuration::from_secs(-3_600);
        assert_eq!(verdict, Verdict::Hold { jump: Some(back), again_in: PAUSE });
        let mut after_downtime = JumpGuard::default();
        assert_eq!(after_downtime.read(reading(0, 0), long_ago()), Verdict::Fire);
    }

    #[test]
    fn two_machines_that_disagree_fire_nothing() {
        let mut guard = JumpGuard::default();
        let mut off = reading(0, 0);
        off.database = Some(Timestamp::from_second(1_800_000_003).unwrap());
        assert!(is_held(guard.read(off, long_ago())));
        off.database = Some(Timestamp::from_second(1_800_000_001).unwrap());
        assert_eq!(guard.read(off, long_ago()), Verdict::Fire);
    }
}
