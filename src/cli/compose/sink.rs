//! The configured way out for letters.

use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::config::Config;
use crate::config::mailbox::Security;
use crate::config::outbox::SinkKind;
use crate::config::smtp::Smtp;
use crate::postage::MailSink;
use crate::postage::directory::DirectorySink;
use crate::postage::smtp::{self, SmtpCredentials, SmtpOptions, SmtpTimeouts};

/// Where letters go.
///
/// # Errors
/// With exit status 3 when the relay's password cannot be read.
pub fn sink(config: &Config) -> Result<MailSink, CliError> {
    match config.outbox.sink {
        SinkKind::Directory => {
            Ok(MailSink::Directory(DirectorySink { path: config.outbox.path.clone() }))
        }
        SinkKind::Smtp => Ok(MailSink::Smtp(smtp_options(config, &config.smtp)?)),
    }
}

fn smtp_options(config: &Config, relay: &Smtp) -> Result<SmtpOptions, CliError> {
    let credentials = match &relay.login {
        None => SmtpCredentials::None,
        Some((user, secret)) => SmtpCredentials::Password {
            user: user.clone(),
            password: secret.load().or_exit(Exit::Config)?,
        },
    };
    Ok(SmtpOptions {
        host: relay.host.clone(),
        port: relay.port,
        security: match relay.security {
            Security::ImplicitTls => smtp::Security::ImplicitTls,
            Security::StartTls => smtp::Security::StartTls,
            Security::Plain => smtp::Security::Plain,
        },
        ca_file: relay.ca_file.clone(),
        credentials,
        client_id: config.instance.mail_host.clone(),
        timeouts: SmtpTimeouts {
            connect: relay.connect_timeout,
            command: relay.command_timeout,
            data: relay.data_wait(),
            payload: relay.payload_wait(),
            after_dot: relay.data_timeout,
        },
    })
}
