//! Work on the mails of a batch that need not know of each other: done in
//! shares, one a core, off the async threads.

use tokio::task::{JoinError, spawn_blocking};

/// Fewer mails than this are not worth a thread of their own.
const LEAST_SHARE: usize = 16;

/// What `work` made of each item, in their order, share by share; a share in
/// which it panicked is the error alone, and its neighbours are whole.
pub(super) async fn side_by_side<T, R>(
    mut items: Vec<T>,
    work: impl Fn(T) -> R + Clone + Send + 'static,
) -> Vec<Result<Vec<R>, JoinError>>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = items.len().div_ceil(cores).max(LEAST_SHARE);
    let mut running = Vec::new();
    while !items.is_empty() {
        let rest = items.split_off(items.len().min(share));
        let part = std::mem::replace(&mut items, rest);
        let work = work.clone();
        running.push(spawn_blocking(move || part.into_iter().map(work).collect()));
    }
    let mut done = Vec::with_capacity(running.len());
    for share in running {
        done.push(share.await);
    }
    done
}
