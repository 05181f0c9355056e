//! Invitations: a person is added without a secret and chooses their own by a
//! link that works once.

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::json;

use super::{event_of, themself};
use crate::clock;
use crate::domain::actor::Role;
use crate::domain::digest::Digest;
use crate::domain::id::PersonId;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::person::{NOBODY, hash_secret};
use crate::store::record;
use crate::store::sql::{self, get, get_word, micros, one, values};
use crate::store::vault::VaultError;

/// Whom an invitation is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// The person.
    pub person: PersonId,
    /// The name they sign in with.
    pub name: String,
    /// The role they get.
    pub role: Role,
}

impl Store {
    /// Adds a person who cannot sign in yet, and the invitation whose token
    /// has this digest.
    ///
    /// # Errors
    /// `Refused` for an empty name or one in use.
    pub async fn invite(
        &self,
        name: &str,
        role: Role,
        token: Digest,
        actor: &str,
        (now, expires_at): (Timestamp, Timestamp),
    ) -> Result<PersonId, StoreError> {
        if name.trim().is_empty() {
            return Err(StoreError::Refused("a person needs a name".to_owned()));
        }
        let id = PersonId(clock::fresh_ids(now).map_err(VaultError::from)?.uuid());
        let tx = self.begin_write().await?;
        let written = async {
            sql::run(
                &tx,
                "INSERT INTO person (id, name, role, secret_hash, added_at) \
                 VALUES ($1, $2, $3, $4, $5)",
                values![id.0, name.trim(), role.word(), NOBODY, micros(now)],
            )
            .await?;
            sql::run(
                &tx,
                "INSERT INTO invitation (token_hash, person, made_at, expires_at) \
                 VALUES ($1, $2, $3, $4)",
                values![token.0.to_vec(), id.0, micros(now), micros(expires_at)],
            )
            .await?;
            let event = event_of(id, actor, "person_invited", now, json!({"role": role}));
            record::append_one(&tx, &event).await?;
            Ok(id)
        }
        .await;
        sql::end(tx, written).await
    }

    /// Whom the invitation with this token digest is for, while it is good.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_invitation(
        &self,
        token: Digest,
        now: Timestamp,
    ) -> Result<Option<Invited>, StoreError> {
        let text = "SELECT i.person, p.name, p.role FROM invitation i \
                    JOIN person p ON p.id = i.person \
                    WHERE i.token_hash = $1 AND i.used_at IS NULL AND i.expires_at > $2";
        let row = one(self.readers(), text, values![token.0.to_vec(), micros(now)]).await?;
        row.map(|row| {
            Ok(Invited {
                person: PersonId(get(&row, "person")?),
                name: get(&row, "name")?,
                role: get_word(&row, "role", Role::from_word)?,
            })
        })
        .transpose()
    }

    /// The invited person chooses their secret; the invitation is used up.
    /// False when it was used or is over.
    ///
    /// # Errors
    /// `Refused` for a short secret.
    pub async fn accept_invitation(
        &self,
        token: Digest,
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let hash = hash_secret(secret).await?;
        let tx = self.begin_write().await?;
        let written = async {
            let text = "UPDATE invitation SET used_at = $2 WHERE token_hash = $1 \
                        AND used_at IS NULL AND expires_at > $2 RETURNING person";
            let Some(row) = one(&tx, text, values![token.0.to_vec(), micros(now)]).await? else {
                return Ok(false);
            };
            let person = PersonId(get(&row, "person")?);
            let text = "UPDATE person SET secret_hash = $2 WHERE id = $1";
            sql::run(&tx, text, values![person.0, hash]).await?;
            let actor = themself(person);
            let event = event_of(person, &actor, "invitation_accepted", now, json!({}));
            record::append_one(&tx, &event).await?;
            Ok(true)
        }
        .await;
        sql::end(tx, written).await
    }
}
