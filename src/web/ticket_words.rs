//! What borrowers wrote, for those who may read it.

use serde::Serialize;

use super::page::{MailWords, TicketWords};
use super::passage::{Passage, hidden, passages};
use super::shown::{Moment, ShownInstant};
use crate::domain::mail::{Address, Attachment, Completeness};

/// Whose ticket it is and what it is called, for those who may read words.
#[derive(Serialize)]
pub(crate) struct ShownWords {
    requester: String,
    subject: String,
}

/// One mail.
#[derive(Serialize)]
pub(crate) struct ShownMail {
    number: usize,
    from: String,
    address: String,
    subject: String,
    has_own_subject: bool,
    fate: String,
    language: String,
    received_at: ShownInstant,
    passages: Vec<Passage>,
    attachments: Vec<ShownAttachment>,
    defects: String,
    incomplete: &'static str,
}

#[derive(Serialize)]
struct ShownAttachment {
    name: String,
    kind: String,
    size: String,
}

/// Whose ticket it is and what it is called.
pub(crate) fn shown_words(words: &TicketWords) -> ShownWords {
    let subject = words.mails.first().map(subject_of).unwrap_or_default();
    ShownWords { requester: words.requester.clone(), subject }
}

/// The mails of a ticket, in their order.
pub(crate) fn shown_mails(moment: &Moment, words: &TicketWords) -> Vec<ShownMail> {
    let first = words.mails.first().map(subject_of).unwrap_or_default();
    let mails = words.mails.iter().enumerate();
    mails.map(|(index, mail)| shown(moment, index, mail, &first)).collect()
}

fn subject_of(mail: &MailWords) -> String {
    hidden(&mail.subject, &mail.subject_secrets)
}

fn shown(moment: &Moment, index: usize, mail: &MailWords, first_subject: &str) -> ShownMail {
    let sender = mail.from.first();
    let name = |sender: &Address| {
        if sender.name.is_empty() { sender.address.clone() } else { sender.name.clone() }
    };
    let defects: Vec<String> = mail
        .defects
        .iter()
        .filter_map(|defect| serde_json::to_value(defect).ok())
        .filter_map(|value| value.as_str().map(|word| word.replace('_', " ")))
        .collect();
    ShownMail {
        number: index + 1,
        from: sender.map_or_else(|| "no sender".to_owned(), name),
        address: sender.map(|sender| sender.address.clone()).unwrap_or_default(),
        has_own_subject: subject_of(mail) != first_subject,
        subject: subject_of(mail),
        fate: mail.disposition.to_string(),
        language: mail.language.clone(),
        received_at: moment.instant(mail.received_at),
        passages: passages(&mail.text, &mail.new_text, &mail.marks, &mail.secrets),
        attachments: mail.attachments.iter().map(attachment).collect(),
        defects: defects.join(", "),
        incomplete: match mail.completeness {
            Completeness::Whole => "",
            Completeness::HeadersOnly => "The mail is too large: it stays in its mailbox.",
            Completeness::Stub => "The mail could not be read: look at it in its mailbox.",
            Completeness::Unfetchable => "The server never gave this mail out whole.",
        },
    }
}

fn attachment(attachment: &Attachment) -> ShownAttachment {
    let size = attachment.size;
    ShownAttachment {
        name: attachment.name.clone(),
        kind: attachment.sniffed_type.clone(),
        size: if size < 10_240 { format!("{size} bytes") } else { format!("{} KB", size / 1024) },
    }
}
