//! Second factors: the sealed seed of a person's codes, the last step that was
//! used, and recovery codes.

use jiff::Timestamp;
use serde_json::json;

use super::{event_of, themself};
use crate::domain::digest::Digest;
use crate::domain::id::PersonId;
use crate::domain::sign_in::code::SEED;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, Rows, get, micros, one, values};
use crate::store::vault::Place;

const SEALED_SEED: Place = Place { table: "second_factor", column: "seed" };

/// What a person's authenticator app shares with us.
pub struct SecondFactor {
    /// The seed of the codes.
    pub seed: [u8; SEED],
    /// Whether a right code was ever shown.
    pub is_confirmed: bool,
}

impl Store {
    /// The second factor of `person`, if one was set up or begun.
    ///
    /// # Errors
    /// When the database does not answer or the seed was changed.
    pub async fn find_second_factor(
        &self,
        person: PersonId,
    ) -> Result<Option<SecondFactor>, StoreError> {
        let text = "SELECT seed, confirmed_at FROM second_factor WHERE person = $1";
        let Some(row) = one(self.readers(), text, values![person.0]).await? else {
            return Ok(None);
        };
        let sealed: Vec<u8> = get(&row, "seed")?;
        let seed = self.vault().open(SEALED_SEED, person.0.as_bytes(), &sealed)?;
        let confirmed_at: Option<i64> = get(&row, "confirmed_at")?;
        Ok(Some(SecondFactor {
            seed: seed.try_into().map_err(|_| StoreError::Malformed("seed"))?,
            is_confirmed: confirmed_at.is_some(),
        }))
    }

    /// Keeps a new seed for a person who has no confirmed one; false when they
    /// have.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_second_factor(
        &self,
        person: PersonId,
        seed: &[u8; SEED],
    ) -> Result<bool, StoreError> {
        let sealed = self.vault().seal(SEALED_SEED, person.0.as_bytes(), seed)?;
        let text = "INSERT INTO second_factor (person, seed) VALUES ($1, $2) \
                    ON CONFLICT (person) DO UPDATE SET seed = excluded.seed, last_step = 0 \
                    WHERE second_factor.confirmed_at IS NULL";
        let tx = self.begin_write().await?;
        let written = sql::run(&tx, text, values![person.0, sealed]).await;
        Ok(sql::end(tx, written).await? > 0)
    }

    /// Marks `step` as used: false when it, or a later one, was used before.
    /// Of two requests with the same code, one wins.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn use_step(&self, person: PersonId, step: u64) -> Result<bool, StoreError> {
        let text = "UPDATE second_factor SET last_step = $2 WHERE person = $1 AND last_step < $2";
        let tx = self.begin_write().await?;
        let written = sql::run(&tx, text, values![person.0, sql::count(step)]).await;
        Ok(sql::end(tx, written).await? > 0)
    }

    /// The first right code was shown: the factor counts from now on, and these
    /// are its recovery codes. False when it counted already.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn confirm_second_factor(
        &self,
        person: PersonId,
        recovery: &[Digest],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let text = "UPDATE second_factor SET confirmed_at = $2 \
                    WHERE person = $1 AND confirmed_at IS NULL";
        let tx = self.begin_write().await?;
        let written = async {
            if sql::run(&tx, text, values![person.0, micros(now)]).await? == 0 {
                return Ok(false);
            }
            sql::run(&tx, "DELETE FROM recovery_code WHERE person = $1", values![person.0]).await?;
            let mut rows = Rows::new("recovery_code", &["person", "code_hash"]);
            for digest in recovery {
                rows.push(values![person.0, digest.0.to_vec()]);
            }
            rows.insert(&tx, "").await?;
            let actor = themself(person);
            let event = event_of(person, &actor, "second_factor_added", now, json!({}));
            record::append_one(&tx, &event).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Uses up one recovery code; false when it is none or was used.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn use_recovery_code(
        &self,
        person: PersonId,
        code: Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let text = "UPDATE recovery_code SET used_at = $3 \
                    WHERE person = $1 AND code_hash = $2 AND used_at IS NULL";
        let tx = self.begin_write().await?;
        let written = async {
            let used = sql::run(&tx, text, values![person.0, code.0.to_vec(), micros(now)]).await?;
            if used > 0 {
                let actor = themself(person);
                let event = event_of(person, &actor, "recovery_code_used", now, json!({}));
                record::append_one(&tx, &event).await?;
            }
            Ok(used > 0)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Takes a person's second factor and recovery codes away and ends their
    /// sessions: at the next sign-in they set up another.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reset_second_factor(
        &self,
        person: PersonId,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            for text in [
                "DELETE FROM recovery_code WHERE person = $1",
                "DELETE FROM second_factor WHERE person = $1",
            ] {
                sql::run(&tx, text, values![person.0]).await?;
            }
            let text = "UPDATE session SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL";
            sql::run(&tx, text, values![person.0, micros(now)]).await?;
            let event = event_of(person, actor, "second_factor_reset", now, json!({}));
            record::append_one(&tx, &event).await
        }
        .await;
        sql::end(tx, written).await
    }
}
