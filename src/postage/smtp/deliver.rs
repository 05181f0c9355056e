//! One letter over an open connection, phase by phase.

use std::error::Error as _;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::response::Response;

use super::{Envelope, HandOver, Phase, SmtpConnection, SmtpTimeouts};
use crate::fault;
use crate::postage::{clean, fit};

/// Longest piece of a server's words that is kept, in characters.
const MOST_REPLY: usize = 200;

impl SmtpConnection {
    /// Hands one letter over. `on_payload` runs after the server's 354 and
    /// before the first byte of the letter: it records that the letter may be
    /// out from here on, and answers whether the row is still ours.
    ///
    /// Unless the letter was handed over the connection is closed, also when
    /// the returned future is dropped half-way.
    pub async fn hand_over<F, Answer>(&mut self, letter: &Envelope<'_>, on_payload: F) -> HandOver
    where
        F: FnOnce() -> Answer,
        Answer: Future<Output = bool>,
    {
        let Some(mut client) = self.client.take() else {
            let reason = "the connection is used up".to_owned();
            return HandOver::BrokenBefore { phase: Phase::Connect, reason };
        };
        let outcome = match announce(&mut client, letter, &self.timeouts).await {
            Err(outcome) => outcome,
            Ok(()) if !on_payload().await => HandOver::LostLease,
            Ok(()) => payload(&mut client, letter.bytes, &self.timeouts).await,
        };
        if matches!(outcome, HandOver::HandedOver { .. }) {
            self.client = Some(client);
        }
        outcome
    }
}

/// MAIL, RCPT, DATA: up to the server's 354.
async fn announce(
    client: &mut AsyncSmtpConnection,
    letter: &Envelope<'_>,
    wait: &SmtpTimeouts,
) -> Result<(), HandOver> {
    fit::fit_to_send(letter.bytes).map_err(|rule| own_refusal(Phase::MailFrom, 554, rule))?;
    let from = match letter.from {
        "" => None,
        from => Some(address(from, Phase::MailFrom)?),
    };
    let to = address(letter.to, Phase::RcptTo)?;
    let mail = client.command(Mail::new(from, Vec::new()));
    step(wait.command, Phase::MailFrom, 200..300, mail).await?;
    let rcpt = client.command(Rcpt::new(to, Vec::new()));
    step(wait.command, Phase::RcptTo, 200..300, rcpt).await?;
    step(wait.data, Phase::Data, 354..355, client.command(Data)).await
}

/// The letter and its dot. From here on a broken conversation proves nothing.
async fn payload(client: &mut AsyncSmtpConnection, bytes: &[u8], wait: &SmtpTimeouts) -> HandOver {
    // The client ends the payload with CRLF, dot, CRLF: the letter's own last
    // CRLF would be one too many.
    let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
    let sending = fault::during("c12", client.message(bytes));
    let answer = tokio::time::timeout(wait.payload + wait.after_dot, sending).await;
    match answer {
        Err(_) => HandOver::Uncertain { reason: "no answer after the letter".to_owned() },
        Ok(Ok(response)) => {
            let code = u16::from(response.code());
            let reply = said(code, response.message());
            if (200..300).contains(&code) {
                HandOver::HandedOver { code, reply }
            } else {
                HandOver::Uncertain { reason: format!("the server answered {reply}") }
            }
        }
        Ok(Err(error)) => match Refusal::of(&error) {
            Some(refusal) => refusal.at(Phase::AfterDot),
            None => HandOver::Uncertain { reason: reason(&error) },
        },
    }
}

async fn step(
    wait: Duration,
    phase: Phase,
    wanted: std::ops::Range<u16>,
    answer: impl Future<Output = Result<Response, Error>>,
) -> Result<(), HandOver> {
    let broken = |reason: String| HandOver::BrokenBefore { phase, reason };
    match tokio::time::timeout(wait, answer).await {
        Err(_) => Err(broken("no answer in time".to_owned())),
        Ok(Ok(response)) if wanted.contains(&u16::from(response.code())) => Ok(()),
        Ok(Ok(response)) => {
            let reply = said(u16::from(response.code()), response.message());
            Err(broken(format!("the server answered {reply}")))
        }
        Ok(Err(error)) => Err(match Refusal::of(&error) {
            Some(refusal) => refusal.at(phase),
            None => broken(reason(&error)),
        }),
    }
}

/// An address that could carry a command of its own never reaches the wire.
fn address(text: &str, phase: Phase) -> Result<lettre::Address, HandOver> {
    let refused = || own_refusal(phase, 553, "not a plain address");
    if !clean::is_plain_address(text) {
        return Err(refused());
    }
    text.parse().map_err(|_| refused())
}

fn own_refusal(phase: Phase, code: u16, rule: &str) -> HandOver {
    let reply = format!("{code} refused by ourselves: {rule}");
    HandOver::Refused { phase, code, reply, is_permanent: true }
}

/// A 4xx or 5xx reply.
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) reply: String,
    pub(super) is_permanent: bool,
}

impl Refusal {
    /// `None` when the server did not say no in so many words.
    pub(super) fn of(error: &Error) -> Option<Self> {
        let code = u16::from(error.status()?);
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        let reply = said(code, text.lines());
        Some(Self { code, reply, is_permanent: error.is_permanent() })
    }

    fn at(self, phase: Phase) -> HandOver {
        let Self { code, reply, is_permanent } = self;
        HandOver::Refused { phase, code, reply, is_permanent }
    }
}

/// How a conversation broke, in a line.
pub(super) fn reason(error: &Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    let kind = error.to_string();
    if kind.ends_with(&cause) { short(&kind) } else { short(&format!("{kind}{cause}")) }
}

/// Code and words of a reply, in a line.
pub(super) fn said<'a>(code: u16, lines: impl Iterator<Item = &'a str>) -> String {
    let text = lines.take(20).collect::<Vec<_>>().join(" ");
    short(format!("{code} {text}").trim_end())
}

/// Servers repeat addresses in their replies; those are private.
fn short(text: &str) -> String {
    let words = clean::line(text, 2000);
    let words = words.split(' ').map(|word| if word.contains('@') { "(address)" } else { word });
    clean::line(&words.collect::<Vec<_>>().join(" "), MOST_REPLY)
}
