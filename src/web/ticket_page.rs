//! The page of one ticket: everything about it, its words for those who may
//! read them, and what the viewer can do with it.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::agent::acts::Failed;
use super::agent::shown_acts::ShownActs;
use super::page::{TicketPage, TicketPages, TicketWords};
use super::shell::{Shared, Shell};
use super::viewer::Viewer;
use crate::app::work;
use crate::domain::actor::permission::Permission;
use crate::domain::id::TicketNumber;

/// What a link to a ticket says when the ticket was chosen for the viewer.
pub(crate) const CHOSEN: &str = "chosen=next";

/// What was loaded for one page.
struct Loaded {
    ticket: TicketPage,
    words: Option<TicketWords>,
    acts: Option<ShownActs>,
}

/// What a page says beside the ticket.
#[derive(Clone, Copy, Default)]
pub(crate) struct Said<'a> {
    /// What could not be done, with all that was typed.
    pub(crate) failed: Option<&'a Failed>,
    /// Whether the ticket was chosen for the viewer.
    pub(crate) is_chosen: bool,
}

/// `GET /tickets/{number}`
pub(crate) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    viewer: Viewer,
    number: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let is_chosen = query.as_deref() == Some(CHOSEN);
    let said = Said { is_chosen, ..Said::default() };
    match read_number(number) {
        Some(number) => answer(&shell, &viewer, &number, said).await,
        None => no_number(&shell, &viewer),
    }
}

/// The number of a path, when it can be one.
pub(crate) fn read_number(path: Result<Path<String>, PathRejection>) -> Option<TicketNumber> {
    path.ok().and_then(|Path(text)| TicketNumber::parse(&text))
}

/// The answer to a number that cannot be.
pub(crate) fn no_number<P: TicketPages>(shell: &Shell<P>, viewer: &Viewer) -> Response {
    let text = "A ticket number has twelve digits, and the last one checks the others.";
    shell.notice(viewer, StatusCode::NOT_FOUND, "No such ticket number", text)
}

/// The page of the ticket; its status is that of what failed.
pub(crate) async fn answer<P: TicketPages>(
    shell: &Shell<P>,
    viewer: &Viewer,
    number: &TicketNumber,
    said: Said<'_>,
) -> Response {
    match load(shell, viewer, number, said).await {
        Ok(Some(loaded)) => {
            let may_see_record = viewer.may(Permission::SeeRecord);
            let Loaded { ticket, words, acts } = loaded;
            let shown = shell.moment().ticket(&ticket, words.as_ref(), may_see_record, acts);
            let status = said.failed.map_or(StatusCode::OK, Failed::status);
            shell.page(viewer, status, "ticket", number.as_str(), &shown)
        }
        Ok(None) => {
            let text = "The number is well formed, but no ticket has it.";
            shell.notice(viewer, StatusCode::NOT_FOUND, "No such ticket", text)
        }
        Err(error) => shell.broken(viewer, &error),
    }
}

/// The ticket, with its words when the viewer may read them; that they do is
/// on record before they see them. What they can do is found out first: a
/// change after that is heard of when they act.
async fn load<P: TicketPages>(
    shell: &Shell<P>,
    viewer: &Viewer,
    number: &TicketNumber,
    said: Said<'_>,
) -> anyhow::Result<Option<Loaded>> {
    let acts = match (&shell.door, viewer.actor()) {
        (Some(door), Some(actor)) if viewer.may(Permission::WorkTickets) => {
            let offers = work::offers(door.app(), number, &actor).await?;
            offers.map(|offers| ShownActs::new(&offers, &actor, &shell.moment(), said))
        }
        _ => None,
    };
    let Some(ticket) = shell.tickets.ticket(number).await? else { return Ok(None) };
    let words = match viewer.session().filter(|_| viewer.may(Permission::SeeWords)) {
        Some(session) => shell.tickets.words(number, session.person).await?,
        None => None,
    };
    Ok(Some(Loaded { ticket, words, acts }))
}
