//! `tierline rules`: test, lint, and say why a mail would be understood as it
//! is. Needs no database: only the rule files and, to explain, a mail.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::arguments::Rules;
use super::exit::{CliError, Exit, OrExit as _};
use super::output::Output;
use super::policy;
use crate::config::Config;
use crate::domain::classify::{Evidence, Understanding};
use crate::domain::mail::InboundMail;
use crate::domain::policy::{Policy, PolicyProblem};
use crate::domain::receive::{Known, OwnAddresses};
use crate::domain::route::Route;
use crate::domain::trust::{self, Judging, Trust};
use crate::mailbox::mime::{self, MimeLimits};

/// Runs what was asked; `now` counts as the receipt of a mail to explain.
pub(super) fn run(
    command: &Rules,
    config: &Config,
    now: Timestamp,
    output: &mut Output,
) -> Result<Exit, CliError> {
    match command {
        Rules::Test => test(config, output),
        Rules::Lint => lint(config, output),
        Rules::Explain { file } => explain(config, file, now, output),
    }
}

fn test(config: &Config, output: &mut Output) -> Result<Exit, CliError> {
    let policy = policy::load(config)?;
    let (count, failures) = policy::self_tests(&policy);
    report(output, &failures, &format!("{count} tests beside the rules"), &policy.revision)
}

fn lint(config: &Config, output: &mut Output) -> Result<Exit, CliError> {
    let policy = policy::load(config)?;
    report(output, &policy.rules.lint(), "the rule files", &policy.revision)
}

fn report(
    output: &mut Output,
    problems: &[PolicyProblem],
    what: &str,
    revision: &str,
) -> Result<Exit, CliError> {
    for problem in problems {
        output.failed(&problem.to_string())?;
    }
    if problems.is_empty() {
        output.passed(what)?;
    }
    if output.is_json() {
        let shown: Vec<Value> = problems.iter().map(shown).collect();
        let ok = problems.is_empty();
        output.answer("", &json!({ "ok": ok, "policy_revision": revision, "problems": shown }))?;
    }
    Ok(if problems.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}

/// A rule problem as JSON.
pub(super) fn shown(problem: &PolicyProblem) -> Value {
    json!({
        "file": problem.file,
        "line": problem.line,
        "key": problem.key,
        "message": problem.message,
    })
}

fn explain(
    config: &Config,
    file: &Path,
    now: Timestamp,
    output: &mut Output,
) -> Result<Exit, CliError> {
    let policy = policy::load(config)?;
    let mail = read(file, now).or_exit(Exit::Usage)?;
    let own = own_addresses(config);
    let received_on = policy.clocks.local_date(mail.received_at);
    let seen = policy.rules.understand(&mail, &own, received_on);
    let judging = Judging {
        own: &own,
        servicer_name: &config.servicer.name,
        origin: &seen.origin,
        known: &Known::default(),
    };
    let (trust, signals) = trust::judge(&mail, &judging);
    let route = policy.rules.route(&seen, trust, received_on);
    let text = explanation(&policy, &seen, trust, &signals, &route);
    let answer = json!({
        "policy_revision": policy.revision,
        "understanding": seen,
        "trust": trust,
        "trust_signals": signals,
        "route": route,
        "defects": mail.defects,
    });
    output.answer(&text, &answer)?;
    Ok(Exit::Done)
}

fn read(file: &Path, now: Timestamp) -> anyhow::Result<InboundMail> {
    use std::io::Read as _;
    let mut raw = Vec::new();
    let opened =
        std::fs::File::open(file).with_context(|| format!("opening {}", file.display()))?;
    let limit = crate::mailbox::file::MAX_MAIL;
    opened
        .take(limit)
        .read_to_end(&mut raw)
        .with_context(|| format!("reading {}", file.display()))?;
    Ok(mime::parse(&raw, now, &MimeLimits::default()))
}

fn own_addresses(config: &Config) -> OwnAddresses {
    let addresses: BTreeSet<String> =
        config.mailboxes.iter().flat_map(|mailbox| mailbox.addresses.iter().cloned()).collect();
    OwnAddresses {
        addresses,
        domains: BTreeSet::new(),
        mail_host: config.instance.mail_host.clone(),
    }
}

fn explanation(
    policy: &Policy,
    seen: &Understanding,
    trust: Trust,
    signals: &[String],
    route: &Route,
) -> String {
    let mut lines = vec![
        format!("policy    {}", policy.revision.get(..12).unwrap_or(&policy.revision)),
        format!("origin    {} {}", seen.origin.origin, listed(&seen.origin.signals)),
        format!("trust     {trust} {}", listed(signals)),
        format!("language  {}", seen.language),
    ];
    for matter in &seen.matters {
        lines.push(format!(
            "matter    {} {:.1} of {:.1}",
            matter.category, matter.score, matter.threshold
        ));
        lines.extend(evidence(&matter.evidence));
    }
    if let Some(second) = &seen.runner_up {
        lines.push(format!(
            "runner-up {} {:.1} of {:.1}",
            second.category, second.score, second.threshold
        ));
        lines.extend(evidence(&second.evidence));
    }
    for kind in &seen.kinds {
        let doubt = if kind.is_to_confirm { ", to be confirmed" } else { "" };
        lines.push(format!("kind      {} {}{doubt}", kind.kind, kind.sub_kind));
        lines.extend(evidence(&kind.evidence));
    }
    for flag in &seen.flags {
        lines.push(format!("flag      {}", flag.flag));
        lines.extend(evidence(&flag.evidence));
    }
    for fact in &seen.facts {
        lines.push(format!("fact      {} {}", fact.fact, fact.value));
    }
    lines.push(format!(
        "route     {} (tier {}), {}, {} {}",
        route.queue,
        route.tier,
        route.priority,
        route.category,
        listed(&route.rules)
    ));
    if let Some(reason) = &route.hold {
        lines.push(format!("held      {reason}"));
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn listed(words: &[String]) -> String {
    if words.is_empty() { String::new() } else { format!("({})", words.join(", ")) }
}

fn evidence(evidence: &[Evidence]) -> impl Iterator<Item = String> {
    evidence.iter().map(|one| {
        let places =
            one.spans.iter().map(|span| format!("{} {}–{}", span.field, span.start, span.end));
        format!("  {:+.1} {}  {}", one.weight, one.rule, places.collect::<Vec<_>>().join(", "))
    })
}
