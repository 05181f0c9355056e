//! A whole engine for a test: store, policy, people, templates, mailboxes and a
//! way out, on a clock that the test moves. Verbs: mail is received, time
//! passes, the desk settles; then its whole state is one text to compare.

#![allow(dead_code, reason = "each test takes what it needs")]

pub mod builder;
mod mail;
mod state;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, raw_sql};
use tierline::app::poll::{self, PolledMailbox};
use tierline::app::send::{self, Lane};
use tierline::app::{App, ladder, sweep};
use tierline::clock::Clock;
use tierline::domain::id::PersonId;
use tierline::domain::letter::LetterState;
use tierline::postage::smtp::SmtpTimeouts;
use tierline::store::Store;
use tierline::store::view::{LetterLine, MailEntry, TicketDetail};

use builder::arrived_at;
pub use builder::{DeskBuilder, MOST_BYTES, approve_templates, person, polled, sink, standing};
pub use mail::{Written, mail};
pub use state::{details, entries, state_of};

use super::database::TestDatabase;
use super::dovecot::Dovecot;
use super::imap_peer::ImapPeer;
use super::postgres::Cluster;
use super::smtp_peer::SmtpPeer;
use super::smtp_receiver::SmtpReceiver;

/// The borrower of most tests.
pub const ROSA: &str = "rosa@example.net";
/// Host part of the desk's Message-IDs and reply addresses.
pub const MAIL_HOST: &str = "mail.example.com";
/// Address of the desk's mailboxes.
pub const CARE: &str = "care@example.com";

/// Rounds after which a desk that still finds work is called restless.
const MOST_ROUNDS: usize = 40;

/// When every test begins: noon in New York on a Tuesday.
pub fn noon() -> Timestamp {
    "2026-11-24T17:00:00Z".parse().unwrap()
}

/// A clock that stands still until the test moves it.
#[derive(Clone)]
pub struct SettableClock(Arc<Mutex<Timestamp>>);

impl SettableClock {
    /// A clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Moves it on.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
    }
}

impl Clock for SettableClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Where the mail of a mailbox really lies.
#[derive(Clone)]
pub enum Door {
    Dovecot(Arc<Dovecot>, String),
    Peer(Arc<ImapPeer>),
    Maildir(PathBuf),
}

/// Where letters really arrive.
#[derive(Clone)]
pub enum WayOut {
    Receiver(Arc<SmtpReceiver>),
    Peer(Arc<SmtpPeer>),
    Directory(PathBuf),
    /// Nothing listens there.
    Nowhere,
}

/// A letter where it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Empty where the way out keeps no envelope.
    pub envelope_from: String,
    pub envelope_to: String,
    pub raw: Vec<u8>,
}

impl Arrived {
    fn without_envelope(raw: Vec<u8>) -> Self {
        Self { envelope_from: String::new(), envelope_to: String::new(), raw }
    }

    /// The value of a header, unfolded; empty when there is none.
    pub fn header(&self, name: &str) -> String {
        let text = String::from_utf8_lossy(&self.raw).into_owned();
        let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
        let value = head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        });
        value.unwrap_or_default()
    }

    /// Its Message-ID without brackets.
    pub fn message_id(&self) -> String {
        self.header("Message-ID").trim_matches(['<', '>']).to_owned()
    }
}

/// The engine with all that surrounds it.
pub struct TestDesk {
    pub app: Arc<App>,
    pub clock: SettableClock,
    pub mailboxes: Vec<PolledMailbox>,
    pub doors: Vec<Door>,
    pub way_out: WayOut,
    pub lane: Lane,
    pub database: TestDatabase,
    /// Author of the templates.
    pub ana: PersonId,
    /// Their approver.
    pub cora: PersonId,
    /// Errors of the polls so far, as their messages.
    pub troubles: Vec<String>,
    timeouts: SmtpTimeouts,
    arrived_before: usize,
    dir: tempfile::TempDir,
}

impl TestDesk {
    /// A desk with no mailbox yet, letters going to a directory, and the
    /// shipped templates approved.
    pub fn builder() -> DeskBuilder {
        DeskBuilder::default()
    }

    pub fn store(&self) -> &Store {
        &self.app.store
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A mail is delivered to the first mailbox.
    pub fn receives(&self, raw: &[u8]) {
        self.receives_at(0, raw);
    }

    /// A mail is delivered to mailbox number `at`, now.
    pub fn receives_at(&self, at: usize, raw: &[u8]) {
        let now = SystemTime::from(self.now());
        match &self.doors[at] {
            Door::Dovecot(dovecot, user) => dovecot.deliver_at(user, now, [raw]),
            Door::Peer(peer) => {
                let uid = peer.deliver(raw);
                let date = self.now().strftime("%d-%b-%Y %H:%M:%S +0000").to_string();
                peer.with(|state| state.folder("INBOX").mail(uid).internal_date = date);
            }
            Door::Maildir(path) => deliver_to_maildir(path, raw, now),
        }
    }

    /// Time passes; nothing else happens.
    pub fn passes(&self, time: Duration) {
        self.clock.advance(SignedDuration::try_from(time).unwrap());
    }

    /// Everything that is due now is done: mail is taken in, clocks are swept,
    /// letters leave. An error of a mailbox is noted and tried again.
    pub async fn settles(&mut self) {
        for _ in 0..MOST_ROUNDS {
            if !self.round().await {
                return;
            }
        }
        panic!("the desk does not settle; troubles: {:#?}", self.troubles);
    }

    /// One look at everything: whether there may be more to do at once.
    pub async fn round(&mut self) -> bool {
        let mut has_worked = false;
        for at in 0..self.mailboxes.len() {
            has_worked |= self.polls(at).await;
        }
        while let sweep::Swept::Some(_) = sweep::sweep(&self.app).await.unwrap() {
            has_worked = true;
        }
        has_worked |= send::rescue(&self.app).await.unwrap() > 0;
        while self.lane.send_due(&self.app).await.unwrap().claimed > 0 {
            has_worked = true;
        }
        has_worked
    }

    /// Tickets are looked at until the ladders find nothing more: how many times.
    pub async fn climbs(&self) -> usize {
        let mut looked = 0;
        for _ in 0..MOST_ROUNDS {
            match ladder::climb(&self.app).await.unwrap() {
                0 => return looked,
                more => looked += more,
            }
        }
        panic!("the ladders find no end");
    }

    /// One look at one mailbox: whether there may be more.
    pub async fn polls(&mut self, at: usize) -> bool {
        match poll::poll(&self.app, &mut self.mailboxes[at]).await {
            Ok(polled) => polled.taken > 0 || polled.has_more,
            Err(error) => {
                self.troubles.push(error.to_string());
                true
            }
        }
    }

    /// Every ticket with all that belongs to it, in the order of [`state_of`].
    pub async fn tickets(&self) -> Vec<TicketDetail> {
        details(self.store()).await
    }

    /// The one ticket there is.
    pub async fn only_ticket(&self) -> TicketDetail {
        let mut tickets = self.tickets().await;
        assert_eq!(tickets.len(), 1, "{}", self.state().await);
        tickets.remove(0)
    }

    /// The ticket whose first mail has this subject.
    pub async fn ticket(&self, subject: &str) -> TicketDetail {
        let mut tickets = self.tickets().await;
        tickets.retain(|detail| detail.ticket.subject == subject);
        assert_eq!(tickets.len(), 1, "tickets called {subject:?}:\n{}", self.state().await);
        tickets.remove(0)
    }

    /// Every mail of every mailbox with its fate.
    pub async fn mails(&self) -> Vec<MailEntry> {
        entries(self.store()).await
    }

    /// Fates in the order in which the mails were met.
    pub async fn dispositions(&self) -> Vec<&'static str> {
        self.mails().await.iter().map(|entry| entry.mail.disposition.word()).collect()
    }

    /// Every letter of every ticket.
    pub async fn letters(&self) -> Vec<LetterLine> {
        self.tickets().await.into_iter().flat_map(|detail| detail.letters).collect()
    }

    /// How many letters stand in `state`.
    pub async fn letters_in(&self, state: LetterState) -> usize {
        self.letters().await.iter().filter(|letter| letter.state == state).count()
    }

    /// The whole state as a text that is the same on every database.
    pub async fn state(&self) -> String {
        state_of(self.store()).await
    }

    /// Every letter that arrived since the desk was built.
    pub fn arrived(&self) -> Vec<Arrived> {
        arrived_at(&self.way_out).split_off(self.arrived_before)
    }

    /// The scripted server of mailbox number `at`.
    pub fn imap_peer(&self, at: usize) -> &ImapPeer {
        let Door::Peer(peer) = &self.doors[at] else { panic!("mailbox {at} is no peer") };
        peer
    }

    /// The scripted server that letters go to.
    pub fn smtp_peer(&self) -> &SmtpPeer {
        let WayOut::Peer(peer) = &self.way_out else { panic!("the way out is no peer") };
        peer
    }

    /// How many mails each folder of mailbox number `at` holds.
    pub fn folders(&self, at: usize) -> BTreeMap<String, usize> {
        match &self.doors[at] {
            Door::Dovecot(server, user) => server.folder_sizes(user),
            Door::Peer(peer) => peer.with(|state| {
                let folders = state.folders.iter();
                folders.map(|(name, folder)| (name.clone(), folder.mails.len())).collect()
            }),
            Door::Maildir(_) => panic!("a Maildir has no folders"),
        }
    }

    /// Letters go another way from now on.
    pub fn sends_by(&mut self, way_out: WayOut) {
        self.arrived_before = arrived_at(&way_out).len();
        self.way_out = way_out;
        self.lane = self.new_lane();
    }

    /// One more connection on the way out.
    pub fn new_lane(&self) -> Lane {
        Lane::new(sink(&self.way_out, self.timeouts))
    }

    /// What must hold at the end of every test: the books balance, nothing is
    /// pending, and the record is whole.
    pub async fn is_in_order(&self) {
        for mailbox in self.store().mailboxes().await.unwrap() {
            let books = self.store().conservation(mailbox.id).await.unwrap();
            assert!(books.are_balanced(), "{}: {books:?}", mailbox.name);
            assert_eq!(books.pending, 0, "{}: {books:?}", mailbox.name);
        }
        let audit = self.store().verify(None).await.unwrap();
        assert_eq!(audit.first_break, None);
    }

    /// Changes rows behind the engine's back, where a command does not exist.
    pub async fn sql(&self, text: &str) -> u64 {
        let (url, text) = (&self.database.options.url, AssertSqlSafe(text.to_owned()));
        if self.store().is_postgres() {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let done = raw_sql(text).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            done.rows_affected()
        } else {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            let done = raw_sql(text).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            done.rows_affected()
        }
    }

    /// A second engine over the same database, as another process would be.
    pub async fn second_app(&self) -> Arc<App> {
        let store = self.database.second().await;
        let clock = Arc::new(self.clock.clone());
        Arc::new(App::new(store, clock, "second".to_owned(), standing()))
    }
}

/// Runs `case` on a desk over SQLite and on one over PostgreSQL; at the end
/// each is in order, and both are in the same state.
pub async fn on_both(builder: &DeskBuilder, case: impl AsyncFn(&mut TestDesk)) {
    super::dovecot::install_tls();
    let mut desk = builder.build(TestDatabase::sqlite().await).await;
    case(&mut desk).await;
    desk.is_in_order().await;
    let on_sqlite = desk.state().await;
    drop(desk);
    let cluster = Cluster::start().await;
    let mut desk = builder.build(TestDatabase::postgres(&cluster).await).await;
    case(&mut desk).await;
    desk.is_in_order().await;
    similar(&on_sqlite, &desk.state().await);
}

/// Compares two states; says the first line that differs.
fn similar(first: &str, second: &str) {
    if first == second {
        return;
    }
    for (left, right) in first.lines().zip(second.lines()) {
        assert_eq!(left, right, "states differ; the first:\n{first}\nthe second:\n{second}");
    }
    panic!("states differ in length; the first:\n{first}\nthe second:\n{second}");
}

fn deliver_to_maildir(path: &std::path::Path, raw: &[u8], at: SystemTime) {
    for folder in ["tmp", "new", "cur"] {
        std::fs::create_dir_all(path.join(folder)).unwrap();
    }
    let taken = |folder: &str| std::fs::read_dir(path.join(folder)).map_or(0, Iterator::count);
    let number = taken("new") + taken("cur") + taken(".Processed/cur");
    let name = format!("{number:06}.desk");
    let part = path.join("tmp").join(&name);
    std::fs::write(&part, raw).unwrap();
    std::fs::File::options().write(true).open(&part).unwrap().set_modified(at).unwrap();
    std::fs::rename(part, path.join("new").join(name)).unwrap();
}

fn files(path: &std::path::Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|kind| kind == "eml"));
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).unwrap()).collect()
}
