//! `tierline backtest`: stored or given mail under another policy, and what
//! would change. A lost statutory clock ends it with status 1.

mod page;
mod text;

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use serde::Serialize;

use super::arguments::Backtest as Arguments;
use super::compose::{self, database_error};
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use super::{ingest, policy, progress};
use crate::app::backtest::{Backtest, list_mails, read_texts};
use crate::app::evaluate::Refusal;
use crate::app::{Standing, gate};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::domain::backtest::Tally;
use crate::domain::digest::Digest;
use crate::domain::policy::{PolicyFiles, revision};
use crate::domain::policy_life::BacktestMark;
use crate::store::Store;

/// What is shown and written down.
#[derive(Serialize)]
struct Report<'a> {
    policy: Digest,
    against: Digest,
    /// Whether no statutory clock is lost.
    ok: bool,
    skipped: u64,
    unreadable: &'a [String],
    seconds: f64,
    mails_per_minute: u64,
    #[serde(flatten)]
    tally: &'a Tally,
}

/// Both policies, loaded; the store when there is one.
struct Loaded {
    store: Option<Store>,
    before: Standing,
    after: Standing,
}

pub(super) async fn run(
    config: &Config,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let loaded = load(config, arguments, output).await?;
    let mut backtest = Backtest::new(&loaded.before, &loaded.after, arguments.list);
    let begun = SystemClock.steady();
    replay(config, arguments, loaded.store.as_ref(), &mut backtest).await?;
    let seconds = (SystemClock.steady() - begun).as_secs_f64();
    let report = report(&loaded, &backtest, seconds);
    if let Some(path) = &arguments.html {
        std::fs::write(path, page::page(&report))
            .with_context(|| path.display().to_string())
            .or_exit(Exit::Unavailable)?;
    }
    if arguments.record {
        record(&loaded, &report).await?;
    }
    output.answer(&text::text(&report), &report)?;
    let is_whole = report.ok && report.unreadable.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::ProblemsFound })
}

async fn load(
    config: &Config,
    arguments: &Arguments,
    output: &mut Output,
) -> Result<Loaded, CliError> {
    if arguments.record && arguments.against.is_some() {
        let text = "--record compares with the policy in force: leave --against out";
        return Err(CliError::new(Exit::Usage, anyhow!(text)));
    }
    let needs_store = arguments.record || arguments.maildir.is_none() && arguments.jsonl.is_none();
    let store = match compose::store_beside(config).await {
        Ok(store) => Some(store),
        Err(error) if needs_store => return Err(error),
        Err(_) => None,
    };
    let before = base(config, arguments, store.as_ref(), output).await?;
    let after = policy::find_named(store.as_ref(), &arguments.policy).await?;
    let standing = |files| ingest::unkept_standing_on(compose::loaded(files)?, config);
    let (before, after) = (standing(before)?, standing(after)?);
    Ok(Loaded { store, before, after })
}

/// What the other policy is compared with.
async fn base(
    config: &Config,
    arguments: &Arguments,
    store: Option<&Store>,
    output: &mut Output,
) -> Result<PolicyFiles, CliError> {
    if let Some(name) = &arguments.against {
        return policy::find_named(store, name).await;
    }
    if let Some(store) = store {
        let now = SystemClock.now();
        let found = store.find_policy_in_force(now).await.map_err(database_error)?;
        if found.is_some() || arguments.record {
            return Ok(policy::in_force(store).await?.1);
        }
    }
    output.note("no policy is in force here: compared with the configured rules");
    policy::configured(config)
}

async fn replay(
    config: &Config,
    arguments: &Arguments,
    store: Option<&Store>,
    backtest: &mut Backtest<'_>,
) -> Result<(), CliError> {
    let now = SystemClock.now();
    if let Some(folder) = &arguments.maildir {
        let files = list_mails(folder)
            .with_context(|| folder.display().to_string())
            .or_exit(Exit::Usage)?;
        backtest.replay_files(&files, &ingest::own_mx_hosts(config), now);
    } else if let Some(file) = &arguments.jsonl {
        let texts = read_texts(file).map_err(|refusal| refused(file, &refusal))?;
        backtest.replay_texts(&texts, now);
    } else if let Some(store) = store {
        let spinner = progress::spinner("replaying mail");
        let since = arguments.since.unwrap_or(Timestamp::MIN);
        let seen = |count| spinner.set_message(format!("replaying mail: {count}"));
        let replayed = backtest.replay_store(store, since, seen).await;
        spinner.finish_and_clear();
        replayed.map_err(database_error)?;
    }
    Ok(())
}

fn refused(file: &std::path::Path, refusal: &Refusal) -> CliError {
    let mut text = format!("{}: {refusal}", file.display());
    if let Refusal::Wrong { lines, .. } = refusal {
        for line in lines {
            text.push_str(&format!("\n{}:{}: {}", file.display(), line.line, line.message));
        }
    }
    let exit = match refusal {
        Refusal::Unreadable(_) => Exit::Usage,
        Refusal::Wrong { .. } => Exit::ProblemsFound,
    };
    CliError::new(exit, anyhow!(text))
}

fn report<'a>(loaded: &Loaded, backtest: &'a Backtest<'_>, seconds: f64) -> Report<'a> {
    let hash = |standing: &Standing| revision(&standing.desk.policy.files);
    let tally = &backtest.tally;
    let a_minute = tally.mails as f64 * 60.0 / seconds.max(1e-6);
    Report {
        policy: hash(&loaded.after),
        against: hash(&loaded.before),
        ok: tally.losses() == 0,
        skipped: backtest.skipped,
        unreadable: &backtest.unreadable,
        seconds: (seconds * 1000.0).round() / 1000.0,
        mails_per_minute: a_minute as u64,
        tally,
    }
}

/// Writes the outcome down; a folder that is no draft yet becomes one.
async fn record(loaded: &Loaded, report: &Report<'_>) -> Result<(), CliError> {
    let Some(store) = &loaded.store else { return Ok(()) };
    let policy = &loaded.after.desk.policy;
    let now = SystemClock.now();
    let drafts = store.policy_drafts().await.map_err(database_error)?;
    if !drafts.iter().any(|draft| draft.hash == report.policy) {
        let problems = gate::problems(policy);
        if !problems.is_empty() {
            return Err(CliError::new(Exit::Config, compose::PolicyRefused(problems)));
        }
        let drafted = store.draft_policy(report.policy, &policy.files, None, now).await;
        drafted.map_err(database_error)?;
    }
    let mark = BacktestMark {
        at: now,
        base: report.against,
        mails: report.tally.mails,
        lost: report.tally.losses(),
    };
    store.mark_backtested(report.policy, &mark).await.map_err(database_error)
}
