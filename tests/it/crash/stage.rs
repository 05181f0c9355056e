//! What the killed engine runs against: two Dovecots (one cannot MOVE), an SMTP
//! server, and a database of its own for each run, copied from one in which the
//! shipped templates are approved.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use secrecy::SecretString;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tierline::app::shipped;
use tierline::domain::actor::Role;
use tierline::postage::render::Renderer;
use tierline::store::template::NewTemplateVersion;
use tierline::store::{Store, StoreOptions, Vault};

use super::mails::Sender;
use super::process::{Fate, Process};
use crate::harness::dovecot::{Dovecot, install_tls};
use crate::harness::postgres::Cluster;
use crate::harness::smtp_receiver::{SmtpReceiver, Tls};

/// Longest time until everything that is due is done.
const PATIENCE: Duration = Duration::from_secs(150);

/// The surroundings, shared by the runs of one test.
pub struct Stage {
    dir: TempDir,
    moving: Dovecot,
    copying: Dovecot,
    pub receiver: SmtpReceiver,
    cluster: Option<Cluster>,
    origin: String,
    /// When every mail arrives.
    received_at: SystemTime,
}

/// One database, its mailboxes, and the engine on them.
pub struct Run<'s> {
    pub stage: &'s Stage,
    pub tag: String,
    dir: PathBuf,
    url: String,
}

impl Stage {
    pub async fn sqlite() -> Self {
        Self::start(None).await
    }

    pub async fn postgres() -> Self {
        Self::start(Some(Cluster::start().await)).await
    }

    async fn start(cluster: Option<Cluster>) -> Self {
        install_tls();
        let dir = tempfile::tempdir().unwrap();
        Vault::create_key_file(&dir.path().join("key")).unwrap();
        let origin = match &cluster {
            Some(cluster) => cluster.create_database().await,
            None => format!("sqlite:{}", dir.path().join("origin.db").display()),
        };
        // To the second, as INTERNALDATE has it.
        let now = Timestamp::now().as_second();
        let stage = Self {
            moving: Dovecot::start(),
            copying: Dovecot::start_without_move(),
            receiver: SmtpReceiver::start(Tls::None, None),
            received_at: Timestamp::from_second(now).unwrap().into(),
            dir,
            cluster,
            origin,
        };
        let options = stage.options(&stage.origin);
        Store::migrate(&options).await.unwrap();
        let store = Store::open(&options, stage.vault()).await.unwrap();
        approve_templates(&store).await;
        store.close().await.unwrap();
        stage
    }

    /// Another run, with a database and mailboxes of its own.
    pub async fn run(&self, tag: &str) -> Run<'_> {
        let dir = self.dir.path().join(tag);
        std::fs::create_dir(&dir).unwrap();
        let url = match &self.cluster {
            None => {
                let path = dir.join("tierline.db");
                std::fs::copy(self.dir.path().join("origin.db"), &path).unwrap();
                format!("sqlite:{}", path.display())
            }
            Some(_) => {
                let (server, origin) = self.origin.rsplit_once('/').unwrap();
                let mut admin = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
                let text = format!("CREATE DATABASE {tag} TEMPLATE {origin}");
                sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut admin).await.unwrap();
                admin.close().await.unwrap();
                format!("{server}/{tag}")
            }
        };
        let run = Run { stage: self, tag: tag.to_owned(), dir, url };
        std::fs::write(run.config(), run.configuration()).unwrap();
        // The inbox must be there before the first look.
        self.moving.deliver(tag, []);
        self.copying.deliver(tag, []);
        run
    }

    pub fn is_postgres(&self) -> bool {
        self.cluster.is_some()
    }

    fn vault(&self) -> Vault {
        Vault::from_file(&self.dir.path().join("key")).unwrap()
    }

    fn options(&self, url: &str) -> StoreOptions {
        StoreOptions { url: url.to_owned(), allow_unsafe_durability: true, max_connections: 4 }
    }
}

impl Run<'_> {
    fn config(&self) -> PathBuf {
        self.dir.join("tierline.toml")
    }

    fn configuration(&self) -> String {
        let mailbox = |name: &str, port: u16| {
            format!(
                "[[mailbox]]\nname = \"{name}\"\nkind = \"imap\"\nhost = \"127.0.0.1\"\nport = {port}\n\
                 security = \"plain\"\nuser = \"{}\"\npassword_env = \"TIERLINE_TEST_PASSWORD\"\n\
                 addresses = [\"{name}@example.com\"]\npoll_interval = \"1s\"\n",
                self.tag
            )
        };
        format!(
            "[instance]\nname = \"crash\"\nmail_host = \"mail.example.com\"\n\
             [database]\nurl = \"{}\"\nallow_unsafe_durability = true\nmax_connections = 4\n\
             [vault]\nkey_file = \"{}\"\n\
             [outbox]\nsink = \"smtp\"\npoll_interval = \"1s\"\nlease = \"20s\"\nuncertain_after = \"1s\"\n\
             [smtp]\nhost = \"localhost\"\nport = {}\nsecurity = \"plain\"\n\
             connect_timeout = \"5s\"\ncommand_timeout = \"2s\"\ndata_timeout = \"3s\"\n\
             [limits]\npoll_lease = \"2s\"\n[web]\nlisten = \"127.0.0.1:0\"\n\
             [log]\nformat = \"json\"\n{}{}",
            self.url,
            self.stage.dir.path().join("key").display(),
            self.stage.receiver.port,
            mailbox("care", self.stage.moving.imap_port),
            mailbox("help", self.stage.copying.imap_port),
        )
    }

    /// All mails of these borrowers arrive.
    pub fn receives<'m>(&self, senders: impl IntoIterator<Item = &'m Sender>) {
        for sender in senders {
            let raws = sender.raws();
            let raws = raws.iter().map(Vec::as_slice);
            let at = self.stage.received_at;
            let server = if sender.is_to_help { &self.stage.copying } else { &self.stage.moving };
            server.deliver_at(&self.tag, at, raws);
        }
    }

    /// Mails that lie in the two inboxes.
    pub fn in_folders(&self) -> usize {
        let servers = [&self.stage.moving, &self.stage.copying];
        servers.iter().map(|server| server.folder_sizes(&self.tag)["INBOX"]).sum()
    }

    /// Copies that the server without MOVE has made so far.
    pub fn copied(&self) -> usize {
        self.stage.copying.folder_sizes(&self.tag).get("Processed").copied().unwrap_or(0)
    }

    /// Starts the engine; `name` tells two on one database apart.
    pub fn start(&self, arguments: &[&str], name: &str, fate: &Fate) -> Process {
        Process::start(&self.config(), arguments, &self.log(name), fate)
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.log"))
    }

    /// Does what is due, once: how the program ended.
    pub async fn once(&self, fate: &Fate) -> (std::process::ExitStatus, Vec<String>) {
        let mut process = self.start(&["--once"], "once", fate);
        (process.ended().await, process.windows())
    }

    /// Starts the engine again and again until nothing is left to do. One that
    /// lacks a safeguard may say that its books do not balance, and goes on.
    pub async fn settles(&self, broken: Option<&'static str>) {
        let begun = Instant::now();
        loop {
            let (status, _) = self.once(&Fate { crash_at: None, broken }).await;
            let log = || std::fs::read_to_string(self.log("once")).unwrap();
            assert!(status.success() || broken.is_some(), "{}: {status}\n{}", self.tag, log());
            if self.is_settled().await {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{} does not settle\n{}", self.tag, log());
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    /// Whether nothing is left to do.
    pub async fn is_settled(&self) -> bool {
        let waiting = "SELECT COUNT(*) FROM outbox WHERE state IN ('available','sending','retryable') \
                       OR (state = 'uncertain' AND resends = 0)";
        // Under a number that a folder has given up, nothing can be moved any more.
        let undecided = "SELECT COUNT(*) FROM source_ref JOIN mailbox ON mailbox.id = mailbox_id \
                         WHERE state = 'stored' \
                         OR (state = 'committed' AND source_ref.epoch = mailbox.epoch)";
        self.in_folders() == 0 && self.count(waiting).await == 0 && self.count(undecided).await == 0
    }

    /// The number a query answers with.
    pub async fn count(&self, text: &str) -> i64 {
        let query = sqlx::query_scalar(AssertSqlSafe(text.to_owned()));
        if self.stage.is_postgres() {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            let count = query.fetch_one(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            return count;
        }
        let query = sqlx::query_scalar(AssertSqlSafe(text.to_owned()));
        let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
        let count = query.fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        count
    }

    /// Changes the PostgreSQL database behind the engine's back.
    pub async fn sql(&self, text: &str) {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        let text = AssertSqlSafe(text.to_owned());
        sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The database, to look at.
    pub async fn store(&self) -> Store {
        let options = self.stage.options(&self.url);
        Store::open_beside(&options, self.stage.vault()).await.unwrap()
    }
}

async fn approve_templates(store: &Store) {
    let now = Timestamp::now();
    let secret = |name: &str| SecretString::from(format!("the long secret of {name}"));
    let ana = store.add_person("ana", Role::Agent, &secret("ana"), "stage", now).await.unwrap();
    let cora =
        store.add_person("cora", Role::Compliance, &secret("cora"), "stage", now).await.unwrap();
    let renderer = Renderer::load(&shipped::templates(None).unwrap()).unwrap();
    for version in renderer.versions() {
        let new = NewTemplateVersion {
            hash: version.hash,
            name: version.name.clone(),
            locale: version.locale.clone(),
            subject: version.subject.clone(),
            text: version.text.clone(),
            html: version.html.clone(),
            about: tierline::store::template::TemplateAbout::default(),
            author: ana,
        };
        store.import_template_version(&new, now).await.unwrap();
        store.approve(version.hash, cora, now).await.unwrap();
    }
}
