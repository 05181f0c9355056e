//! Who is let in, for how long, and how fast somebody may guess. Pure: the
//! instants, seeds and codes are arguments.

pub mod code;
pub mod secret_rule;

use jiff::{SignedDuration, Timestamp};

use super::actor::Role;
use super::id::{PersonId, SessionId};
use super::ticket::words;

words! {
    /// How far a session has come.
    Level {
        /// The secret was right; the second factor is still to be shown.
        Half = "half",
        /// Both were.
        Whole = "whole",
    }
}

/// A browser in which a person has shown who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, for lists and the record; the token in the cookie is another.
    pub id: SessionId,
    /// Whose.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their role now, not when it began.
    pub role: Role,
    /// How far it has come.
    pub level: Level,
    /// When it began.
    pub began_at: Timestamp,
    /// Last request, to within a minute.
    pub seen_at: Timestamp,
    /// When secret or second factor was last shown.
    pub proven_at: Timestamp,
    /// Browser and system, as far as it says.
    pub device: String,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Without a request.
    pub idle: SignedDuration,
    /// In all.
    pub longest: SignedDuration,
    /// Between the secret and the second factor.
    pub half: SignedDuration,
    /// After a proof, before a sensitive act asks for another.
    pub fresh: SignedDuration,
}

impl Default for SessionLimits {
    /// A quarter of an hour without a request, ten hours in all.
    fn default() -> Self {
        Self {
            idle: SignedDuration::from_mins(15),
            longest: SignedDuration::from_hours(10),
            half: SignedDuration::from_mins(10),
            fresh: SignedDuration::from_mins(5),
        }
    }
}

impl Session {
    /// Whether it still counts at `now`.
    #[must_use]
    pub fn is_live(&self, limits: SessionLimits, now: Timestamp) -> bool {
        let age = now.duration_since(self.began_at);
        let longest = match self.level {
            Level::Half => limits.half,
            Level::Whole => limits.longest,
        };
        age < longest && now.duration_since(self.seen_at) < limits.idle
    }

    /// Whether a sensitive act may follow without another proof.
    #[must_use]
    pub fn is_fresh(&self, limits: SessionLimits, now: Timestamp) -> bool {
        self.level == Level::Whole && now.duration_since(self.proven_at) < limits.fresh
    }
}

/// What is being guessed at: how many wrong guesses cost nothing, because
/// people mistype and offices share an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guessed {
    /// The secret of one name.
    Secret,
    /// The codes of one person.
    Code,
    /// Anything, from one network.
    FromNetwork,
}

impl Guessed {
    const fn free(self) -> u32 {
        match self {
            Self::Secret | Self::Code => 5,
            Self::FromNetwork => 30,
        }
    }

    /// Guesses are forgotten after so long without another.
    #[must_use]
    pub const fn forgotten_after(self) -> SignedDuration {
        match self {
            Self::Secret | Self::Code => SignedDuration::from_hours(24),
            Self::FromNetwork => SignedDuration::from_mins(15),
        }
    }

    /// How long after the last of `failures` in a row the next try may come:
    /// nothing for the free ones, then 1 s, 2 s, 4 s … up to a quarter of an
    /// hour. There is no lock: that would let a stranger lock others out.
    #[must_use]
    pub fn wait_after(self, failures: u32) -> SignedDuration {
        match failures.checked_sub(self.free()) {
            None => SignedDuration::ZERO,
            Some(over) if over < 10 => SignedDuration::from_secs(1 << over),
            Some(_) => SignedDuration::from_mins(15),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn session(level: Level, began: &str, seen: &str) -> Session {
        Session {
            id: SessionId(uuid::Uuid::nil()),
            person: PersonId(uuid::Uuid::nil()),
            name: "ana".to_owned(),
            role: Role::Agent,
            level,
            began_at: at(began),
            seen_at: at(seen),
            proven_at: at(began),
            device: String::new(),
        }
    }

    #[test]
    fn a_session_ends_when_nothing_is_asked_for_a_quarter_of_an_hour() {
        let session = session(Level::Whole, "2026-11-25T09:00:00Z", "2026-11-25T09:30:00Z");
        let limits = SessionLimits::default();
        assert!(session.is_live(limits, at("2026-11-25T09:44:59Z")));
        assert!(!session.is_live(limits, at("2026-11-25T09:45:00Z")));
    }

    #[test]
    fn a_busy_session_ends_after_ten_hours_all_the_same() {
        let limits = SessionLimits::default();
        let early = session(Level::Whole, "2026-11-25T09:00:00Z", "2026-11-25T18:58:00Z");
        assert!(early.is_live(limits, at("2026-11-25T18:59:00Z")));
        assert!(!early.is_live(limits, at("2026-11-25T19:00:00Z")));
    }

    #[test]
    fn half_a_sign_in_lasts_ten_minutes_and_allows_no_sensitive_act() {
        let limits = SessionLimits::default();
        let half = session(Level::Half, "2026-11-25T09:00:00Z", "2026-11-25T09:00:00Z");
        assert!(half.is_live(limits, at("2026-11-25T09:09:59Z")));
        assert!(!half.is_live(limits, at("2026-11-25T09:10:00Z")));
        assert!(!half.is_fresh(limits, at("2026-11-25T09:00:01Z")));
    }

    #[test]
    fn guessing_gets_slower_but_nobody_is_locked_out() {
        let seconds: Vec<i64> = [0, 4, 5, 6, 8, 14, 15, u32::MAX]
            .map(|n| Guessed::Secret.wait_after(n).as_secs())
            .to_vec();
        assert_eq!(seconds, [0, 0, 1, 2, 8, 512, 900, 900]);
        assert_eq!(Guessed::FromNetwork.wait_after(29), SignedDuration::ZERO);
    }
}
