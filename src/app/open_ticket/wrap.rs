//! A contact written down as a mail (RFC 5322): text files are the body, scans
//! are attachments. The same contact always gives the same bytes.

use data_encoding::BASE64;

use super::{Contact, Paper};
use crate::domain::digest::Digest;

/// Bytes of one encoded word before encoding: with its frame under the 75
/// characters of RFC 2047 §2.
const WORD_BYTES: usize = 42;

/// The bytes of the contact as a mail to `to`.
pub(super) fn wrap(contact: &Contact, to: &str) -> Vec<u8> {
    let mut head = String::new();
    if let Some(address) = &contact.from_address {
        head.push_str(&format!("From: {} <{}>\r\n", words(&contact.from_name), line(address)));
    }
    head.push_str(&format!("To: {to}\r\n"));
    head.push_str(&format!("Subject: {}\r\n", words(&contact.subject)));
    let date = contact.received_at.strftime("%a, %d %b %Y %H:%M:%S +0000");
    head.push_str(&format!("Date: {date}\r\nMIME-Version: 1.0\r\n"));
    head.push_str(&format!("X-Tierline-Channel: {}\r\n", contact.channel));
    if contact.from_address.is_none() && !contact.from_name.is_empty() {
        head.push_str(&format!("X-Tierline-From-Name: {}\r\n", words(&contact.from_name)));
    }
    let (texts, scans): (Vec<&Paper>, Vec<&Paper>) =
        contact.papers.iter().partition(|paper| is_text(&paper.bytes));
    let texts: Vec<&[u8]> = texts.iter().map(|paper| paper.bytes.as_slice()).collect();
    let body = part("text/plain; charset=utf-8", "", &texts.join(&b"\n\n"[..]));
    if scans.is_empty() {
        return format!("{head}{body}").into_bytes();
    }
    let fields: Vec<&[u8]> = contact.papers.iter().map(|paper| paper.bytes.as_slice()).collect();
    // Base64 holds no "_", so no part can hold the boundary.
    let boundary = format!("=_{}", &Digest::of_fields(&fields).hex()[..32]);
    head.push_str(&format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n"));
    let mut mail = head;
    let scans = scans.iter().map(|scan| {
        let name = words(&scan.name);
        let disposition =
            format!("Content-Disposition: attachment; filename=\"{}\"\r\n", quoted(&name));
        part("application/octet-stream", &disposition, &scan.bytes)
    });
    for part in std::iter::once(body).chain(scans) {
        mail.push_str(&format!("--{boundary}\r\n{part}\r\n"));
    }
    mail.push_str(&format!("--{boundary}--\r\n"));
    mail.into_bytes()
}

fn part(media_type: &str, disposition: &str, bytes: &[u8]) -> String {
    let encoded = BASE64.encode(bytes);
    let lines: Vec<&str> = encoded
        .as_bytes()
        .chunks(76)
        .map(|line| std::str::from_utf8(line).unwrap_or_default())
        .collect();
    format!(
        "Content-Type: {media_type}\r\n{disposition}Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        lines.join("\r\n")
    )
}

fn is_text(bytes: &[u8]) -> bool {
    // A PDF may be plain ASCII.
    !bytes.contains(&0) && !bytes.starts_with(b"%PDF-") && std::str::from_utf8(bytes).is_ok()
}

/// One header line without controls, so that no value adds a header.
fn line(text: &str) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(printable).filter(|c| !matches!(c, '<' | '>')).take(300).collect()
}

/// Plain where it is plain, else encoded words (RFC 2047).
fn words(text: &str) -> String {
    let text = line(text);
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b" .-_'".contains(&b));
    if is_plain {
        return text;
    }
    let mut pieces = vec![String::new()];
    for character in text.chars() {
        match pieces.last_mut() {
            Some(last) if last.len() + character.len_utf8() <= WORD_BYTES => last.push(character),
            _ => pieces.push(character.to_string()),
        }
    }
    let encode = |piece: &String| format!("=?utf-8?B?{}?=", BASE64.encode(piece.as_bytes()));
    pieces.iter().map(encode).collect::<Vec<_>>().join("\r\n ")
}

fn quoted(text: &str) -> String {
    text.replace(['"', '\\', '\r', '\n'], "")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::channel::Channel;
    use crate::domain::id::PersonId;
    use crate::domain::mail::InboundMail;
    use crate::mailbox::mime::{self, MimeLimits};

    fn contact(papers: &[(&str, &[u8])]) -> Contact {
        let paper = |(name, bytes): &(&str, &[u8])| Paper {
            name: (*name).to_owned(),
            bytes: bytes.to_vec(),
        };
        Contact {
            channel: Channel::Letter,
            received_at: Timestamp::UNIX_EPOCH,
            subject: "Aviso de error".to_owned(),
            from_name: "Rosa Núñez".to_owned(),
            from_address: Some("rosa@example.com".to_owned()),
            papers: papers.iter().map(paper).collect(),
            by: PersonId(uuid::Uuid::nil()),
        }
    }

    fn read(contact: &Contact) -> InboundMail {
        let raw = wrap(contact, "care@example.com");
        mime::parse(&raw, contact.received_at, &MimeLimits::default())
    }

    #[test]
    fn a_letter_with_a_scan_reads_back_as_it_was_given() {
        let given = contact(&[
            ("letter.txt", "Mi pago está mal aplicado.".as_bytes()),
            ("scan.pdf", b"%PDF-1.7\n%%EOF\n"),
        ]);
        let mail = read(&given);
        assert_eq!(mail.subject, "Aviso de error");
        assert_eq!(mail.from[0].name, "Rosa Núñez");
        assert_eq!(mail.text.trim(), "Mi pago está mal aplicado.");
        assert_eq!(mail.attachments.len(), 1);
        assert_eq!(mail.attachments[0].name, "scan.pdf");
        assert_eq!(mail.attachments[0].sniffed_type, "application/pdf");
    }

    #[test]
    fn without_an_address_there_is_no_sender() {
        let mut given = contact(&[("note.txt", b"She called about her escrow.")]);
        given.from_address = None;
        assert!(read(&given).from.is_empty());
    }

    #[test]
    fn no_value_adds_a_header() {
        let mut given = contact(&[("a\"\r\nX: y.pdf", b"\0")]);
        given.subject = "x\r\nAuto-Submitted: auto-replied".to_owned();
        given.from_address = Some("rosa@example.com>\r\nBcc: x@example.com".to_owned());
        let mail = read(&given);
        for name in ["Auto-Submitted", "Bcc", "X"] {
            assert_eq!(mail.header(name), None, "{name}");
        }
    }
}
