//! Waits for new mail without asking again and again (RFC 2177).

use std::time::Duration;

use tokio::time::Instant;

use super::error::{ImapError, Step};
use super::session::ImapSession;

/// Servers may hang up on a client that is quiet for 30 minutes.
const LONGEST: Duration = Duration::from_secs(28 * 60);
/// What a server may say while we wait.
const CHATTER: u64 = 1024 * 1024;

/// Why the waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdleEnd {
    /// There is more mail than before.
    NewMail,
    /// Nothing came in the given time.
    TimedOut,
}

impl ImapSession {
    /// Whether [`idle`](Self::idle) can be used.
    #[must_use]
    pub fn offers_idle(&self) -> bool {
        self.offers("IDLE")
    }

    /// Waits until the folder has more mails than at the last
    /// [`select`](Self::select) or listing to its end, at most `at_most` (28
    /// minutes at most). What came in during other commands counts too, so no
    /// mail is slept through.
    ///
    /// # Errors
    /// When the connection is gone, at the latest when the wait ends; or when
    /// the server refuses to wait.
    pub async fn idle(&mut self, at_most: Duration) -> Result<IdleEnd, ImapError> {
        let step = Step::Idle;
        if self.is_poisoned() {
            return Err(ImapError::Poisoned);
        }
        if std::mem::take(&mut self.wire.has_news) {
            return Ok(IdleEnd::NewMail);
        }
        self.wire.begin(CHATTER)?;
        let tag = self.wire.fresh_tag();
        self.wire.write(step, format!("{tag} IDLE\r\n").as_bytes()).await?;
        if let Some(refusal) = self.wire.await_continue(step, &tag, &mut |_| Ok(())).await? {
            self.wire.mend();
            refusal.or_refused(step)?;
        }
        #[expect(clippy::disallowed_methods, reason = "how long to listen, and nothing else")]
        let until = Instant::now() + at_most.min(LONGEST);
        while !self.wire.has_news && self.wire.hear_until(step, until).await? {}
        self.wire.write(step, b"DONE\r\n").await?;
        self.wire.finish(step, &tag, &mut |_| Ok(())).await?.or_refused(step)?;
        let has_news = std::mem::take(&mut self.wire.has_news);
        Ok(if has_news { IdleEnd::NewMail } else { IdleEnd::TimedOut })
    }
}
