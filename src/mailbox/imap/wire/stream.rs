//! Reads single responses and writes bytes, each within its time.

use std::panic::AssertUnwindSafe;

use async_imap::imap_proto::Response;
use futures::FutureExt;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::Wire;
use crate::mailbox::imap::error::{ImapError, Step, from_io};
use crate::mailbox::imap::guard::Rule;

/// Bytes that count as progress within one command timeout.
const PROGRESS: u64 = 64 * 1024;

/// By when the server must have brought more.
pub(super) struct Patience {
    until: Instant,
    received: u64,
}

impl Wire {
    #[expect(clippy::disallowed_methods, reason = "how long to listen, and nothing else")]
    pub(super) fn patience(&self) -> Patience {
        Patience {
            until: Instant::now() + self.command_timeout,
            received: self.client.get_ref().received(),
        }
    }

    /// What `see` makes of the next response, or why there is none.
    pub(super) async fn read<T>(
        &mut self,
        step: Step,
        patience: &mut Patience,
        see: impl FnOnce(&mut Self, &Response<'_>) -> Result<T, ImapError> + Send,
    ) -> Result<T, ImapError> {
        loop {
            // the stream keeps what it has read when this future is dropped
            let next = AssertUnwindSafe(self.client.read_response()).catch_unwind();
            let outcome = timeout_at(patience.until, next).await;
            match outcome {
                Ok(Ok(Ok(Some(response)))) => return see(self, response.parsed()),
                Ok(Ok(Ok(None))) => return Err(ImapError::ConnectionLost(step)),
                Ok(Ok(Err(error))) => return Err(from_io(step, &error)),
                Ok(Err(_)) => return Err(ImapError::Hostile { rule: Rule::ParserPanic }),
                Err(_) => {
                    let received = self.client.get_ref().received();
                    if received.saturating_sub(patience.received) < PROGRESS {
                        return Err(ImapError::TimedOut(step));
                    }
                    *patience = self.patience();
                }
            }
        }
    }

    /// Takes one untagged response; gives up quietly at `until` and says so
    /// with `false`.
    pub(in crate::mailbox::imap) async fn hear_until(
        &mut self,
        step: Step,
        until: Instant,
    ) -> Result<bool, ImapError> {
        let mut patience = Patience { until, received: u64::MAX };
        let heard = self
            .read(step, &mut patience, |wire, reply| wire.take(step, "", reply, &mut |_| Ok(())))
            .await;
        match heard {
            Ok(_) => Ok(true),
            Err(ImapError::TimedOut(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Writes and flushes, each 64 KiB within the command timeout.
    pub(in crate::mailbox::imap) async fn write(
        &mut self,
        step: Step,
        bytes: &[u8],
    ) -> Result<(), ImapError> {
        let stream = self.client.get_mut();
        for chunk in bytes.chunks(64 * 1024) {
            let sent = async {
                stream.write_all(chunk).await?;
                stream.flush().await
            };
            match timeout(self.command_timeout, sent).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(from_io(step, &error)),
                Err(_) => return Err(ImapError::TimedOut(step)),
            }
        }
        Ok(())
    }
}
