//! A whole loan book goes on file in one transaction, a chunk of rows at a time.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;
use sea_orm::{DatabaseTransaction, Value};
use uuid::Uuid;

use super::{LOAN, PARTY, SealedLoan, SealedParty, id_of, party_row};
use crate::domain::event::Event;
use crate::domain::loan::BookRow;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, Rows, micros, values};
use crate::store::vault::Vault;

/// How many rows an import wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCount {
    /// Rows of the file.
    pub rows: u64,
    /// Parties that are on file now.
    pub on_file: u64,
    /// Parties whose address was taken off.
    pub taken_off: u64,
}

/// An import under way. Dropped before [`BookImport::finish`], it has changed
/// nothing.
pub struct BookImport {
    tx: DatabaseTransaction,
    store: Store,
    at: i64,
    count: ImportCount,
}

impl Store {
    /// Begins to put a loan book on file, as of `at`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_import(&self, at: Timestamp) -> Result<BookImport, StoreError> {
        let tx = self.begin_write().await?;
        Ok(BookImport { tx, store: self.clone(), at: micros(at), count: ImportCount::default() })
    }
}

impl BookImport {
    /// Puts `rows` on file; a loan or party that is there already gets the new
    /// values. A few thousand rows at a time are best.
    ///
    /// # Errors
    /// When the database does not answer; drop the import then.
    pub async fn put(&mut self, rows: &[BookRow]) -> Result<(), StoreError> {
        let sealed = Chunk::seal(self.store.vault(), rows, self.at)?;
        self.count.rows += rows.len() as u64;
        self.count.on_file += sealed.parties.len() as u64;
        let mut loans = Rows::new("loan", &["id", "sealed", "imported_at"]);
        sealed.loans.into_values().for_each(|row| loans.push(row));
        let replace = "ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed, \
                       imported_at = excluded.imported_at";
        loans.insert(&self.tx, replace).await?;
        let mut parties = Rows::new("loan_party", &["loan_id", "address_index", "sealed"]);
        sealed.parties.into_values().for_each(|row| parties.push(row));
        let replace = "ON CONFLICT (loan_id, address_index) DO UPDATE SET sealed = excluded.sealed";
        parties.insert(&self.tx, replace).await?;
        for (loan, address) in sealed.ended {
            let text = "DELETE FROM loan_party WHERE loan_id = $1 AND address_index = $2";
            self.count.taken_off += sql::run(&self.tx, text, values![loan, address]).await?;
        }
        Ok(())
    }

    /// Makes it the truth, with the event that `told` makes of the counts.
    ///
    /// # Errors
    /// When the database does not answer: then nothing has changed.
    pub async fn finish(
        self,
        told: impl FnOnce(ImportCount) -> Event,
    ) -> Result<ImportCount, StoreError> {
        let written = record::append_one(&self.tx, &told(self.count)).await;
        sql::end(self.tx, written).await.map(|()| self.count)
    }
}

/// Rows of one chunk in the order of their keys, each key once: a statement
/// may not touch a row twice, and neighbours share pages of the index.
#[derive(Default)]
struct Chunk {
    loans: BTreeMap<Uuid, Vec<Value>>,
    parties: BTreeMap<(Uuid, Vec<u8>), Vec<Value>>,
    ended: Vec<(Uuid, Vec<u8>)>,
}

impl Chunk {
    fn seal(vault: &Vault, rows: &[BookRow], at: i64) -> Result<Self, StoreError> {
        let mut chunk = Self::default();
        for row in rows {
            let loan = id_of(vault, &row.number).0;
            let address = vault.blind_index(&row.email).to_vec();
            if let Entry::Vacant(free) = chunk.loans.entry(loan) {
                let sealed = vault.seal(LOAN, loan.as_bytes(), &json(&SealedLoan::of(row))?)?;
                free.insert(values![loan, sealed, at]);
            }
            if row.is_ended {
                chunk.ended.push((loan, address));
                continue;
            }
            let plain = json(&SealedParty::of(row))?;
            let sealed = vault.seal(PARTY, &party_row(loan, &address), &plain)?;
            chunk.parties.insert((loan, address.clone()), values![loan, address, sealed]);
        }
        Ok(chunk)
    }
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(value).map_err(|_| StoreError::Malformed("loan row"))
}
