//! Handing letters over: to a real server, and to one that breaks at every step.

mod connecting;
mod delivering;
mod directory;
mod real_server;

use std::time::Duration;

use tierline::postage::smtp::{
    ConnectFailed, Envelope, Security, SmtpConnection, SmtpCredentials, SmtpOptions, SmtpTimeouts,
};

use crate::harness::smtp_peer::Fault;

const LETTER: &[u8] = b"Subject: hello\r\n\r\n.a dot\r\n..two\r\n.\r\n\r\nend\r\n";
const ROSA: Envelope<'static> =
    Envelope { from: "bounce+x@mail.example.com", to: "rosa@example.com", bytes: LETTER };

fn options(port: u16) -> SmtpOptions {
    SmtpOptions {
        host: "localhost".to_owned(),
        port,
        security: Security::Plain,
        ca_file: None,
        credentials: SmtpCredentials::None,
        client_id: "engine.example.com".to_owned(),
        timeouts: SmtpTimeouts::default(),
    }
}

/// Short waits for a peer that falls silent, the usual ones for any other: a
/// busy machine must not look like a silent peer.
fn options_for(fault: Fault, port: u16) -> SmtpOptions {
    let Fault::Silence = fault else { return options(port) };
    let wait = Duration::from_secs(1);
    let timeouts = SmtpTimeouts {
        connect: wait,
        command: wait,
        data: wait,
        payload: wait / 2,
        after_dot: wait / 2,
    };
    SmtpOptions { timeouts, ..options(port) }
}

async fn connect(options: &SmtpOptions) -> SmtpConnection {
    SmtpConnection::connect(options).await.unwrap()
}

async fn refused(options: &SmtpOptions) -> ConnectFailed {
    match SmtpConnection::connect(options).await {
        Ok(_) => panic!("connected"),
        Err(failed) => failed,
    }
}
