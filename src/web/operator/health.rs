//! How everything does, in plain words: what `tierline doctor` says, and the
//! workers of this program.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::app::doctor::{Finding, Verdict};
use crate::app::health::{self, amount};
use crate::store::job::Job;
use crate::web::shell::Shared;
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

#[derive(Serialize)]
struct HealthPage {
    is_ready: bool,
    troubles: usize,
    findings: Vec<ShownFinding>,
    workers: Vec<ShownFinding>,
    jobs: Vec<ShownJob>,
    at: ShownInstant,
}

#[derive(Serialize)]
struct ShownFinding {
    what: String,
    said: String,
    badge: &'static str,
    glyph: &'static str,
    word: &'static str,
}

#[derive(Serialize)]
struct ShownJob {
    name: String,
    last_run_at: Option<ShownInstant>,
    next_run_at: ShownInstant,
}

/// `GET /health`
pub(in crate::web) async fn show<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
) -> Response {
    let found = async {
        let findings = health::findings(&who.app).await?;
        Ok::<_, crate::store::StoreError>((findings, who.app.store.jobs().await?))
    };
    let (findings, jobs) = match found.await {
        Ok(found) => found,
        Err(error) => return shell.broken(&who.viewer, &error.into()),
    };
    let moment = shell.moment();
    let (is_ready, workers) = (shell.readiness)();
    let workers: Vec<Finding> = workers
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, worker)| told(name, worker, moment.now))
        .collect();
    let all = findings.iter().chain(&workers);
    let page = HealthPage {
        is_ready,
        troubles: all.filter(|finding| finding.verdict != Verdict::Good).count(),
        findings: findings.iter().map(shown).collect(),
        workers: workers.iter().map(shown).collect(),
        jobs: jobs.iter().map(|job| shown_job(&moment, job)).collect(),
        at: moment.instant(moment.now),
    };
    shell.page(&who.viewer, StatusCode::OK, "health", "Health", &page)
}

/// One worker in words.
fn told(name: &str, worker: &Value, now: Timestamp) -> Finding {
    let name = format!("worker {}", name.replace('_', " "));
    let at = |field: &str| worker.get(field).and_then(Value::as_str)?.parse::<Timestamp>().ok();
    let failures = worker.get("failures").and_then(Value::as_u64).unwrap_or(0);
    if worker.get("is_stopped").and_then(Value::as_bool) == Some(true) {
        return Finding::unreachable(&name, "has ended");
    }
    let last = match at("last_success_at") {
        Some(at) => format!("last went well {} ago", amount(now.duration_since(at))),
        None => "has not gone well yet".to_owned(),
    };
    match worker.get("last_error").and_then(Value::as_str) {
        Some(error) if failures > 0 => {
            Finding::wrong(&name, format!("{last}; failed {failures} times in a row: {error}"))
        }
        _ => Finding::good(&name, last),
    }
}

fn shown(finding: &Finding) -> ShownFinding {
    let (badge, glyph, word) = match finding.verdict {
        Verdict::Good => ("ok", "✓", "good"),
        Verdict::Wrong => ("risk", "!", "look at it"),
        Verdict::Unreachable => ("breach", "!", "does not answer"),
    };
    ShownFinding { what: finding.what.clone(), said: finding.said.clone(), badge, glyph, word }
}

fn shown_job(moment: &Moment, job: &Job) -> ShownJob {
    ShownJob {
        name: job.name.replace('_', " "),
        last_run_at: job.last_run_at.map(|at| moment.instant(at)),
        next_run_at: moment.instant(job.next_run_at),
    }
}
