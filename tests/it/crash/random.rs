//! Kills at random moments and aimed ones, under a stream of mail: on SQLite
//! one engine, on PostgreSQL two at once. Another seed: `CRASH_SEED=7`.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::checker::{Expected, Findings};
use super::mails::{Kind, Sender, sender};
use super::process::{Fate, Process};
use super::stage::{Run, Stage};

/// Mails of a run, at least.
const LEAST_MAILS: usize = 500;
/// Kills that every window must have had.
const LEAST_KILLS: u32 = 5;
/// Starts of one engine, at most.
const MOST_ROUNDS: usize = 150;
/// Percent of the work that each of two engines must have done.
const LEAST_SHARE: u64 = 20;
/// Portions of mail that come in peace after the last kill, at least.
const CALM_PORTIONS: usize = 8;
/// Longest time until an engine is where it is wanted.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest time until a portion is taken in by engines that nobody kills: what
/// killed ones had begun is taken mail by mail, and the machine may be busy.
const CALM: Duration = Duration::from_secs(180);
const SEED: u64 = 20_261_125;
const WINDOWS: [&str; 13] =
    ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "c12", "c13"];

/// How a hunt goes.
struct Plan {
    engines: &'static [&'static str],
    mails: usize,
    kills: u32,
    broken: Option<&'static str>,
}

impl Plan {
    const fn whole(engines: &'static [&'static str]) -> Self {
        Self { engines, mails: LEAST_MAILS, kills: LEAST_KILLS, broken: None }
    }

    const fn without(engines: &'static [&'static str], safeguard: &'static str) -> Self {
        Self { engines, mails: 60, kills: 1, broken: Some(safeguard) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_load_lose_and_double_nothing_on_sqlite() {
    survives(&Stage::sqlite().await, &Plan::whole(&["only"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_load_lose_and_double_nothing_with_two_engines_on_postgres() {
    survives(&Stage::postgres().await, &Plan::whole(&["first", "second"])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_load_lose_mail_when_it_is_put_away_too_early() {
    let stage = Stage::sqlite().await;
    let expected = Expected::observe(&stage).await;
    let run = stage.run("fire").await;
    let (findings, _) =
        under_fire(&run, &expected, &Plan::without(&["only"], "put_away_first")).await;
    assert!(!findings.lost.is_empty(), "{findings:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_under_load_open_tickets_twice_when_nobody_knows_a_mail_again() {
    let stage = Stage::postgres().await;
    let expected = Expected::observe(&stage).await;
    let run = stage.run("fire").await;
    run.sql("ALTER TABLE mail DROP CONSTRAINT mail_mailbox_id_raw_key_key").await;
    let plan = Plan::without(&["first", "second"], "forget_identity");
    let (findings, _) = under_fire(&run, &expected, &plan).await;
    assert!(!findings.duplicate_tickets.is_empty(), "{findings:#?}");
}

async fn survives(stage: &Stage, plan: &Plan) {
    let begun = Instant::now();
    let expected = Expected::observe(stage).await;
    let run = stage.run("fire").await;
    let (findings, tally) = under_fire(&run, &expected, plan).await;
    findings.assert_good(&tally.to_string(), tally.in_gap());
    println!("{tally}\nsecond copies {}, uncertain {}", findings.second_copies, findings.uncertain);
    for window in WINDOWS {
        assert!(tally.kills(window) >= LEAST_KILLS, "too few kills in {window}\n{tally}");
    }
    for (what, field) in [("mails taken in", "mails"), ("letters handed over", "letters")] {
        let done: Vec<u64> =
            plan.engines.iter().map(|name| logged(&run, name, what, field)).collect();
        let all: u64 = done.iter().sum();
        println!("{what}, by engine: {done:?} of {all}");
        for part in done {
            assert!(part * 100 >= all * LEAST_SHARE, "{what}: {part} of {all}");
        }
    }
    println!("{} s", begun.elapsed().as_secs());
}

/// Hunts the engines, lets them finish in peace, and looks at what is left.
async fn under_fire(run: &Run<'_>, expected: &Expected, plan: &Plan) -> (Findings, Tally) {
    let seed = std::env::var("CRASH_SEED").map_or(SEED, |text| text.parse().unwrap());
    let senders = Mutex::default();
    let field = Field { run, plan, senders, tally: Mutex::default() };
    let hunts = plan.engines.iter().zip(seed..).map(|(name, seed)| field.hunt(name, Random(seed)));
    futures::future::join_all(hunts).await;
    field.calms().await;
    run.settles(plan.broken).await;
    let senders = field.senders.into_inner().unwrap();
    let mails: usize = senders.iter().map(|sender| sender.kind.mails()).sum();
    assert!(mails >= plan.mails, "{mails}");
    println!("{mails} mails, seed {seed}");
    (expected.check(run, &senders).await, field.tally.into_inner().unwrap())
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

    /// A window that has not had its kills, chosen by `dice`.
    fn wanted(&self, least: u32, dice: u64) -> Option<&'static str> {
        let open: Vec<_> =
            WINDOWS.into_iter().filter(|window| self.kills(window) < least).collect();
        open.get(usize::try_from(dice).unwrap() % open.len().max(1)).copied()
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
    plan: &'r Plan,
    /// Everybody who has written so far.
    senders: Mutex<Vec<Sender>>,
    tally: Mutex<Tally>,
}

impl Field<'_> {
    /// Starts an engine and kills it until every window had its kills.
    async fn hunt(&self, name: &str, mut random: Random) {
        for round in 0..MOST_ROUNDS {
            let wanted = self.tally.lock().unwrap().wanted(self.plan.kills, random.below(1 << 32));
            let Some(window) = wanted else { return };
            self.feed(Kind::ALL.len());
            // Every third kill comes from outside, at any moment.
            let aim = (round % 3 < 2).then(|| format!("{window}:{}", 1 + random.below(2)));
            let fate = Fate { crash_at: aim.clone(), broken: self.plan.broken };
            let mut process = self.run.start(&[], name, &fate);
            process.passes_a_point(PATIENCE).await;
            let patience =
                if aim.is_some() { PATIENCE } else { Duration::from_millis(random.below(1000)) };
            let ended = process.ended_within(patience).await;
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

    /// The next borrowers write.
    fn feed(&self, borrowers: usize) {
        let mut senders = self.senders.lock().unwrap();
        let first = senders.len();
        senders.extend((first..first + borrowers).map(|n| sender("fire", n)));
        self.run.receives(&senders[first..]);
    }

    /// What is still there, and what the engines said last.
    fn stays(&self) -> String {
        let said = |name: &&str| {
            let log = std::fs::read_to_string(self.run.log(name)).unwrap();
            let last: Vec<&str> = log.lines().rev().take(40).collect();
            format!("{name}, last line first:\n{}", last.join("\n"))
        };
        let said: Vec<String> = self.plan.engines.iter().map(said).collect();
        format!("{} mails stay in the inboxes\n{}", self.run.in_folders(), said.join("\n"))
    }

    /// Nobody is killed any more, and mail goes on coming until there was enough.
    async fn calms(&self) {
        let fate = Fate { crash_at: None, broken: self.plan.broken };
        let start = |name: &&str| self.run.start(&[], name, &fate);
        let mut processes: Vec<Process> = self.plan.engines.iter().map(start).collect();
        // Seven mails of six borrowers.
        let borrowers = self.plan.mails * 6 / 7 + Kind::ALL.len();
        let left = borrowers.saturating_sub(self.senders.lock().unwrap().len());
        let portion = left.div_ceil(CALM_PORTIONS).max(2 * Kind::ALL.len());
        for _ in 0..CALM_PORTIONS {
            self.feed(portion);
            let begun = Instant::now();
            while self.run.in_folders() > 0 {
                assert!(begun.elapsed() < CALM, "{}", self.stays());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        for process in &mut processes {
            process.drains().await;
        }
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
