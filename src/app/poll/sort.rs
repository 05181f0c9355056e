//! A listing held against the ledger: what is work, what is owed, what stays.

use super::PollError;
use crate::app::App;
use crate::app::intake::Via;
use crate::mailbox::Listed;
use crate::mailbox::source::SourceWindow;
use crate::store::ledger::SourceState;

/// A window held against the ledger.
#[derive(Default)]
pub(super) struct Sorted {
    /// Never seen before.
    pub(super) work: Vec<Listed>,
    /// Begun before and not committed: each is taken alone, so that a bomb
    /// never strikes its neighbours.
    pub(super) begun: Vec<Listed>,
    /// Committed, but still in the folder.
    pub(super) owed: Vec<(i64, String)>,
    /// Committed and meant to stay: oversize, refused, or only marked.
    pub(super) staying: usize,
}

/// `None` when a known UID shows another size or date: the folder was rebuilt
/// without a new UIDVALIDITY, and its UIDs mean nothing any more.
pub(super) async fn sort(
    app: &App,
    via: &Via,
    window: &SourceWindow,
) -> Result<Option<Sorted>, PollError> {
    let keys: Vec<String> = window.rows.iter().map(|row| row.key.clone()).collect();
    let known = app.store.known_keys(via.mailbox_id, via.epoch, &keys).await?;
    let mut sorted = Sorted::default();
    for row in &window.rows {
        let Some(known) = known.get(&row.key) else {
            sorted.work.push(row.clone());
            continue;
        };
        if known.size != row.size || known.internal_at != row.received_at {
            return Ok(None);
        }
        match known.state {
            SourceState::Stored => sorted.begun.push(row.clone()),
            SourceState::Committed => sorted.owed.push((known.id, row.key.clone())),
            SourceState::PutAway | SourceState::Refused => sorted.staying += 1,
        }
    }
    Ok(Some(sorted))
}
