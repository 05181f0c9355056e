//! How a desk is put together.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tierline::app::poll::PolledMailbox;
use tierline::app::send::Lane;
use tierline::app::{App, Standing, shipped};
use tierline::cli::compose;
use tierline::config::Config;
use tierline::domain::actor::Role;
use tierline::domain::id::PersonId;
use tierline::mailbox::authenticate::SenderChecks;
use tierline::mailbox::imap::ImapOptions;
use tierline::mailbox::maildir::MaildirSource;
use tierline::mailbox::source::{ImapSource, MailSource};
use tierline::postage::MailSink;
use tierline::postage::directory::DirectorySink;
use tierline::postage::render::Renderer;
use tierline::postage::smtp::{Security, SmtpCredentials, SmtpOptions, SmtpTimeouts};
use tierline::store::Store;
use tierline::store::template::{NewTemplateVersion, TemplateAbout};

use super::{Arrived, CARE, Door, MAIL_HOST, SettableClock, TestDesk, WayOut, noon};
use crate::harness::database::{TestDatabase, test_vault};
use crate::harness::dovecot::Dovecot;
use crate::harness::imap_peer::ImapPeer;
use crate::harness::smtp_peer::{Script, SmtpPeer};
use crate::harness::smtp_receiver::SmtpReceiver;

/// Largest mail that is fetched whole, as configured by default.
pub const MOST_BYTES: u64 = 35 * 1024 * 1024;

/// The desk's own mail server, where senders are checked.
pub const OWN_MX: &str = "mx1.desk.example";

/// What a desk is before it has a database; may be built from more than once.
#[derive(Default)]
pub struct DeskBuilder {
    mailboxes: Vec<(String, Kind)>,
    way_out: Option<WayOut>,
    script: Option<Script>,
    are_templates_unapproved: bool,
    timeouts: Option<SmtpTimeouts>,
    most_bytes: Option<u64>,
    checks: Option<SenderChecks>,
}

enum Kind {
    Dovecot(Arc<Dovecot>),
    Peer,
    Maildir,
}

impl DeskBuilder {
    /// A mailbox on a real server; each desk has a user of its own there.
    pub fn dovecot(mut self, name: &str, server: &Arc<Dovecot>) -> Self {
        self.mailboxes.push((name.to_owned(), Kind::Dovecot(Arc::clone(server))));
        self
    }

    /// A mailbox on a scripted server; each desk has a server of its own.
    pub fn imap_peer(mut self, name: &str) -> Self {
        self.mailboxes.push((name.to_owned(), Kind::Peer));
        self
    }

    /// A Maildir in the desk's own directory.
    pub fn maildir(mut self, name: &str) -> Self {
        self.mailboxes.push((name.to_owned(), Kind::Maildir));
        self
    }

    /// Letters go to a real SMTP server.
    pub fn receiver(mut self, receiver: &Arc<SmtpReceiver>) -> Self {
        self.way_out = Some(WayOut::Receiver(Arc::clone(receiver)));
        self
    }

    /// Letters go to a scripted SMTP server; each desk has one of its own.
    pub fn smtp_peer(mut self, script: Script) -> Self {
        self.script = Some(script);
        self
    }

    /// The relay is down.
    pub fn no_relay(mut self) -> Self {
        self.way_out = Some(WayOut::Nowhere);
        self
    }

    /// The shipped templates are imported, and nobody has approved them.
    pub fn without_approvals(mut self) -> Self {
        self.are_templates_unapproved = true;
        self
    }

    /// Largest mail that is fetched whole, in bytes.
    pub fn most_bytes(mut self, bytes: u64) -> Self {
        self.most_bytes = Some(bytes);
        self
    }

    /// Senders are checked; the desk's own mail server is called like its host.
    pub fn checks(mut self, checks: SenderChecks) -> Self {
        self.checks = Some(checks);
        self
    }

    /// Longest waits for the relay.
    pub fn patience(mut self, wait: Duration) -> Self {
        self.timeouts = Some(SmtpTimeouts {
            connect: wait,
            command: wait,
            data: wait,
            payload: wait,
            after_dot: wait,
        });
        self
    }

    /// The engine over `database`, with the people who belong to it.
    pub async fn build(&self, database: TestDatabase) -> TestDesk {
        let dir = tempfile::tempdir().unwrap();
        let clock = SettableClock::at(noon());
        let store = database.store.clone();
        let standing = standing();
        let policy = &standing.desk.policy;
        let revision = tierline::domain::digest::Digest::from_hex(&policy.revision).unwrap();
        store.keep_revision(revision, &policy.files, noon()).await.unwrap();
        let ana = person(&store, "ana", Role::Agent).await;
        let cora = person(&store, "cora", Role::Compliance).await;
        import_templates(&store, ana).await;
        if !self.are_templates_unapproved {
            approve_templates(&store, cora).await;
        }
        let way_out = match (&self.script, &self.way_out) {
            (Some(script), _) => WayOut::Peer(Arc::new(SmtpPeer::start(script.clone()).await)),
            (None, Some(way_out)) => way_out.clone(),
            (None, None) => WayOut::Directory(dir.path().join("outbox")),
        };
        let timeouts = self.timeouts.unwrap_or_default();
        let mut mailboxes = Vec::new();
        let mut doors = Vec::new();
        for (name, kind) in &self.mailboxes {
            let door = door(name, kind, dir.path(), database.store.is_postgres()).await;
            let mut mailbox = polled(name, &door, self.most_bytes.unwrap_or(MOST_BYTES));
            if self.checks.is_some() {
                mailbox.own_mx_hosts = vec![OWN_MX.to_owned()];
            }
            mailboxes.push(mailbox);
            doors.push(door);
        }
        let mut app = App::new(store, Arc::new(clock.clone()), "first".to_owned(), standing);
        app.checks = self.checks.clone().unwrap_or_default();
        TestDesk {
            app: Arc::new(app),
            clock,
            mailboxes,
            doors,
            lane: Lane::new(sink(&way_out, timeouts)),
            arrived_before: arrived_at(&way_out).len(),
            way_out,
            timeouts,
            database,
            ana,
            cora,
            troubles: Vec::new(),
            dir,
        }
    }
}

/// Letters as they arrived, each with its envelope.
pub(super) fn arrived_at(way_out: &WayOut) -> Vec<Arrived> {
    match way_out {
        WayOut::Receiver(receiver) => {
            let line = |line: &serde_json::Value| Arrived {
                envelope_from: line["from"].as_str().unwrap_or_default().to_owned(),
                envelope_to: line["to"][0].as_str().unwrap_or_default().to_owned(),
                raw: receiver.mail(line),
            };
            receiver.ledger().iter().map(line).collect()
        }
        WayOut::Peer(peer) => {
            let raws = peer.seen(|seen| seen.letters.clone());
            raws.into_iter().map(Arrived::without_envelope).collect()
        }
        WayOut::Directory(path) => {
            super::files(path).into_iter().map(Arrived::without_envelope).collect()
        }
        WayOut::Nowhere => Vec::new(),
    }
}

/// The engine's way to where letters arrive.
pub fn sink(way_out: &WayOut, timeouts: SmtpTimeouts) -> MailSink {
    let port = match way_out {
        WayOut::Directory(path) => {
            return MailSink::Directory(DirectorySink { path: path.clone() });
        }
        WayOut::Receiver(receiver) => receiver.port,
        WayOut::Peer(peer) => peer.port,
        // The discard service: nothing listens there on a test machine.
        WayOut::Nowhere => 9,
    };
    MailSink::Smtp(SmtpOptions {
        host: "localhost".to_owned(),
        port,
        security: Security::Plain,
        ca_file: None,
        credentials: SmtpCredentials::None,
        client_id: MAIL_HOST.to_owned(),
        timeouts,
    })
}

async fn door(name: &str, kind: &Kind, dir: &std::path::Path, is_postgres: bool) -> Door {
    match kind {
        Kind::Dovecot(server) => {
            let database = if is_postgres { "postgres" } else { "sqlite" };
            let user = format!("{name}-{database}");
            // The inbox must be there before the first look.
            server.deliver(&user, []);
            Door::Dovecot(Arc::clone(server), user)
        }
        Kind::Peer => Door::Peer(Arc::new(ImapPeer::builder().start().await)),
        Kind::Maildir => {
            let path = dir.join("mail").join(name);
            for folder in ["tmp", "new", "cur"] {
                std::fs::create_dir_all(path.join(folder)).unwrap();
            }
            Door::Maildir(path)
        }
    }
}

/// A mailbox of a door, as the composition root makes it.
pub fn polled(name: &str, door: &Door, most_bytes: u64) -> PolledMailbox {
    let imap = |options: ImapOptions| {
        let most = most_bytes + most_bytes / 32;
        let options = ImapOptions {
            max_mail_bytes: most_bytes,
            max_literal_bytes: most,
            max_reply_bytes: most * 4,
            ..options
        };
        options.check().unwrap();
        MailSource::Imap(Box::new(ImapSource::new(options)))
    };
    let source = match door {
        Door::Dovecot(server, user) => imap(server.plain_options(user)),
        Door::Peer(peer) => imap(peer.options()),
        Door::Maildir(path) => MailSource::Maildir(MaildirSource::new(path)),
    };
    PolledMailbox {
        name: name.to_owned(),
        source,
        own_mx_hosts: Vec::new(),
        max_mail_bytes: most_bytes,
        suspects: std::collections::HashMap::new(),
    }
}

/// Shipped rules and the identities of the tests, made by the composition root.
pub fn standing() -> Standing {
    let text = format!(
        "[instance]\nname = \"desk\"\nmail_host = \"{MAIL_HOST}\"\n\
         [smtp]\nfrom_address = \"{CARE}\"\n\
         [[mailbox]]\nname = \"care\"\nkind = \"maildir\"\npath = \"/nowhere\"\n\
         addresses = [\"{CARE}\"]\n"
    );
    let config = Config::parse("the desk's configuration", &text, []).unwrap();
    compose::standing(&config, &test_vault()).unwrap()
}

/// A person of the desk.
pub async fn person(store: &Store, name: &str, role: Role) -> PersonId {
    let secret = SecretString::from(format!("the long secret of {name}"));
    store.add_person(name, role, &secret, "desk", noon()).await.unwrap()
}

async fn import_templates(store: &Store, author: PersonId) {
    let renderer = Renderer::load(&shipped::templates(None).unwrap()).unwrap();
    for version in renderer.versions() {
        let new = NewTemplateVersion {
            hash: version.hash,
            name: version.name.clone(),
            locale: version.locale.clone(),
            subject: version.subject.clone(),
            text: version.text.clone(),
            html: version.html.clone(),
            about: TemplateAbout { file: version.about.clone(), ..TemplateAbout::default() },
            author,
        };
        store.import_template_version(&new, noon()).await.unwrap();
    }
}

/// `approver` releases every imported version.
pub async fn approve_templates(store: &Store, approver: PersonId) {
    for version in store.template_versions().await.unwrap() {
        store.approve(version.hash, approver, noon()).await.unwrap();
    }
}
