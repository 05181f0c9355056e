//! Mails that made no ticket by themselves: their fate and why, no content.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::domain::decision::Disposition;
use crate::store::StoreError;
use crate::store::view::AsideMail;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

/// Lines of the list.
const MOST_LINES: u64 = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    fate: String,
}

#[derive(Serialize)]
struct QuarantinePage {
    fate: String,
    about: &'static str,
    fates: Vec<ShownFate>,
    lines: Vec<ShownMail>,
    is_cut: bool,
}

#[derive(Serialize)]
struct ShownFate {
    word: &'static str,
    count: u64,
    is_chosen: bool,
}

#[derive(Serialize)]
struct ShownMail {
    id: String,
    mailbox: String,
    received_at: ShownInstant,
    size: String,
    signals: String,
    ticket: String,
}

/// `GET /quarantine`
pub(in crate::web) async fn list<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    match loaded(&shell, &who, &asked.fate).await {
        Ok(page) => shell.page(&who.viewer, StatusCode::OK, "quarantine", "Quarantine", &page),
        Err(error) => shell.broken(&who.viewer, &error.into()),
    }
}

async fn loaded<P>(
    shell: &Shell<P>,
    who: &SignedIn,
    asked: &str,
) -> Result<QuarantinePage, StoreError> {
    let moment = shell.moment();
    let counts = who.app.store.aside_counts().await?;
    let first = counts.iter().map(|(fate, _)| *fate).find(|fate| *fate == Disposition::Held);
    let chosen =
        Disposition::from_word(asked).or(first).or_else(|| counts.first().map(|(fate, _)| *fate));
    let mails = match chosen {
        Some(fate) => who.app.store.mails_aside(fate, MOST_LINES).await?,
        None => Vec::new(),
    };
    Ok(QuarantinePage {
        fate: chosen.map(|fate| fate.to_string()).unwrap_or_default(),
        about: chosen.map_or("", about),
        fates: counts
            .iter()
            .map(|(fate, count)| ShownFate {
                word: fate.word(),
                count: *count,
                is_chosen: chosen == Some(*fate),
            })
            .collect(),
        is_cut: mails.len() as u64 == MOST_LINES,
        lines: mails.iter().map(|mail| shown(&moment, mail)).collect(),
    })
}

fn shown(moment: &Moment, mail: &AsideMail) -> ShownMail {
    ShownMail {
        id: mail.id.to_string(),
        mailbox: mail.mailbox.clone(),
        received_at: moment.instant(mail.received_at),
        size: format!("{} KiB", mail.size.div_ceil(1024)),
        signals: mail.signals.join(", "),
        ticket: mail.ticket.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

const fn about(fate: Disposition) -> &'static str {
    match fate {
        Disposition::New => "It opened a ticket.",
        Disposition::Append => "It joined a ticket.",
        Disposition::Held => "A person must look at it before anything happens.",
        Disposition::Duplicate => "The same mail came before; nothing is answered twice.",
        Disposition::Machine => "A machine wrote it; machines get no answer.",
        Disposition::Bounce => "One of our letters came back.",
        Disposition::Oversize => "It is too large: it stays in its mailbox, and its head is kept.",
        Disposition::Unparseable => "It could not be read: its bytes are kept.",
        Disposition::Hostile => "It was made to do harm: its bytes are kept, sealed.",
        Disposition::Flood => "Too many came from one sender; all of them are kept.",
        Disposition::Canary => "We sent it to ourselves to see that mail arrives.",
    }
}
