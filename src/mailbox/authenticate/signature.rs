//! Our own look at DKIM signatures (RFC 6376, RFC 8301) and the DMARC policy
//! of the From domain (RFC 9989), on the raw bytes.
//!
//! SPF cannot be repeated after the mail was fetched, so a mail without a good
//! signature is not a failure here, only unknown.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mail_auth::common::crypto::Algorithm;
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::common::verify::DomainKey;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::dmarc::{Dmarc, Policy};
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts,
};
use mail_auth::{
    AuthenticatedMessage, DkimOutput, DkimResult, DmarcResult, DnsError, Error,
    MessageAuthenticator, Parameters, ResolverCache as _, SpfOutput, Txt,
};

use super::key_cache::KeyCache;
use crate::domain::authentication::{Authentication, DkimCheck, DmarcCheck, Source, Verdict};

/// Signatures of one mail that are looked at: each may cost a name server's answer.
const MAX_SIGNATURES: usize = 5;
/// How long a record that was brought by hand stays.
const BROUGHT_FOR: Duration = Duration::from_secs(24 * 3600);

/// Why signatures cannot be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// The resolver could not be set up.
    #[error("the resolver cannot be used: {0}")]
    Resolver(String),
    /// A record brought by hand is neither a key nor a policy.
    #[error("not a DKIM key or DMARC policy")]
    NoRecord,
}

/// Checks signatures; one for the whole program.
pub struct SignatureChecker {
    authenticator: MessageAuthenticator,
    records: KeyCache,
    timeout: Duration,
}

impl SignatureChecker {
    /// Asks the name server at `resolver`; a mail takes at most `timeout`.
    ///
    /// # Errors
    /// When the resolver cannot be set up.
    pub fn new(resolver: SocketAddr, timeout: Duration) -> Result<Self, SignatureError> {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut one| {
            one.port = resolver.port();
            one
        });
        let server = NameServerConfig::new(resolver.ip(), true, connections.to_vec());
        let config = ResolverConfig::from_name_servers(vec![server]);
        let mut options = ResolverOpts::default();
        options.timeout = (timeout / 2).max(Duration::from_millis(100));
        options.attempts = 1;
        let authenticator = MessageAuthenticator::new(config, options)
            .map_err(|error| SignatureError::Resolver(error.to_string()))?;
        Ok(Self { authenticator, records: KeyCache::default(), timeout })
    }

    /// Brings the TXT record of `name` for a day; `None`: there is none.
    ///
    /// # Errors
    /// When it is neither a DKIM key nor a DMARC policy.
    #[expect(clippy::disallowed_methods, reason = "how long a record is good, and nothing else")]
    pub fn bring(&self, name: &str, record: Option<&str>) -> Result<(), SignatureError> {
        let absent = || {
            let code = mail_auth::hickory_resolver::proto::op::ResponseCode::NXDomain;
            Txt::Error(Error::Dns(DnsError::RecordNotFound(code)))
        };
        let record = match record {
            None => absent(),
            Some(text) => Dmarc::parse(text.as_bytes())
                .map(Txt::from)
                .or_else(|_| DomainKey::parse(text.as_bytes()).map(Txt::from))
                .map_err(|_| SignatureError::NoRecord)?,
        };
        let name = format!("{}.", name.trim_end_matches('.').to_lowercase());
        self.records.insert(name.into_boxed_str(), record, Instant::now() + BROUGHT_FOR);
        Ok(())
    }

    /// What the signatures of `raw` say about its From. Hashes the whole mail:
    /// run it off the async threads.
    pub async fn check(&self, raw: &[u8]) -> Authentication {
        self.check_within(raw, self.timeout).await
    }

    /// The same, in no more time than is `left`.
    pub async fn check_within(&self, raw: &[u8], left: Duration) -> Authentication {
        let timeout = self.timeout.min(left);
        // A body length (`l=`) lets anybody add text below a signed mail: the
        // strict reader refuses such a signature (RFC 6376 §8.2).
        let Some(mut message) = AuthenticatedMessage::parse_with_opts(raw, None, true) else {
            return Authentication::default();
        };
        message.dkim_headers.truncate(MAX_SIGNATURES);
        message.errors.truncate(MAX_SIGNATURES);
        // Losing the answer loses no connection: the resolver keeps its own.
        let asked = tokio::time::timeout(timeout, self.evaluate(&message)).await;
        asked.unwrap_or_else(|_| Authentication {
            dkim: Vec::new(),
            dmarc: DmarcCheck { verdict: Verdict::TempError, ..DmarcCheck::default() },
            from: Source::OwnVerification,
        })
    }

    async fn evaluate(&self, message: &AuthenticatedMessage<'_>) -> Authentication {
        let parameters = Parameters::new(message).with_txt_cache(&self.records);
        let mut outputs = self.authenticator.verify_dkim(parameters).await;
        // SHA-1 proves nothing any more (RFC 8301 §3.1); keys under 1024 bits
        // are refused by ring.
        outputs.retain(|output| {
            output.signature().is_none_or(|signature| signature.a != Algorithm::RsaSha1)
        });
        let spf = SpfOutput::new(String::new());
        let policy = DmarcParameters::new(message, &outputs, "", &spf);
        let parameters = Parameters::new(policy).with_txt_cache(&self.records);
        let dmarc = self.authenticator.verify_dmarc(parameters).await;
        Authentication {
            dkim: outputs.iter().filter_map(dkim).collect(),
            dmarc: DmarcCheck {
                domain: dmarc.domain().to_lowercase(),
                verdict: match dmarc.dkim_result() {
                    DmarcResult::Pass => Verdict::Pass,
                    DmarcResult::TempError(_) => Verdict::TempError,
                    // The domain has a policy, and no signature meets it: SPF
                    // might have, so this is no failure; but a signature that
                    // the policy does not accept must not count either.
                    _ if dmarc.dmarc_record().is_some() => Verdict::PermError,
                    _ => Verdict::None,
                },
                is_enforcing: matches!(dmarc.policy(), Policy::Quarantine | Policy::Reject),
            },
            from: Source::OwnVerification,
        }
    }
}

fn dkim(output: &DkimOutput<'_>) -> Option<DkimCheck> {
    Some(DkimCheck {
        domain: output.signature()?.d.to_lowercase(),
        verdict: match output.result() {
            DkimResult::Pass => Verdict::Pass,
            DkimResult::TempError(_) => Verdict::TempError,
            DkimResult::Fail(_) => Verdict::Fail,
            DkimResult::PermError(_) | DkimResult::Neutral(_) => Verdict::PermError,
            DkimResult::None => Verdict::None,
        },
    })
}

#[cfg(test)]
mod tests;
