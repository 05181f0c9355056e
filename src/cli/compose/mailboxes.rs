//! Configured mailboxes as sources that can be polled.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::ExposeSecret as _;

use crate::app::poll::PolledMailbox;
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::config::mailbox::{Grant, Imap, Login, Mailbox, MailboxKind, OAuth, Security};
use crate::config::{Config, SecretSource};
use crate::mailbox::imap::{self, Credential, ImapOptions};
use crate::mailbox::maildir::MaildirSource;
use crate::mailbox::oauth::{self, OAuthOptions, TokenSource};
use crate::mailbox::source::{ImapSource, MailSource};

/// A mailbox with all that goes with it.
pub struct ComposedMailbox {
    /// What is polled.
    pub mailbox: PolledMailbox,
    /// Where a rotated refresh token is kept, if one can rotate.
    pub tokens: Option<TokenKeeper>,
    /// Longest wait between two looks.
    pub poll_interval: Duration,
}

/// Keeps the refresh token that a provider gave in place of the old one:
/// without it, the next start would be refused (RFC 6749 §6).
pub struct TokenKeeper {
    source: TokenSource,
    file: PathBuf,
}

impl TokenKeeper {
    /// Writes the token down if it has changed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn keep(&self) -> std::io::Result<()> {
        let Some(token) = self.source.rotated_refresh_token().await else { return Ok(()) };
        let token = token.expose_secret();
        if std::fs::read_to_string(&self.file).is_ok_and(|kept| kept.trim_end() == token) {
            return Ok(());
        }
        let part = self.file.with_extension("part");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(token.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, &self.file)
    }
}

/// Every configured mailbox.
///
/// # Errors
/// With exit status 3 when a password or token file cannot be read.
pub fn mailboxes(config: &Config) -> Result<Vec<ComposedMailbox>, CliError> {
    config.mailboxes.iter().map(|mailbox| composed(config, mailbox)).collect()
}

fn composed(config: &Config, mailbox: &Mailbox) -> Result<ComposedMailbox, CliError> {
    let mut tokens = None;
    let source = match &mailbox.source {
        MailboxKind::Maildir { path } => MailSource::Maildir(MaildirSource::new(path)),
        MailboxKind::Imap(imap) => {
            let options = imap_options(config, imap)?;
            tokens = token_keeper(imap, &options);
            MailSource::Imap(Box::new(ImapSource::new(options)))
        }
    };
    let mailbox_name = mailbox.name.clone();
    Ok(ComposedMailbox {
        mailbox: PolledMailbox {
            name: mailbox_name,
            source,
            own_mx_hosts: mailbox.own_mx_hosts.clone(),
            max_mail_bytes: config.limits.max_mail_bytes,
            suspects: std::collections::HashMap::new(),
        },
        tokens,
        poll_interval: mailbox.poll_interval,
    })
}

fn token_keeper(imap: &Imap, options: &ImapOptions) -> Option<TokenKeeper> {
    let Login::OAuth(OAuth { grant: Grant::RefreshToken { file }, .. }) = &imap.login else {
        return None;
    };
    let Credential::OAuth(source) = &options.credential else { return None };
    Some(TokenKeeper { source: source.clone(), file: file.clone() })
}

fn imap_options(config: &Config, imap: &Imap) -> Result<ImapOptions, CliError> {
    let credential = match &imap.login {
        Login::Password(secret) => Credential::Password(secret.load().or_exit(Exit::Config)?),
        Login::OAuth(oauth) => Credential::OAuth(token_source(oauth)?),
    };
    let mut options = ImapOptions::new(&imap.host, &imap.user, credential);
    options.port = imap.port;
    options.security = match imap.security {
        Security::ImplicitTls => imap::Security::ImplicitTls,
        Security::StartTls => imap::Security::StartTls,
        Security::Plain => imap::Security::Plain,
    };
    options.ca_file.clone_from(&imap.ca_file);
    options.folder.clone_from(&imap.folder);
    options.processed_folder.clone_from(&imap.processed_folder);
    options.max_mail_bytes = config.limits.max_mail_bytes;
    options.check().or_exit(Exit::Config)?;
    Ok(options)
}

fn token_source(oauth: &OAuth) -> Result<TokenSource, CliError> {
    let grant = match &oauth.grant {
        Grant::ClientCredentials => oauth::Grant::ClientCredentials,
        Grant::RefreshToken { file } => {
            let secret = SecretSource::File(file.clone()).load().or_exit(Exit::Config)?;
            oauth::Grant::RefreshToken(secret)
        }
    };
    let client_secret = oauth.client_secret.as_ref().map(SecretSource::load).transpose();
    TokenSource::new(OAuthOptions {
        token_url: oauth.token_endpoint.clone(),
        client_id: oauth.client_id.clone(),
        client_secret: client_secret.or_exit(Exit::Config)?,
        grant,
        scope: Some(oauth.scope.clone()).filter(|scope| !scope.is_empty()),
        ca_file: oauth.ca_file.clone(),
        grant_expires_at: None,
    })
    .or_exit(Exit::Config)
}
