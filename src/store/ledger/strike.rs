//! What speaks against reading a mail once more: the engine died over it.

use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, values};

/// Weight of one death of the engine between the claim of a mail that was begun
/// alone and its decision. It is written down before the mail is read
/// ([`Store::store_raw`]) and taken back when the decision is reached.
pub const STRIKE: u32 = 8;

impl Store {
    /// Takes `weight` back: the engine lived.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn take_back_strike(&self, source_ref: i64, weight: u32) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = sql::run(
            &tx,
            "UPDATE source_ref SET strikes = CASE WHEN strikes > $2 THEN strikes - $2 ELSE 0 END \
             WHERE id = $1 AND state = 'stored'",
            values![source_ref, i64::from(weight)],
        )
        .await;
        sql::end(tx, written).await.map(|_| ())
    }
}
