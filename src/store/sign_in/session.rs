//! Sessions: begun, completed under another token, looked up, ended.

use jiff::{SignedDuration, Timestamp};
use sea_orm::QueryResult;
use serde_json::json;

use super::{event_of, themself};
use crate::clock;
use crate::domain::actor::Role;
use crate::domain::digest::Digest;
use crate::domain::id::{PersonId, SessionId};
use crate::domain::sign_in::{Level, Session, SessionLimits};
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::record;
use crate::store::sql::{self, get, get_instant, get_word, micros, one, values};
use crate::store::vault::VaultError;

/// A request within so long of the last one noted is not noted again.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Longest description of a browser that is kept, characters.
const LONGEST_DEVICE: usize = 80;

const COLUMNS: &str = "s.id, s.person, p.name, p.role, s.level, s.began_at, s.seen_at, \
                       s.proven_at, s.device";

impl Store {
    /// Begins a session whose token has this digest.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin_session(
        &self,
        token: Digest,
        person: PersonId,
        level: Level,
        device: &str,
        now: Timestamp,
    ) -> Result<SessionId, StoreError> {
        let id = clock::fresh_ids(now).map_err(VaultError::from)?.uuid();
        let device: String = device.chars().take(LONGEST_DEVICE).collect();
        let tx = self.begin_write().await?;
        let written = async {
            sql::run(
                &tx,
                "INSERT INTO session (id, token_hash, person, level, began_at, seen_at, \
                 proven_at, device) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                values![
                    id,
                    token.0.to_vec(),
                    person.0,
                    level.word(),
                    micros(now),
                    micros(now),
                    micros(now),
                    device
                ],
            )
            .await?;
            let kind = match level {
                Level::Half => "secret_shown",
                Level::Whole => "signed_in",
            };
            let event = event_of(person, &themself(person), kind, now, json!({"session": id}));
            record::append_one(&tx, &event).await?;
            Ok(SessionId(id))
        }
        .await;
        sql::end(tx, written).await
    }

    /// The live session whose token has this digest. Notes the request, once a
    /// minute at most.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_session(
        &self,
        token: Digest,
        limits: SessionLimits,
        now: Timestamp,
    ) -> Result<Option<Session>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM session s JOIN person p ON p.id = s.person \
             WHERE s.token_hash = $1 AND s.ended_at IS NULL"
        );
        let row = one(self.readers(), &text, values![token.0.to_vec()]).await?;
        let session = row.map(|row| read(&row)).transpose()?;
        let session = session.filter(|session| session.is_live(limits, now));
        if let Some(session) = &session
            && now.duration_since(session.seen_at) >= NOTED_EVERY
        {
            self.write_one(
                "UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2",
                values![session.id.0, micros(now)],
            )
            .await?;
        }
        Ok(session)
    }

    /// Completes half a sign-in, or renews the proof of a whole one, under
    /// another token: the old one is worth nothing any more, so that a token
    /// planted before sign-in leads nowhere. False when the session has ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn complete_session(
        &self,
        session: &Session,
        token: Digest,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let began_at = match session.level {
            Level::Half => now,
            Level::Whole => session.began_at,
        };
        let tx = self.begin_write().await?;
        let written = async {
            let touched = sql::run(
                &tx,
                "UPDATE session SET token_hash = $2, level = 'whole', began_at = $3, \
                 seen_at = $4, proven_at = $4 WHERE id = $1 AND ended_at IS NULL",
                values![session.id.0, token.0.to_vec(), micros(began_at), micros(now)],
            )
            .await?;
            if touched == 0 {
                return Ok(false);
            }
            let kind = match session.level {
                Level::Half => "signed_in",
                Level::Whole => "proved_again",
            };
            let actor = themself(session.person);
            let event = event_of(session.person, &actor, kind, now, json!({"session": session.id}));
            record::append_one(&tx, &event).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Ends one session of `person`; false when it had ended or is not theirs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_session(
        &self,
        person: PersonId,
        session: SessionId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let text = "UPDATE session SET ended_at = $3 \
                    WHERE person = $1 AND id = $2 AND ended_at IS NULL";
        let tx = self.begin_write().await?;
        let written = async {
            let ended = sql::run(&tx, text, values![person.0, session.0, micros(now)]).await?;
            if ended > 0 {
                let actor = themself(person);
                let event =
                    event_of(person, &actor, "session_ended", now, json!({"session": session}));
                record::append_one(&tx, &event).await?;
            }
            Ok(ended > 0)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Ends all sessions of `person` but `kept`; how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_other_sessions(
        &self,
        person: PersonId,
        kept: Option<SessionId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let kept = kept.map_or_else(uuid::Uuid::nil, |id| id.0);
        let text = "UPDATE session SET ended_at = $3 \
                    WHERE person = $1 AND id <> $2 AND ended_at IS NULL";
        let tx = self.begin_write().await?;
        let written = async {
            let ended = sql::run(&tx, text, values![person.0, kept, micros(now)]).await?;
            if ended > 0 {
                let actor = themself(person);
                let event = event_of(person, &actor, "sessions_ended", now, json!({"n": ended}));
                record::append_one(&tx, &event).await?;
            }
            Ok(ended)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Somebody else ends every session of `person`; how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn end_sessions_of(
        &self,
        person: PersonId,
        actor: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let text = "UPDATE session SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL";
        let tx = self.begin_write().await?;
        let written = async {
            let ended = sql::run(&tx, text, values![person.0, micros(now)]).await?;
            if ended > 0 {
                let event = event_of(person, actor, "sessions_ended", now, json!({"n": ended}));
                record::append_one(&tx, &event).await?;
            }
            Ok(ended)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Sessions of `person` that have not ended, newest request first; some
    /// may be over by their limits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open_sessions(&self, person: PersonId) -> Result<Vec<Session>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM session s JOIN person p ON p.id = s.person \
             WHERE s.person = $1 AND s.ended_at IS NULL ORDER BY s.seen_at DESC, s.id"
        );
        sql::all(self.readers(), &text, values![person.0]).await?.iter().map(read).collect()
    }

    async fn write_one(&self, text: &str, values: Vec<sea_orm::Value>) -> Result<u64, StoreError> {
        let tx = self.begin_write().await?;
        let written = sql::run(&tx, text, values).await;
        sql::end(tx, written).await
    }
}

fn read(row: &QueryResult) -> Result<Session, StoreError> {
    Ok(Session {
        id: SessionId(get(row, "id")?),
        person: PersonId(get(row, "person")?),
        name: get(row, "name")?,
        role: get_word(row, "role", Role::from_word)?,
        level: get_word(row, "level", Level::from_word)?,
        began_at: get_instant(row, "began_at")?,
        seen_at: get_instant(row, "seen_at")?,
        proven_at: get_instant(row, "proven_at")?,
        device: get(row, "device")?,
    })
}
