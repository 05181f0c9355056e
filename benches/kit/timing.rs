//! How long a piece of work takes.

use std::time::{Duration, Instant};

/// What `work` returned and how long it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let value = work();
    (value, begun.elapsed())
}
