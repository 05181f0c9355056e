//! Persons who act here: a name, a role, and a secret that only they know.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use jiff::Timestamp;
use sea_orm::QueryResult;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use uuid::Uuid;

use super::connection::Store;
use super::error::StoreError;
use super::record;
use super::sql::{self, get, get_instant, get_word, micros, one, values};
use super::vault::VaultError;
use crate::clock;
use crate::domain::actor::Role;
use crate::domain::event::Event;
use crate::domain::id::PersonId;

/// Shorter secrets are refused (NIST SP 800-63B-4 §3.1.1.2 asks for 15 where a
/// secret is the only factor).
const SHORTEST_SECRET: usize = 15;
/// What nobody's secret hashes to, so that an unknown name takes as long.
pub(super) const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// One person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// The name they sign in with.
    pub name: String,
    /// What they are here for.
    pub role: Role,
    /// Since when.
    pub added_at: Timestamp,
}

impl Store {
    /// Adds a person. `actor` is who did it.
    ///
    /// # Errors
    /// `Refused` for an empty name, a short secret, or a name in use.
    pub async fn add_person(
        &self,
        name: &str,
        role: Role,
        secret: &SecretString,
        actor: &str,
        now: Timestamp,
    ) -> Result<PersonId, StoreError> {
        if name.trim().is_empty() {
            return Err(StoreError::Refused("a person needs a name".to_owned()));
        }
        let hash = hash_secret(secret).await?;
        let id = clock::fresh_ids(now).map_err(VaultError::from)?.uuid();
        let tx = self.begin_write().await?;
        let written = async {
            sql::run(
                &tx,
                "INSERT INTO person (id, name, role, secret_hash, added_at) \
                 VALUES ($1, $2, $3, $4, $5)",
                values![id, name.trim(), role.word(), hash, micros(now)],
            )
            .await?;
            let event = person_event(id, "person_added", actor, now, json!({"role": role}));
            record::append_one(&tx, &event).await?;
            Ok(PersonId(id))
        }
        .await;
        sql::end(tx, written).await
    }

    /// Gives a person another secret and ends their sessions.
    ///
    /// # Errors
    /// `Refused` for a short secret, `Absent` for an unknown person.
    pub async fn change_secret(
        &self,
        id: PersonId,
        secret: &SecretString,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let hash = hash_secret(secret).await?;
        let tx = self.begin_write().await?;
        let written = async {
            let text = "UPDATE person SET secret_hash = $2 WHERE id = $1";
            if sql::run(&tx, text, values![id.0, hash]).await? == 0 {
                return Err(StoreError::Absent("person"));
            }
            let text = "UPDATE session SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL";
            sql::run(&tx, text, values![id.0, micros(now)]).await?;
            let event = person_event(id.0, "secret_changed", actor, now, json!({}));
            record::append_one(&tx, &event).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// Gives a person another role and ends their sessions.
    ///
    /// # Errors
    /// `Absent` for an unknown person.
    pub async fn change_role(
        &self,
        id: PersonId,
        role: Role,
        actor: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.begin_write().await?;
        let written = async {
            let text = "UPDATE person SET role = $2 WHERE id = $1";
            if sql::run(&tx, text, values![id.0, role.word()]).await? == 0 {
                return Err(StoreError::Absent("person"));
            }
            let text = "UPDATE session SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL";
            sql::run(&tx, text, values![id.0, micros(now)]).await?;
            let event = person_event(id.0, "role_changed", actor, now, json!({"role": role}));
            record::append_one(&tx, &event).await
        }
        .await;
        sql::end(tx, written).await
    }

    /// The person called `name`, if there is one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_person(&self, name: &str) -> Result<Option<Person>, StoreError> {
        let text = "SELECT id, name, role, added_at FROM person WHERE name = $1";
        let row = one(self.readers(), text, values![name.trim()]).await?;
        row.map(|row| read(&row)).transpose()
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn persons(&self) -> Result<Vec<Person>, StoreError> {
        let text = "SELECT id, name, role, added_at FROM person ORDER BY name";
        sql::all(self.readers(), text, values![]).await?.iter().map(read).collect()
    }

    /// The person, when the secret is theirs; `None` tells neither whether the
    /// name or the secret was wrong, nor takes another time for either.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn check_secret(
        &self,
        name: &str,
        secret: &SecretString,
    ) -> Result<Option<Person>, StoreError> {
        let text = "SELECT id, name, role, added_at, secret_hash FROM person WHERE name = $1";
        let row = one(self.readers(), text, values![name.trim()]).await?;
        let hash = match &row {
            Some(row) => get::<String>(row, "secret_hash")?,
            None => NOBODY.to_owned(),
        };
        let is_theirs = is_secret(hash, secret).await?;
        match row {
            Some(row) if is_theirs => read(&row).map(Some),
            _ => Ok(None),
        }
    }
}

/// Argon2id with the parameters of RFC 9106's low-memory neighbours that OWASP
/// recommends: 19 MiB, two passes. Off the async threads: it takes tens of ms.
pub(super) async fn hash_secret(secret: &SecretString) -> Result<String, StoreError> {
    if secret.expose_secret().chars().count() < SHORTEST_SECRET {
        return Err(StoreError::Refused(format!(
            "a secret needs at least {SHORTEST_SECRET} characters"
        )));
    }
    let salt = clock::entropy().map_err(VaultError::from)?;
    let secret = secret.clone();
    let hashed = tokio::task::spawn_blocking(move || {
        hasher()?
            .hash_password_with_salt(secret.expose_secret().as_bytes(), &salt[..16])
            .map(|hash: PasswordHash| hash.to_string())
            .map_err(|_| unhashable())
    });
    hashed.await.map_err(|_| unhashable())?
}

async fn is_secret(hash: String, secret: &SecretString) -> Result<bool, StoreError> {
    let secret = secret.clone();
    let checked = tokio::task::spawn_blocking(move || {
        let hash = PasswordHash::new(&hash).map_err(|_| StoreError::Malformed("secret_hash"))?;
        Ok(hasher()?.verify_password(secret.expose_secret().as_bytes(), &hash).is_ok())
    });
    checked.await.map_err(|_| unhashable())?
}

fn hasher() -> Result<Argon2<'static>, StoreError> {
    let params = Params::new(19_456, 2, 1, None).map_err(|_| unhashable())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn unhashable() -> StoreError {
    StoreError::Unavailable("secret hashing".to_owned())
}

fn person_event(
    id: Uuid,
    kind: &str,
    actor: &str,
    now: Timestamp,
    particulars: serde_json::Value,
) -> Event {
    Event {
        stream: format!("person:{id}"),
        at: now,
        actor: actor.to_owned(),
        kind: kind.to_owned(),
        particulars,
    }
}

fn read(row: &QueryResult) -> Result<Person, StoreError> {
    Ok(Person {
        id: PersonId(get(row, "id")?),
        name: get(row, "name")?,
        role: get_word(row, "role", Role::from_word)?,
        added_at: get_instant(row, "added_at")?,
    })
}
