//! One request to a token endpoint and what its answer means. No redirects, a
//! short deadline, a small answer, and no word of the answer in any error.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Grant, OAuthOptions};
use crate::mailbox::imap::is_loopback;
use crate::mailbox::imap::tls::client_config;

const DEADLINE: Duration = Duration::from_secs(10);
const LARGEST_ANSWER: usize = 64 * 1024;

/// Why the endpoint will never say yes to the same question (RFC 6749 §5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The refresh token is expired, withdrawn or of another application.
    InvalidGrant,
    /// The application's id or secret is wrong or expired.
    InvalidClient,
    /// The application may not use this kind of grant.
    UnauthorizedClient,
    /// The scope is unknown or not allowed.
    InvalidScope,
    /// The endpoint does not understand the request.
    Other,
}

impl Refusal {
    fn from_code(code: &str) -> Self {
        match code {
            "invalid_grant" => Self::InvalidGrant,
            "invalid_client" => Self::InvalidClient,
            "unauthorized_client" => Self::UnauthorizedClient,
            "invalid_scope" => Self::InvalidScope,
            _ => Self::Other,
        }
    }

    /// What a person has to do.
    #[must_use]
    pub fn fix(self) -> &'static str {
        match self {
            Self::InvalidGrant => "sign in to the mailbox again and store the new refresh token",
            Self::InvalidClient => "check client_id, and renew the client secret if it has expired",
            Self::UnauthorizedClient => "allow this grant for the application at the provider",
            Self::InvalidScope => "correct the scope, or consent to it at the provider",
            Self::Other => "check token_url and the application's settings at the provider",
        }
    }
}

/// No token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OAuthError {
    /// Not a URL, or `http` to another machine.
    #[error("token_url must be https (http only to this machine)")]
    BadUrl,
    /// The CA file is missing or holds no certificate.
    #[error("the CA file for the token endpoint cannot be used")]
    BadCaFile,
    /// No connection, or no answer in time.
    #[error("the token endpoint does not answer")]
    Unreachable,
    /// A status that says nothing about the grant: overload, outage, redirect.
    #[error("the token endpoint answered with status {status}")]
    Unavailable {
        /// The HTTP status.
        status: u16,
    },
    /// The endpoint said no.
    #[error("the token endpoint refused ({refusal:?}): {}", .refusal.fix())]
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// Too long, not JSON, or without a bearer token.
    #[error("the token endpoint's answer makes no sense")]
    Nonsense,
}

impl OAuthError {
    /// Whether a person has to act before another attempt can succeed.
    #[must_use]
    pub fn needs_operator(&self) -> bool {
        matches!(self, Self::BadUrl | Self::BadCaFile | Self::Refused { .. })
    }
}

/// What the endpoint gave.
pub(super) struct Granted {
    pub(super) access: SecretString,
    /// Seconds.
    pub(super) lives: Option<i64>,
    pub(super) refresh: Option<SecretString>,
    /// Seconds.
    pub(super) refresh_lives: Option<i64>,
}

#[derive(Deserialize)]
struct Answer {
    access_token: SecretString,
    token_type: Option<String>,
    expires_in: Option<Seconds>,
    refresh_token: Option<SecretString>,
    refresh_token_expires_in: Option<Seconds>,
}

/// Some endpoints write numbers as strings.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(i64),
    Text(String),
}

impl Seconds {
    fn value(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}

#[derive(Deserialize)]
struct Problem {
    error: String,
}

/// A token endpoint.
#[derive(Debug)]
pub(super) struct Endpoint {
    client: Client,
    url: Url,
    options: OAuthOptions,
}

impl Endpoint {
    pub(super) fn new(options: OAuthOptions) -> Result<Self, OAuthError> {
        let url = Url::parse(&options.token_url).map_err(|_| OAuthError::BadUrl)?;
        let is_local = url.host_str().is_some_and(is_loopback);
        if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
            return Err(OAuthError::BadUrl);
        }
        let tls = client_config(options.ca_file.as_deref()).map_err(|_| OAuthError::BadCaFile)?;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .connect_timeout(DEADLINE)
            .timeout(DEADLINE);
        if is_local {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|_| OAuthError::BadCaFile)?;
        Ok(Self { client, url, options })
    }

    /// Asks for a token, with `refresh` when there is a refresh token.
    pub(super) async fn ask(&self, refresh: Option<&SecretString>) -> Result<Granted, OAuthError> {
        let options = &self.options;
        let mut form = vec![("client_id", options.client_id.as_str())];
        match (&options.grant, refresh) {
            (Grant::RefreshToken(first), current) => {
                form.push(("grant_type", "refresh_token"));
                form.push(("refresh_token", current.unwrap_or(first).expose_secret()));
            }
            (Grant::ClientCredentials, _) => form.push(("grant_type", "client_credentials")),
        }
        if let Some(secret) = &options.client_secret {
            form.push(("client_secret", secret.expose_secret()));
        }
        if let Some(scope) = &options.scope {
            form.push(("scope", scope));
        }
        let request = self.client.post(self.url.clone()).form(&form);
        let response = request.header("accept", "application/json").send().await;
        let response = response.map_err(|_| OAuthError::Unreachable)?;
        let status = response.status();
        let body = bounded(response).await?;
        judge(status, &body)
    }
}

/// The body, if it is small enough.
async fn bounded(mut response: Response) -> Result<Zeroizing<Vec<u8>>, OAuthError> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(|_| OAuthError::Unreachable)? {
        if body.len().saturating_add(chunk.len()) > LARGEST_ANSWER {
            return Err(OAuthError::Nonsense);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn judge(status: StatusCode, body: &[u8]) -> Result<Granted, OAuthError> {
    if !status.is_success() {
        let problem = serde_json::from_slice::<Problem>(body).ok();
        return Err(match problem {
            Some(problem) if matches!(status.as_u16(), 400 | 401 | 403) => {
                OAuthError::Refused { refusal: Refusal::from_code(&problem.error) }
            }
            _ => OAuthError::Unavailable { status: status.as_u16() },
        });
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|_| OAuthError::Nonsense)?;
    let is_bearer =
        answer.token_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    // a control character would end XOAUTH2's field and start another
    let token = answer.access_token.expose_secret();
    if !is_bearer || token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(OAuthError::Nonsense);
    }
    Ok(Granted {
        lives: answer.expires_in.as_ref().and_then(Seconds::value),
        refresh: answer.refresh_token.filter(|token| !token.expose_secret().is_empty()),
        refresh_lives: answer.refresh_token_expires_in.as_ref().and_then(Seconds::value),
        access: answer.access_token,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, body: &str) -> Result<Granted, OAuthError> {
        judge(StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    #[test]
    fn only_a_refusal_with_a_reason_asks_for_a_person() {
        let refused = verdict(400, r#"{"error":"invalid_grant","error_description":"rosa"}"#);
        let error = refused.err().unwrap();
        assert_eq!(error, OAuthError::Refused { refusal: Refusal::InvalidGrant });
        assert!(error.needs_operator());
        assert!(error.to_string().contains("sign in to the mailbox again"));
        assert!(!error.to_string().contains("rosa"));
        for (status, body) in [(503, "{\"error\":\"x\"}"), (429, ""), (400, "oops"), (302, "")] {
            let error = verdict(status, body).err().unwrap();
            assert_eq!(error, OAuthError::Unavailable { status });
            assert!(!error.needs_operator());
        }
    }

    #[test]
    fn an_answer_without_a_usable_token_is_nonsense() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a\u0001b"}"#,
            r#"{"access_token":"a","token_type":"mac"}"#,
        ] {
            assert_eq!(verdict(200, body).err(), Some(OAuthError::Nonsense), "{body}");
        }
    }

    #[test]
    fn lifetimes_are_read_as_numbers_or_text() {
        let granted = verdict(200, r#"{"access_token":"a","expires_in":"3599"}"#).ok().unwrap();
        assert_eq!(granted.lives, Some(3599));
        let body = r#"{"access_token":"a","token_type":"Bearer","expires_in":60,
            "refresh_token":"r","refresh_token_expires_in":86400}"#;
        let granted = verdict(200, body).ok().unwrap();
        assert_eq!((granted.lives, granted.refresh_lives), (Some(60), Some(86_400)));
        assert_eq!(granted.refresh.unwrap().expose_secret(), "r");
    }
}
