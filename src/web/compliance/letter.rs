//! One letter: what exactly left, in whose name, what the relay said, and
//! whether its bytes are still those that its wording gives.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::letters::{Stands, advice, stands};
use super::templates::SHORT_HASH;
use super::timeline::actor;
use crate::app::letter_proof::{self, Compared};
use crate::app::letter_text;
use crate::domain::actor::permission::Permission;
use crate::domain::event::ticket_stream;
use crate::domain::id::LetterId;
use crate::store::StoreError;
use crate::store::view::{SentLetter, SentTo};
use crate::web::page::TicketPages;
use crate::web::shell::Shared;
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

/// One letter, with its words only for those who may read them.
#[derive(Serialize)]
pub(super) struct ShownLetter {
    id: String,
    ticket: String,
    template: String,
    locale: String,
    version: String,
    approver: String,
    approved_at: Option<ShownInstant>,
    stands: Stands,
    reason: String,
    advice: &'static str,
    attempts: u64,
    code: String,
    meets: String,
    written_at: ShownInstant,
    handed_over_at: Option<ShownInstant>,
    bounced_at: Option<ShownInstant>,
    sha256: String,
    record: ShownProof,
    rerendered: ShownProof,
    words: Option<ShownWords>,
    events: Vec<ShownEvent>,
}

#[derive(Serialize)]
struct ShownProof {
    badge: &'static str,
    glyph: &'static str,
    words: &'static str,
}

#[derive(Serialize)]
struct ShownWords {
    recipient: String,
    subject: String,
    text: String,
    source: String,
    reply: String,
}

#[derive(Serialize)]
struct ShownEvent {
    at: ShownInstant,
    what: String,
    by: String,
}

/// `GET /letters/{id}`
pub(super) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path(id): Path<String>,
) -> Response {
    let found = match uuid::Uuid::parse_str(&id) {
        Ok(id) => load(&by, SentTo::Letter(LetterId(id)), &shell.moment()).await,
        Err(_) => Ok(Vec::new()),
    };
    match found.map(|letters| letters.into_iter().next()) {
        Ok(Some(shown)) => shell.page(&by.viewer, StatusCode::OK, "letter", "Letter", &shown),
        Ok(None) => {
            let text = "There is no such letter.";
            shell.notice(&by.viewer, StatusCode::NOT_FOUND, "No such letter", text)
        }
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

/// Letters with their proofs. That they were looked at is on record before.
pub(super) async fn load(
    by: &SignedIn,
    to: SentTo<'_>,
    moment: &Moment,
) -> Result<Vec<ShownLetter>, StoreError> {
    let letters = by.app.store.sent_letters(to, by.actor.person, moment.now).await?;
    let mut shown = Vec::new();
    for letter in &letters {
        shown.push(one(by, letter, moment).await?);
    }
    Ok(shown)
}

async fn one(
    by: &SignedIn,
    letter: &SentLetter,
    moment: &Moment,
) -> Result<ShownLetter, StoreError> {
    let proof = letter_proof::prove(&by.app, letter).await?;
    let reason = letter.reason.clone().unwrap_or_default();
    let is_released = letter.approved_by.is_some();
    Ok(ShownLetter {
        id: letter.id.to_string(),
        ticket: letter.ticket.to_string(),
        template: letter.intent.template.clone(),
        locale: letter.intent.locale.clone(),
        version: match is_released {
            true => letter.template_version.hex().chars().take(SHORT_HASH).collect(),
            false => String::new(),
        },
        approver: letter.approved_by.clone().unwrap_or_default(),
        approved_at: letter.approved_at.map(|at| moment.instant(at)),
        stands: stands(letter.state),
        advice: advice(letter.state, &reason),
        reason: reason.replace('_', " "),
        attempts: letter.attempts,
        code: letter.last_code.map(|code| code.to_string()).unwrap_or_default(),
        meets: letter.intent.meets.join(", "),
        written_at: moment.instant(letter.written_at),
        handed_over_at: letter.handed_over_at.map(|at| moment.instant(at)),
        bounced_at: letter.bounced_at.map(|at| moment.instant(at)),
        sha256: proof.sha256.map(|sha| sha.hex()).unwrap_or_default(),
        record: shown_proof(proof.record),
        rerendered: shown_proof(proof.rerendered),
        words: by.viewer.may(Permission::SeeWords).then(|| words(letter)),
        events: events(by, letter, moment).await?,
    })
}

fn words(letter: &SentLetter) -> ShownWords {
    let bytes = letter.bytes.as_deref().unwrap_or_default();
    let read = letter_text::read(bytes, letter.written_at);
    ShownWords {
        recipient: letter.intent.recipient.clone(),
        subject: read.subject,
        text: read.text,
        source: read.source,
        reply: letter.reply.clone().unwrap_or_default(),
    }
}

async fn events(
    by: &SignedIn,
    letter: &SentLetter,
    moment: &Moment,
) -> Result<Vec<ShownEvent>, StoreError> {
    let store = &by.app.store;
    let (persons, id) = (store.persons().await?, serde_json::json!(letter.id));
    let mut events = store.events_of(&ticket_stream(letter.intent.ticket_id)).await?;
    events.retain(|line| line.event.particulars["letter"] == id);
    Ok(events
        .into_iter()
        .map(|line| ShownEvent {
            at: moment.instant(line.event.at),
            what: line.event.kind,
            by: actor(&persons, &line.event.actor),
        })
        .collect())
}

const fn shown_proof(compared: Compared) -> ShownProof {
    let (badge, glyph, words) = match compared {
        Compared::Same => ("ok", "✓", "the same"),
        Compared::Different => ("breach", "!", "different: somebody changed something"),
        Compared::Unknown => ("paused", "–", "nothing to compare with"),
    };
    ShownProof { badge, glyph, words }
}
