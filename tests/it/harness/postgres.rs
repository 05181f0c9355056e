//! A private PostgreSQL cluster on loopback: made in a temporary directory,
//! killed when dropped, and by the kernel when its test dies.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// Starting takes under a second; on a loaded machine, many.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running cluster.
pub struct Cluster {
    server: Child,
    port: u16,
    databases: AtomicU32,
    dir: TempDir,
    settings: Vec<String>,
}

impl Cluster {
    /// Makes and starts one. Durability is off: only a store that allows
    /// unsafe durability opens its databases.
    pub async fn start() -> Self {
        Self::start_with(&["fsync=off", "synchronous_commit=off", "full_page_writes=off"]).await
    }

    /// The same with other settings (`name=value`).
    pub async fn start_with(settings: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        give_to_postgres(dir.path());
        let data = dir.path().join("data");
        copy_prepared(&data);
        for _ in 0..3 {
            if let Some((server, port)) = run(dir.path(), &data, settings).await {
                let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
                return Self { server, port, databases: AtomicU32::new(0), dir, settings };
            }
        }
        panic!("PostgreSQL found no free port three times");
    }

    /// Kills the server at once, with every connection.
    pub fn kill(&mut self) {
        // The group holds the server and all its workers, and nothing else.
        let group = i32::try_from(self.server.id()).unwrap();
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).status();
        let _ = self.server.wait();
    }

    /// Starts it again on the same port; it recovers what was committed.
    pub async fn start_again(&mut self) {
        let data = self.dir.path().join("data");
        let settings: Vec<&str> = self.settings.iter().map(String::as_str).collect();
        self.server = run_at(self.port, self.dir.path(), &data, &settings).await.unwrap();
    }

    /// What the server has complained about so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join(format!("log{}", self.port))).unwrap()
    }

    /// A new, empty database; its URL.
    pub async fn create_database(&self) -> String {
        let name = format!("case{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut admin = PgConnection::connect(&url(self.port, "postgres")).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut admin)
            .await
            .unwrap();
        admin.close().await.unwrap();
        url(self.port, &name)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://test@127.0.0.1:{port}/{database}")
}

/// A data directory that `initdb` made once, copied: a tenth of its time.
fn copy_prepared(data: &Path) {
    let version = programs().parent().unwrap().file_name().unwrap().to_owned();
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("postgres-{}-data", version.to_string_lossy()));
    if !kept.exists() {
        prepare(&kept);
    }
    let copied = Command::new("cp").arg("-a").arg(&kept).arg(data).status().unwrap();
    assert!(copied.success());
    if is_root() {
        Command::new("chown").args(["-R", "postgres:postgres"]).arg(data).status().unwrap();
    }
}

/// Made beside its place and renamed: other tests may be doing the same.
fn prepare(kept: &Path) {
    let dir = tempfile::tempdir().unwrap();
    give_to_postgres(dir.path());
    let data = dir.path().join("data");
    let made = as_postgres("initdb")
        .args(["-U", "test", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])
        .arg("-D")
        .arg(&data)
        .stdout(Stdio::null())
        .output()
        .expect("initdb of PostgreSQL must be installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let draft = kept.with_extension(std::process::id().to_string());
    let copied = Command::new("cp").arg("-a").arg(&data).arg(&draft).status().unwrap();
    assert!(copied.success());
    if std::fs::rename(&draft, kept).is_err() {
        std::fs::remove_dir_all(&draft).unwrap();
        assert!(kept.exists(), "another test made it meanwhile");
    }
}

async fn run(dir: &Path, data: &Path, settings: &[&str]) -> Option<(Child, u16)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    Some((run_at(port, dir, data, settings).await?, port))
}

async fn run_at(port: u16, dir: &Path, data: &Path, settings: &[&str]) -> Option<Child> {
    let mut command = as_postgres("postgres");
    command.arg("-D").arg(data).arg("-k").arg(dir);
    command.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
    for setting in settings {
        command.args(["-c", setting]);
    }
    // Into a file: a pipe that nobody reads fills up and stops the server.
    let log = dir.join(format!("log{port}"));
    let sink = std::fs::File::create(&log).unwrap();
    command.process_group(0).stdout(Stdio::null()).stderr(sink);
    let mut server = command.spawn().unwrap();
    let begun = Instant::now();
    loop {
        if let Ok(connection) = PgConnection::connect(&url(port, "postgres")).await {
            connection.close().await.unwrap();
            return Some(server);
        }
        if server.try_wait().unwrap().is_some() {
            let said = std::fs::read_to_string(&log).unwrap();
            assert!(said.contains("Address already in use"), "{said}");
            return None;
        }
        assert!(begun.elapsed() < PATIENCE, "PostgreSQL did not start in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The server refuses to run as root; root becomes `postgres` first.
fn as_postgres(program: &str) -> Command {
    let program = programs().join(program);
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL", "--"]).arg(program).current_dir("/");
    command
}

fn give_to_postgres(dir: &Path) {
    if is_root() {
        let given = Command::new("chown").arg("postgres:postgres").arg(dir).status().unwrap();
        assert!(given.success(), "there is no user postgres");
    }
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}

/// Newest installed version.
fn programs() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .expect("PostgreSQL must be installed (apt-get install postgresql)")
        .map(|entry| entry.unwrap().path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().expect("PostgreSQL must be installed (apt-get install postgresql)")
}
