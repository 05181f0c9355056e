//! A small IMAP server inside the test, for the faults that a real one cannot
//! make: it keeps real folders with UIDs, obeys the commands Tierline sends,
//! writes each down, and misbehaves exactly where it is told to.
//!
//! ```ignore
//! let peer = ImapPeer::builder().capabilities("IDLE UIDPLUS").mail(b"…").start().await;
//! peer.fault("UID FETCH", Fault::CloseHalfway);
//! peer.with(|state| state.folder("INBOX").renumber(7));
//! assert_eq!(peer.commands_like("UID MOVE").len(), 1);
//! ```

#![allow(dead_code, reason = "each test takes what it needs")]

mod commands;
mod conversation;
mod fetch;
mod state;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use secrecy::SecretString;
use tierline::mailbox::imap::{Credential, ImapOptions, Security};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

pub use state::State;

use super::dovecot::TestCa;

/// What the peer does instead of answering a command properly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Tagged NO, nothing done.
    No,
    /// Tagged BAD, nothing done.
    Bad,
    /// Half of the untagged replies, then tagged NO.
    NoHalfway,
    /// `* BYE`, then the connection is closed.
    Bye,
    /// The connection is closed without a word.
    Close,
    /// Half of the bytes of the answer, then the connection is closed.
    CloseHalfway,
    /// All untagged replies, then the connection is closed: no tagged line.
    CloseBeforeTagged,
    /// The command is carried out; its whole answer is lost with the connection.
    DoThenClose,
    /// Never an answer; the connection stays open.
    Silence,
    /// These bytes instead of the answer, then silence.
    Raw(Vec<u8>),
    /// The proper answer, then these bytes in the same packet.
    Trailing(Vec<u8>),
    /// The proper answer in pieces of so many bytes, one every 50 ms.
    Trickle(usize),
    /// Every UID in the answer is 1000 too large.
    WrongUid,
    /// Every untagged reply comes twice.
    Twice,
    /// The first untagged reply is left out.
    MissingFirst,
    /// The answer is OK, but nothing was done.
    OkUndone,
}

/// One planned misbehaviour.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    verb: String,
    /// How often, `u32::MAX` for always.
    times: u32,
    fault: Fault,
}

pub(super) struct Shared {
    state: Mutex<State>,
    plans: Mutex<Vec<Plan>>,
    changed: Notify,
    tls: TlsAcceptor,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The fault planned for this command, used up once.
    fn next_fault(&self, verb: &str) -> Option<Fault> {
        let mut plans = self.plans.lock().unwrap();
        let plan = plans.iter_mut().find(|plan| plan.verb == verb && plan.times > 0)?;
        if plan.times != u32::MAX {
            plan.times -= 1;
        }
        Some(plan.fault.clone())
    }
}

/// The running peer; dropping it closes every connection.
pub struct ImapPeer {
    pub port: u16,
    shared: Arc<Shared>,
    listener: JoinHandle<()>,
    ca_file: tempfile::NamedTempFile,
}

/// What the peer is before it starts.
pub struct Builder {
    state: State,
    plans: Vec<Plan>,
}

impl ImapPeer {
    /// A peer with an empty INBOX that offers IDLE, MOVE and UIDPLUS.
    pub fn builder() -> Builder {
        Builder { state: State::new(), plans: Vec::new() }
    }

    /// Plans one misbehaviour at the next command `verb`: `LOGIN`, `SELECT`,
    /// `UID FETCH`, `IDLE`, …, `GREETING`, or `IDLING`: while a client waits.
    pub fn fault(&self, verb: &str, fault: Fault) {
        self.faults(verb, 1, fault);
    }

    /// Plans the misbehaviour `times` times; `u32::MAX` is always.
    pub fn faults(&self, verb: &str, times: u32, fault: Fault) {
        self.shared.plans.lock().unwrap().push(Plan { verb: verb.to_owned(), times, fault });
        self.shared.changed.notify_waiters();
    }

    /// Forgets all planned misbehaviour.
    pub fn behave(&self) {
        self.shared.plans.lock().unwrap().clear();
    }

    /// Looks at or changes folders and mails; idling clients are told.
    pub fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let outcome = change(&mut self.shared.state());
        self.shared.changed.notify_waiters();
        outcome
    }

    /// Adds a mail to INBOX and returns its UID.
    pub fn deliver(&self, raw: &[u8]) -> u32 {
        self.with(|state| state.folder("INBOX").add(raw))
    }

    /// All commands so far, without their tags; secrets are starred.
    pub fn commands(&self) -> Vec<String> {
        self.shared.state().commands.clone()
    }

    /// The commands so far that start with `verb`.
    pub fn commands_like(&self, verb: &str) -> Vec<String> {
        self.commands().into_iter().filter(|command| command.starts_with(verb)).collect()
    }

    /// UIDs in a folder.
    pub fn uids(&self, folder: &str) -> Vec<u32> {
        self.with(|state| state.folder(folder).mails.iter().map(|mail| mail.uid).collect())
    }

    /// Waits until `is_so`; checked at every change and command.
    pub async fn until(&self, is_so: impl Fn(&State) -> bool) {
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if is_so(&self.shared.state()) {
                return;
            }
            changed.await;
        }
    }

    /// How it is reached: plain, user `rosa`, password `secret`, patience of
    /// two seconds.
    pub fn options(&self) -> ImapOptions {
        let password = Credential::Password(SecretString::from("secret"));
        ImapOptions {
            port: self.port,
            security: Security::Plain,
            ca_file: Some(self.ca_file.path().to_owned()),
            command_timeout: Duration::from_secs(2),
            ..ImapOptions::new("localhost", "rosa", password)
        }
    }
}

impl Drop for ImapPeer {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Builder {
    /// What it offers besides IMAP4rev1, separated by blanks.
    pub fn capabilities(mut self, names: &str) -> Self {
        self.state.capabilities = names.split_whitespace().map(str::to_owned).collect();
        self
    }

    /// Adds a mail to INBOX.
    pub fn mail(mut self, raw: &[u8]) -> Self {
        self.state.folder("INBOX").add(raw);
        self
    }

    /// Changes folders before the start.
    pub fn with(mut self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state);
        self
    }

    /// Plans one misbehaviour.
    pub fn fault(mut self, verb: &str, fault: Fault) -> Self {
        self.plans.push(Plan { verb: verb.to_owned(), times: 1, fault });
        self
    }

    /// Starts it on a free port.
    pub async fn start(self) -> ImapPeer {
        let tls = TestCa::new();
        let ca_file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(ca_file.path(), &tls.ca).unwrap();
        let shared = Arc::new(Shared {
            state: Mutex::new(self.state),
            plans: Mutex::new(self.plans),
            changed: Notify::new(),
            tls: tls.acceptor(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        ImapPeer { port, shared, listener: accepting, ca_file }
    }
}

/// Each connection is a child of this task and ends with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((tcp, _)) = listener.accept().await {
        tcp.set_nodelay(true).unwrap();
        shared.state().connections += 1;
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            // a client that hangs up is the end of the conversation
            let _ = conversation::hold(tcp, shared).await;
        });
    }
}

/// Numbers named by a set like `1:3,7,12:*`, of those that exist.
fn members(set: &str, existing: &[u32]) -> BTreeSet<u32> {
    let last = existing.iter().copied().max().unwrap_or(0);
    let number = |text: &str| if text == "*" { last } else { text.parse().unwrap_or(0) };
    let ranges = set.split(',').map(|range| {
        let (first, end) = range.split_once(':').unwrap_or((range, range));
        let (first, end) = (number(first), number(end));
        first.min(end)..=first.max(end)
    });
    let ranges: Vec<_> = ranges.collect();
    existing.iter().copied().filter(|uid| ranges.iter().any(|range| range.contains(uid))).collect()
}
