//! Configured mailboxes as sources that can be polled.

use crate::app::poll::PolledMailbox;
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::config::mailbox::{Grant, Imap, Login, Mailbox, MailboxKind, OAuth, Security};
use crate::config::{Config, SecretSource};
use crate::mailbox::imap::{self, Credential, ImapOptions};
use crate::mailbox::maildir::MaildirSource;
use crate::mailbox::oauth::{self, OAuthOptions, TokenSource};
use crate::mailbox::source::{ImapSource, MailSource};

/// Every configured mailbox.
///
/// # Errors
/// With exit status 3 when a password or token file cannot be read.
pub fn mailboxes(config: &Config) -> Result<Vec<PolledMailbox>, CliError> {
    config.mailboxes.iter().map(|mailbox| polled(config, mailbox)).collect()
}

fn polled(config: &Config, mailbox: &Mailbox) -> Result<PolledMailbox, CliError> {
    let source = match &mailbox.source {
        MailboxKind::Maildir { path } => MailSource::Maildir(MaildirSource::new(path)),
        MailboxKind::Imap(imap) => {
            MailSource::Imap(Box::new(ImapSource::new(imap_options(config, imap)?)))
        }
    };
    Ok(PolledMailbox {
        name: mailbox.name.clone(),
        source,
        own_mx_hosts: mailbox.own_mx_hosts.clone(),
        max_mail_bytes: config.limits.max_mail_bytes,
        suspects: std::collections::HashMap::new(),
    })
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
