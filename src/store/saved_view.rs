//! Lists that a person keeps under a name: an address of our own pages.

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, get, micros, values};
use crate::domain::event::Event;
use crate::domain::id::{PersonId, ViewId};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: ViewId,
    /// Its name.
    pub name: String,
    /// Path and query.
    pub address: String,
}

impl Store {
    /// What a person keeps, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn saved_views(&self, person: PersonId) -> Result<Vec<SavedView>, StoreError> {
        let text = "SELECT id, name, address FROM saved_view WHERE person = $1 ORDER BY name";
        let rows = sql::all(self.readers(), text, values![person.0]).await?;
        rows.iter()
            .map(|row| {
                Ok(SavedView {
                    id: ViewId(get::<Uuid>(row, "id")?),
                    name: get(row, "name")?,
                    address: get(row, "address")?,
                })
            })
            .collect()
    }

    /// Keeps a list; one that had the name is replaced.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn save_view(
        &self,
        person: PersonId,
        view: &SavedView,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let text = "INSERT INTO saved_view (id, person, name, address, saved_at) \
                    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person, name) DO UPDATE \
                    SET address = excluded.address, saved_at = excluded.saved_at";
        let (name, address) = (view.name.as_str(), view.address.as_str());
        let tx = self.begin_write().await?;
        let written = async {
            sql::run(&tx, text, values![view.id.0, person.0, name, address, micros(now)]).await?;
            let particulars = json!({ "address": address });
            record::append_one(&tx, &event(person, "view_saved", particulars, now)).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// Forgets a list of theirs; `false` when there is none with this id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn remove_view(
        &self,
        person: PersonId,
        view: ViewId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let text = "DELETE FROM saved_view WHERE id = $1 AND person = $2";
            if sql::run(&tx, text, values![view.0, person.0]).await? == 0 {
                return Ok(false);
            }
            let particulars = json!({ "view": view });
            record::append_one(&tx, &event(person, "view_removed", particulars, now)).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }
}

fn event(person: PersonId, kind: &str, particulars: serde_json::Value, at: Timestamp) -> Event {
    Event {
        stream: format!("person:{person}"),
        at,
        actor: format!("person:{person}"),
        kind: kind.to_owned(),
        particulars,
    }
}
