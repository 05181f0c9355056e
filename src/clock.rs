//! The only place that reads the time and the operating system's randomness.
//! Everything else is handed a `Timestamp` and entropy as values.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::id::FreshIds;

/// A source of the present instant; tests pass a fixed one.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
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
