//! Kills at random moments and aimed ones, under a stream of mail: on SQLite
//! one engine, on PostgreSQL two at once. Another seed: `CRASH_SEED=7`.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::sync::Mutex;
use std::time::Duration;

use super::checker::Expected;
use super::mails::{Kind, Sender, sender};
use super::process::Fate;
use super::stage::{Run, Stage};

/// Borrowers; one kind in six writes twice.
const BORROWERS: usize = 450;
/// Kills that every window must have had.
const LEAST_KILLS: u32 = 5;
/// Starts of one engine, at most.
const MOST_ROUNDS: usize = 150;
/// Percent of the work that each of two engines must have done.
const LEAST_SHARE: u64 = 20;
const SEED: u64 = 20_261_125;
const WINDOWS: [&str; 13] =
    ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_load_lose_and_double_nothing_on_sqlite() {
    under_fire(&Stage::sqlite().await, &["only"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_load_lose_and_double_nothing_with_two_engines_on_postgres() {
    under_fire(&Stage::postgres().await, &["first", "second"]).await;
}

async fn under_fire(stage: &Stage, engines: &[&str]) {
    let seed = std::env::var("CRASH_SEED").map_or(SEED, |text| text.parse().unwrap());
    let expected = Expected::observe(stage).await;
    let run = stage.run("fire").await;
    let senders: Vec<Sender> = (0..BORROWERS).map(|n| sender("fire", n)).collect();
    let mails: usize = senders.iter().map(|sender| sender.kind.mails()).sum();
    assert!(mails >= 500, "{mails}");
    let field = Field { run: &run, waiting: Mutex::new(&senders), tally: Mutex::default() };
    let hunts = engines.iter().zip(seed..).map(|(name, seed)| field.hunt(name, Random(seed)));
    futures::future::join_all(hunts).await;
    run.receives(field.waiting.into_inner().unwrap());
    run.settles(None).await;
    let tally = field.tally.into_inner().unwrap();
    println!("{mails} mails, seed {seed}\n{tally}");
    let findings = expected.check(&run, &senders).await;
    findings.assert_good(&format!("seed {seed}"), tally.in_gap());
    println!("second copies {}, uncertain {}", findings.second_copies, findings.uncertain);
    for window in WINDOWS {
        assert!(tally.kills(window) >= LEAST_KILLS, "too few kills in {window}\n{tally}");
    }
    for (what, field) in [("mails taken in", "mails"), ("letters handed over", "letters")] {
        let done: Vec<u64> = engines.iter().map(|name| logged(&run, name, what, field)).collect();
        println!("{what}, by engine: {done:?}");
        let all: u64 = done.iter().sum();
        for part in done {
            assert!(part * 100 >= all * LEAST_SHARE, "{what}: {part} of {all}");
        }
    }
}

/// What an engine says in its log that it has done.
fn logged(run: &Run<'_>, engine: &str, what: &str, field: &str) -> u64 {
    let log = std::fs::read_to_string(run.log(engine)).unwrap();
    // The last line of a killed engine may be torn.
    let lines = log.lines().filter_map(|line| serde_json::from_str(line).ok());
    let said = lines.filter(|line: &serde_json::Value| line["message"] == what);
    said.filter_map(|line| line[field].as_u64()).sum()
}

/// Kills by window.
#[derive(Default)]
struct Tally {
    windows: BTreeMap<String, u32>,
    aimed: u32,
    random: u32,
}

impl Tally {
    fn kills(&self, window: &str) -> u32 {
        self.windows.get(window).copied().unwrap_or(0)
    }

    /// Letters that were killed where nobody can know whether they arrived.
    fn in_gap(&self) -> usize {
        ["c11", "c12", "c13"].iter().map(|window| self.kills(window) as usize).sum()
    }

    /// The window that needs kills most, and how many are missing in all.
    fn wanted(&self) -> Option<(&'static str, usize)> {
        let missing = |window: &&'static str| LEAST_KILLS.saturating_sub(self.kills(window));
        let all: u32 = WINDOWS.iter().map(|window| missing(window)).sum();
        let most = WINDOWS.into_iter().max_by_key(missing)?;
        (all > 0).then_some((most, all as usize))
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} aimed kills, {} random ones; tasks by window:", self.aimed, self.random)?;
        for window in WINDOWS {
            write!(f, " {window} {}", self.kills(window))?;
        }
        write!(f, " between {}", self.kills("rest"))
    }
}

/// Where engines are hunted.
struct Field<'r> {
    run: &'r Run<'r>,
    waiting: Mutex<&'r [Sender]>,
    tally: Mutex<Tally>,
}

impl Field<'_> {
    /// Starts an engine and kills it until every window had its kills.
    async fn hunt(&self, name: &str, mut random: Random) {
        for round in 0..MOST_ROUNDS {
            let Some((window, missing)) = self.tally.lock().unwrap().wanted() else { return };
            self.feed(missing);
            // Every third kill comes from outside, at any moment.
            let aim = (round % 3 < 2).then(|| format!("{window}:{}", 1 + random.below(2)));
            let fate = Fate { crash_at: aim.clone(), broken: None };
            let mut process = self.run.start(&[], name, &fate);
            let patience = if aim.is_some() { 5000 } else { 300 + random.below(2500) };
            let ended = process.ended_within(Duration::from_millis(patience)).await;
            process.kill();
            if let Some(status) = ended {
                let log = || std::fs::read_to_string(self.run.log(name)).unwrap();
                assert_eq!(status.signal(), Some(libc::SIGABRT), "{status}\n{}", log());
            }
            let mut tally = self.tally.lock().unwrap();
            for window in process.windows() {
                *tally.windows.entry(window).or_default() += 1;
            }
            tally.aimed += u32::from(ended.is_some());
            tally.random += u32::from(ended.is_none());
        }
    }

    /// Some more mail, so that it lasts to the end of the hunt.
    fn feed(&self, rounds: usize) {
        let mut waiting = self.waiting.lock().unwrap();
        let portion = (waiting.len() / (rounds + rounds / 2 + 1)).max(2 * Kind::ALL.len());
        let (now, later) = waiting.split_at(portion.min(waiting.len()));
        self.run.receives(now);
        *waiting = later;
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}
