//! Origin against mails that people have sorted: bounces, automatic answers,
//! receipts, and mail of human beings.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Component, Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lines::{self, Refusal};
use super::measure::{self, LabelSet};
use super::on_every_core;
use crate::domain::origin::{self, Bounce, BounceOutcome, Origin};
use crate::domain::receive::OwnAddresses;
use crate::mailbox::mime::{self, MimeLimits};

/// Largest mail that is read.
const MOST_MAIL: u64 = 64 << 20;
/// The file of labels in the directory.
const LABELS: &str = "expected.jsonl";

/// A mail file and what it is.
#[derive(Clone, Debug, Deserialize)]
struct Sorted {
    file: String,
    label: String,
    /// Whether a bounce says that its address is wrong for good.
    #[serde(default)]
    hard: Option<bool>,
}

/// How the origin came out.
#[derive(Clone, Debug, Serialize)]
pub struct OriginScores {
    /// Mails.
    pub mails: usize,
    /// `bounce`, `receipt`, `auto_reply`, `list`, `person`.
    pub origins: LabelSet,
    /// Share of automatic mail that would get no answer.
    pub automatic_recall: f64,
    /// Share of human mail that would make no ticket or get no answer.
    pub human_suppressed: f64,
    /// Share of human mail that would not even make a ticket.
    pub human_lost: f64,
    /// Share of bounces seen as bounces.
    pub bounce_recall: f64,
    /// Share of bounces whose outcome (failed, delayed, arrived) is right.
    pub outcome_right: f64,
    /// Share of failed bounces, where the label tells, that are rightly told to
    /// be hard (the address is wrong for good) or soft.
    pub hardness_right: f64,
    /// Mails that came out wrong.
    pub wrong: Vec<WrongOrigin>,
}

/// A mail that came out wrong, with its signals.
#[derive(Clone, Debug, Serialize)]
pub struct WrongOrigin {
    /// Path below the directory.
    pub file: String,
    /// What it is.
    pub label: String,
    /// What it was taken for.
    pub found: String,
    /// Why.
    pub signals: Vec<String>,
}

/// What label sets call an origin, as we call it. A delay or a delivery is a
/// delivery status notification all the same (RFC 3464).
fn origin_of(label: &str) -> Option<&'static str> {
    Some(match label {
        "bounce" | "bounce_delay" | "delivery_success_dsn" => "bounce",
        "feedback" | "mdn" | "receipt" => "receipt",
        "auto_reply" => "auto_reply",
        "list" => "list",
        "human" | "person" => "person",
        _ => return None,
    })
}

/// Scores the origin of the mails that `directory/expected.jsonl` names.
///
/// # Errors
/// When a file cannot be read, or with every wrong line.
pub fn score_origins(directory: &Path) -> Result<OriginScores, Refusal> {
    let sorted = lines::read(&directory.join(LABELS), |one: &Sorted| check(directory, one))?;
    let seen = on_every_core(&sorted, |one| judge(&directory.join(&one.file)));
    let seen = seen.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut pairs = Vec::new();
    let mut wrong = Vec::new();
    for (one, seen) in sorted.iter().zip(&seen) {
        let (wanted, found) = (origin_of(&one.label).unwrap_or_default(), shown(seen.origin));
        pairs.push((BTreeSet::from([wanted]), BTreeSet::from([found])));
        let is_misread = |bounce: Bounce| {
            let is_other = outcome_of(&one.label).is_some_and(|right| right != bounce.outcome);
            is_other || one.label == "bounce" && one.hard.is_some_and(|hard| hard != bounce.is_hard)
        };
        if wanted != found || seen.bounce().is_some_and(is_misread) {
            let (file, label) = (one.file.clone(), one.label.clone());
            let (found, signals) = (seen.origin.word().to_owned(), seen.signals.clone());
            wrong.push(WrongOrigin { file, label, found, signals });
        }
    }
    let count = |is: &dyn Fn(&str, &origin::OriginEvidence) -> bool| {
        sorted
            .iter()
            .zip(&seen)
            .filter(|(one, seen)| is(origin_of(&one.label).unwrap_or_default(), seen))
            .count()
    };
    let human = count(&|wanted, _| wanted == "person");
    let bounces = count(&|wanted, _| wanted == "bounce");
    let automatic = sorted.len() - human;
    Ok(OriginScores {
        mails: sorted.len(),
        origins: measure::group(&pairs),
        automatic_recall: measure::ratio(
            count(&|wanted, seen| wanted != "person" && !seen.may_be_answered()),
            automatic,
        ),
        human_suppressed: measure::ratio(
            count(&|wanted, seen| wanted == "person" && !seen.may_be_answered()),
            human,
        ),
        human_lost: measure::ratio(
            count(&|wanted, seen| wanted == "person" && !seen.is_from_a_person()),
            human,
        ),
        bounce_recall: measure::ratio(
            count(&|wanted, seen| wanted == "bounce" && seen.origin == Origin::Bounce),
            bounces,
        ),
        outcome_right: share(&sorted, &seen, |one, bounce| {
            Some(bounce.outcome == outcome_of(&one.label)?)
        }),
        hardness_right: share(&sorted, &seen, |one, bounce| {
            let is_failed = outcome_of(&one.label) == Some(BounceOutcome::Failed);
            one.hard.filter(|_| is_failed).map(|hard| bounce.is_hard == hard)
        }),
        wrong,
    })
}

fn outcome_of(label: &str) -> Option<BounceOutcome> {
    match label {
        "bounce" => Some(BounceOutcome::Failed),
        "bounce_delay" => Some(BounceOutcome::Delayed),
        "delivery_success_dsn" => Some(BounceOutcome::Arrived),
        _ => None,
    }
}

/// Share of the bounces of which `is_right` says something that it says are right.
fn share(
    sorted: &[Sorted],
    seen: &[origin::OriginEvidence],
    is_right: impl Fn(&Sorted, &Bounce) -> Option<bool>,
) -> f64 {
    let judged = sorted
        .iter()
        .zip(seen)
        .filter_map(|(one, seen)| seen.bounce().and_then(|bounce| is_right(one, &bounce)));
    let judged: Vec<bool> = judged.collect();
    measure::ratio(judged.iter().filter(|right| **right).count(), judged.len())
}

/// A person is a person, answered or not.
fn shown(origin: Origin) -> &'static str {
    match origin {
        Origin::PersonMarkedAutomatic => Origin::Person.word(),
        other => other.word(),
    }
}

fn check(directory: &Path, one: &Sorted) -> Result<(), String> {
    if origin_of(&one.label).is_none() {
        return Err(format!("`label` {} is not an origin", one.label));
    }
    let path = Path::new(&one.file);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(format!("`file` {} leads out of the directory", one.file));
    }
    match std::fs::metadata(directory.join(path)) {
        Ok(found) if !found.is_file() => Err(format!("`file` {} is no file", one.file)),
        Ok(found) if found.len() > MOST_MAIL => {
            Err(format!("`file` {} is larger than {MOST_MAIL} bytes", one.file))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(format!("`file` {}: {error}", one.file)),
    }
}

fn judge(file: &Path) -> std::io::Result<origin::OriginEvidence> {
    let mut raw = Vec::new();
    std::fs::File::open(file)?.take(MOST_MAIL).read_to_end(&mut raw)?;
    let mail = mime::parse(&raw, Timestamp::UNIX_EPOCH, &MimeLimits::default());
    Ok(origin::judge(&mail, &OwnAddresses::default()))
}
