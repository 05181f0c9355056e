//! How the peer spells a FETCH reply.

use super::state::PeerMail;

/// One reply, for the mail with this sequence number and the items asked for.
pub(super) fn row(number: usize, mail: &PeerMail, items: &str, uid_shift: u32) -> Vec<u8> {
    let mut parts: Vec<Vec<u8>> = Vec::new();
    if items.contains("UID") {
        parts.push(format!("UID {}", mail.uid + uid_shift).into_bytes());
    }
    if items.contains("FLAGS") {
        let flags: Vec<&str> = mail.flags.iter().map(String::as_str).collect();
        parts.push(format!("FLAGS ({})", flags.join(" ")).into_bytes());
    }
    if items.contains("RFC822.SIZE") {
        let size = mail.told_size.unwrap_or(u32::try_from(mail.raw.len()).unwrap());
        parts.push(format!("RFC822.SIZE {size}").into_bytes());
    }
    if items.contains("INTERNALDATE") {
        parts.push(format!("INTERNALDATE \"{}\"", mail.internal_date).into_bytes());
    }
    if items.contains("BODY.PEEK[]") {
        parts.push(section("BODY[]", &mail.raw));
    }
    if let Some((_, rest)) = items.split_once("BODY.PEEK[HEADER]<0.") {
        let most: usize = rest.split('>').next().unwrap().parse().unwrap();
        let header = header_of(&mail.raw);
        parts.push(section("BODY[HEADER]<0>", &header[..header.len().min(most)]));
    }
    let mut row = format!("* {number} FETCH (").into_bytes();
    row.extend(parts.join(&b' '));
    row.extend(b")\r\n");
    row
}

fn section(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut spelled = format!("{name} {{{}}}\r\n", bytes.len()).into_bytes();
    spelled.extend(bytes);
    spelled
}

fn header_of(raw: &[u8]) -> &[u8] {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n");
    &raw[..end.map_or(raw.len(), |end| end + 4)]
}
