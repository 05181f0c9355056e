//! What an act on the clocks of a ticket must know: the ticket, its clocks, what
//! was recorded on it and what its first mail means.

use jiff::Timestamp;

use super::connection::Store;
use super::error::StoreError;
use super::sql::{self, find_instant, get, values};
use super::view::EventLine;
use crate::domain::catalogue::Deed;
use crate::domain::clock_act::ClockView;
use crate::domain::event::{Event, ticket_stream};
use crate::domain::id::TicketId;

impl Store {
    /// The ticket as an act on its clocks sees it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_clock_view(&self, id: TicketId) -> Result<Option<ClockView>, StoreError> {
        let Some(found) = self.find_ticket_clocks(id).await? else { return Ok(None) };
        let mails = self.mails_of(id.0).await?;
        let understanding =
            mails.into_iter().find_map(|mail| mail.trace).map(|trace| trace.understanding);
        let events = self.events_of(&ticket_stream(id)).await?;
        let mut deeds: Vec<Deed> = events.iter().filter_map(deed).collect();
        deeds.extend(self.letters_sent(id).await?);
        let ticket = found.ticket;
        Ok(Some(ClockView {
            id,
            version: ticket.version,
            priority: ticket.priority,
            tier: ticket.tier,
            received_at: ticket.received_at,
            clocks: found.clocks,
            deeds,
            understanding,
        }))
    }

    /// Letters that were handed over and have not come back, by their template.
    /// They left as e-mail: nobody here knows of consent, so none is writing.
    async fn letters_sent(&self, id: TicketId) -> Result<Vec<Deed>, StoreError> {
        let text = "SELECT template, handed_over_at FROM outbox \
                    WHERE ticket_id = $1 AND state = 'handed_over' AND bounced_at IS NULL";
        let mut deeds = Vec::new();
        for row in sql::all(self.readers(), text, values![id.0]).await? {
            let template: String = get(&row, "template")?;
            let Some(at) = find_instant(&row, "handed_over_at")? else { continue };
            let what = format!("letter:{}", template.replace('_', "-"));
            deeds.push(Deed { what, at, is_in_writing: false });
        }
        Ok(deeds)
    }

    /// The record of a ticket as events, for telling it again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ticket_events(&self, id: TicketId) -> Result<Vec<Event>, StoreError> {
        let lines = self.events_of(&ticket_stream(id)).await?;
        Ok(lines.into_iter().map(|line| line.event).collect())
    }
}

fn deed(line: &EventLine) -> Option<Deed> {
    let event = &line.event;
    if event.kind != "act_recorded" {
        return None;
    }
    let what = event.particulars.get("act")?.as_str()?.to_owned();
    let is_in_writing = event.particulars.get("in_writing")?.as_bool()?;
    let at: Timestamp = event.at;
    Some(Deed { what, at, is_in_writing })
}
