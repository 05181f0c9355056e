//! Everybody with what an operator looks after: role, sign-in, second factor.

use jiff::Timestamp;

use crate::domain::actor::Role;
use crate::domain::id::PersonId;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, find_instant, get, get_count, get_instant, get_word, values};

/// One person as an operator sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonLine {
    /// Who.
    pub id: PersonId,
    /// The name they sign in with.
    pub name: String,
    /// What they are here for.
    pub role: Role,
    /// Since when.
    pub added_at: Timestamp,
    /// When they are away.
    pub away: Option<(Timestamp, Timestamp)>,
    /// When they last signed in whole.
    pub signed_in_at: Option<Timestamp>,
    /// Sessions that have not been ended; some may be over by their limits.
    pub sessions: u64,
    /// Whether they have a second factor.
    pub has_second_factor: bool,
}

impl Store {
    /// Everybody, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn people(&self) -> Result<Vec<PersonLine>, StoreError> {
        let text = "SELECT person.id, name, role, added_at, away_from_at, away_until_at, \
                    (SELECT MAX(began_at) FROM session WHERE session.person = person.id \
                    AND level = 'whole') AS signed_in_at, \
                    (SELECT COUNT(*) FROM session WHERE session.person = person.id \
                    AND ended_at IS NULL) AS sessions, \
                    (SELECT COUNT(*) FROM second_factor WHERE second_factor.person = person.id \
                    AND confirmed_at IS NOT NULL) AS factors FROM person ORDER BY name, person.id";
        let rows = sql::all(self.readers(), text, values![]).await?;
        rows.iter()
            .map(|row| {
                let away = find_instant(row, "away_from_at")?;
                Ok(PersonLine {
                    id: PersonId(get(row, "id")?),
                    name: get(row, "name")?,
                    role: get_word(row, "role", Role::from_word)?,
                    added_at: get_instant(row, "added_at")?,
                    away: away.zip(find_instant(row, "away_until_at")?),
                    signed_in_at: find_instant(row, "signed_in_at")?,
                    sessions: get_count(row, "sessions")?,
                    has_second_factor: get_count(row, "factors")? > 0,
                })
            })
            .collect()
    }
}
