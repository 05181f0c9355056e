//! How often somebody guessed wrong in a row: by name, by network, by code.
//! Names and addresses are kept as blind indexes.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::domain::id::PersonId;
use crate::domain::sign_in::Guessed;
use crate::store::connection::Store;
use crate::store::error::StoreError;
use crate::store::sql::{self, get_count, get_instant, lock_clause, micros, one, values};

/// What is being guessed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The secret of whoever has this name, whether or not there is such a person.
    Name(String),
    /// Anything, from one network: a /24 of IPv4, a /64 of IPv6.
    Network(IpAddr),
    /// The codes of this person.
    Code(PersonId),
}

impl Subject {
    const fn guessed(&self) -> Guessed {
        match self {
            Self::Name(_) => Guessed::Secret,
            Self::Code(_) => Guessed::Code,
            Self::Network(_) => Guessed::FromNetwork,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Name(name) => format!("name {}", name.trim().to_lowercase()),
            Self::Network(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                format!("network {a}.{b}.{c}")
            }
            Self::Network(IpAddr::V6(address)) => {
                format!("network {:x?}", &address.segments()[..4])
            }
            Self::Code(person) => format!("code {person}"),
        }
    }
}

impl Store {
    /// Counts a guess before it is checked, so that guesses sent at once are
    /// all counted; or tells when the next may come, and counts nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn admit_guess(
        &self,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let (key, guessed) = (self.key_of(subject), subject.guessed());
        let tx = self.begin_write().await?;
        let written = async {
            let text = format!(
                "SELECT failures, last_at FROM attempt_limit WHERE subject = $1 {}",
                lock_clause(&tx, "FOR UPDATE")
            );
            let (mut failures, mut last_at) = (0, Timestamp::MIN);
            if let Some(row) = one(&tx, &text, values![key.clone()]).await? {
                failures = u32::try_from(get_count(&row, "failures")?).unwrap_or(u32::MAX);
                last_at = get_instant(&row, "last_at")?;
            }
            if now.duration_since(last_at) >= guessed.forgotten_after() {
                failures = 0;
            }
            let free_at =
                last_at.checked_add(guessed.wait_after(failures)).unwrap_or(Timestamp::MAX);
            if free_at > now {
                return Ok(Some(free_at));
            }
            let failures = sql::count(u64::from(failures.saturating_add(1)));
            let text = "INSERT INTO attempt_limit (subject, failures, last_at) \
                        VALUES ($1, $2, $3) ON CONFLICT (subject) DO UPDATE \
                        SET failures = excluded.failures, last_at = excluded.last_at";
            sql::run(&tx, text, values![key.clone(), failures, micros(now)]).await?;
            Ok(None)
        }
        .await;
        sql::end(tx, written).await
    }

    /// The right answer came: earlier guesses are forgotten.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_guesses(&self, subject: &Subject) -> Result<(), StoreError> {
        let text = "DELETE FROM attempt_limit WHERE subject = $1";
        let tx = self.begin_write().await?;
        let written = sql::run(&tx, text, values![self.key_of(subject)]).await.map(|_| ());
        sql::end(tx, written).await
    }

    fn key_of(&self, subject: &Subject) -> Vec<u8> {
        self.vault().blind_index(&subject.text()).to_vec()
    }
}
