//! The only place that reads the time and the operating system's randomness.
//! Everything else is handed a `Timestamp` and entropy as values.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::domain::id::FreshIds;
use crate::fault;

/// A source of the present instant; tests pass a fixed one.
pub trait Clock: Send + Sync + 'static {
    /// Now, in whole microseconds: what is kept is what was decided on.
    fn now(&self) -> Timestamp;

    /// Time since some start, which nobody can set. A clock that tells none goes
    /// by [`Clock::now`], and never jumps.
    fn steady(&self) -> SignedDuration {
        self.now().duration_since(Timestamp::UNIX_EPOCH)
    }

    /// Whether this is the machine's clock, so that another machine's may be
    /// compared with it.
    fn is_real(&self) -> bool {
        false
    }
}

/// `at` in whole microseconds, which is what the database keeps.
#[must_use]
pub fn in_micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        in_micros(now.checked_add(fault::clock_offset()).unwrap_or(now))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    fn steady(&self) -> SignedDuration {
        static START: OnceLock<Instant> = OnceLock::new();
        let since = START.get_or_init(Instant::now).elapsed();
        SignedDuration::try_from(since).unwrap_or(SignedDuration::MAX)
    }

    fn is_real(&self) -> bool {
        fault::clock_offset().is_zero()
    }
}

/// Time that this thread has spent computing: what something costs, however
/// busy the machine is with other things.
#[must_use]
pub fn thread_time() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(spent.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(spent.tv_nsec).unwrap_or_default())
}

/// 32 random bytes from the operating system.
///
/// # Errors
/// When the operating system has none to give.
pub fn entropy() -> Result<[u8; 32], getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// Ids for one decision taken at `now`.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn fresh_ids(now: Timestamp) -> Result<FreshIds, getrandom::Error> {
    Ok(FreshIds::new(now, entropy()?))
}
