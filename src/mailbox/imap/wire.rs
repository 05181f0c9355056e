//! Sends one command and reads everything the server says to it, up to the
//! tagged line. NO, BAD, BYE and a closed connection are errors here and never
//! an empty success; whatever breaks off half-way poisons the connection.

mod stream;

use std::time::Duration;

use async_imap::Client;
use async_imap::imap_proto::{MailboxDatum, Outcome, Response, ResponseCode, Status};
use zeroize::Zeroizing;

use super::command::Part;
use super::error::{ImapError, Step, said};
use super::guard::Limits;
use super::guarded::{Guarded, Socket};

/// What every command may receive besides what it asked for.
const SMALL_REPLY: u64 = 1024 * 1024;

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// Tagged OK.
    Ok,
    /// Tagged NO, with the server's words if they may be shown.
    No(Option<String>),
}

impl Ended {
    /// NO as an error.
    pub(super) fn or_refused(self, step: Step) -> Result<(), ImapError> {
        match self {
            Self::Ok => Ok(()),
            Self::No(said) => Err(ImapError::Refused { step, said }),
        }
    }
}

/// What one response is while a `+` may come.
enum Heard {
    Continue,
    Ended(Ended),
    Aside,
}

/// Called with each untagged response.
pub(super) type OnResponse<'a> = dyn FnMut(&Response<'_>) -> Result<(), ImapError> + Send + 'a;

/// One connection.
#[derive(Debug)]
pub(super) struct Wire {
    client: Client<Guarded>,
    command_timeout: Duration,
    next_tag: u32,
    poisoned: bool,
    /// Mails in the selected folder, as far as the server has told.
    pub(super) exists: u32,
    /// Mails have been added since the folder was last listed to its end.
    pub(super) has_news: bool,
}

impl Wire {
    pub(super) fn new(socket: Socket, limits: Limits, command_timeout: Duration) -> Self {
        let client = Client::new(Guarded::new(socket, limits));
        Self { client, command_timeout, next_tag: 0, poisoned: false, exists: 0, has_news: false }
    }

    /// Whether a command broke off; then nothing more can be done with it.
    pub(super) fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    /// The first line of the server, when TLS was there from the start.
    pub(super) async fn greeting(&mut self) -> Result<(), ImapError> {
        let step = Step::Greeting;
        self.begin(SMALL_REPLY)?;
        let mut patience = self.patience();
        self.read(step, &mut patience, |_, first| {
            let Response::Data { status, outcome } = first else {
                return Err(ImapError::Nonsense(step));
            };
            let said = said(step, outcome.information.as_deref());
            match status {
                Status::Ok => Ok(()),
                Status::Bye => Err(ImapError::Bye { step, said }),
                Status::No | Status::Bad => Err(ImapError::Refused { step, said }),
                // already somebody, and not by our credential
                Status::PreAuth => Err(ImapError::Nonsense(step)),
            }
        })
        .await?;
        self.poisoned = false;
        Ok(())
    }

    /// Runs one command of plain text with the usual allowance.
    pub(super) async fn run(
        &mut self,
        step: Step,
        command: &str,
        on: &mut OnResponse<'_>,
    ) -> Result<Ended, ImapError> {
        self.run_parts(step, &[Part::Text(command)], SMALL_REPLY, on).await
    }

    /// Runs one command; the replies together may be `allowance` bytes more
    /// than the usual.
    pub(super) async fn run_parts(
        &mut self,
        step: Step,
        parts: &[Part<'_>],
        allowance: u64,
        on: &mut OnResponse<'_>,
    ) -> Result<Ended, ImapError> {
        self.begin(allowance.saturating_add(SMALL_REPLY))?;
        let tag = self.fresh_tag();
        // one packet a line; wiped, because a line may hold the password
        let mut line = Zeroizing::new(format!("{tag} ").into_bytes());
        for part in parts {
            match part {
                Part::Text(text) => line.extend_from_slice(text.as_bytes()),
                Part::Literal(bytes) => {
                    line.extend_from_slice(format!("{{{}}}\r\n", bytes.len()).as_bytes());
                    self.write(step, &line).await?;
                    line.clear();
                    if let Some(refusal) = self.await_continue(step, &tag, on).await? {
                        self.mend();
                        return Ok(refusal);
                    }
                    self.write(step, bytes).await?;
                }
            }
        }
        line.extend_from_slice(b"\r\n");
        self.write(step, &line).await?;
        self.finish(step, &tag, on).await
    }

    /// Marks the connection as broken until the command has ended cleanly, so
    /// that a dropped future leaves it unusable.
    pub(super) fn begin(&mut self, allowance: u64) -> Result<(), ImapError> {
        if self.poisoned {
            return Err(ImapError::Poisoned);
        }
        self.poisoned = true;
        self.client.get_mut().allow(allowance);
        Ok(())
    }

    /// Marks a command that was refused before it was sent whole as ended.
    pub(super) fn mend(&mut self) {
        self.poisoned = false;
    }

    pub(super) fn fresh_tag(&mut self) -> String {
        self.next_tag = self.next_tag.wrapping_add(1);
        format!("T{}", self.next_tag)
    }

    /// Reads to the tagged line of `tag`, after which the connection is sound.
    pub(super) async fn finish(
        &mut self,
        step: Step,
        tag: &str,
        on: &mut OnResponse<'_>,
    ) -> Result<Ended, ImapError> {
        let mut patience = self.patience();
        loop {
            let taken = self
                .read(step, &mut patience, |wire, reply| wire.take(step, tag, reply, on))
                .await?;
            if let Some(ended) = taken {
                self.poisoned = false;
                return Ok(ended);
            }
        }
    }

    /// Waits for `+`; a tagged NO ends the command.
    pub(super) async fn await_continue(
        &mut self,
        step: Step,
        tag: &str,
        on: &mut OnResponse<'_>,
    ) -> Result<Option<Ended>, ImapError> {
        let mut patience = self.patience();
        loop {
            let heard = self
                .read(step, &mut patience, |wire, reply| {
                    wire.take_or_continue(step, tag, reply, on)
                })
                .await?;
            match heard {
                Heard::Continue => return Ok(None),
                // OK to a command that was not yet sent whole
                Heard::Ended(Ended::Ok) => return Err(ImapError::Nonsense(step)),
                Heard::Ended(refusal) => return Ok(Some(refusal)),
                Heard::Aside => {}
            }
        }
    }

    /// `AUTHENTICATE`: answers the first challenge with `answer` and a second
    /// one, which carries the reason of a refusal, with an empty line.
    pub(super) async fn authenticate(
        &mut self,
        mechanism: &str,
        answer: &str,
    ) -> Result<Ended, ImapError> {
        let step = Step::Login;
        self.begin(SMALL_REPLY)?;
        let tag = self.fresh_tag();
        self.write(step, format!("{tag} AUTHENTICATE {mechanism}\r\n").as_bytes()).await?;
        let mut answers = [answer, ""].into_iter();
        let mut patience = self.patience();
        loop {
            let heard = self
                .read(step, &mut patience, |wire, reply| {
                    wire.take_or_continue(step, &tag, reply, &mut |_| Ok(()))
                })
                .await?;
            match heard {
                Heard::Continue => {
                    let answer = answers.next().ok_or(ImapError::Nonsense(step))?;
                    let line = Zeroizing::new(format!("{answer}\r\n").into_bytes());
                    self.write(step, &line).await?;
                }
                Heard::Ended(ended) => {
                    self.poisoned = false;
                    return Ok(ended);
                }
                Heard::Aside => {}
            }
        }
    }

    fn take_or_continue(
        &mut self,
        step: Step,
        tag: &str,
        response: &Response<'_>,
        on: &mut OnResponse<'_>,
    ) -> Result<Heard, ImapError> {
        if matches!(response, Response::Continue(_)) {
            return Ok(Heard::Continue);
        }
        Ok(self.take(step, tag, response, on)?.map_or(Heard::Aside, Heard::Ended))
    }

    /// What one response means for the command in progress.
    fn take(
        &mut self,
        step: Step,
        tag: &str,
        response: &Response<'_>,
        on: &mut OnResponse<'_>,
    ) -> Result<Option<Ended>, ImapError> {
        match response {
            Response::Done { tag: theirs, status, outcome } if theirs.0 == tag => {
                tell_code(outcome, on)?;
                ended(step, status, outcome).map(Some)
            }
            Response::Done { .. } | Response::Continue(_) => Err(ImapError::Nonsense(step)),
            Response::Data { status: Status::Bye, .. } if step == Step::Logout => Ok(None),
            Response::Data { status: Status::Bye, outcome } => {
                Err(ImapError::Bye { step, said: said(step, outcome.information.as_deref()) })
            }
            other => {
                self.observe(other);
                on(other)?;
                Ok(None)
            }
        }
    }

    fn observe(&mut self, response: &Response<'_>) {
        match response {
            Response::MailboxData(MailboxDatum::Exists(count)) => {
                self.has_news |= *count > self.exists;
                self.exists = *count;
            }
            Response::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            _ => {}
        }
    }
}

/// A code in the tagged line counts like one in an untagged `OK`.
fn tell_code(outcome: &Outcome<'_>, on: &mut OnResponse<'_>) -> Result<(), ImapError> {
    let code = match &outcome.code {
        Some(ResponseCode::ReadOnly) => ResponseCode::ReadOnly,
        Some(ResponseCode::UidValidity(validity)) => ResponseCode::UidValidity(*validity),
        Some(ResponseCode::UidNext(next)) => ResponseCode::UidNext(*next),
        _ => return Ok(()),
    };
    on(&Response::Data {
        status: Status::Ok,
        outcome: Outcome { code: Some(code), information: None },
    })
}

fn ended(step: Step, status: &Status, outcome: &Outcome<'_>) -> Result<Ended, ImapError> {
    let said = said(step, outcome.information.as_deref());
    match status {
        Status::Ok => Ok(Ended::Ok),
        Status::No => Ok(Ended::No(said)),
        Status::Bad => Err(ImapError::Bad { step, said }),
        Status::Bye => Err(ImapError::Bye { step, said }),
        Status::PreAuth => Err(ImapError::Nonsense(step)),
    }
}
