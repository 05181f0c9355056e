//! Opens a connection that is ready for letters: TCP, TLS, EHLO, AUTH, each
//! with its own longest wait. A connection that failed anywhere is gone.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::deliver::said;
use super::wire::{Greeted, Reply, Wire};
use super::{Phase, Security, SmtpCredentials, SmtpOptions, SmtpTimeouts};
use crate::postage::clean;

/// Why there is no connection. No letter was touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("SMTP {phase}: {reason}")]
pub struct ConnectFailed {
    /// How far it got.
    pub phase: Phase,
    /// What happened.
    pub reason: String,
    /// The server's reply code, if it said no.
    pub code: Option<u16>,
    /// 5xx, or our own configuration: the same options will fail again. After
    /// a permanent failure in `auth` nobody should hammer the server.
    pub is_permanent: bool,
}

impl ConnectFailed {
    fn broken(phase: Phase, reason: impl ToString) -> Self {
        let reason = clean::line(&reason.to_string(), 200);
        Self { phase, reason, code: None, is_permanent: false }
    }

    fn misconfigured(phase: Phase, reason: impl ToString) -> Self {
        Self { is_permanent: true, ..Self::broken(phase, reason) }
    }

    fn refused(phase: Phase, reply: &Reply) -> Self {
        let is_permanent = (500..600).contains(&reply.code);
        let reason = said(reply.code, reply.lines.iter().map(String::as_str));
        Self { phase, reason, code: Some(reply.code), is_permanent }
    }
}

/// A connection ready for letters. Use it for one at a time.
pub struct SmtpConnection {
    /// Taken while a letter is under way and put back only when all went well:
    /// a future dropped half-way leaves nothing that could be used again.
    pub(super) client: Option<AsyncSmtpConnection>,
    pub(super) timeouts: SmtpTimeouts,
}

impl SmtpConnection {
    /// Connects as `options` say.
    ///
    /// # Errors
    /// Names the phase that failed.
    pub async fn connect(options: &SmtpOptions) -> Result<Self, ConnectFailed> {
        let wait = options.timeouts;
        let socket = tcp(options).await?;
        let mut wire = Wire::Plain(socket);
        if options.security == Security::ImplicitTls {
            wire = tls(wire, options).await?;
        }
        let greeting = within(wait.command, Phase::Greeting, wire.reply()).await?;
        if greeting.code != 220 {
            return Err(ConnectFailed::refused(Phase::Greeting, &greeting));
        }
        if options.security == Security::StartTls {
            start_tls(&mut wire, options).await?;
            wire = tls(wire, options).await?;
        }
        let name = ClientId::Domain(options.client_id.clone());
        let ehlo = AsyncSmtpConnection::connect_with_transport(Box::new(Greeted::new(wire)), &name);
        let mut client = client_step(wait.command, Phase::Ehlo, ehlo).await?;
        authenticate(&mut client, options).await?;
        Ok(Self { client: Some(client), timeouts: wait })
    }

    /// Whether another letter may go over this connection.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        self.client.is_some()
    }

    /// Says goodbye. What the server answers does not matter: every letter's
    /// fate is settled.
    pub async fn quit(mut self) {
        if let Some(mut client) = self.client.take() {
            let _ = tokio::time::timeout(Duration::from_secs(5), client.quit()).await;
        }
    }
}

async fn tcp(options: &SmtpOptions) -> Result<TcpStream, ConnectFailed> {
    let is_name = !options.client_id.is_empty()
        && options.client_id.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>');
    if !is_name {
        return Err(ConnectFailed::misconfigured(Phase::Connect, "client_id is not a host name"));
    }
    let opening = TcpStream::connect((options.host.as_str(), options.port));
    let socket = within(options.timeouts.connect, Phase::Connect, opening).await?;
    let broken = |error: io::Error| ConnectFailed::broken(Phase::Connect, error);
    if options.security == Security::Plain
        && !socket.peer_addr().map_err(broken)?.ip().is_loopback()
    {
        let reason = "security `plain` is for a server on this machine; use TLS";
        return Err(ConnectFailed::misconfigured(Phase::Connect, reason));
    }
    // Without this each letter waits some 40 ms for the peer's delayed ACK.
    socket.set_nodelay(true).map_err(broken)?;
    Ok(socket)
}

async fn start_tls(wire: &mut Wire, options: &SmtpOptions) -> Result<(), ConnectFailed> {
    let wait = options.timeouts.command;
    let hello = format!("EHLO {}", options.client_id);
    let offered = within(wait, Phase::StartTls, wire.command(&hello)).await?;
    if !(200..300).contains(&offered.code) {
        return Err(ConnectFailed::refused(Phase::StartTls, &offered));
    }
    if !offered.lines.iter().any(|line| line.trim().eq_ignore_ascii_case("STARTTLS")) {
        // Never go on in the clear: somebody may have cut the offer out.
        let reason = "the server does not offer STARTTLS";
        return Err(ConnectFailed::broken(Phase::StartTls, reason));
    }
    let answer = within(wait, Phase::StartTls, wire.command("STARTTLS")).await?;
    if answer.code == 220 { Ok(()) } else { Err(ConnectFailed::refused(Phase::StartTls, &answer)) }
}

async fn tls(wire: Wire, options: &SmtpOptions) -> Result<Wire, ConnectFailed> {
    let misconfigured = |reason: String| ConnectFailed::misconfigured(Phase::Tls, reason);
    let Wire::Plain(socket) = wire else {
        return Err(misconfigured("TLS inside TLS".to_owned()));
    };
    let config = tls_config(options).await.map_err(misconfigured)?;
    let name = ServerName::try_from(options.host.clone())
        .map_err(|error| misconfigured(error.to_string()))?;
    let connector = TlsConnector::from(Arc::new(config));
    let shaking = connector.connect(name, socket);
    let stream = within(options.timeouts.connect, Phase::Tls, shaking).await?;
    Ok(Wire::Tls(Box::new(stream)))
}

async fn tls_config(options: &SmtpOptions) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    match &options.ca_file {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let named = |error: String| format!("{}: {error}", path.display());
            let pem = tokio::fs::read(path).await.map_err(|error| named(error.to_string()))?;
            for certificate in CertificateDer::pem_slice_iter(&pem) {
                let certificate = certificate.map_err(|error| named(error.to_string()))?;
                roots.add(certificate).map_err(|error| named(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(named("no certificate in it".to_owned()));
            }
        }
    }
    // The provider is named: a second one in the process would make the default panic.
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
        .map_err(|error| error.to_string())
}

async fn authenticate(
    client: &mut AsyncSmtpConnection,
    options: &SmtpOptions,
) -> Result<(), ConnectFailed> {
    let (mechanisms, user, secret): (&[Mechanism], _, _) = match &options.credentials {
        SmtpCredentials::None => return Ok(()),
        SmtpCredentials::Password { user, password } => {
            (&[Mechanism::Plain, Mechanism::Login], user, password)
        }
        SmtpCredentials::OAuth2 { user, token } => (&[Mechanism::Xoauth2], user, token),
    };
    let credentials = Credentials::new(user.clone(), secret.expose_secret().to_owned());
    let answer = client.auth(mechanisms, &credentials);
    client_step(options.timeouts.command, Phase::Auth, answer).await.map(|_| ())
}

/// One step on the bare wire, with its longest wait.
async fn within<T>(
    wait: Duration,
    phase: Phase,
    step: impl Future<Output = io::Result<T>>,
) -> Result<T, ConnectFailed> {
    match tokio::time::timeout(wait, step).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(ConnectFailed::broken(phase, error)),
        Err(_) => Err(ConnectFailed::broken(phase, "no answer in time")),
    }
}

/// One step of the SMTP client, with its longest wait.
async fn client_step<T>(
    wait: Duration,
    phase: Phase,
    step: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, ConnectFailed> {
    let error = match tokio::time::timeout(wait, step).await {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) => error,
        Err(_) => return Err(ConnectFailed::broken(phase, "no answer in time")),
    };
    let refused = super::deliver::Refusal::of(&error);
    Err(match refused {
        Some(refusal) => ConnectFailed {
            phase,
            reason: refusal.reply,
            code: Some(refusal.code),
            is_permanent: refusal.is_permanent,
        },
        None => ConnectFailed::broken(phase, super::deliver::reason(&error)),
    })
}
