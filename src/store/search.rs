//! Searches with words of mails in them: kept sealed under an id, so that no
//! address holds the words; the record has only a blind index of them.

use jiff::Timestamp;
use serde_json::json;

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, get, micros, one, values};
use super::vault::Place;
use crate::domain::digest::Digest;
use crate::domain::event::Event;
use crate::domain::id::{PersonId, SearchId};

const TEXT: Place = Place { table: "search", column: "sealed_text" };

impl Store {
    /// Keeps what a person searched for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keep_search(
        &self,
        id: SearchId,
        person: PersonId,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sealed = self.vault().seal(TEXT, id.0.as_bytes(), text.as_bytes())?;
        let event = self.searched(person, text, now);
        let tx = self.begin_write().await?;
        let written = async {
            let text = "INSERT INTO search (id, person, sealed_text, searched_at) \
                        VALUES ($1, $2, $3, $4)";
            sql::run(&tx, text, values![id.0, person.0, sealed, micros(now)]).await?;
            record::append_one(&tx, &event).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// Puts on record that a person searched.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_search(
        &self,
        person: PersonId,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = record::append_one(&tx, &self.searched(person, text, now)).await;
        sql::end(tx, written).await
    }

    /// What a person searched for; `None` when it was somebody else.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_search(
        &self,
        id: SearchId,
        person: PersonId,
    ) -> Result<Option<String>, StoreError> {
        let text = "SELECT sealed_text FROM search WHERE id = $1 AND person = $2";
        let Some(row) = one(self.readers(), text, values![id.0, person.0]).await? else {
            return Ok(None);
        };
        let words =
            self.vault().open(TEXT, id.0.as_bytes(), &get::<Vec<u8>>(&row, "sealed_text")?)?;
        String::from_utf8(words).map(Some).map_err(|_| StoreError::Malformed("sealed_text"))
    }

    /// A digest that only this house can compute, so that nobody finds the
    /// words by trying.
    fn searched(&self, person: PersonId, text: &str, at: Timestamp) -> Event {
        let digest = Digest::of(&self.vault().blind_index(text)).hex();
        Event {
            stream: format!("reading:{person}"),
            at,
            actor: format!("person:{person}"),
            kind: "searched".to_owned(),
            particulars: json!({ "digest": digest }),
        }
    }
}
