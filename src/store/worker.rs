//! Persons as assignment sees them: what they can do, what they hold, when they
//! are away, and where they are told.

use std::collections::HashMap;

use jiff::Timestamp;
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::json;
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, find_instant, get, get_instant, get_word, micros, values};
use super::vault::Place;
use crate::domain::actor::Role;
use crate::domain::assign::Worker;
use crate::domain::event::Event;
use crate::domain::id::PersonId;

const ADDRESS: Place = Place { table: "person", column: "sealed_address" };
const COLUMNS: &str = "id, role, skills, languages, capacity, away_from_at, away_until_at, \
                       last_assigned_at";

/// Changed fields of a person; `None` leaves a field alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerChange {
    /// What they know.
    pub skills: Option<Vec<String>>,
    /// ISO 639-1 codes of the languages they write.
    pub languages: Option<Vec<String>>,
    /// Tickets they can hold.
    pub capacity: Option<u32>,
    /// When they are away; `Some(None)` means they are back.
    pub away: Option<Option<(Timestamp, Timestamp)>>,
    /// Mail address where ladders tell them.
    pub address: Option<String>,
}

impl Store {
    /// Everybody, with what they hold.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn workers(&self) -> Result<Vec<Worker>, StoreError> {
        select(self.readers(), "ORDER BY name", values![]).await
    }

    /// One person, with what they hold.
    ///
    /// # Errors
    /// `Absent` when there is no such person.
    pub async fn load_worker(&self, id: PersonId) -> Result<Worker, StoreError> {
        load(self.readers(), id.0).await?.ok_or(StoreError::Absent("person"))
    }

    /// Changes what a person can do, or when they are away.
    ///
    /// # Errors
    /// `Absent` when there is no such person.
    pub async fn change_worker(
        &self,
        id: PersonId,
        change: &WorkerChange,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let list =
            |words: &Option<Vec<String>>| words.as_ref().map(serde_json::to_string).transpose();
        let skills = list(&change.skills).map_err(|_| StoreError::Malformed("skills"))?;
        let languages = list(&change.languages).map_err(|_| StoreError::Malformed("languages"))?;
        let address = change
            .address
            .as_ref()
            .map(|address| self.vault().seal(ADDRESS, id.0.as_bytes(), address.as_bytes()))
            .transpose()?;
        let (has_away, away) = (change.away.is_some(), change.away.flatten());
        let tx = self.begin_write().await?;
        let written = async {
            let text = "UPDATE person SET skills = COALESCE($2, skills), \
                        languages = COALESCE($3, languages), capacity = COALESCE($4, capacity), \
                        away_from_at = CASE WHEN $5 THEN $6 ELSE away_from_at END, \
                        away_until_at = CASE WHEN $5 THEN $7 ELSE away_until_at END, \
                        sealed_address = COALESCE($8, sealed_address) WHERE id = $1";
            let values = values![
                id.0,
                skills,
                languages,
                change.capacity.map(i64::from),
                has_away,
                away.map(|(from, _)| micros(from)),
                away.map(|(_, until)| micros(until)),
                address,
            ];
            if sql::run(&tx, text, values).await? == 0 {
                return Err(StoreError::Absent("person"));
            }
            let particulars = json!({
                "skills": change.skills, "languages": change.languages,
                "capacity": change.capacity, "away": away, "is_back": has_away && away.is_none(),
                "has_address": change.address.is_some(),
            });
            let event = Event {
                stream: format!("person:{id}"),
                at: now,
                actor: actor.to_owned(),
                kind: "person_changed".to_owned(),
                particulars,
            };
            record::append_one(&tx, &event).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// Where a person is told, if that is known.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn address_of(&self, id: PersonId) -> Result<Option<String>, StoreError> {
        let text = "SELECT sealed_address FROM person WHERE id = $1";
        let row = sql::one(self.readers(), text, values![id.0]).await?;
        let Some(row) = row else { return Ok(None) };
        let Some(sealed) = get::<Option<Vec<u8>>>(&row, "sealed_address")? else {
            return Ok(None);
        };
        let address = self.vault().open(ADDRESS, id.0.as_bytes(), &sealed)?;
        String::from_utf8(address).map(Some).map_err(|_| StoreError::Malformed("sealed_address"))
    }
}

/// One person, on any connection.
pub(super) async fn load<C: ConnectionTrait>(
    conn: &C,
    id: Uuid,
) -> Result<Option<Worker>, StoreError> {
    Ok(select(conn, "WHERE id = $1", values![id]).await?.pop())
}

async fn select<C: ConnectionTrait>(
    conn: &C,
    tail: &str,
    values: Vec<sea_orm::Value>,
) -> Result<Vec<Worker>, StoreError> {
    let mut held: HashMap<Uuid, Vec<(String, u32)>> = HashMap::new();
    let text = "SELECT assignee, queue, COUNT(*) AS held FROM ticket \
                WHERE assignee IS NOT NULL AND status IN ('new','open','held') \
                GROUP BY assignee, queue ORDER BY queue";
    for row in sql::all(conn, text, values![]).await? {
        let count = u32::try_from(get::<i64>(&row, "held")?).unwrap_or(u32::MAX);
        held.entry(get(&row, "assignee")?).or_default().push((get(&row, "queue")?, count));
    }
    let rows = sql::all(conn, &format!("SELECT {COLUMNS} FROM person {tail}"), values).await?;
    rows.iter().map(|row| read(row, &mut held)).collect()
}

fn read(
    row: &QueryResult,
    held: &mut HashMap<Uuid, Vec<(String, u32)>>,
) -> Result<Worker, StoreError> {
    let id: Uuid = get(row, "id")?;
    let list = |column| {
        let text: String = get(row, column)?;
        serde_json::from_str(&text).map_err(|_| StoreError::Malformed(column))
    };
    let (from, until) = (find_instant(row, "away_from_at")?, find_instant(row, "away_until_at")?);
    Ok(Worker {
        person: PersonId(id),
        role: get_word(row, "role", Role::from_word)?,
        skills: list("skills")?,
        languages: list("languages")?,
        capacity: u32::try_from(get::<i64>(row, "capacity")?).unwrap_or(u32::MAX),
        held: held.remove(&id).unwrap_or_default(),
        away: from.zip(until),
        last_assigned_at: get_instant(row, "last_assigned_at")?,
    })
}
