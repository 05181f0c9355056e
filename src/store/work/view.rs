//! Everything that a command or a ladder looks at, for many tickets in a few
//! queries.

use std::collections::HashMap;

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use uuid::Uuid;

use super::proofs::proofs;
use crate::domain::decision::Trace;
use crate::domain::digest::Digest;
use crate::domain::escalate::{Escalation, EscalationState};
use crate::domain::id::{EscalationId, LetterId, MailId, PersonId, TicketId, TicketNumber};
use crate::domain::work::{BouncedLetter, LastMail, RaisedFlag, TicketView, Work};
use crate::store::apply::TRACE;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, find_instant, get, get_instant, get_word, placeholders, values};
use crate::store::vault::Vault;
use crate::store::{clock_row, head, ticket_row};

/// Columns of `ticket` that hold what persons did.
const WORK: &str = "assignee, assigned_at, pending_since_at, pending_until_at, reopened, \
                    merged_into, caused_by, sale_on";
/// Columns of `escalation` in the words of the domain.
pub(super) const ESCALATION: &str = "id, ticket_id, ladder, cause, begun_at, state, is_statutory, \
                                     step, next_at, claim_by_at, policy_revision";

impl Store {
    /// The ticket with this number, as a command sees it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_view(&self, number: &TicketNumber) -> Result<Option<TicketView>, StoreError> {
        let text = "SELECT id FROM ticket WHERE number = $1";
        let row = sql::one(self.readers(), text, values![number.as_str()]).await?;
        let Some(row) = row else { return Ok(None) };
        self.find_view_by_id(TicketId(get(&row, "id")?)).await
    }

    /// The same by its id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_view_by_id(&self, id: TicketId) -> Result<Option<TicketView>, StoreError> {
        let mut views = views(self.readers(), self.vault(), &[id.0]).await?;
        let Some(mut view) = views.pop() else { return Ok(None) };
        understand(self.readers(), self.vault(), &mut view).await?;
        view.proofs = proofs(self.readers(), id).await?;
        Ok(Some(view))
    }
}

/// What the rules saw in the first mail: only what starts a clock asks for it.
pub(super) async fn understand<C: ConnectionTrait>(
    conn: &C,
    vault: &Vault,
    view: &mut TicketView,
) -> Result<(), StoreError> {
    let Some((mail, _)) = view.mails.first() else { return Ok(()) };
    let text = "SELECT sealed FROM trace WHERE mail_id = $1";
    if let Some(row) = sql::one(conn, text, values![mail.0]).await? {
        let json = vault.open(TRACE, mail.0.as_bytes(), &get::<Vec<u8>>(&row, "sealed")?)?;
        let trace: Trace =
            serde_json::from_slice(&json).map_err(|_| StoreError::Malformed("trace"))?;
        view.understanding = Some(trace.understanding);
    }
    Ok(())
}

/// Views of the tickets, in the order of `ids`; those that are not there are
/// left out. At most [`sql::MOST_KEYS`] ids.
pub(super) async fn views<C: ConnectionTrait>(
    conn: &C,
    vault: &Vault,
    ids: &[Uuid],
) -> Result<Vec<TicketView>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = tickets(conn, vault, ids).await?;
    of_clocks(conn, ids, &mut found).await?;
    of_flags(conn, ids, &mut found).await?;
    of_mails(conn, vault, ids, &mut found).await?;
    of_letters(conn, ids, &mut found).await?;
    of_escalations(conn, ids, &mut found).await?;
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

type Found = HashMap<Uuid, TicketView>;

/// `text` with a list of `ids` where it says `{ids}`.
async fn listed<C: ConnectionTrait>(
    conn: &C,
    text: &str,
    ids: &[Uuid],
) -> Result<Vec<QueryResult>, StoreError> {
    let text = text.replace("{ids}", &placeholders(1, ids.len()));
    sql::all(conn, &text, ids.iter().map(|id| Value::from(*id)).collect()).await
}

async fn tickets<C: ConnectionTrait>(
    conn: &C,
    vault: &Vault,
    ids: &[Uuid],
) -> Result<Found, StoreError> {
    let columns = ticket_row::COLUMNS.join(",");
    let text = format!(
        "SELECT {columns}, {WORK}, EXISTS (SELECT 1 FROM esign_consent \
         WHERE address_index = requester_index) AS has_consent \
         FROM ticket WHERE id IN ({{ids}})"
    );
    let mut found = Found::new();
    for row in listed(conn, &text, ids).await? {
        let ticket = ticket_row::read(vault, &row)?;
        let person = |column| Ok::<_, StoreError>(get::<Option<Uuid>>(&row, column)?.map(PersonId));
        let sale_on: Option<String> = get(&row, "sale_on")?;
        let work = Work {
            assignee: person("assignee")?,
            assigned_at: find_instant(&row, "assigned_at")?,
            pending_since_at: find_instant(&row, "pending_since_at")?,
            pending_until_at: find_instant(&row, "pending_until_at")?,
            reopened: u32::try_from(get::<i64>(&row, "reopened")?).unwrap_or(u32::MAX),
            merged_into: get::<Option<Uuid>>(&row, "merged_into")?.map(TicketId),
            caused_by: person("caused_by")?,
            sale_on: sale_on.and_then(|text| text.parse().ok()),
        };
        let view = TicketView {
            work,
            clocks: Vec::new(),
            flags: Vec::new(),
            last_mail: None,
            mails: Vec::new(),
            answered_at: None,
            bounced: Vec::new(),
            understanding: None,
            has_esign_consent: get(&row, "has_consent")?,
            escalations: Vec::new(),
            proofs: Vec::new(),
            ticket,
        };
        found.insert(view.ticket.id.0, view);
    }
    Ok(found)
}

async fn of_clocks<C: ConnectionTrait>(
    conn: &C,
    ids: &[Uuid],
    found: &mut Found,
) -> Result<(), StoreError> {
    let columns = clock_row::COLUMNS.join(",");
    let text =
        format!("SELECT {columns} FROM clock WHERE ticket_id IN ({{ids}}) ORDER BY due_at, id");
    for row in listed(conn, &text, ids).await? {
        let clock = clock_row::read(&row)?;
        if let Some(view) = found.get_mut(&clock.ticket_id.0) {
            view.clocks.push(clock);
        }
    }
    Ok(())
}

async fn of_flags<C: ConnectionTrait>(
    conn: &C,
    ids: &[Uuid],
    found: &mut Found,
) -> Result<(), StoreError> {
    let text = "SELECT ticket_id, flag, raised_at FROM ticket_flag \
                WHERE ticket_id IN ({ids}) ORDER BY raised_at, flag";
    for row in listed(conn, text, ids).await? {
        let raised = RaisedFlag { flag: get(&row, "flag")?, at: get_instant(&row, "raised_at")? };
        if let Some(view) = found.get_mut(&get::<Uuid>(&row, "ticket_id")?) {
            view.flags.push(raised);
        }
    }
    Ok(())
}

/// Mails that a person wrote; robots and bounces answer nothing.
async fn of_mails<C: ConnectionTrait>(
    conn: &C,
    vault: &Vault,
    ids: &[Uuid],
    found: &mut Found,
) -> Result<(), StoreError> {
    let text = "SELECT id, ticket_id, received_at FROM mail WHERE ticket_id IN ({ids}) \
                AND disposition IN ('new','append','held','oversize','unparseable') \
                ORDER BY received_at, id";
    for row in listed(conn, text, ids).await? {
        let mail = (MailId(get(&row, "id")?), get_instant(&row, "received_at")?);
        if let Some(view) = found.get_mut(&get::<Uuid>(&row, "ticket_id")?) {
            view.mails.push(mail);
        }
    }
    let lasts: Vec<Uuid> =
        found.values().filter_map(|view| view.mails.last()).map(|(mail, _)| mail.0).collect();
    if lasts.is_empty() {
        return Ok(());
    }
    let text = "SELECT id, ticket_id, received_at, canonical_sha, sealed_head FROM mail \
                WHERE id IN ({ids})";
    for row in listed(conn, text, &lasts).await? {
        let id = MailId(get(&row, "id")?);
        let head = head::open(vault, id, &get::<Vec<u8>>(&row, "sealed_head")?)?;
        let last = LastMail {
            id,
            canonical_sha: Digest::from_slice(&get::<Vec<u8>>(&row, "canonical_sha")?)
                .ok_or(StoreError::Malformed("canonical_sha"))?,
            message_id: head.message_id,
            received_at: get_instant(&row, "received_at")?,
        };
        if let Some(view) = found.get_mut(&get::<Uuid>(&row, "ticket_id")?) {
            view.last_mail = Some(last);
        }
    }
    Ok(())
}

async fn of_letters<C: ConnectionTrait>(
    conn: &C,
    ids: &[Uuid],
    found: &mut Found,
) -> Result<(), StoreError> {
    let text = "SELECT id, ticket_id, author, handed_over_at, bounced_at, is_receipt \
                FROM outbox WHERE ticket_id IN ({ids}) \
                AND (bounced_at IS NOT NULL OR (author IS NOT NULL AND state = 'handed_over')) \
                ORDER BY written_at, id";
    for row in listed(conn, text, ids).await? {
        let Some(view) = found.get_mut(&get::<Uuid>(&row, "ticket_id")?) else { continue };
        if get::<Option<Uuid>>(&row, "author")?.is_some() {
            let at: Option<Timestamp> = find_instant(&row, "handed_over_at")?;
            view.answered_at = view.answered_at.max(at);
        }
        if let Some(at) = find_instant(&row, "bounced_at")? {
            let id = LetterId(get(&row, "id")?);
            view.bounced.push(BouncedLetter { id, at, is_legal: get(&row, "is_receipt")? });
        }
    }
    Ok(())
}

async fn of_escalations<C: ConnectionTrait>(
    conn: &C,
    ids: &[Uuid],
    found: &mut Found,
) -> Result<(), StoreError> {
    let text = format!(
        "SELECT {ESCALATION} FROM escalation WHERE ticket_id IN ({{ids}}) ORDER BY begun_at, cause"
    );
    for row in listed(conn, &text, ids).await? {
        let escalation = read_escalation(&row)?;
        if let Some(view) = found.get_mut(&escalation.ticket_id.0) {
            view.escalations.push(escalation);
        }
    }
    Ok(())
}

/// One escalation of a row with the columns [`ESCALATION`].
pub(super) fn read_escalation(row: &QueryResult) -> Result<Escalation, StoreError> {
    Ok(Escalation {
        id: EscalationId(get(row, "id")?),
        ticket_id: TicketId(get(row, "ticket_id")?),
        ladder: get(row, "ladder")?,
        cause: get(row, "cause")?,
        begun_at: get_instant(row, "begun_at")?,
        state: get_word(row, "state", EscalationState::from_word)?,
        is_statutory: get(row, "is_statutory")?,
        step: u32::try_from(get::<i64>(row, "step")?).map_err(|_| StoreError::Malformed("step"))?,
        next_at: find_instant(row, "next_at")?,
        claim_by_at: find_instant(row, "claim_by_at")?,
        policy_revision: get(row, "policy_revision")?,
    })
}
