//! What the header of one part says about its body (RFC 2045, 2183, 2231).

use std::collections::BTreeSet;

use mail_parser::{ContentType, HeaderValue, parsers::MessageStream};

use super::encoded_word;
use super::field::{Field, Fields};
use crate::domain::mail::Defect;

/// Longest header block of a part, and longest structured field, that is read.
const MAX_PART_HEADER: usize = 64 * 1024;
const MAX_STRUCTURED: usize = 4 * 1024;

/// How the bytes of a part are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum Encoding {
    /// 7bit, 8bit, binary, or nothing said.
    #[default]
    Identity,
    Base64,
    QuotedPrintable,
    /// A name that RFC 2045 does not know.
    Unknown,
}

/// One part's own description of itself. Nothing in it is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entity {
    /// `type/subtype`, lower case; empty when none was given.
    pub(super) media: String,
    pub(super) charset: Option<String>,
    /// Boundary of a multipart; `None` when absent, empty or over 200 bytes.
    pub(super) boundary: Option<Vec<u8>>,
    /// RFC 3676: `format=flowed` and `delsp=yes`.
    pub(super) is_flowed: bool,
    pub(super) deletes_space: bool,
    pub(super) encoding: Encoding,
    pub(super) is_attachment: bool,
    /// File name as the sender wrote it, decoded but not cleaned.
    pub(super) name: Option<String>,
    has_type: bool,
    has_encoding: bool,
    has_disposition: bool,
}

impl Entity {
    /// Reads the header block of a part.
    pub(super) fn read(header: &[u8], defects: &mut BTreeSet<Defect>) -> Self {
        let reach = header.len().min(MAX_PART_HEADER);
        if reach < header.len() {
            defects.insert(Defect::HeaderTooLong);
        }
        let mut entity = Self::default();
        for field in Fields::new(header.get(..reach).unwrap_or_default()) {
            entity.take(&field);
        }
        entity
    }

    /// Takes in one field; of several with one name the first counts.
    pub(super) fn take(&mut self, field: &Field<'_>) {
        if field.is("Content-Type") && !self.has_type {
            self.has_type = true;
            with_structured(field.value, |content| self.take_type(content));
        } else if field.is("Content-Disposition") && !self.has_disposition {
            self.has_disposition = true;
            with_structured(field.value, |content| {
                self.is_attachment = content.is_attachment();
                if let Some(name) = content.attribute("filename") {
                    self.name = Some(decoded(name));
                }
            });
        } else if field.is("Content-Transfer-Encoding") && !self.has_encoding {
            self.has_encoding = true;
            self.encoding = encoding(field.value);
        }
    }

    fn take_type(&mut self, content: &ContentType<'_>) {
        let Some(subtype) = content.subtype() else { return };
        self.media = format!("{}/{subtype}", content.ctype()).to_ascii_lowercase();
        self.charset = content.attribute("charset").map(str::to_owned);
        self.boundary = content
            .attribute("boundary")
            .map(|b| b.trim_end().as_bytes().to_vec())
            .filter(|b| !b.is_empty() && b.len() <= 200);
        let says =
            |name, value| content.attribute(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
        self.is_flowed = says("format", "flowed");
        self.deletes_space = says("delsp", "yes");
        if self.name.is_none() {
            self.name = content.attribute("name").map(decoded);
        }
    }

    /// `type/subtype`, with the default of RFC 2045 §5.2.
    pub(super) fn media(&self) -> &str {
        if self.media.is_empty() { "text/plain" } else { &self.media }
    }

    pub(super) fn is_multipart(&self) -> bool {
        self.media.starts_with("multipart/")
    }

    /// Whether it holds a whole mail.
    pub(super) fn is_mail(&self) -> bool {
        matches!(self.media.as_str(), "message/rfc822" | "message/global" | "message/news")
    }
}

/// Gives `take` the parsed value. The parser wants a line end and no bytes
/// without bound, because it compares every parameter with every other.
fn with_structured(value: &[u8], take: impl FnOnce(&ContentType<'_>)) {
    let mut line = value.get(..value.len().min(MAX_STRUCTURED)).unwrap_or_default().to_vec();
    line.push(b'\n');
    if let HeaderValue::ContentType(content) = MessageStream::new(&line).parse_content_type() {
        take(&content);
    }
}

fn decoded(name: &str) -> String {
    if name.contains("=?") { encoded_word::decode(name) } else { name.to_owned() }
}

fn encoding(value: &[u8]) -> Encoding {
    let value = String::from_utf8_lossy(value.get(..value.len().min(200)).unwrap_or_default());
    let name = value.split([';', '(']).next().unwrap_or_default().trim().trim_matches('"');
    match name.to_ascii_lowercase().as_str() {
        "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit" | "none" => Encoding::Identity,
        "base64" => Encoding::Base64,
        "quoted-printable" => Encoding::QuotedPrintable,
        _ => Encoding::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Entity {
        Entity::read(header.as_bytes(), &mut BTreeSet::new())
    }

    #[test]
    fn a_part_describes_itself() {
        let entity = read(
            "Content-Type: Text/PLAIN; charset=\"utf-8\"; format=Flowed; DelSp=Yes\r\n\
             Content-Transfer-Encoding: Quoted-Printable\r\n\
             Content-Disposition: attachment; filename*0*=utf-8''caf%C3%A9; filename*1=.pdf\r\n\r\n",
        );
        assert_eq!(entity.media(), "text/plain");
        assert_eq!(entity.charset.as_deref(), Some("utf-8"));
        assert!(entity.is_flowed && entity.deletes_space && entity.is_attachment);
        assert_eq!(entity.encoding, Encoding::QuotedPrintable);
        assert_eq!(entity.name.as_deref(), Some("café.pdf"));
    }

    #[test]
    fn an_encoded_word_as_a_file_name_is_read_though_rfc_2047_forbids_it() {
        let entity = read("Content-Type: application/pdf; name=\"=?utf-8?B?w6k=?=.pdf\"\n");
        assert_eq!(entity.name.as_deref(), Some("é.pdf"));
    }

    #[test]
    fn of_two_content_types_the_first_counts() {
        let entity = read("Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=x\n");
        assert_eq!(entity.media(), "text/plain");
        assert_eq!(entity.boundary, None);
    }
}
