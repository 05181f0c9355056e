//! The invented mails of one day, as files in a Maildir.

use std::fs;
use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// Every mail, in the order in which it is delivered.
const MAILS: &str = include_str!("mails.toml");
/// Levels of the bomb: far more than any parser may follow.
const BOMB_LEVELS: usize = 3000;

#[derive(Deserialize)]
struct Day {
    mail: Vec<Written>,
}

#[derive(Clone, Deserialize)]
struct Written {
    name: String,
    #[serde(default)]
    kind: String,
    from: String,
    subject: String,
    text: String,
    attachment: Option<String>,
}

/// One mail, ready to be delivered.
pub(super) struct Delivered {
    name: String,
    bytes: Vec<u8>,
}

/// The mails of the day that begins at `now`.
pub(super) fn mails(now: Timestamp) -> Vec<Delivered> {
    let day: Day = toml::from_str(MAILS).unwrap_or(Day { mail: Vec::new() });
    let sale_at = now.saturating_add(SignedDuration::from_hours(5 * 24)).unwrap_or(now);
    let sale_date = sale_at.strftime("%B %-d, %Y").to_string();
    let mut mails: Vec<Delivered> = Vec::with_capacity(day.mail.len());
    for written in day.mail {
        let bytes = match written.kind.strip_prefix("duplicate-of:") {
            Some(first) => mails
                .iter()
                .find(|mail| mail.name.as_str() == first)
                .map(|mail| delivered_again(&mail.bytes))
                .unwrap_or_default(),
            None => assembled(&written, &sale_date, now),
        };
        mails.push(Delivered { name: written.name, bytes });
    }
    mails
}

/// The same mail with another trace line, as a relay that retried leaves it.
fn delivered_again(bytes: &[u8]) -> Vec<u8> {
    let trace = b"Received: from relay.example.net by mx.example.com; retried\r\n";
    [trace.as_slice(), bytes].concat()
}

fn assembled(written: &Written, sale_date: &str, now: Timestamp) -> Vec<u8> {
    let date = now.strftime("%a, %d %b %Y %H:%M:%S +0000");
    let mut head = format!(
        "Message-ID: <{name}@borrowers.example.com>\r\nDate: {date}\r\nFrom: {from}\r\n\
         To: care@example.com\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n",
        name = written.name,
        from = encoded(&written.from),
        subject = encoded(&written.subject),
    );
    let text = written.text.trim_start().replace("{sale_date}", sale_date).replace('\n', "\r\n");
    let plain = "Content-Type: text/plain; charset=utf-8\r\n";
    match (written.kind.as_str(), &written.attachment) {
        ("auto-reply", _) => {
            head.push_str("Auto-Submitted: auto-replied\r\n");
            format!("{head}{plain}\r\n{text}").into_bytes()
        }
        ("list", _) => {
            head.push_str("List-Id: <news.lists.example.com>\r\nPrecedence: bulk\r\n");
            format!("{head}{plain}\r\n{text}").into_bytes()
        }
        ("bounce", _) => bounce(&head, &text),
        ("bomb", _) => bomb(head, &text),
        (_, Some(name)) => with_attachment(&head, &text, name),
        _ => format!("{head}{plain}\r\n{text}").into_bytes(),
    }
}

fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let (words, address) = text.split_once(" <").map_or((text, ""), |(name, rest)| (name, rest));
    let base64 = data_encoding::BASE64.encode(words.as_bytes());
    let address = if address.is_empty() { String::new() } else { format!(" <{address}") };
    format!("=?utf-8?B?{base64}?={address}")
}

fn with_attachment(head: &str, text: &str, name: &str) -> Vec<u8> {
    let content = data_encoding::BASE64.encode(b"%PDF-1.7\n% an invented document\n%%EOF\n");
    format!(
        "{head}Content-Type: multipart/mixed; boundary=\"day\"\r\n\r\n\
         --day\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n\
         --day\r\nContent-Type: application/pdf; name=\"{name}\"\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{content}\r\n--day--\r\n"
    )
    .into_bytes()
}

/// A delivery status notification (RFC 3464) for a letter we never wrote.
fn bounce(head: &str, text: &str) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\n{head}Content-Type: multipart/report; report-type=delivery-status; \
         boundary=\"day\"\r\n\r\n--day\r\nContent-Type: text/plain\r\n\r\n{text}\r\n\
         --day\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.net\r\n\r\n\
         Final-Recipient: rfc822; nobody@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         --day--\r\n"
    )
    .into_bytes()
}

/// A mail within a mail within a mail …
fn bomb(mut head: String, text: &str) -> Vec<u8> {
    for _ in 0..BOMB_LEVELS {
        head.push_str("Content-Type: message/rfc822\r\n\r\n");
    }
    head.push_str("Content-Type: text/plain\r\n\r\n");
    head.push_str(text);
    head.into_bytes()
}

/// Writes the mails into `new` of the Maildir, in order.
pub(super) fn deliver(maildir: &Path, mails: &[Delivered]) -> io::Result<()> {
    for folder in ["tmp", "new", "cur"] {
        fs::create_dir_all(maildir.join(folder))?;
    }
    for (at, mail) in mails.iter().enumerate() {
        let name = format!("{at:03}.{}", mail.name);
        let part = maildir.join("tmp").join(&name);
        fs::write(&part, &mail.bytes)?;
        fs::rename(&part, maildir.join("new").join(&name))?;
    }
    Ok(())
}

/// Rosa answers her acknowledgment: her mail program takes over its
/// Message-ID, and with it the reply token.
pub(super) fn answer(folder: &Path, now: Timestamp) -> io::Result<()> {
    for entry in fs::read_dir(folder.join("outbox"))? {
        let path = entry?.path();
        let letter = fs::read_to_string(&path)?;
        if !letter.contains("rosa.delgado@example.com") {
            continue;
        }
        let Some(id) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        let written = Written {
            name: "answer".to_owned(),
            kind: String::new(),
            from: "Rosa Delgado <rosa.delgado@example.com>".to_owned(),
            subject: "Re: your letter".to_owned(),
            text: "Thank you. When will I hear from you?\n\nRosa Delgado\n".to_owned(),
            attachment: None,
        };
        let mut bytes = format!("In-Reply-To: <{id}>\r\n").into_bytes();
        bytes.extend(assembled(&written, "", now));
        return deliver(
            &folder.join("mail"),
            &[Delivered { name: "900.answer".to_owned(), bytes }],
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_has_about_forty_mails_and_each_has_bytes() {
        let mails = mails(Timestamp::UNIX_EPOCH);
        assert!(mails.len() >= 40, "{}", mails.len());
        assert!(mails.iter().all(|mail| mail.bytes.len() > 100));
    }
}
