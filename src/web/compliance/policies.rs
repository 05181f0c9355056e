//! Policy revisions: which is in force, which wait, and who stands for them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::templates::{SHORT_HASH, name};
use crate::app::policy_review::{self, Revision};
use crate::domain::digest::Digest;
use crate::domain::policy_life::{BacktestMark, PolicyStage};
use crate::store::StoreError;
use crate::store::person::Person;
use crate::web::page::TicketPages;
use crate::web::shell::Shared;
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

#[derive(Serialize)]
struct ShownPolicies {
    lines: Vec<ShownRevision>,
}

/// One revision, as the list and its own page show it.
#[derive(Serialize)]
pub(super) struct ShownRevision {
    revision: String,
    hash: String,
    badge: &'static str,
    glyph: &'static str,
    word: &'static str,
    author: String,
    drafted_at: Option<ShownInstant>,
    approver: String,
    approved_at: Option<ShownInstant>,
    backtest: Option<ShownBacktest>,
    activations: Vec<ShownActivation>,
}

#[derive(Serialize)]
struct ShownBacktest {
    mails: u64,
    lost: u64,
    base: String,
    at: ShownInstant,
}

#[derive(Serialize)]
struct ShownActivation {
    from_at: ShownInstant,
    by: String,
    is_ahead: bool,
}

/// `GET /policies`
pub(super) async fn list<P: TicketPages>(State(shell): Shared<P>, by: SignedIn) -> Response {
    match loaded(&by, &shell.moment()).await {
        Ok(shown) => shell.page(&by.viewer, StatusCode::OK, "policies", "Policy revisions", &shown),
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

async fn loaded(by: &SignedIn, moment: &Moment) -> Result<ShownPolicies, StoreError> {
    let persons = by.app.store.persons().await?;
    let revisions = policy_review::revisions(&by.app).await?;
    Ok(ShownPolicies {
        lines: revisions.iter().map(|one| shown_revision(one, &persons, moment)).collect(),
    })
}

/// A revision in the words of a page.
pub(super) fn shown_revision(
    revision: &Revision,
    persons: &[Person],
    moment: &Moment,
) -> ShownRevision {
    let draft = revision.draft.as_ref();
    let (badge, glyph, word) = stands(revision, moment);
    let approved = draft.and_then(|draft| draft.approved);
    let author = draft.map_or("engine".to_owned(), |draft| name(persons, draft.author));
    ShownRevision {
        revision: short(revision.hash),
        hash: revision.hash.hex(),
        badge,
        glyph,
        word,
        author: if author.is_empty() { "nobody yet".to_owned() } else { author },
        drafted_at: draft.map(|draft| moment.instant(draft.drafted_at)),
        approver: name(persons, approved.map(|(by, _)| by)),
        approved_at: approved.map(|(_, at)| moment.instant(at)),
        backtest: draft.and_then(|draft| draft.backtest).map(|mark| backtest(mark, moment)),
        activations: revision
            .activations
            .iter()
            .map(|one| ShownActivation {
                from_at: moment.instant(one.from_at),
                by: one.by.map_or("engine".to_owned(), |by| name(persons, Some(by))),
                is_ahead: one.from_at > moment.now,
            })
            .collect(),
    }
}

fn backtest(mark: BacktestMark, moment: &Moment) -> ShownBacktest {
    ShownBacktest {
        mails: mark.mails,
        lost: mark.lost,
        base: short(mark.base),
        at: moment.instant(mark.at),
    }
}

fn stands(revision: &Revision, moment: &Moment) -> (&'static str, &'static str, &'static str) {
    let is_ahead = revision.activations.iter().any(|one| one.from_at > moment.now);
    let was = revision.activations.iter().any(|one| one.from_at <= moment.now);
    match revision.draft.as_ref().map(|draft| draft.stage()) {
        _ if revision.is_in_force => ("ok", "✓", "in force"),
        _ if is_ahead => ("soon", "◷", "in force later"),
        _ if was => ("paused", "–", "was in force"),
        Some(PolicyStage::Approved) => ("soon", "◷", "approved"),
        Some(PolicyStage::Backtested) => ("soon", "◷", "backtested"),
        Some(PolicyStage::Draft) | None => ("paused", "–", "draft"),
    }
}

/// First digits of a revision.
pub(super) fn short(hash: Digest) -> String {
    hash.hex().chars().take(SHORT_HASH).collect()
}
