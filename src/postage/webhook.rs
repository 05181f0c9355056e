//! Calls an endpoint of the house: one small JSON body, signed with a secret that
//! both sides know. No redirects, a short deadline, and only hosts that the
//! configuration allows.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use reqwest::{Client, Url, redirect};
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

const DEADLINE: Duration = Duration::from_secs(10);
/// Shorter secrets could be guessed from a signature.
const SHORTEST_SECRET: usize = 16;

/// One endpoint as configured.
#[derive(Clone)]
pub struct EndpointOptions {
    /// Name by which ladders call it.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// Secret of the signature.
    pub secret: SecretString,
}

/// Why an endpoint cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// Not https, and not this machine.
    #[error("webhook {0}: the URL must be https (http only to this machine)")]
    Url(String),
    /// A host that is not on the list.
    #[error("webhook {name}: {host} is not among notify.allowed_hosts")]
    Host {
        /// Which endpoint.
        name: String,
        /// Its host.
        host: String,
    },
    /// Too short a secret.
    #[error("webhook {0}: the secret needs at least {SHORTEST_SECRET} characters")]
    Secret(String),
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built")]
    Client,
}

/// Why a call did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallFailed {
    /// No endpoint has the name.
    #[error("no_such_endpoint")]
    Unknown,
    /// No connection, or no answer in time.
    #[error("no_answer")]
    NoAnswer,
    /// Another status than 2xx.
    #[error("status_{0}")]
    Status(u16),
}

impl CallFailed {
    /// Whether a later call may arrive: a refusal of the request itself (4xx but
    /// 408 and 429) will stay one.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        match self {
            Self::Unknown => false,
            Self::NoAnswer => true,
            Self::Status(status) => !(status >= 400 && status < 500) || matches!(status, 408 | 429),
        }
    }
}

/// All endpoints, ready to be called.
#[derive(Clone, Default)]
pub struct Endpoints {
    client: Option<Client>,
    known: Arc<BTreeMap<String, (Url, SecretString)>>,
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.known.keys()).finish()
    }
}

impl Endpoints {
    /// Checks every endpoint against the hosts that are allowed.
    ///
    /// # Errors
    /// For a URL that is not https, a host that is not on the list, and a short
    /// secret.
    pub fn new(
        options: Vec<EndpointOptions>,
        allowed_hosts: &[String],
    ) -> Result<Self, BadEndpoint> {
        if options.is_empty() {
            return Ok(Self::default());
        }
        let mut known = BTreeMap::new();
        for one in options {
            let url = Url::parse(&one.url).map_err(|_| BadEndpoint::Url(one.name.clone()))?;
            let host = url.host_str().unwrap_or_default().to_lowercase();
            let is_local = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
            if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
                return Err(BadEndpoint::Url(one.name));
            }
            if !allowed_hosts.contains(&host) {
                return Err(BadEndpoint::Host { name: one.name, host });
            }
            if one.secret.expose_secret().chars().count() < SHORTEST_SECRET {
                return Err(BadEndpoint::Secret(one.name));
            }
            known.insert(one.name, (url, one.secret));
        }
        Ok(Self { client: Some(client()?), known: Arc::new(known) })
    }

    /// Names of all endpoints.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }

    /// Calls the endpoint `name` with `body`, a JSON text, signed at `at`:
    /// `Tierline-Signature: t=<seconds>,v1=<hex HMAC-SHA-256 of "<seconds>.<body>">`.
    ///
    /// # Errors
    /// When it is unknown, does not answer in time, or answers with anything but
    /// 2xx.
    pub async fn call(&self, name: &str, body: &str, at: Timestamp) -> Result<(), CallFailed> {
        let (Some(client), Some((url, secret))) = (&self.client, self.known.get(name)) else {
            return Err(CallFailed::Unknown);
        };
        let signature = signature(secret.expose_secret(), body, at.as_second());
        let request = client
            .post(url.clone())
            .header("content-type", "application/json")
            .header("tierline-signature", signature)
            .body(body.to_owned());
        let response = request.send().await.map_err(|_| CallFailed::NoAnswer)?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(CallFailed::Status(status.as_u16())) }
    }
}

/// The value of the signature header.
#[must_use]
pub fn signature(secret: &str, body: &str, seconds: i64) -> String {
    // A key of any length is accepted by HMAC (RFC 2104 §2).
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{seconds}.{body}").as_bytes());
    let hex = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
    format!("t={seconds},v1={hex}")
}

fn client() -> Result<Client, BadEndpoint> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| BadEndpoint::Client)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .connect_timeout(DEADLINE)
        .timeout(DEADLINE)
        .no_proxy()
        .build()
        .map_err(|_| BadEndpoint::Client)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str, secret: &str) -> Vec<EndpointOptions> {
        vec![EndpointOptions { name: "pager".into(), url: url.into(), secret: secret.into() }]
    }

    #[test]
    fn only_allowed_hosts_over_tls_with_a_real_secret_are_called() {
        let allowed = ["hooks.example.com".to_owned(), "127.0.0.1".to_owned()];
        let new = |url: &str, secret: &str| Endpoints::new(endpoint(url, secret), &allowed).err();
        let secret = "sixteen characters";
        assert_eq!(new("https://hooks.example.com/a", secret), None);
        assert_eq!(new("http://127.0.0.1:9/a", secret), None);
        assert_eq!(
            new("http://hooks.example.com/a", secret),
            Some(BadEndpoint::Url("pager".into()))
        );
        assert!(matches!(
            new("https://hooks.example.com.evil.test/", secret),
            Some(BadEndpoint::Host { .. })
        ));
        assert_eq!(
            new("https://hooks.example.com/", "short"),
            Some(BadEndpoint::Secret("pager".into()))
        );
    }

    #[test]
    fn the_signature_is_that_of_any_hmac_program() {
        // printf '1732467600.{"a":1}' | openssl dgst -sha256 -hmac 'key of the house'
        let expected =
            "t=1732467600,v1=14d372c032e6b51035c9aed346d3d88f3c01ea0405219593f1c6c4f95d266bcf";
        assert_eq!(signature("key of the house", "{\"a\":1}", 1_732_467_600), expected);
    }

    #[test]
    fn a_refused_request_is_not_repeated() {
        assert!(!CallFailed::Status(403).may_pass() && !CallFailed::Unknown.may_pass());
        for failed in [CallFailed::Status(503), CallFailed::Status(429), CallFailed::NoAnswer] {
            assert!(failed.may_pass(), "{failed}");
        }
    }
}
