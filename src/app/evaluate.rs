//! How well the rules understand mail that people have read and labelled.

mod label;
pub(in crate::app) mod lines;
mod measure;
mod origin;
mod trim;

pub use label::{Label, LabelScores, WorstText, read_labels, score_labels};
pub use lines::{BadLine, MOST_LINE_BYTES, MOST_LINES, Refusal};
pub use measure::{LabelSet, Measure};
pub use origin::{OriginScores, score_origins};
pub use trim::{TrimScores, score_trims};

use std::thread;

/// Works `items` on every core and keeps their order.
pub(in crate::app) fn on_every_core<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(cores).max(1);
    let work = &work;
    thread::scope(|scope| {
        let shares: Vec<_> = items
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(work).collect::<Vec<R>>()))
            .collect();
        let join = |share: thread::ScopedJoinHandle<'_, Vec<R>>| match share.join() {
            Ok(done) => done,
            Err(fault) => std::panic::resume_unwind(fault),
        };
        shares.into_iter().flat_map(join).collect()
    })
}
