//! Everything about one ticket on one page for an examiner: mails, letters with
//! their proofs, clocks with their arithmetic, the policy, the record, and the
//! digest of all of it. To be printed; nothing on it can be changed.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::json;

use super::letter::{self, ShownLetter};
use super::policies::short;
use super::timeline::{ShownLane, actor, found, lanes};
use crate::domain::actor::permission::Permission;
use crate::domain::digest::Digest;
use crate::store::StoreError;
use crate::store::view::{SentTo, TicketDetail};
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;
use crate::web::ticket_words::{ShownMail, shown_mails};

#[derive(Serialize)]
struct ShownPack {
    number: String,
    status: String,
    queue: String,
    category: String,
    received_at: ShownInstant,
    policies: Vec<String>,
    mails: Vec<ShownMail>,
    letters: Vec<ShownLetter>,
    lanes: Vec<ShownLane>,
    events: Vec<ShownEvent>,
    is_whole: bool,
    made_at: ShownInstant,
    made_by: String,
}

#[derive(Serialize)]
struct ShownEvent {
    seq: u64,
    at: ShownInstant,
    who: String,
    kind: String,
    particulars: String,
    hash: String,
}

/// The pack and the digest of what is in it.
#[derive(Serialize)]
struct Sealed {
    pack: ShownPack,
    sha256: String,
}

/// `GET /tickets/{number}/pack`
pub(super) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path(number): Path<String>,
) -> Response {
    let detail = match found(&shell, &by, &number).await {
        Ok(detail) => detail,
        Err(answer) => return *answer,
    };
    match sealed(&shell, &by, &detail).await {
        Ok(sealed) => {
            let title = format!("Examiner's pack of {}", detail.ticket.number);
            shell.page(&by.viewer, StatusCode::OK, "pack", &title, &sealed)
        }
        Err(error) => shell.broken(&by.viewer, &error),
    }
}

/// Made first, put on record, then shown.
async fn sealed<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    detail: &TicketDetail,
) -> anyhow::Result<Sealed> {
    let person = by.actor.person;
    let words = match by.viewer.may(Permission::SeeWords) {
        true => shell.tickets.words(&detail.ticket.number, person).await?,
        false => None,
    };
    let moment = shell.moment();
    let mails = words.map(|words| shown_mails(&moment, &words)).unwrap_or_default();
    let pack = pack(by, &moment, detail, mails).await?;
    let sha256 = Digest::of(&serde_json::to_vec(&pack)?);
    let about = json!({ "ticket": detail.ticket.id, "events": detail.events.len() });
    by.app.store.note_export(person, "pack_made", about, sha256, moment.now).await?;
    Ok(Sealed { pack, sha256: sha256.hex() })
}

async fn pack(
    by: &SignedIn,
    moment: &Moment,
    detail: &TicketDetail,
    mails: Vec<ShownMail>,
) -> Result<ShownPack, StoreError> {
    let (store, ticket) = (&by.app.store, &detail.ticket);
    let persons = store.persons().await?;
    let chain = store.verify(Some(&format!("ticket:{}", ticket.id))).await?;
    let mut policies: Vec<String> = detail
        .clocks
        .iter()
        .map(|clock| &clock.policy_revision)
        .chain([&ticket.policy_revision])
        .filter_map(|revision| Digest::from_hex(revision).map(short))
        .collect();
    policies.sort();
    policies.dedup();
    Ok(ShownPack {
        number: ticket.number.to_string(),
        status: ticket.status.to_string(),
        queue: ticket.queue.clone(),
        category: ticket.category.clone(),
        received_at: moment.instant(ticket.received_at),
        policies,
        mails,
        letters: letter::load(by, SentTo::Ticket(&ticket.number), moment).await?,
        lanes: lanes(by, moment, detail).await?,
        events: detail
            .events
            .iter()
            .map(|line| ShownEvent {
                seq: line.seq,
                at: moment.instant(line.event.at),
                who: actor(&persons, &line.event.actor),
                kind: line.event.kind.clone(),
                particulars: line.event.particulars.to_string(),
                hash: line.hash.hex(),
            })
            .collect(),
        is_whole: chain.first_break.is_none(),
        made_at: moment.instant(moment.now),
        made_by: by.actor.name.clone(),
    })
}
