//! Waits for new mail without asking again and again (RFC 2177).

use std::time::Duration;

use tokio::time::Instant;

use super::error::{ImapError, Step};
use super::session::ImapSession;
use super::wire::Ended;

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

    /// Waits until the folder has more mails, at most `at_most` (28 minutes
    /// at most). The server's silence after that is noticed; a connection that
    /// dies during the wait is an error, at the latest when the wait ends.
    ///
    /// # Errors
    /// When the connection is gone, or the server refuses to wait.
    pub async fn idle(&mut self, at_most: Duration) -> Result<IdleEnd, ImapError> {
        let step = Step::Idle;
        let before = self.wire.exists;
        self.wire.begin(CHATTER)?;
        let tag = self.wire.fresh_tag();
        self.wire.write(step, format!("{tag} IDLE\r\n").as_bytes()).await?;
        if let Some(refusal) = self.wire.await_continue(step, &tag, &mut |_| Ok(())).await? {
            self.wire.mend();
            refusal.or_refused(step)?;
        }
        let until = Instant::now() + at_most.min(LONGEST);
        let mut least = before;
        while self.wire.exists <= least {
            least = self.wire.exists;
            if !self.wire.hear_until(step, until).await? {
                break;
            }
        }
        let mut has_new = self.wire.exists > least;
        least = self.wire.exists;
        self.wire.write(step, b"DONE\r\n").await?;
        let ended = self.wire.finish(step, &tag, &mut |_| Ok(())).await?;
        has_new |= self.wire.exists > least;
        match ended {
            Ended::Ok if has_new => Ok(IdleEnd::NewMail),
            Ended::Ok => Ok(IdleEnd::TimedOut),
            refusal @ Ended::No(_) => refusal.or_refused(step).map(|()| IdleEnd::TimedOut),
        }
    }
}
