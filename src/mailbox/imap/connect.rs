//! From nothing to a logged-in connection: TCP, TLS, greeting, login,
//! capabilities.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_imap::imap_proto::{Capability, Response};
use data_encoding::BASE64;
use jiff::Timestamp;
use rustls_pki_types::ServerName;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::command::{Argument, Part};
use super::error::{ImapError, Step, TlsFault, from_handshake, from_io, said};
use super::guard::Limits;
use super::guarded::Socket;
use super::options::{Credential, ImapOptions, OptionsFault, Security};
use super::tls::client_config;
use super::wire::{Ended, Wire};
use crate::mailbox::oauth::TokenSource;

/// What the server offers, in upper case.
pub(super) type Offers = BTreeSet<String>;

/// Connects and logs in. A token that came from the cache and is refused is
/// replaced once, on a new connection.
pub(super) async fn connect(
    options: &ImapOptions,
    now: Timestamp,
) -> Result<(Wire, Offers), ImapError> {
    options.check()?;
    match &options.credential {
        Credential::Password(password) => {
            let mut wire = open(options).await?;
            login(&mut wire, &options.user, password).await?;
            with_offers(wire).await
        }
        Credential::OAuth(source) => {
            let token = source.access_token(now).await?;
            match authenticate(options, source, &token.secret).await {
                Err(ImapError::LoginRefused { .. }) if token.was_cached => {
                    let fresh = source.access_token(now).await?;
                    authenticate(options, source, &fresh.secret).await
                }
                other => other,
            }
        }
    }
}

async fn authenticate(
    options: &ImapOptions,
    source: &TokenSource,
    token: &SecretString,
) -> Result<(Wire, Offers), ImapError> {
    let mut wire = open(options).await?;
    let answer = xoauth2(&options.user, token);
    match wire.authenticate("XOAUTH2", &answer).await {
        Ok(Ended::Ok) => with_offers(wire).await,
        Ok(Ended::No(said)) => {
            source.reject(token).await;
            Err(ImapError::LoginRefused { said })
        }
        Err(error) => Err(error),
    }
}

/// The first answer of XOAUTH2, in base64.
fn xoauth2(user: &str, token: &SecretString) -> Zeroizing<String> {
    let token = token.expose_secret();
    let plain = Zeroizing::new(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
    Zeroizing::new(BASE64.encode(plain.as_bytes()))
}

async fn login(wire: &mut Wire, user: &str, password: &SecretString) -> Result<(), ImapError> {
    let (user, password) = (Argument::new(user), Argument::new(password.expose_secret()));
    let parts = [Part::Text("LOGIN "), user.part(), Part::Text(" "), password.part()];
    match wire.run_parts(Step::Login, &parts, 0, &mut |_| Ok(())).await? {
        Ended::Ok => Ok(()),
        Ended::No(said) => Err(ImapError::LoginRefused { said }),
    }
}

/// Asks for the capabilities after the login: earlier ones do not count.
async fn with_offers(mut wire: Wire) -> Result<(Wire, Offers), ImapError> {
    let step = Step::Capability;
    let mut offers = Offers::new();
    wire.run(step, "CAPABILITY", &mut |response| {
        if let Response::Capabilities(list) = response {
            offers.extend(list.iter().map(|capability| match capability {
                Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
                Capability::Auth(name) => format!("AUTH={}", name.to_ascii_uppercase()),
                Capability::Atom(name) => name.to_ascii_uppercase(),
            }));
        }
        Ok(())
    })
    .await?
    .or_refused(step)?;
    // to take silence for "offers nothing" would choose the worst way to put mails away
    if offers.is_empty() {
        return Err(ImapError::Nonsense(step));
    }
    Ok((wire, offers))
}

/// Everything before the login.
async fn open(options: &ImapOptions) -> Result<Wire, ImapError> {
    let tcp = tcp(options).await?;
    let limits = Limits::with_literal(options.max_literal_bytes);
    let wire = |socket| Wire::new(socket, limits, options.command_timeout);
    if options.security == Security::StartTls {
        let tcp = start_tls(options, tcp).await?;
        return Ok(wire(handshake(options, tcp).await?));
    }
    let socket = match options.security {
        Security::Plain => Socket::Plain(tcp),
        _ => handshake(options, tcp).await?,
    };
    let mut wire = wire(socket);
    wire.greeting().await?;
    Ok(wire)
}

async fn tcp(options: &ImapOptions) -> Result<TcpStream, ImapError> {
    let host = options.host.trim_start_matches('[').trim_end_matches(']');
    let tcp = timeout(options.connect_timeout, TcpStream::connect((host, options.port)))
        .await
        .map_err(|_| ImapError::TimedOut(Step::Connect))?
        .map_err(|error| ImapError::Unreachable(error.kind()))?;
    tcp.set_nodelay(true).map_err(|error| ImapError::Unreachable(error.kind()))?;
    let peer = tcp.peer_addr().map_err(|error| ImapError::Unreachable(error.kind()))?;
    // `localhost` may be anything in a resolver's eyes
    if options.security == Security::Plain && !peer.ip().is_loopback() {
        return Err(OptionsFault::PlainOverNetwork.into());
    }
    Ok(tcp)
}

async fn handshake(options: &ImapOptions, tcp: TcpStream) -> Result<Socket, ImapError> {
    let config =
        client_config(options.ca_file.as_deref()).map_err(|_| ImapError::Tls(TlsFault::CaFile))?;
    let host = options.host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned()).map_err(|_| OptionsFault::BadName)?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, tcp);
    let tls = timeout(options.connect_timeout, connecting)
        .await
        .map_err(|_| ImapError::TimedOut(Step::Handshake))?
        .map_err(|error| from_handshake(&error))?;
    Ok(Socket::Tls(Box::new(tls)))
}

/// The unprotected beginning: greeting, `STARTTLS`, its OK. Reads byte by byte
/// and not one byte further, so that nothing slipped in before the handshake
/// can be taken for an answer after it: it reaches the handshake and breaks it.
async fn start_tls(options: &ImapOptions, mut tcp: TcpStream) -> Result<TcpStream, ImapError> {
    let talk = async {
        let greeting = read_line(&mut tcp, Step::Greeting).await?;
        let word = greeting.split(' ').nth(1).unwrap_or_default();
        if !greeting.starts_with("* ") || !word.eq_ignore_ascii_case("OK") {
            let said = said(Step::Greeting, Some(&greeting));
            // PREAUTH forbids STARTTLS: a way to strip it
            return Err(ImapError::Refused { step: Step::Greeting, said });
        }
        tcp.write_all(b"S1 STARTTLS\r\n").await.map_err(|error| from_io(Step::StartTls, &error))?;
        for _ in 0..16 {
            let line = read_line(&mut tcp, Step::StartTls).await?;
            if let Some(status) = line.strip_prefix("S1 ") {
                let word = status.split(' ').next().unwrap_or_default();
                let said = said(Step::StartTls, Some(status));
                return if word.eq_ignore_ascii_case("OK") {
                    Ok(())
                } else {
                    Err(ImapError::Refused { step: Step::StartTls, said })
                };
            }
        }
        Err(ImapError::Nonsense(Step::StartTls))
    };
    timeout(options.command_timeout, talk)
        .await
        .map_err(|_| ImapError::TimedOut(Step::StartTls))??;
    Ok(tcp)
}

/// One line of at most 4 KiB, without its CRLF, as text.
async fn read_line(tcp: &mut TcpStream, step: Step) -> Result<String, ImapError> {
    let mut line = Vec::new();
    while line.len() < 4096 {
        match tcp.read_u8().await.map_err(|_| ImapError::ConnectionLost(step))? {
            b'\n' => return Ok(String::from_utf8_lossy(line.trim_ascii_end()).into_owned()),
            byte => line.push(byte),
        }
    }
    Err(ImapError::Nonsense(step))
}
