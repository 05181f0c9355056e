//! The life of each clock of a ticket: a picture, the same as a table, and the
//! arithmetic of its due date day by day. Made to be printed.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::picture::{Picture, picture};
use super::templates::name;
use crate::app::clock_story::{ClockStory, stories};
use crate::domain::actor::permission::Permission;
use crate::domain::clock::timeline::{Point, PointKind};
use crate::domain::id::{PersonId, TicketNumber};
use crate::store::StoreError;
use crate::store::person::Person;
use crate::store::view::TicketDetail;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::{Moment, ShownClock, ShownInstant};
use crate::web::signed_in::SignedIn;

#[derive(Serialize)]
struct ShownTimelines {
    number: String,
    lanes: Vec<ShownLane>,
    may_see_record: bool,
    printed_at: ShownInstant,
}

/// One clock.
#[derive(Serialize)]
pub(super) struct ShownLane {
    index: usize,
    clock: ShownClock,
    policy: String,
    is_as_told: bool,
    picture: Picture,
    points: Vec<ShownPoint>,
    days: Vec<ShownDay>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct ShownPoint {
    at: ShownInstant,
    what: &'static str,
    about: String,
    by: String,
}

#[derive(Serialize)]
struct ShownDay {
    line: String,
    is_counted: bool,
}

/// `GET /tickets/{number}/timeline`
pub(super) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path(number): Path<String>,
) -> Response {
    let detail = match found(&shell, &by, &number).await {
        Ok(detail) => detail,
        Err(answer) => return *answer,
    };
    match lanes(&by, &shell.moment(), &detail).await {
        Ok(lanes) => {
            let number = detail.ticket.number.to_string();
            let title = format!("Clocks of {number}");
            let printed_at = shell.moment().instant(shell.clock.now());
            let may_see_record = by.viewer.may(Permission::SeeRecord);
            let shown = ShownTimelines { number, lanes, may_see_record, printed_at };
            shell.page(&by.viewer, StatusCode::OK, "timeline", &title, &shown)
        }
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

/// The ticket with that number, or the answer when there is none.
pub(super) async fn found<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    number: &str,
) -> Result<TicketDetail, Box<Response>> {
    let found = match TicketNumber::parse(number) {
        Some(number) => by.app.store.ticket_detail(&number).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(detail)) => Ok(detail),
        Ok(None) => {
            let text = "No ticket has that number.";
            let status = StatusCode::NOT_FOUND;
            Err(Box::new(shell.notice(&by.viewer, status, "No such ticket", text)))
        }
        Err(error) => Err(Box::new(shell.broken(&by.viewer, &error.into()))),
    }
}

/// Every clock of a ticket as this page and the examiner's pack show it.
pub(super) async fn lanes(
    by: &SignedIn,
    moment: &Moment,
    detail: &TicketDetail,
) -> Result<Vec<ShownLane>, StoreError> {
    let persons = by.app.store.persons().await?;
    let stories = stories(&by.app, detail).await?;
    Ok(stories.iter().enumerate().map(|one| lane(one, &persons, moment)).collect())
}

fn lane((index, story): (usize, &ClockStory), persons: &[Person], moment: &Moment) -> ShownLane {
    let point = |point: &Point| ShownPoint {
        at: moment.instant(point.at),
        what: point.kind.word(),
        about: point.about.clone(),
        by: actor(persons, &point.by),
    };
    let explained = story.explanation.as_ref();
    let days = explained.map(|one| one.days.as_slice()).unwrap_or_default();
    let mut notes = explained.map(|one| one.notes.clone()).unwrap_or_default();
    if explained.is_none() {
        notes.push("This clock is counted in open hours, not in days.".to_owned());
    }
    if let Some(other) = explained.filter(|one| one.due_on != story.clock.due_on) {
        let (again, kept) = (other.due_on, story.clock.due_on);
        notes.push(format!("Counted again it would be due on {again}; the clock keeps {kept}."));
    }
    ShownLane {
        index,
        clock: moment.clock(&story.clock),
        policy: story.clock.policy_revision.chars().take(12).collect(),
        is_as_told: story.is_as_told,
        picture: picture(story, moment),
        points: story
            .timeline
            .points
            .iter()
            .filter(|point| point.kind != PointKind::Now)
            .map(point)
            .collect(),
        days: days
            .iter()
            .map(|day| ShownDay { line: day.to_string(), is_counted: day.counted })
            .collect(),
        notes,
    }
}

/// Who the record means, by name.
pub(super) fn actor(persons: &[Person], actor: &str) -> String {
    let id = actor.strip_prefix("person:").and_then(|id| uuid::Uuid::parse_str(id).ok());
    match id.map(|id| name(persons, Some(PersonId(id)))) {
        Some(name) if !name.is_empty() => name,
        _ => actor.to_owned(),
    }
}
