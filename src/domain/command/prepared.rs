//! A letter with all that was looked up for it: to whom it goes, the approved
//! wording filled in, the release of its words, the files that go with it.

use std::collections::BTreeMap;

use super::Reply;
use crate::domain::digest::Digest;
use crate::domain::draft::{DraftRelease, DraftWords};
use crate::domain::letter::{AcknowledgmentContext, AttachedFile, date_in_words};
use crate::domain::receive::Desk;
use crate::domain::send_guard::Addressee;
use crate::domain::work::TicketView;

/// A letter, ready to be decided.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedReply {
    /// Kind, subject and words as they would leave.
    pub reply: Reply,
    /// To whom it goes.
    pub addressee: Addressee,
    /// The approved wording that its words are of.
    pub wording: Option<ShownWording>,
    /// The version of the draft that it is sent from.
    pub draft_version: Option<u64>,
    /// What a second person released of exactly these words.
    pub release: Option<DraftRelease>,
    /// Files that go with it.
    pub files: Vec<AttachedFile>,
}

/// An approved wording as it was shown to whoever filled it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownWording {
    /// Name of the template.
    pub template: String,
    /// The version that was shown.
    pub version: Digest,
    /// Its locale.
    pub locale: String,
    /// All that it is filled in with.
    pub context: AcknowledgmentContext,
}

impl Reply {
    /// What was typed, as a draft keeps it: a release names exactly this.
    #[must_use]
    pub fn words(&self) -> DraftWords {
        let plain = |text: &str| text.replace("\r\n", "\n");
        let (template, fields) = match &self.form {
            Some(form) => {
                let typed = form.typed.iter();
                let typed = typed.map(|(name, value)| (name.clone(), plain(value)));
                (Some(form.template.clone()), typed.collect())
            }
            None => (None, BTreeMap::new()),
        };
        DraftWords {
            kind: self.kind.clone(),
            text: if template.is_some() { String::new() } else { plain(&self.text) },
            template,
            subject: self.subject.clone().filter(|subject| !subject.is_empty()),
            fields,
        }
    }
}

/// What any wording for the ticket in `view` may name, before a person fills in
/// the rest.
#[must_use]
pub fn reply_context(
    desk: &Desk,
    view: &TicketView,
    addressee: &Addressee,
    locale: &str,
) -> AcknowledgmentContext {
    let (servicer, clocks) = (&desk.servicer, &desk.policy.clocks);
    let due = view.clocks.iter().filter(|clock| clock.is_open()).map(|clock| clock.due_on).min();
    let hours = if locale == "es" { &servicer.hours_es } else { &servicer.hours_en };
    AcknowledgmentContext {
        ticket_number: view.ticket.number.to_string(),
        received_on: date_in_words(clocks.local_date(view.ticket.received_at), locale),
        answer_by: due.map(|due| date_in_words(due, locale)).unwrap_or_default(),
        servicer_name: servicer.name.clone(),
        servicer_phone: servicer.phone.clone(),
        servicer_hours: hours.clone(),
        servicer_url: servicer.url.clone(),
        servicer_address: servicer.address.clone(),
        is_fdcpa_covered: addressee.is_fdcpa_covered,
        fields: BTreeMap::new(),
    }
}
