//! Access tokens for a mailbox: asks the token endpoint of the mail provider
//! (RFC 6749), keeps the answer until shortly before it expires, and remembers
//! for the health page how the last attempts went.

mod endpoint;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use endpoint::{Endpoint, Granted};
pub use endpoint::{OAuthError, Refusal};

/// A token this close to its end is not handed out any more.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);
/// Assumed when the endpoint does not say how long a token lives.
const UNTOLD_LIFE: i64 = 300;

/// On what grounds the endpoint gives out tokens.
#[derive(Clone, Debug)]
pub enum Grant {
    /// The application's own right (RFC 6749 §4.4).
    ClientCredentials,
    /// A right a person once granted (RFC 6749 §6).
    RefreshToken(SecretString),
}

/// Where and how tokens are asked for.
#[derive(Clone, Debug)]
pub struct OAuthOptions {
    /// The token endpoint; `https`, or `http` on this machine.
    pub token_url: String,
    /// The application's id.
    pub client_id: String,
    /// The application's secret, if it has one.
    pub client_secret: Option<SecretString>,
    /// On what grounds.
    pub grant: Grant,
    /// Scopes, separated by blanks.
    pub scope: Option<String>,
    /// PEM file with the roots to trust instead of Mozilla's.
    pub ca_file: Option<PathBuf>,
    /// When the secret or the refresh token runs out, if the operator knows.
    pub grant_expires_at: Option<Timestamp>,
}

/// An access token.
#[derive(Clone, Debug)]
pub struct Token {
    /// Never printed.
    pub secret: SecretString,
    /// Whether it was asked for earlier: then a refusal may mean that it was
    /// withdrawn, and a new one is worth a try.
    pub was_cached: bool,
}

/// How the token source is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenHealth {
    /// When the cached access token ends.
    pub expires_at: Option<Timestamp>,
    /// When the grant itself ends and a person has to renew it: told by the
    /// endpoint, or by the options.
    pub grant_expires_at: Option<Timestamp>,
    /// When the endpoint last gave a token.
    pub last_success_at: Option<Timestamp>,
    /// Why the last attempt failed; `None` after a success.
    pub last_error: Option<OAuthError>,
}

impl TokenHealth {
    /// Whole days until the grant ends, negative afterwards.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        self.grant_expires_at.map(|end| end.duration_since(now).as_hours().div_euclid(24))
    }
}

/// Gives out access tokens; clones share one cache.
#[derive(Clone, Debug)]
pub struct TokenSource(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    endpoint: Endpoint,
    /// Held across a request, so that many sessions ask once.
    cache: tokio::sync::Mutex<Cache>,
    health: Mutex<TokenHealth>,
}

#[derive(Debug)]
struct Cache {
    token: Option<(SecretString, Timestamp)>,
    /// The refresh token in use; endpoints may replace it with every answer.
    refresh: Option<SecretString>,
    is_rotated: bool,
}

impl TokenSource {
    /// A source that asks the endpoint of `options` when first needed.
    ///
    /// # Errors
    /// When the address or the CA file cannot be used.
    pub fn new(options: OAuthOptions) -> Result<Self, OAuthError> {
        let refresh = match &options.grant {
            Grant::RefreshToken(token) => Some(token.clone()),
            Grant::ClientCredentials => None,
        };
        let health =
            TokenHealth { grant_expires_at: options.grant_expires_at, ..TokenHealth::default() };
        Ok(Self(Arc::new(Shared {
            endpoint: Endpoint::new(options)?,
            cache: tokio::sync::Mutex::new(Cache { token: None, refresh, is_rotated: false }),
            health: Mutex::new(health),
        })))
    }

    /// A token that is good for another minute at least.
    ///
    /// # Errors
    /// When the endpoint gives none; nothing is cached then.
    pub async fn access_token(&self, now: Timestamp) -> Result<Token, OAuthError> {
        let mut cache = self.0.cache.lock().await;
        if let Some((secret, expires_at)) = &cache.token
            && expires_at.duration_since(now) > MARGIN
        {
            return Ok(Token { secret: secret.clone(), was_cached: true });
        }
        cache.token = None;
        let outcome = self.0.endpoint.ask(cache.refresh.as_ref()).await;
        self.note(now, outcome.as_ref());
        let granted = outcome?;
        if let Some(refresh) = granted.refresh {
            cache.refresh = Some(refresh);
            cache.is_rotated = true;
        }
        cache.token = Some((granted.access.clone(), after(now, granted.lives)));
        Ok(Token { secret: granted.access, was_cached: false })
    }

    /// Forgets `token` if it is the cached one: a server has refused it.
    pub async fn reject(&self, token: &SecretString) {
        let mut cache = self.0.cache.lock().await;
        if cache
            .token
            .as_ref()
            .is_some_and(|(cached, _)| cached.expose_secret() == token.expose_secret())
        {
            cache.token = None;
            self.health_mut(|health| health.expires_at = None);
        }
    }

    /// How it is doing.
    #[must_use]
    pub fn health(&self) -> TokenHealth {
        self.0.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The refresh token that replaced the configured one, if the endpoint has
    /// sent any; to be kept, since the old one may stop working.
    pub async fn rotated_refresh_token(&self) -> Option<SecretString> {
        let cache = self.0.cache.lock().await;
        cache.refresh.clone().filter(|_| cache.is_rotated)
    }

    fn note(&self, now: Timestamp, outcome: Result<&Granted, &OAuthError>) {
        self.health_mut(|health| match outcome {
            Ok(granted) => {
                health.expires_at = Some(after(now, granted.lives));
                health.last_success_at = Some(now);
                health.last_error = None;
                if let Some(lives) = granted.refresh_lives {
                    health.grant_expires_at = Some(after(now, Some(lives)));
                }
            }
            Err(error) => {
                health.expires_at = None;
                health.last_error = Some(error.clone());
            }
        });
    }

    fn health_mut(&self, change: impl FnOnce(&mut TokenHealth)) {
        change(&mut self.0.health.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// `now` plus the seconds an endpoint told, within what a clock can show.
fn after(now: Timestamp, seconds: Option<i64>) -> Timestamp {
    let seconds = seconds.unwrap_or(UNTOLD_LIFE).clamp(0, 10 * 366 * 86_400);
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_left_counts_whole_days_and_goes_below_zero() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let health = |text: &str| TokenHealth {
            grant_expires_at: Some(text.parse().unwrap()),
            ..TokenHealth::default()
        };
        assert_eq!(health("2026-03-08T12:00:00Z").days_left(now), Some(7));
        assert_eq!(health("2026-03-02T11:00:00Z").days_left(now), Some(0));
        assert_eq!(health("2026-03-01T11:00:00Z").days_left(now), Some(-1));
        assert_eq!(TokenHealth::default().days_left(now), None);
    }

    #[test]
    fn a_source_prints_no_secret() {
        let source = TokenSource::new(OAuthOptions {
            token_url: "https://login.example.com/token".to_owned(),
            client_id: "tierline".to_owned(),
            client_secret: Some(SecretString::from("hush-secret")),
            grant: Grant::RefreshToken(SecretString::from("hush-refresh")),
            scope: None,
            ca_file: None,
            grant_expires_at: None,
        })
        .unwrap();
        assert!(!format!("{source:?}").contains("hush"));
    }
}
