//! Named points at which a test may kill the engine, to prove that it loses
//! nothing there. Without the feature `faults` a point is no code at all.
//!
//! `TIERLINE_CRASH_AT=c5:3` ends the program, as SIGKILL would, the third time
//! it reaches point `c5`. `TIERLINE_WINDOW_FILE` names a file of 8-byte cells,
//! one for each task of the engine, which say what point that task passed last,
//! so that a random kill can be counted. `TIERLINE_BREAK` names safeguards that
//! are left out, so that the tests can show that they would notice.
//! `TIERLINE_CLOCK_OFFSET=-604800` is the seconds by which its clock is off, so
//! that a test about a date goes on being right on every other one.

use jiff::SignedDuration;

/// Passes point `name`: `c1`–`c14` of the crash list in ARCHITECTURE.md, or
/// `rest` after the last of them.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn point(_name: &'static str) {}

/// Passes point `name`: `c1`–`c14` of the crash list in ARCHITECTURE.md, or
/// `rest` after the last of them.
#[cfg(feature = "faults")]
pub fn point(name: &'static str) {
    armed::point(name);
}

/// Awaits `step`, whose effect is under way after its first poll and whose
/// answer is unseen: the place to die between an order and its receipt.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub async fn during<T>(_name: &'static str, step: impl Future<Output = T>) -> T {
    step.await
}

/// Awaits `step`, whose effect is under way after its first poll and whose
/// answer is unseen: the place to die between an order and its receipt.
#[cfg(feature = "faults")]
pub async fn during<T>(name: &'static str, step: impl Future<Output = T>) -> T {
    let mut step = std::pin::pin!(step);
    let mut is_passed = false;
    std::future::poll_fn(|context| {
        let polled = step.as_mut().poll(context);
        if !is_passed {
            is_passed = true;
            armed::point(name);
        }
        polled
    })
    .await
}

/// Whether the safeguard `name` is left out: never, in a build that is used.
#[cfg(not(feature = "faults"))]
#[inline(always)]
#[must_use]
pub const fn is_broken(_name: &'static str) -> bool {
    false
}

/// Whether the safeguard `name` is left out: never, in a build that is used.
#[cfg(feature = "faults")]
#[must_use]
pub fn is_broken(name: &'static str) -> bool {
    armed::is_broken(name)
}

/// By how much the machine's clock is taken to be off: not at all, in a build
/// that is used.
#[cfg(not(feature = "faults"))]
#[inline(always)]
#[must_use]
pub const fn clock_offset() -> SignedDuration {
    SignedDuration::ZERO
}

/// By how much the machine's clock is taken to be off: not at all, in a build
/// that is used.
#[cfg(feature = "faults")]
#[must_use]
pub fn clock_offset() -> SignedDuration {
    armed::clock_offset()
}

#[cfg(feature = "faults")]
mod armed {
    use std::collections::HashMap;
    use std::fs::{File, OpenOptions};
    use std::os::unix::fs::FileExt as _;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Mutex, OnceLock, PoisonError};

    use jiff::SignedDuration;
    use tokio::task::Id;

    struct Plan {
        crash_at: Option<(String, u32)>,
        broken: Vec<String>,
        window: Option<File>,
        /// Cell of each task; the main task has no id.
        cells: Mutex<HashMap<Option<Id>, u64>>,
        passed: AtomicU32,
        clock_offset: SignedDuration,
    }

    static PLAN: OnceLock<Plan> = OnceLock::new();

    #[expect(clippy::disallowed_methods, reason = "a test build reads its crash plan here only")]
    fn plan() -> Plan {
        let crash_at =
            std::env::var("TIERLINE_CRASH_AT").ok().map(|text| match text.split_once(':') {
                Some((name, count)) => (name.to_owned(), count.parse().unwrap_or(1)),
                None => (text, 1),
            });
        let broken = std::env::var("TIERLINE_BREAK").unwrap_or_default();
        let window = std::env::var("TIERLINE_WINDOW_FILE").ok().and_then(|path| {
            OpenOptions::new().create(true).truncate(true).write(true).open(path).ok()
        });
        let offset = std::env::var("TIERLINE_CLOCK_OFFSET").ok();
        let offset = offset.and_then(|text| text.parse().ok()).unwrap_or(0);
        Plan {
            crash_at,
            broken: broken.split(',').map(str::to_owned).collect(),
            window,
            cells: Mutex::default(),
            passed: AtomicU32::new(0),
            clock_offset: SignedDuration::from_secs(offset),
        }
    }

    impl Plan {
        fn mark(&self, name: &str) {
            let Some(window) = &self.window else { return };
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            let next = cells.len() as u64;
            let cell = *cells.entry(tokio::task::try_id()).or_insert(next);
            // Best effort: a lost mark only makes the count of a window smaller.
            let _ = window.write_all_at(format!("{name:<8}").as_bytes(), cell * 8);
        }
    }

    pub(super) fn point(name: &'static str) {
        let plan = PLAN.get_or_init(plan);
        plan.mark(name);
        let Some((wanted, count)) = &plan.crash_at else { return };
        if wanted == name && plan.passed.fetch_add(1, Ordering::SeqCst) + 1 == *count {
            // No destructor, no flush, no signal handler: what a power cut leaves.
            std::process::abort();
        }
    }

    pub(super) fn clock_offset() -> SignedDuration {
        PLAN.get_or_init(plan).clock_offset
    }

    pub(super) fn is_broken(name: &'static str) -> bool {
        PLAN.get_or_init(plan).broken.iter().any(|broken| broken == name)
    }
}
