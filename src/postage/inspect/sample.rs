//! The contexts a template is tried with: what an ordinary letter has, and what
//! would break a careless one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::id::{LetterId, TicketId, TicketNumber};
use crate::domain::letter::{AcknowledgmentContext, LetterIntent, date_in_words};
use crate::domain::receive::Servicer;
use crate::postage::render::TemplateVersion;

/// The servicer as samples name it, and the hosts that are its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleServicer {
    /// Public name.
    pub name: String,
    /// Telephone number.
    pub phone: String,
    /// Opening hours in English.
    pub hours_en: String,
    /// Opening hours in Spanish.
    pub hours_es: String,
    /// Web address.
    pub url: String,
    /// Postal address.
    pub address: String,
    /// Hosts that a letter may link to, lower case.
    pub own_hosts: Vec<String>,
}

impl SampleServicer {
    /// The servicer of the letters; its own hosts are the one of its web site
    /// and the one of its mail.
    #[must_use]
    pub fn of(servicer: &Servicer, mail_host: &str) -> Self {
        let url = servicer.url.to_lowercase();
        let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
        let own = host.strip_prefix("www.").unwrap_or(host);
        Self {
            name: servicer.name.clone(),
            phone: servicer.phone.clone(),
            hours_en: servicer.hours_en.clone(),
            hours_es: servicer.hours_es.clone(),
            url: servicer.url.clone(),
            address: servicer.address.clone(),
            own_hosts: vec![own.to_owned(), mail_host.to_lowercase()],
        }
    }
}

/// One context to try.
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) context: AcknowledgmentContext,
    /// The text fields by name, as the context has them.
    pub(super) values: BTreeMap<String, String>,
    /// Whether the words are looked at, or only that the letter holds.
    pub(super) is_read: bool,
}

pub(super) fn samples(servicer: &SampleServicer, version: &TemplateVersion) -> Vec<Sample> {
    let mut ordinary = context(servicer, &version.locale);
    ordinary.fields = fields(version);
    let covered = AcknowledgmentContext { is_fdcpa_covered: true, ..ordinary.clone() };
    let long = filled(&ordinary, |value| format!("{value} {}", "Mar\u{ed}a-Jos\u{e9} ".repeat(24)));
    let hostile = filled(&covered, |value| {
        format!(
            "{value} <b onclick=\"x\">&amp;'`= \r\nBcc: x@example.net\r\n\u{202e}\0{{{{this}}}}"
        )
    });
    vec![
        sample("no loan on file", ordinary, true),
        sample("a debt collector's loan", covered, true),
        sample("long values", long, false),
        sample("hostile values", hostile, false),
    ]
}

fn sample(name: &'static str, context: AcknowledgmentContext, is_read: bool) -> Sample {
    Sample { name, values: values(&context), context, is_read }
}

fn context(servicer: &SampleServicer, locale: &str) -> AcknowledgmentContext {
    let (received_on, answer_by) = (jiff::civil::date(2026, 11, 20), jiff::civil::date(2027, 1, 6));
    let hours = if locale == "es" { &servicer.hours_es } else { &servicer.hours_en };
    AcknowledgmentContext {
        ticket_number: TicketNumber::from_serial(48_210_973_552).to_string(),
        received_on: date_in_words(received_on, locale),
        answer_by: date_in_words(answer_by, locale),
        servicer_name: servicer.name.clone(),
        servicer_phone: servicer.phone.clone(),
        servicer_hours: hours.clone(),
        servicer_url: servicer.url.clone(),
        servicer_address: servicer.address.clone(),
        is_fdcpa_covered: false,
        fields: BTreeMap::new(),
    }
}

/// What a person would have filled in, from the samples beside the wording.
fn fields(version: &TemplateVersion) -> BTreeMap<String, String> {
    let locale = &version.locale;
    let fields = version.form.iter().flat_map(|form| &form.fields);
    fields
        .filter_map(|field| {
            let value = field.written(field.sample_for(locale), locale, "Ana Ruiz").ok()?;
            Some((field.name.clone(), value))
        })
        .collect()
}

fn filled(
    context: &AcknowledgmentContext,
    change: impl Fn(&String) -> String,
) -> AcknowledgmentContext {
    AcknowledgmentContext {
        ticket_number: change(&context.ticket_number),
        received_on: change(&context.received_on),
        answer_by: change(&context.answer_by),
        servicer_name: change(&context.servicer_name),
        servicer_phone: change(&context.servicer_phone),
        servicer_hours: change(&context.servicer_hours),
        servicer_url: change(&context.servicer_url),
        servicer_address: change(&context.servicer_address),
        is_fdcpa_covered: context.is_fdcpa_covered,
        fields: context.fields.iter().map(|(name, value)| (name.clone(), change(value))).collect(),
    }
}

fn values(context: &AcknowledgmentContext) -> BTreeMap<String, String> {
    let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(context) else {
        return BTreeMap::new();
    };
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
        .collect()
}

/// A letter of `version` with the sample's context, to invented addresses.
pub(super) fn intent(version: &TemplateVersion, sample: &Sample, host: &str) -> LetterIntent {
    LetterIntent {
        id: LetterId(Uuid::nil()),
        ticket_id: TicketId(Uuid::nil()),
        template: version.name.clone(),
        locale: version.locale.clone(),
        recipient: "rosa@example.com".to_owned(),
        dedupe_key: "sample".to_owned(),
        message_id: format!("sample@{host}"),
        reply_to: format!("reply+sample@{host}"),
        envelope_from: format!("bounce+sample@{host}"),
        in_reply_to: None,
        references: Vec::new(),
        context: sample.context.clone(),
        written_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::MAX,
        meets: Vec::new(),
        hold: None,
    }
}
