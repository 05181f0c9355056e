//! A mail of our own to an address of ours, by the way that letters take: shows
//! that the relay takes them and what its signature looks like there.

use crate::clock::{Clock as _, SystemClock};
use crate::postage::sign::Signer;
use crate::postage::smtp::{Envelope, HandOver, SmtpConnection};
use crate::postage::{MailSink, clean, fit};

/// Who writes to whom.
#[derive(Clone, Copy, Debug)]
pub struct TestLetter<'a> {
    /// Recipient.
    pub to: &'a str,
    /// Name of the sender.
    pub from_name: &'a str,
    /// Address of the sender.
    pub from_address: &'a str,
    /// Host part of the Message-ID.
    pub mail_host: &'a str,
}

/// Hands one test mail over; the server's answer.
///
/// # Errors
/// With what went wrong, in words.
pub async fn send(
    sink: &MailSink,
    signer: Option<&Signer>,
    letter: &TestLetter<'_>,
) -> Result<String, String> {
    if !clean::is_plain_address(letter.to) {
        return Err(format!("{:?} is not a plain address", letter.to));
    }
    let now = SystemClock.now();
    let id = format!("test-{}@{}", now.as_microsecond(), letter.mail_host.to_lowercase());
    let bytes = bytes(letter, &id, &now.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string());
    let bytes = match signer {
        Some(signer) => signer.sign(&bytes).map_err(|error| error.to_string())?,
        None => bytes,
    };
    fit::fit_to_send(&bytes).map_err(str::to_owned)?;
    match sink {
        MailSink::Directory(directory) => {
            let path = directory.deliver(&id, &bytes).await.map_err(|error| error.to_string())?;
            Ok(path.display().to_string())
        }
        MailSink::Smtp(options) => {
            let connected = SmtpConnection::connect(options).await;
            let mut connection = connected.map_err(|error| error.to_string())?;
            let envelope = Envelope { from: letter.from_address, to: letter.to, bytes: &bytes };
            let answer = connection.hand_over(&envelope, async || true).await;
            connection.quit().await;
            match answer {
                HandOver::HandedOver { code, reply } => Ok(format!("{code} {}", reply.trim())),
                HandOver::Refused { phase, code, reply, .. } => {
                    Err(format!("refused at {phase}: {code} {}", reply.trim()))
                }
                HandOver::BrokenBefore { phase, reason } => Err(format!("{phase}: {reason}")),
                HandOver::Uncertain { reason } => Err(format!("nobody can know: {reason}")),
                HandOver::LostLease => Err("given up".to_owned()),
            }
        }
    }
}

fn bytes(letter: &TestLetter<'_>, id: &str, date: &str) -> Vec<u8> {
    // An ASCII name needs no encoding; any other is left out of a test.
    let name = clean::line(letter.from_name, 60);
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
    let name = if is_plain { name.as_str() } else { "" };
    format!(
        "From: {name} <{}>\r\nTo: {}\r\nSubject: Test of the way out\r\nDate: {date}\r\n\
         Message-ID: <{id}>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=us-ascii\r\n\r\n\
         This mail shows that letters leave. It is about nobody.\r\n",
        letter.from_address, letter.to
    )
    .into_bytes()
}
