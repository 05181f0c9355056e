//! A receipt that the law wants in writing, for somebody whose consent to e-mail
//! is not on record (15 USC 7001(c)): printed, mailed by a person, recorded.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::App;
use crate::domain::id::{PersonId, TaskId, TicketNumber};
use crate::domain::letter::{AcknowledgmentContext, date_in_words};
use crate::domain::letter_choice::{ChoiceInput, LetterChoice};
use crate::domain::receive::Known;
use crate::domain::trust::Trust;
use crate::postage::paper::{self, Paper};
use crate::store::StoreError;
use crate::store::paper::NewPaper;
use crate::store::view::{SentTo, TicketDetail};

/// Task that asks for a receipt in writing.
pub const WRITTEN_ACKNOWLEDGMENT: &str = "send_written_acknowledgment";

/// A letter made ready for the printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// Template name.
    pub template: String,
    /// Locale.
    pub locale: String,
    /// Clocks that it meets once it is mailed.
    pub meets: Vec<String>,
    /// The bytes.
    pub pdf: Vec<u8>,
}

/// Why nothing was printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such ticket.
    #[error("there is no ticket {0}")]
    NoTicket(TicketNumber),
    /// Nothing on the ticket asks for a letter that can be printed.
    #[error("no open task on the ticket asks for a receipt that can be printed: {0}")]
    NothingOwed(String),
    /// The approved wording has no form on paper.
    #[error("no approved version of {0} ({1}) has a form on paper")]
    NoWording(String, String),
    /// The letter cannot be set.
    #[error(transparent)]
    Paper(#[from] paper::PaperError),
    /// The wording failed on this context.
    #[error("{0}")]
    Words(#[from] crate::postage::render::RenderError),
}

/// Prints the receipt that the open tasks of a ticket ask for, to `address`, and
/// keeps its bytes.
///
/// # Errors
/// When nothing is owed, nothing may be written, or no wording is approved.
pub async fn export(
    app: &App,
    number: &TicketNumber,
    address: &[String],
    by: PersonId,
) -> Result<Printed, PrintError> {
    let now = app.now();
    let found = app.store.ticket_detail(number).await?;
    let detail = found.ok_or_else(|| PrintError::NoTicket(number.clone()))?;
    let owed: Vec<(TaskId, String)> = detail
        .tasks
        .iter()
        .filter(|task| task.kind == WRITTEN_ACKNOWLEDGMENT && task.done_at.is_none())
        .filter_map(|task| Some((task.id, task.clock_kind.clone()?)))
        .collect();
    let (template, locale, stated) = choice(app, &detail)?;
    let tasks: Vec<&(TaskId, String)> =
        owed.iter().filter(|(_, clock)| stated.contains(clock)).collect();
    if tasks.is_empty() {
        let why = format!("{template} states no receipt that is still owed");
        return Err(PrintError::NothingOwed(why));
    }
    let is_fdcpa_covered = app
        .store
        .sent_letters(SentTo::Ticket(number), by, now)
        .await?
        .iter()
        .any(|letter| letter.intent.context.is_fdcpa_covered);
    let context = context(app, &detail, &locale, is_fdcpa_covered);
    let approved = app.letters.approved(&app.store, now).await?;
    let Some((version, text)) = approved.paper(&template, &locale, &context)? else {
        return Err(PrintError::NoWording(template, locale));
    };
    let (pdf, _) = paper::print(&page(app, &context, address, &locale, text))?;
    let mut ids = crate::clock::fresh_ids(now)
        .map_err(|error| StoreError::from(crate::store::VaultError::from(error)))?;
    let papers: Vec<NewPaper<'_>> = tasks
        .iter()
        .map(|(task_id, clock_kind)| NewPaper {
            id: ids.uuid(),
            ticket_id: detail.ticket.id,
            task_id: *task_id,
            clock_kind,
            template: &template,
            locale: &locale,
            template_version: version,
            address,
            pdf: &pdf,
        })
        .collect();
    app.store.keep_papers(&papers, by, now).await?;
    let meets = tasks.iter().map(|(_, clock)| clock.clone()).collect();
    Ok(Printed { template, locale, meets, pdf })
}

/// The letter table decides as for a mail, as if the sender had consented: ink
/// on paper needs no consent.
fn choice(app: &App, detail: &TicketDetail) -> Result<(String, String, Vec<String>), PrintError> {
    let nothing = |why: &str| PrintError::NothingOwed(why.to_owned());
    let trace = detail.mails.iter().find_map(|mail| mail.trace.as_ref());
    let trace = trace.ok_or_else(|| nothing("no mail on it was understood"))?;
    let known = Known { has_esign_consent: true, ..Known::default() };
    let standing = app.standing();
    let choice = standing.desk.policy.letters.choose(&ChoiceInput {
        understanding: &trace.understanding,
        trust: Trust::Verified,
        known: &known,
        queue: &detail.ticket.queue,
        tier: detail.ticket.tier,
        has_recipient: true,
        is_follow_up: false,
    });
    match choice {
        LetterChoice::Send { template, locale, meets, .. } => Ok((template, locale, meets)),
        LetterChoice::Withhold { reason, because, .. } => {
            Err(nothing(&format!("a person writes this one: {reason} ({because})")))
        }
    }
}

fn context(
    app: &App,
    detail: &TicketDetail,
    locale: &str,
    is_fdcpa_covered: bool,
) -> AcknowledgmentContext {
    let standing = app.standing();
    let (servicer, clocks) = (&standing.desk.servicer, &standing.desk.policy.clocks);
    let received_on = clocks.local_date(detail.ticket.received_at);
    let answer_by = clocks.answer_by(&detail.clocks).unwrap_or(received_on);
    AcknowledgmentContext {
        ticket_number: detail.ticket.number.to_string(),
        received_on: date_in_words(received_on, locale),
        answer_by: date_in_words(answer_by, locale),
        servicer_name: servicer.name.clone(),
        servicer_phone: servicer.phone.clone(),
        servicer_hours: if locale == "es" { &servicer.hours_es } else { &servicer.hours_en }
            .clone(),
        servicer_url: servicer.url.clone(),
        servicer_address: servicer.address.clone(),
        is_fdcpa_covered,
        fields: std::collections::BTreeMap::new(),
    }
}

fn page(
    app: &App,
    context: &AcknowledgmentContext,
    address: &[String],
    locale: &str,
    text: String,
) -> Paper {
    let standing = app.standing();
    let today = standing.desk.policy.clocks.local_date(app.now());
    // `PO Box 555, Springfield, IL 62700`: street, then town.
    let (street, town) = context
        .servicer_address
        .split_once(", ")
        .unwrap_or((context.servicer_address.as_str(), ""));
    let from = [context.servicer_name.as_str(), street, town];
    Paper {
        from: from
            .into_iter()
            .filter(|line| !line.is_empty())
            .map(|line| line.chars().take(paper::MOST_ADDRESS_LINE).collect())
            .collect(),
        to: address.to_vec(),
        date: date_in_words(today, locale),
        text,
        reference: context.ticket_number.clone(),
        locale: locale.to_owned(),
    }
}

/// A person mailed what was printed for the ticket: which clocks are met now.
///
/// # Errors
/// `Refused` for a day in the future or before the letter was printed;
/// `NothingOwed` when nothing was.
pub async fn sent(
    app: &App,
    number: &TicketNumber,
    sent_on: Date,
    by: PersonId,
) -> Result<Vec<String>, PrintError> {
    let now = app.now();
    let found = app.store.ticket_detail(number).await?;
    let detail = found.ok_or_else(|| PrintError::NoTicket(number.clone()))?;
    let standing = app.standing();
    if sent_on > standing.desk.policy.clocks.local_date(now) {
        let why = "a letter is recorded once it is mailed".to_owned();
        return Err(StoreError::Refused(why).into());
    }
    let waiting = app.store.papers(true).await?;
    let is_before_printing = waiting.iter().any(|paper| {
        paper.ticket == *number
            && sent_on < standing.desk.policy.clocks.local_date(paper.exported_at)
    });
    if is_before_printing {
        let why = "a letter is mailed after it was printed".to_owned();
        return Err(StoreError::Refused(why).into());
    }
    let met_at = end_of(sent_on, standing.desk.policy.clocks.zone()).min(now);
    let met = app.store.mail_papers(detail.ticket.id, (sent_on, met_at), by, now).await?;
    if met.is_empty() {
        return Err(PrintError::NothingOwed("nothing printed waits to be mailed".to_owned()));
    }
    Ok(met)
}

/// The last second of a day: a letter mailed on its last day is in time.
fn end_of(day: Date, zone: &TimeZone) -> Timestamp {
    let next = day.tomorrow().unwrap_or(day).at(0, 0, 0, 0);
    let midnight = zone.to_timestamp(next).unwrap_or(Timestamp::MAX);
    midnight.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MIN)
}
