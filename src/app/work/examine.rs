//! What the send guard must know about whom a letter goes to, looked up; and a
//! letter that is only looked at.

use super::WorkError;
use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::command::{self, Checked, Reply};
use crate::domain::id::TicketNumber;
use crate::domain::send_guard::{Addressee, numbers_in};
use crate::domain::work::TicketView;
use crate::store::StoreError;

/// What speaks against a letter.
///
/// # Errors
/// As for sending it, but for the findings themselves.
pub async fn check_reply(
    app: &App,
    number: &TicketNumber,
    by: &Actor,
    reply: &Reply,
) -> Result<Checked, WorkError> {
    let found = app.store.find_view(number).await?;
    let view = found.ok_or_else(|| WorkError::NoSuchTicket(number.clone()))?;
    let addressee = addressee(app, &view, reply, by).await?;
    Ok(command::check_reply(&app.standing().desk, &view, (reply, &addressee), by, app.now())?)
}

/// To whom a letter on the ticket goes, and what of theirs it may name. Whoever
/// writes may sign with their own name.
pub(super) async fn addressee(
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
