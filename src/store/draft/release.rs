//! Blocked words wait for a second person, who lets exactly them go.

use jiff::Timestamp;
use serde_json::json;

use super::{locked, told};
use crate::domain::draft::{Draft, DraftRelease};
use crate::domain::id::{PersonId, TicketNumber};
use crate::domain::work::Note;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, get, get_instant, micros, values};
use crate::store::work::insert_note;

/// A draft whose writer asked for a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRelease {
    /// The ticket.
    pub number: TicketNumber,
    /// Who writes.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// When they asked.
    pub asked_at: Timestamp,
}

impl Store {
    /// Whoever writes asks for a release of the draft as it is. `false`: it was
    /// saved since, or is no more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ask_release(&self, draft: &Draft, at: Timestamp) -> Result<bool, StoreError> {
        let (ticket, person) = (draft.ticket_id, draft.person);
        let tx = self.begin_write().await?;
        let written = async {
            if !locked(&tx, ticket, person, draft.version).await? {
                return Ok(false);
            }
            let text = "UPDATE letter_draft SET asked_at = $3 \
                        WHERE ticket_id = $1 AND person = $2 AND asked_at IS NULL";
            if sql::run(&tx, text, values![ticket.0, person.0, micros(at)]).await? == 1 {
                let particulars = json!({ "words": draft.words.digest() });
                let event = told(ticket, person, "release_asked", at, particulars);
                record::append_one(&tx, &event).await?;
            }
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }

    /// A second person lets the words of a draft go; `reason` says why. `false`:
    /// it was saved since, or is no more.
    ///
    /// # Errors
    /// When the database does not answer, or it is the writer who releases.
    pub async fn release_draft(
        &self,
        draft: &Draft,
        release: &DraftRelease,
        reason: &Note,
    ) -> Result<bool, StoreError> {
        let (ticket, person) = (draft.ticket_id, draft.person);
        let rules = serde_json::to_string(&release.rules)
            .map_err(|_| StoreError::Malformed("released_rules"))?;
        let tx = self.begin_write().await?;
        let written = async {
            if !locked(&tx, ticket, person, draft.version).await? {
                return Ok(false);
            }
            let text = "UPDATE letter_draft SET released_by = $3, released_at = $4, \
                        released_rules = $5, released_wording = $6 WHERE ticket_id = $1 AND person = $2";
            let values = values![
                ticket.0,
                person.0,
                release.by.0,
                micros(release.at),
                rules.as_str(),
                release.wording.map(|wording| wording.0.to_vec()),
            ];
            sql::run(&tx, text, values).await?;
            insert_note(&tx, self.vault(), reason).await?;
            let particulars = json!({
                "writer": person, "rules": release.rules, "words": draft.words.digest(),
                "wording": release.wording, "note": reason.id,
            });
            let event = told(ticket, release.by, "draft_released", release.at, particulars);
            record::append_one(&tx, &event).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Drafts that wait for a release, the longest wait first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn asked_releases(&self, limit: u64) -> Result<Vec<AskedRelease>, StoreError> {
        let text = "SELECT ticket.number, letter_draft.person, person.name, asked_at \
                    FROM letter_draft JOIN ticket ON ticket.id = letter_draft.ticket_id \
                    JOIN person ON person.id = letter_draft.person \
                    WHERE asked_at IS NOT NULL AND released_by IS NULL \
                    ORDER BY asked_at, ticket.number LIMIT $1";
        let rows = sql::all(self.readers(), text, values![sql::count(limit)]).await?;
        rows.iter()
            .map(|row| {
                let number: String = get(row, "number")?;
                Ok(AskedRelease {
                    number: TicketNumber::parse(&number).ok_or(StoreError::Malformed("number"))?,
                    person: PersonId(get(row, "person")?),
                    name: get(row, "name")?,
                    asked_at: get_instant(row, "asked_at")?,
                })
            })
            .collect()
    }
}
