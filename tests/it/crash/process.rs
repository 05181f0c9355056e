//! The built program as a child: started, killed, asked how it died.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longest time of one round of work.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the program is meant to fail.
#[derive(Clone, Debug, Default)]
pub struct Fate {
    /// `c5:2`: it ends itself the second time it passes c5.
    pub crash_at: Option<String>,
    /// Safeguard that is left out.
    pub broken: Option<&'static str>,
}

impl Fate {
    pub fn crash_at(point: &str, count: u32) -> Self {
        Self { crash_at: Some(format!("{point}:{count}")), broken: None }
    }
}

/// A running program.
pub struct Process {
    child: Child,
    window: PathBuf,
    log: PathBuf,
}

impl Process {
    /// Starts `tierline run` with `arguments`; its log is added to `log`.
    pub fn start(config: &Path, arguments: &[&str], log: &Path, fate: &Fate) -> Self {
        let window = log.with_extension("window");
        let _ = std::fs::remove_file(&window);
        let sink = File::options().create(true).append(true).open(log).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", env!("CARGO_BIN_EXE_tierline")]);
        command.arg("--config").arg(config).arg("run").args(arguments);
        command.env_clear().env("TIERLINE_TEST_PASSWORD", "secret");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("TIERLINE_WINDOW_FILE", &window);
        if let Some(point) = &fate.crash_at {
            command.env("TIERLINE_CRASH_AT", point);
        }
        if let Some(broken) = fate.broken {
            command.env("TIERLINE_BREAK", broken);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(sink);
        Self { child: command.spawn().unwrap(), window, log: log.to_owned() }
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        match self.ended_within(PATIENCE).await {
            Some(status) => status,
            None => panic!("the program did not end; it was last at {:?}", self.windows()),
        }
    }

    /// The same, but not for ever.
    pub async fn ended_within(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            if Instant::now() > deadline {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until it is at work, at most so long.
    pub async fn passes_a_point(&mut self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while self.windows().is_empty() && Instant::now() < deadline {
            if self.child.try_wait().unwrap().is_some() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// SIGTERM, and everything in hand is finished.
    pub async fn drains(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let status = self.ended().await;
        let log = std::fs::read_to_string(&self.log).unwrap();
        let last: Vec<&str> = log.lines().rev().take(20).collect();
        assert!(status.success(), "{status}, last at {:?}: {last:#?}", self.windows());
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// What each task of it passed last.
    pub fn windows(&self) -> Vec<String> {
        let cells = std::fs::read(&self.window).unwrap_or_default();
        cells.chunks(8).map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
