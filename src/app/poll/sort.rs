//! A listing held against the ledger: what is work, what is owed, what stays.

use super::{PollError, PolledMailbox};
use crate::app::App;
use crate::app::intake::Via;
use crate::domain::digest::Digest;
use crate::mailbox::Listed;
use crate::mailbox::source::SourceWindow;
use crate::store::ledger::{KnownRef, SourceState};

/// A window held against the ledger.
#[derive(Default)]
pub(super) struct Sorted {
    /// Never seen before.
    pub(super) work: Vec<Listed>,
    /// Begun before and not committed: each is taken alone, so that a bomb
    /// never strikes its neighbours, and the likeliest bomb comes last.
    pub(super) begun: Vec<Listed>,
    /// Committed, but still in the folder.
    pub(super) owed: Vec<(i64, String)>,
    /// Committed and meant to stay: oversize, refused, or only marked.
    pub(super) staying: usize,
}

/// `None` when another mail stands under a known key: the folder was rebuilt
/// without a new UIDVALIDITY, and its UIDs mean nothing any more.
pub(super) async fn sort(
    app: &App,
    mailbox: &mut PolledMailbox,
    via: &Via,
    window: &SourceWindow,
) -> Result<Option<Sorted>, PollError> {
    let keys: Vec<String> = window.rows.iter().map(|row| row.key.clone()).collect();
    let known = app.store.known_keys(via.mailbox_id, via.epoch, &keys).await?;
    let mut sorted = Sorted::default();
    let mut begun = Vec::new();
    let mut returned = Vec::new();
    for row in &window.rows {
        let Some(known) = known.get(&row.key) else {
            sorted.work.push(row.clone());
            continue;
        };
        if known.size != row.size || known.internal_at != row.received_at {
            return Ok(None);
        }
        match known.state {
            SourceState::Stored => begun.push((known.strikes, row.clone())),
            SourceState::Committed => sorted.owed.push((known.id, row.key.clone())),
            SourceState::PutAway | SourceState::Refused => sorted.staying += 1,
        }
        let is_back = known.state == SourceState::PutAway && row.size <= mailbox.max_mail_bytes;
        if is_back && mailbox.source.moves_mail() {
            returned.push((row, known));
        }
    }
    begun.sort_by_key(|(strikes, _)| *strikes);
    sorted.begun = begun.into_iter().map(|(_, row)| row).collect();
    Ok(put_away_again(app, mailbox, &returned).await?.then_some(sorted))
}

/// Mails that were moved away and are listed all the same, by a server that
/// lied, or after a restore: their bytes tell whether they are what they were.
/// They count as staying whatever comes of it, so that a server that never
/// moves anything does not keep the poller busy. `false`: one is another mail.
async fn put_away_again(
    app: &App,
    mailbox: &mut PolledMailbox,
    returned: &[(&Listed, &KnownRef)],
) -> Result<bool, PollError> {
    for (row, known) in returned {
        let keys = [row.key.clone()];
        for mail in mailbox.source.fetch(&keys, mailbox.max_mail_bytes).await? {
            let key = app.store.vault().content_key(&Digest::of(&mail.raw));
            if known.raw_key != key {
                return Ok(false);
            }
        }
        mailbox.source.put_away(&keys).await?;
    }
    Ok(true)
}
