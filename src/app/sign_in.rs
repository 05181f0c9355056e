//! A person comes in: their secret, then their second factor, then a session;
//! an invited person chooses a secret first.

mod proof;

pub use proof::{Enrolment, Proof, Reproof};

use std::net::IpAddr;
use std::sync::Arc;

use data_encoding::BASE32_NOPAD;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use super::App;
use crate::clock;
use crate::domain::actor::Role;
use crate::domain::digest::Digest;
use crate::domain::id::PersonId;
use crate::domain::sign_in::secret_rule::{self, SecretProblem};
use crate::domain::sign_in::{Level, Session, SessionLimits};
use crate::store::sign_in::{Invited, Subject};
use crate::store::{Store, StoreError, VaultError};

/// How long an invitation is good.
const INVITATION_LASTS: SignedDuration = SignedDuration::from_hours(24);
/// Hashes computed at once: each takes 19 MiB and tens of milliseconds.
const HASHES_AT_ONCE: usize = 4;

/// The door: everything a browser needs to show who sits before it.
pub struct Door {
    app: Arc<App>,
    limits: SessionLimits,
    company: String,
    hashing: Semaphore,
}

/// A token as the browser keeps it: 256 random bits in letters. Only its
/// digest is stored.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    /// A fresh one.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn fresh() -> Result<Self, VaultError> {
        let text = BASE32_NOPAD.encode(&clock::entropy()?).to_lowercase();
        Ok(Self(SecretString::from(text)))
    }

    /// As a browser or a link brought it back; `None` when it cannot be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let is_one = text.len() == 52 && text.bytes().all(|b| b.is_ascii_alphanumeric());
        is_one.then(|| Self(SecretString::from(text)))
    }

    /// What the browser keeps.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_fields(&[b"session token", self.text().as_bytes()])
    }

    /// What each form of this session carries, so that another site's form,
    /// which cannot read it, is refused.
    #[must_use]
    pub fn form_mark(&self) -> String {
        let digest = Digest::of_fields(&[b"form mark", self.text().as_bytes()]);
        BASE32_NOPAD.encode(&digest.0[..20]).to_lowercase()
    }
}

/// Outcome of showing a secret.
pub enum Entry {
    /// Name or secret is wrong; which of them is not said.
    Refused,
    /// Too many guesses: the next may come then.
    Wait(Timestamp),
    /// Right: the second factor comes next, under this token.
    Half(Token),
}

/// Outcome of choosing a secret.
pub enum Acceptance {
    /// The link was used before, or is over.
    Over,
    /// The secret will not do.
    Unfit(SecretProblem),
    /// Done: sign in now.
    Done,
}

impl Door {
    /// A door to `app` for people of `company`.
    #[must_use]
    pub fn new(app: Arc<App>, limits: SessionLimits, company: String) -> Self {
        Self { app, limits, company, hashing: Semaphore::new(HASHES_AT_ONCE) }
    }

    /// What is behind the door.
    #[must_use]
    pub const fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// How long sessions last here.
    #[must_use]
    pub const fn limits(&self) -> SessionLimits {
        self.limits
    }

    /// The live session of a token, whole or half.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_session(&self, token: &Token) -> Result<Option<Session>, StoreError> {
        self.app.store.find_session(token.digest(), self.limits, self.app.now()).await
    }

    /// A person shows name and secret from `network`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn show_secret(
        &self,
        name: &str,
        secret: &SecretString,
        network: IpAddr,
        device: &str,
    ) -> Result<Entry, StoreError> {
        let (store, now) = (&self.app.store, self.app.now());
        let by_name = Subject::Name(name.to_owned());
        if let Some(free_at) = self.admit(&[Subject::Network(network), by_name.clone()]).await? {
            return Ok(Entry::Wait(free_at));
        }
        let permit = self.hashing.acquire().await;
        let person = store.check_secret(name, secret).await?;
        drop(permit);
        let Some(person) = person else { return Ok(Entry::Refused) };
        store.forget_guesses(&by_name).await?;
        let token = Token::fresh()?;
        store.begin_session(token.digest(), person.id, Level::Half, device, now).await?;
        Ok(Entry::Half(token))
    }

    /// Counts a guess at each of `subjects`, or tells when the next may come.
    async fn admit(&self, subjects: &[Subject]) -> Result<Option<Timestamp>, StoreError> {
        for subject in subjects {
            if let Some(free_at) = self.app.store.admit_guess(subject, self.app.now()).await? {
                return Ok(Some(free_at));
            }
        }
        Ok(None)
    }

    /// Ends the session.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sign_out(&self, session: &Session) -> Result<(), StoreError> {
        self.app.store.end_session(session.person, session.id, self.app.now()).await.map(|_| ())
    }

    /// The person's sessions that still count, newest request first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn live_sessions(&self, person: PersonId) -> Result<Vec<Session>, StoreError> {
        let now = self.app.now();
        let mut sessions = self.app.store.open_sessions(person).await?;
        sessions.retain(|session| session.is_live(self.limits, now));
        Ok(sessions)
    }

    /// Ends every session of the person but this one; how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sign_out_elsewhere(&self, session: &Session) -> Result<u64, StoreError> {
        let (store, now) = (&self.app.store, self.app.now());
        store.end_other_sessions(session.person, Some(session.id), now).await
    }

    /// Whom an invitation is for, while it is good.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_invitation(&self, token: &Token) -> Result<Option<Invited>, StoreError> {
        self.app.store.find_invitation(token.digest(), self.app.now()).await
    }

    /// The invited person chooses a secret.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn accept(
        &self,
        token: &Token,
        secret: &SecretString,
    ) -> Result<Acceptance, StoreError> {
        let Some(invited) = self.find_invitation(token).await? else {
            return Ok(Acceptance::Over);
        };
        if let Err(problem) =
            secret_rule::check(secret.expose_secret(), &invited.name, &self.company)
        {
            return Ok(Acceptance::Unfit(problem));
        }
        let _permit = self.hashing.acquire().await;
        let now = self.app.now();
        let is_accepted = self.app.store.accept_invitation(token.digest(), secret, now).await?;
        Ok(if is_accepted { Acceptance::Done } else { Acceptance::Over })
    }
}

/// Adds a person who chooses their own secret by the link that ends in this
/// token, within a day.
///
/// # Errors
/// `Refused` for a name in use.
pub async fn invite(
    store: &Store,
    name: &str,
    role: Role,
    actor: &str,
    now: Timestamp,
) -> Result<(PersonId, Token), StoreError> {
    let token = Token::fresh()?;
    let expires_at = now.checked_add(INVITATION_LASTS).unwrap_or(Timestamp::MAX);
    let id = store.invite(name, role, token.digest(), actor, (now, expires_at)).await?;
    Ok((id, token))
}
