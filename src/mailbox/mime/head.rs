//! Fills the fields of `InboundMail` that come from the header of the mail.

use std::collections::BTreeSet;

use super::address;
use super::charset;
use super::clean::clean_line;
use super::encoded_word::header_text;
use super::entity::Entity;
use super::field::{Field, Fields};
use super::{MimeLimits, receipt};
use crate::domain::mail::{Address, Defect, Header, InboundMail};

/// Addresses kept of one kind, ids of one kind, and delivery headers.
const MAX_ADDRESSES: usize = 100;
const MAX_SUBJECT: usize = 998;
const MAX_IN_REPLY_TO: usize = 20;
const MAX_REFERENCES: usize = 50;
const MAX_DELIVERED_TO: usize = 20;

/// What the header says beyond the fields of the mail itself.
pub(super) struct Head<'x> {
    /// Description of the root part.
    pub(super) entity: Entity,
    /// Everything after the blank line.
    pub(super) body: &'x [u8],
    /// The first `Date` value as written, one line.
    pub(super) date: String,
}

struct Reader<'m> {
    mail: &'m mut InboundMail,
    entity: Entity,
    date: Option<String>,
    has_subject: bool,
    from_fields: usize,
    count: usize,
    limits: MimeLimits,
    defects: &'m mut BTreeSet<Defect>,
}

/// Reads the header block at the start of `raw` into `mail`. Fields beyond the
/// limit are not kept, but those that name sender, thread or subject are still
/// found, so that a pile of trace headers hides nobody.
pub(super) fn read<'x>(
    raw: &'x [u8],
    mail: &mut InboundMail,
    limits: &MimeLimits,
    defects: &mut BTreeSet<Defect>,
) -> Head<'x> {
    let mut reader = Reader {
        mail,
        entity: Entity::default(),
        date: None,
        has_subject: false,
        from_fields: 0,
        count: 0,
        limits: *limits,
        defects,
    };
    let mut fields = Fields::new(raw);
    for field in fields.by_ref() {
        reader.take(&field);
    }
    let body = fields.body();
    let (entity, date) = reader.finish();
    Head { entity, body, date: date.unwrap_or_default() }
}

impl Reader<'_> {
    fn take(&mut self, field: &Field<'_>) {
        self.count += 1;
        if self.count <= self.limits.max_headers {
            let value = header_text(self.within(field.value), self.defects);
            self.mail.headers.push(Header { name: field.name.to_owned(), value });
        } else {
            self.defects.insert(Defect::TooManyHeaders);
        }
        let mut name = [0u8; 32];
        let Some(name) = name.get_mut(..field.name.len()) else { return };
        name.copy_from_slice(field.name.as_bytes());
        name.make_ascii_lowercase();
        self.take_named(name, field);
        self.entity.take(field);
    }

    fn take_named(&mut self, name: &[u8], field: &Field<'_>) {
        match name {
            b"from" => {
                self.from_fields += 1;
                let found = self.addresses(field, self.mail.from.len());
                self.mail.from.extend(found);
            }
            b"reply-to" => {
                let found = self.addresses(field, self.mail.reply_to.len());
                self.mail.reply_to.extend(found);
            }
            b"to" => {
                let found = self.addresses(field, self.mail.to.len());
                self.mail.to.extend(found);
            }
            b"cc" => {
                let found = self.addresses(field, self.mail.cc.len());
                self.mail.cc.extend(found);
            }
            b"sender" if self.mail.sender.is_none() => {
                self.mail.sender = self.addresses(field, 0).into_iter().next();
            }
            b"date" if self.date.is_none() => {
                self.mail.sent_at = receipt::date(field.value);
                self.date = Some(header_text(self.within(field.value), self.defects));
            }
            b"subject" if !self.has_subject => {
                self.has_subject = true;
                let subject = header_text(self.within(field.value), self.defects);
                self.mail.subject = clean_line(&subject, MAX_SUBJECT);
            }
            _ => self.take_trace(name, field),
        }
    }

    fn take_trace(&mut self, name: &[u8], field: &Field<'_>) {
        match name {
            b"message-id" if self.mail.message_id.is_none() => {
                let value = String::from_utf8_lossy(self.within(field.value));
                self.mail.message_id = address::ids(&value, usize::MAX).into_iter().next();
            }
            b"in-reply-to" if self.mail.in_reply_to.is_empty() => {
                self.mail.in_reply_to = self.ids(field, MAX_IN_REPLY_TO);
            }
            b"references" if self.mail.references.is_empty() => {
                self.mail.references = self.ids(field, MAX_REFERENCES);
            }
            b"return-path" if self.mail.return_path.is_none() => {
                let value = header_text(self.within(field.value), self.defects);
                self.mail.return_path = address::path(&value);
            }
            b"delivered-to" | b"x-original-to" | b"envelope-to"
                if self.mail.delivered_to.len() < MAX_DELIVERED_TO =>
            {
                let value = header_text(self.within(field.value), self.defects);
                self.mail.delivered_to.extend(address::path(&value).filter(|a| !a.is_empty()));
            }
            _ => {}
        }
    }

    fn within<'v>(&mut self, value: &'v [u8]) -> &'v [u8] {
        match value.get(..self.limits.max_header_bytes) {
            Some(head) if head.len() < value.len() => {
                self.defects.insert(Defect::HeaderTooLong);
                head
            }
            _ => value,
        }
    }

    fn addresses(&mut self, field: &Field<'_>, have: usize) -> Vec<Address> {
        if have >= MAX_ADDRESSES {
            return Vec::new();
        }
        let value = self.within(field.value);
        let text = charset::header_bytes(value, self.defects);
        // raw bytes within an encoded word are in the charset of that word
        let has_words = value.windows(2).any(|pair| pair == b"=?");
        let read = if has_words { value } else { text.as_bytes() };
        address::list(read, MAX_ADDRESSES - have)
    }

    /// The newest ids stand last, so a value over the limit loses its start.
    fn ids(&mut self, field: &Field<'_>, max: usize) -> Vec<String> {
        let over = field.value.len().saturating_sub(self.limits.max_header_bytes);
        if over > 0 {
            self.defects.insert(Defect::HeaderTooLong);
        }
        let value = field.value.get(over..).unwrap_or_default();
        address::ids(&String::from_utf8_lossy(value), max)
    }

    fn finish(self) -> (Entity, Option<String>) {
        let Self { mail, defects, .. } = self;
        let named = mail.from.iter().filter(|a| !a.address.is_empty()).count();
        let flaws = [
            (self.count == 0, Defect::NoHeader),
            (named == 0, Defect::NoSender),
            (self.from_fields > 1 || mail.from.len() > 1, Defect::SeveralSenders),
            (mail.message_id.is_none(), Defect::NoMessageId),
            (mail.sent_at.is_none(), Defect::BadDate),
        ];
        defects.extend(flaws.iter().filter(|(is_so, _)| *is_so).map(|(_, defect)| *defect));
        mail.media_type = self.entity.media().to_owned();
        (self.entity, self.date)
    }
}
