//! Letters that did not go their way: held, uncertain, given up, with the
//! reason and what a person can do; and the addresses that take no mail.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::domain::letter::LetterState;
use crate::store::StoreError;
use crate::store::view::LetterEntry;
use crate::web::page::TicketPages;
use crate::web::shell::Shared;
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

/// Letters of one state that the page shows.
const MOST: u64 = 200;
/// States in which a person must look.
const STUCK: [LetterState; 3] = [LetterState::Held, LetterState::Uncertain, LetterState::Discarded];

/// Which letters.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    state: String,
}

#[derive(Serialize)]
struct ShownLetters {
    states: Vec<Choice>,
    lines: Vec<Line>,
    is_empty: bool,
    suppressed: Vec<ShownSuppressed>,
}

#[derive(Serialize)]
struct Choice {
    word: &'static str,
    words: String,
    is_chosen: bool,
}

#[derive(Serialize)]
struct Line {
    id: String,
    ticket: String,
    template: String,
    locale: String,
    stands: Stands,
    reason: String,
    advice: &'static str,
    written_at: ShownInstant,
    expires_at: ShownInstant,
    meets: String,
}

/// Where a letter stands: class name, glyph and word.
#[derive(Serialize)]
pub(super) struct Stands {
    badge: &'static str,
    glyph: &'static str,
    word: &'static str,
}

#[derive(Serialize)]
struct ShownSuppressed {
    since_at: ShownInstant,
    reason: String,
    letter: String,
}

/// `GET /letters`
pub(super) async fn list<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    query: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = query.map(|Query(asked)| asked.state).unwrap_or_default();
    match loaded(&by, &shell.moment(), &asked).await {
        Ok(shown) => shell.page(&by.viewer, StatusCode::OK, "letters", "Letters", &shown),
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

async fn loaded(by: &SignedIn, moment: &Moment, asked: &str) -> Result<ShownLetters, StoreError> {
    let store = &by.app.store;
    let wanted = match LetterState::from_word(asked) {
        Some(state) => vec![state],
        None => STUCK.to_vec(),
    };
    let mut lines = Vec::new();
    for state in wanted {
        let letters = store.letter_list(Some(state), MOST).await?;
        lines.extend(letters.iter().map(|letter| line(letter, moment)));
    }
    let counts = store.outbox_counts().await?;
    let choice = |state: &LetterState| Choice {
        word: state.word(),
        words: format!("{} ({})", stands(*state).word, counts.get(state).copied().unwrap_or(0)),
        is_chosen: state.word() == asked,
    };
    let suppressed = store.suppressed_addresses(None).await?;
    Ok(ShownLetters {
        states: LetterState::ALL.iter().map(choice).collect(),
        is_empty: lines.is_empty(),
        lines,
        suppressed: suppressed
            .into_iter()
            .map(|one| ShownSuppressed {
                since_at: moment.instant(one.since_at),
                reason: one.reason.replace('_', " "),
                letter: one.letter.map(|id| id.to_string()).unwrap_or_default(),
            })
            .collect(),
    })
}

fn line(letter: &LetterEntry, moment: &Moment) -> Line {
    let reason = letter.reason.clone().unwrap_or_default();
    Line {
        id: letter.id.to_string(),
        ticket: letter.ticket.to_string(),
        template: letter.template.clone(),
        locale: letter.locale.clone(),
        stands: stands(letter.state),
        advice: advice(letter.state, &reason),
        reason: reason.replace('_', " "),
        written_at: moment.instant(letter.written_at),
        expires_at: moment.instant(letter.expires_at),
        meets: letter.meets.join(", "),
    }
}

/// Where a letter stands.
pub(super) const fn stands(state: LetterState) -> Stands {
    let (badge, glyph, word) = match state {
        LetterState::Available => ("paused", "◷", "ready"),
        LetterState::Sending => ("paused", "◷", "on its way"),
        LetterState::HandedOver => ("ok", "✓", "handed over"),
        LetterState::Retryable => ("soon", "◷", "will be tried again"),
        LetterState::Uncertain => ("risk", "?", "uncertain"),
        LetterState::Held => ("paused", "‖", "held"),
        LetterState::Discarded => ("breach", "!", "given up"),
    };
    Stands { badge, glyph, word }
}

/// What a person can do about it.
pub(super) fn advice(state: LetterState, reason: &str) -> &'static str {
    match (state, reason) {
        (LetterState::Held, "no_approved_template" | "template_not_approved") => {
            "Approve a version of its template: the letter leaves then by itself."
        }
        (LetterState::Held, "template_stopped") => {
            "Its template is stopped. Start it again, or reach the borrower another way."
        }
        (LetterState::Held, "template_retired" | "template_ended") => {
            "Its wording is no longer in force. Approve another version of the template."
        }
        (LetterState::Held, "not_renderable") => {
            "The wording fails on this letter's values: withdraw the version and correct it."
        }
        (LetterState::Held, "second_review") => "A second person must read it before it leaves.",
        (LetterState::Held, _) => "A person decides on its ticket whether it may leave.",
        (LetterState::Uncertain, _) => {
            "Nobody can know whether it arrived. Look for a bounce, ask the borrower, \
             then say so: tierline outbox resolve-uncertain."
        }
        (LetterState::Discarded, "bounced" | "did_not_arrive") => {
            "It did not arrive: reach the borrower on paper or by telephone. Its clock is owed."
        }
        (LetterState::Discarded, "expired") => {
            "It waited too long. Answer the ticket with a fresh letter."
        }
        (LetterState::Discarded, _) => "Reach the borrower another way; the ticket has a task.",
        (LetterState::Retryable, _) => "Nothing: the relay refused it for now.",
        (LetterState::Available | LetterState::Sending | LetterState::HandedOver, _) => "",
    }
}
