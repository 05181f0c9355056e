//! The language a requester is written to: seen in their mails, or chosen for
//! them by a person, which stands until a person changes it.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use sea_orm::DatabaseTransaction;

use crate::domain::event::Event;
use crate::domain::requester::{LanguageSource, RequesterLanguage};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, Rows, get, get_word, micros, values};

impl Store {
    /// What is on file about the language of an address.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_requester_language(
        &self,
        address: &str,
    ) -> Result<Option<RequesterLanguage>, StoreError> {
        let index = self.vault().blind_index(address).to_vec();
        Ok(self.requester_languages(BTreeSet::from([index])).await?.into_values().next())
    }

    /// A person says in which language an address is written to; `None` gives
    /// the choice back to what its mails say. `told` is the record's line.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn choose_requester_language(
        &self,
        address: &str,
        language: Option<&str>,
        told: &Event,
    ) -> Result<(), StoreError> {
        let index = self.vault().blind_index(address).to_vec();
        let tx = self.begin_write().await?;
        let written = choose(&tx, index, language, told).await;
        sql::end(tx, written).await
    }

    /// Languages by the blind index of the address.
    pub(in crate::store) async fn requester_languages(
        &self,
        addresses: BTreeSet<Vec<u8>>,
    ) -> Result<HashMap<Vec<u8>, RequesterLanguage>, StoreError> {
        let text = "SELECT address_index, language, source FROM requester_language \
                    WHERE address_index IN";
        let rows = self.listed(text, "", addresses).await?;
        rows.iter()
            .map(|row| {
                let on_file = RequesterLanguage {
                    language: get(row, "language")?,
                    source: get_word(row, "source", LanguageSource::from_word)?,
                };
                Ok((get(row, "address_index")?, on_file))
            })
            .collect()
    }
}

async fn choose(
    tx: &DatabaseTransaction,
    index: Vec<u8>,
    language: Option<&str>,
    told: &Event,
) -> Result<(), StoreError> {
    match language {
        Some(language) => {
            let text = "INSERT INTO requester_language (address_index, language, source, set_at) \
                        VALUES ($1, $2, 'chosen', $3) ON CONFLICT (address_index) DO UPDATE SET \
                        language = excluded.language, source = 'chosen', set_at = excluded.set_at";
            sql::run(tx, text, values![index, language, micros(told.at)]).await?;
        }
        None => {
            let text = "DELETE FROM requester_language WHERE address_index = $1";
            sql::run(tx, text, values![index]).await?;
        }
    }
    record::append_one(tx, told).await
}

/// Remembers the language that mails were seen in, the latest last. What a
/// person chose stays.
pub(in crate::store) async fn remember_seen(
    tx: &DatabaseTransaction,
    seen: HashMap<Vec<u8>, (String, Timestamp)>,
) -> Result<(), StoreError> {
    // In order, so that two transactions never wait for each other.
    let mut ordered: Vec<_> = seen.into_iter().collect();
    ordered.sort();
    let mut rows =
        Rows::new("requester_language", &["address_index", "language", "source", "set_at"]);
    for (index, (language, at)) in ordered {
        rows.push(values![index, language, "seen", micros(at)]);
    }
    let tail = "ON CONFLICT (address_index) DO UPDATE SET language = excluded.language, \
                set_at = excluded.set_at WHERE requester_language.source = 'seen'";
    rows.insert(tx, tail).await.map(|_| ())
}
