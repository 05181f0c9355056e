//! Where mail comes from: monitored mailboxes.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::reader::Section;
use super::secret::SecretSource;

/// `[[mailbox]]`
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// Name in the ledger, logs and metrics.
    pub name: String,
    /// IMAP account or folder of files.
    pub source: MailboxKind,
    /// Every address delivered here, lower case.
    pub addresses: Vec<String>,
    /// Longest wait between two looks.
    pub poll_interval: Duration,
    /// Names of our own mail servers, lower case.
    pub own_mx_hosts: Vec<String>,
    /// Name by which our mail server signs its `Authentication-Results`.
    pub authserv_id: Option<String>,
}

/// What kind of mailbox it is.
#[derive(Clone, Debug)]
pub enum MailboxKind {
    /// An account on an IMAP server.
    Imap(Box<Imap>),
    /// A Maildir on this machine.
    Maildir {
        /// Its folder.
        path: PathBuf,
    },
}

/// An account on an IMAP server.
#[derive(Clone, Debug)]
pub struct Imap {
    /// Server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub security: Security,
    /// PEM file of the authority; `None`: Mozilla's roots.
    pub ca_file: Option<PathBuf>,
    /// Account.
    pub user: String,
    /// How to log in.
    pub login: Login,
    /// Folder that is read.
    pub folder: String,
    /// Folder a mail is moved to after its commit.
    pub processed_folder: String,
}

/// How a connection is kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    ImplicitTls,
    /// TLS after STARTTLS; never continued without.
    StartTls,
    /// None; loopback addresses only.
    Plain,
}

/// How to log in.
#[derive(Clone, Debug)]
pub enum Login {
    /// With a password.
    Password(SecretSource),
    /// With an access token (XOAUTH2).
    OAuth(OAuth),
}

/// `[mailbox.oauth]`
#[derive(Clone, Debug)]
pub struct OAuth {
    /// Where tokens are had.
    pub token_endpoint: String,
    /// Our id there.
    pub client_id: String,
    /// Our secret there, if it asks for one.
    pub client_secret: Option<SecretSource>,
    /// How tokens are had.
    pub grant: Grant,
    /// What is asked for.
    pub scope: String,
    /// PEM file of the endpoint's authority; `None`: Mozilla's roots.
    pub ca_file: Option<PathBuf>,
}

/// How access tokens are had.
#[derive(Clone, Debug)]
pub enum Grant {
    /// RFC 6749 section 6; the file is rewritten when the token rotates.
    RefreshToken {
        /// File that holds the refresh token.
        file: PathBuf,
    },
    /// RFC 6749 section 4.4.
    ClientCredentials,
}

pub(crate) const SECURITY_WORDS: &[(&str, Security)] = &[
    ("implicit-tls", Security::ImplicitTls),
    ("starttls", Security::StartTls),
    ("plain", Security::Plain),
];

/// Doors that are no mailbox: `ingest` and `ticket open` come in by them.
const RESERVED: [&str; 4] = ["file", "letter", "phone", "walk-in"];

/// All mailboxes; their names and addresses are unique.
pub(crate) fn read_all(root: &Section<'_>) -> Vec<Mailbox> {
    let sections = root.tables("mailbox");
    let mut names = BTreeSet::new();
    let mut addresses = BTreeSet::new();
    let mut mailboxes = Vec::new();
    for section in &sections {
        let Some(mailbox) = Mailbox::read(section) else { continue };
        if !names.insert(mailbox.name.clone()) {
            section.problem("name", "is the name of another mailbox too", "give each its own");
        }
        for address in &mailbox.addresses {
            if !addresses.insert(address.clone()) {
                section.problem(
                    "addresses",
                    "names an address of another mailbox",
                    "keep it in one",
                );
            }
        }
        mailboxes.push(mailbox);
    }
    mailboxes
}

impl Mailbox {
    fn read(section: &Section<'_>) -> Option<Self> {
        let name = section.required_text("name");
        if name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_') {
            section.problem("name", "is not one word", "write letters, digits, - and _ only");
        }
        if RESERVED.contains(&name.as_str()) {
            section.problem("name", "is a name of our own", "choose another than file, letter, …");
        }
        let source = match section.word("kind", &[("imap", true), ("maildir", false)]) {
            Some(true) => Imap::read(section).map(|imap| MailboxKind::Imap(Box::new(imap))),
            Some(false) => {
                Some(MailboxKind::Maildir { path: section.required_text("path").into() })
            }
            None => return None,
        };
        let mailbox = Self {
            name,
            addresses: addresses(section),
            poll_interval: section.duration("poll_interval"),
            own_mx_hosts: lower(section.given_list("own_mx_hosts")),
            authserv_id: section.optional_text("authserv_id"),
            source: source?,
        };
        if mailbox.authserv_id.is_some() && mailbox.own_mx_hosts.is_empty() {
            let fix = "name the server in own_mx_hosts: only what stands above its line counts";
            section.problem("authserv_id", "has no line to stand above", fix);
        }
        section.end();
        Some(mailbox)
    }
}

impl Imap {
    fn read(section: &Section<'_>) -> Option<Self> {
        let host = section.required_text("host");
        let imap = Self {
            port: port(section),
            security: security(section, &host),
            ca_file: section.optional_path("ca_file"),
            user: section.required_text("user"),
            folder: section.text("folder"),
            processed_folder: section.text("processed_folder"),
            login: login(section)?,
            host,
        };
        if imap.folder == imap.processed_folder {
            let fix = "name another folder: a mail that stays would be read again";
            section.problem("processed_folder", "is the folder that is read", fix);
        }
        Some(imap)
    }
}

fn login(section: &Section<'_>) -> Option<Login> {
    let password = section.secret("password");
    let oauth = section.optional_table("oauth").map(|table| OAuth::read(&table));
    match (password, oauth) {
        (Some(password), None) => Some(Login::Password(password)),
        (None, Some(oauth)) => Some(Login::OAuth(oauth?)),
        (Some(_), Some(_)) => {
            section.problem("oauth", "stands beside a password", "keep one of the two");
            None
        }
        (None, None) => {
            if !section.has("password_env") {
                let fix = "give password_file, password_env or [mailbox.oauth]";
                section.problem("password_file", "must be given", fix);
            }
            None
        }
    }
}

impl OAuth {
    fn read(section: &Section<'_>) -> Option<Self> {
        let words = [("refresh-token", true), ("client-credentials", false)];
        let grant = section.word("grant", &words);
        let refresh_token_file = section.optional_path("refresh_token_file");
        let oauth = Self {
            token_endpoint: section.required_text("token_endpoint"),
            client_id: section.required_text("client_id"),
            client_secret: section.optional_path("client_secret_file").map(SecretSource::File),
            scope: section.optional_text("scope").unwrap_or_default(),
            ca_file: section.optional_path("ca_file"),
            grant: match (grant?, refresh_token_file) {
                (true, Some(file)) => Grant::RefreshToken { file },
                (true, None) => {
                    section.problem("refresh_token_file", "must be given", "or change grant");
                    return None;
                }
                (false, _) => Grant::ClientCredentials,
            },
        };
        if !oauth.token_endpoint.starts_with("https://") && !oauth.token_endpoint.is_empty() {
            section.problem("token_endpoint", "is not an https address", "write https://…");
        }
        if matches!(oauth.grant, Grant::ClientCredentials) && oauth.client_secret.is_none() {
            section.problem("client_secret_file", "must be given", "client-credentials needs it");
        }
        section.end();
        Some(oauth)
    }
}

fn addresses(section: &Section<'_>) -> Vec<String> {
    let addresses = lower(section.given_list("addresses"));
    if addresses.is_empty() {
        section.problem("addresses", "must name at least one", "list every address and alias");
    }
    if addresses.iter().any(|address| !is_address(address)) {
        section.problem("addresses", "holds something that is no address", "write name@host");
    }
    addresses
}

pub(crate) fn is_address(text: &str) -> bool {
    let has_parts = text
        .rsplit_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && super::instance::is_host(host));
    has_parts && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// `port`, from 1.
pub(crate) fn port(section: &Section<'_>) -> u16 {
    u16::try_from(section.integer("port", 1, 65_535)).unwrap_or(u16::MAX)
}

/// `security`; plain only where nobody can listen.
pub(crate) fn security(section: &Section<'_>, host: &str) -> Security {
    let security = section.word("security", SECURITY_WORDS).unwrap_or(Security::ImplicitTls);
    if security == Security::Plain && !is_loopback(host) {
        let fix = "write implicit-tls or starttls";
        section.problem("security", "would send mail and passwords in clear", fix);
    }
    security
}

/// Whether `host` is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn lower(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().map(|text| text.to_lowercase()).collect()
}
