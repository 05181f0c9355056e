//! The second factor: set up at the first sign-in, shown at every other.

use std::net::IpAddr;

use jiff::Timestamp;
use secrecy::SecretString;

use super::{Door, Token};
use crate::clock;
use crate::domain::sign_in::code::{self, SEED};
use crate::domain::sign_in::{Level, Session};
use crate::store::sign_in::Subject;
use crate::store::{StoreError, VaultError};

/// What a person puts into their authenticator app.
pub struct Enrolment {
    /// The seed to type.
    pub typed_seed: String,
    /// What the picture to scan holds.
    pub uri: String,
}

/// Outcome of showing a code.
pub enum Proof {
    /// Wrong, or used before.
    Refused,
    /// Too many guesses: the next may come then.
    Wait(Timestamp),
    /// Right: the whole session goes on under this token. At the first time
    /// with the recovery codes, which are shown once.
    Whole(Token, Vec<String>),
}

/// Outcome of showing the secret once more, before an act that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reproof {
    /// Right.
    Proven,
    /// Wrong.
    Refused,
    /// Too many guesses: the next may come then.
    Wait(Timestamp),
}

impl Door {
    /// The person of `session` shows their own secret once more from `network`.
    /// Guesses count together with those at sign-in, so that an unattended
    /// browser is no way around them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn show_secret_again(
        &self,
        session: &Session,
        secret: &SecretString,
        network: IpAddr,
    ) -> Result<Reproof, StoreError> {
        let by_name = Subject::Name(session.name.clone());
        if let Some(free_at) = self.admit(&[Subject::Network(network), by_name.clone()]).await? {
            return Ok(Reproof::Wait(free_at));
        }
        let permit = self.hashing.acquire().await;
        let person = self.app.store.check_secret(&session.name, secret).await?;
        drop(permit);
        if person.is_none_or(|person| person.id != session.person) {
            return Ok(Reproof::Refused);
        }
        self.app.store.forget_guesses(&by_name).await?;
        Ok(Reproof::Proven)
    }

    /// What a person without a confirmed second factor sets up; `None` when
    /// they have one. The seed stays the same until it is confirmed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn enrolment(&self, session: &Session) -> Result<Option<Enrolment>, StoreError> {
        let store = &self.app.store;
        let seed = match store.find_second_factor(session.person).await? {
            Some(factor) if factor.is_confirmed => return Ok(None),
            Some(factor) => factor.seed,
            None => {
                let mut seed = [0; SEED];
                seed.copy_from_slice(&clock::entropy().map_err(VaultError::from)?[..SEED]);
                if !store.begin_second_factor(session.person, &seed).await? {
                    return Ok(None);
                }
                seed
            }
        };
        Ok(Some(Enrolment {
            typed_seed: code::typed_seed(&seed),
            uri: code::provisioning_uri(&seed, &session.name, &self.company),
        }))
    }

    /// A person shows a code of their app, or a recovery code.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn show_code(&self, session: &Session, typed: &str) -> Result<Proof, StoreError> {
        let (store, now) = (&self.app.store, self.app.now());
        let subject = Subject::Code(session.person);
        if let Some(free_at) = store.admit_guess(&subject, now).await? {
            return Ok(Proof::Wait(free_at));
        }
        let Some(factor) = store.find_second_factor(session.person).await? else {
            return Ok(Proof::Refused);
        };
        let is_right = match code::matched_step(&factor.seed, typed, now) {
            Some(step) => store.use_step(session.person, step).await?,
            None => {
                factor.is_confirmed && {
                    let digest = code::recovery_digest(typed);
                    store.use_recovery_code(session.person, digest, now).await?
                }
            }
        };
        if !is_right {
            return Ok(Proof::Refused);
        }
        store.forget_guesses(&subject).await?;
        let recovery =
            if factor.is_confirmed { Vec::new() } else { self.confirm(session, now).await? };
        let token = Token::fresh()?;
        if !store.complete_session(session, token.digest(), now).await? {
            return Ok(Proof::Refused);
        }
        Ok(Proof::Whole(token, recovery))
    }

    /// Whether a sensitive act may follow without another code.
    #[must_use]
    pub fn is_fresh(&self, session: &Session) -> bool {
        session.level == Level::Whole && session.is_fresh(self.limits, self.app.now())
    }

    async fn confirm(&self, session: &Session, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let codes = code::recovery_codes(clock::entropy().map_err(VaultError::from)?);
        let digests: Vec<_> = codes.iter().map(|code| code::recovery_digest(code)).collect();
        let is_first = self.app.store.confirm_second_factor(session.person, &digests, now).await?;
        Ok(if is_first { codes } else { Vec::new() })
    }
}
