//! A letter is prepared: the send guard's knowledge of whom it goes to is looked
//! up, an approved wording is filled in; and a letter is only looked at.

use super::{WorkError, draft};
use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::command::{
    self, Checked, FilledForm, PreparedReply, Reply, ShownWording, reply_context,
};
use crate::domain::id::TicketNumber;
use crate::domain::letter_field;
use crate::domain::send_guard::{Addressee, numbers_in};
use crate::domain::work::TicketView;
use crate::store::StoreError;

/// What speaks against a letter. Nothing is written.
///
/// # Errors
/// As for sending it, but for the findings themselves.
pub async fn check_reply(
    app: &App,
    number: &TicketNumber,
    by: &Actor,
    reply: &Reply,
) -> Result<Checked, WorkError> {
    by.needs(Permission::WorkTickets)?;
    let found = app.store.find_view(number).await?;
    let view = found.ok_or_else(|| WorkError::NoSuchTicket(number.clone()))?;
    checked(app, &view, by, reply).await
}

/// The same for a ticket that is loaded.
pub(super) async fn checked(
    app: &App,
    view: &TicketView,
    by: &Actor,
    reply: &Reply,
) -> Result<Checked, WorkError> {
    let prepared = prepared(app, view, reply, by).await?;
    Ok(command::check_reply(&app.standing().desk, view, &prepared, by, app.now())?)
}

/// The letter with all that its decision rests on.
pub(super) async fn prepared(
    app: &App,
    view: &TicketView,
    reply: &Reply,
    by: &Actor,
) -> Result<PreparedReply, WorkError> {
    let draft = draft::same_draft(app, view, by, reply).await?;
    // Words and release are of one version; files that came or went after it
    // make another, which the letter's transaction refuses.
    let files = match &draft {
        Some(draft) => app.store.load_files(draft.ticket_id, draft.person).await?,
        None => Vec::new(),
    };
    if reply.form.is_some() && !files.is_empty() {
        return Err(WorkError::NoFilesThere);
    }
    let mut prepared = PreparedReply {
        reply: reply.clone(),
        addressee: Addressee::default(),
        wording: None,
        draft_version: draft.as_ref().map(|draft| draft.version),
        release: draft.and_then(|draft| draft.release),
        files,
    };
    if let Some(form) = &reply.form {
        let addressee = app.store.addressee(&view.ticket, &[].into()).await?;
        fill(app, (view, &addressee), by, form, &mut prepared).await?;
    }
    // Fields in wording that was approved since are words nobody released.
    let wording = prepared.wording.as_ref().map(|wording| wording.version);
    prepared.release = prepared.release.filter(|release| release.wording == wording);
    prepared.addressee = addressee(app, view, &prepared.reply, by).await?;
    Ok(prepared)
}

/// To whom a letter on the ticket goes, and what of theirs it may name. Whoever
/// writes may sign with their own name.
async fn addressee(
    app: &App,
    view: &TicketView,
    reply: &Reply,
    by: &Actor,
) -> Result<Addressee, StoreError> {
    let mut numbers = numbers_in(&reply.text);
    numbers.extend(numbers_in(reply.subject.as_deref().unwrap_or_default()));
    let mut addressee = app.store.addressee(&view.ticket, &numbers).await?;
    addressee.names.push(by.name.clone());
    Ok(addressee)
}

/// Kind, subject and words become those of the approved wording.
async fn fill(
    app: &App,
    (view, addressee): (&TicketView, &Addressee),
    by: &Actor,
    form: &FilledForm,
    prepared: &mut PreparedReply,
) -> Result<(), WorkError> {
    let standing = app.standing();
    let locale = locale_of(view);
    let approved = app.letters.approved(&app.store, app.now()).await?;
    let version = approved.form(&form.template, locale);
    let version = version.ok_or_else(|| WorkError::NoSuchForm(form.template.clone()))?;
    let Some(shape) = &version.form else {
        return Err(WorkError::NoSuchForm(form.template.clone()));
    };
    let mut context = reply_context(&standing.desk, view, addressee, locale);
    context.fields = letter_field::fill(&shape.fields, &form.typed, locale, &by.name)
        .map_err(WorkError::Unfilled)?;
    let words = approved.words(version, &context);
    let words = words.map_err(|error| WorkError::NotRenderable(error.to_string()))?;
    prepared.reply.kind.clone_from(&shape.sent_as);
    prepared.reply.subject = Some(words.subject);
    prepared.reply.text = words.text;
    prepared.wording = Some(ShownWording {
        template: version.name.clone(),
        version: version.hash,
        locale: locale.to_owned(),
        context,
    });
    Ok(())
}

/// The locale of approved wordings that the requester is written to in.
#[must_use]
pub fn locale_of(view: &TicketView) -> &'static str {
    if view.ticket.language == "es" { "es" } else { "en" }
}
