//! Takes mails out of the folder once they are in the database, by the best
//! way the server offers. A mail that is already gone is a success: the order
//! may have been carried out before its answer was lost.

use super::command::{folder, uid_sets};
use super::error::{ImapError, Step};
use super::read::SET_BYTES;
use super::session::ImapSession;
use super::wire::Ended;
use crate::fault;

/// Marks a mail that is in the database where it cannot be moved.
pub const INGESTED: &str = "$Ingested";

/// How mails were put away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutAway {
    /// By `UID MOVE` (RFC 6851).
    Moved,
    /// By copy, delete mark and `UID EXPUNGE` (RFC 4315).
    CopiedAndExpunged,
    /// They stay in the folder, marked with the keyword `$Ingested`.
    Marked,
    /// They stay in the folder as they are: it keeps no keywords.
    LeftInPlace,
}

impl ImapSession {
    /// Puts mails away. Safe to repeat.
    ///
    /// Never a bare `EXPUNGE`: that would also remove what others have marked
    /// as deleted.
    ///
    /// # Errors
    /// [`ImapError::Refused`] when the server will not, even after the
    /// processed folder was made.
    pub async fn put_away(&mut self, uids: &[u32]) -> Result<PutAway, ImapError> {
        let way = if self.offers("MOVE") {
            PutAway::Moved
        } else if self.offers("UIDPLUS") {
            PutAway::CopiedAndExpunged
        } else if self.keeps_keywords {
            PutAway::Marked
        } else {
            PutAway::LeftInPlace
        };
        for set in uid_sets(uids, SET_BYTES) {
            match way {
                PutAway::Moved => {
                    fault::during("c8", self.transfer(Step::Move, "MOVE", &set)).await?;
                }
                PutAway::CopiedAndExpunged => self.copy_and_expunge(&set).await?,
                PutAway::Marked => self.store(&set, INGESTED).await?,
                PutAway::LeftInPlace => {}
            }
        }
        Ok(way)
    }

    async fn copy_and_expunge(&mut self, set: &str) -> Result<(), ImapError> {
        self.transfer(Step::Copy, "COPY", set).await?;
        fault::point("c9");
        self.store(set, "\\Deleted").await?;
        let command = format!("UID EXPUNGE {set}");
        let ended = self.wire.run(Step::Expunge, &command, &mut |_| Ok(())).await?;
        ended.or_refused(Step::Expunge)
    }

    async fn store(&mut self, set: &str, flag: &str) -> Result<(), ImapError> {
        let command = format!("UID STORE {set} +FLAGS.SILENT ({flag})");
        let ended = self.wire.run(Step::Store, &command, &mut |_| Ok(())).await?;
        ended.or_refused(Step::Store)
    }

    /// Moves or copies; if refused, makes the folder and tries once more.
    async fn transfer(&mut self, step: Step, verb: &str, set: &str) -> Result<(), ImapError> {
        let target = self.options.processed_folder.clone();
        let command = format!("UID {verb} {set} {}", folder(&target));
        if self.wire.run(step, &command, &mut |_| Ok(())).await? == Ended::Ok {
            return Ok(());
        }
        self.create(&target).await?;
        self.wire.run(step, &command, &mut |_| Ok(())).await?.or_refused(step)
    }
}
