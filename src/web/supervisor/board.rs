//! The board: every promise by the time that is left, and who holds how much.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::domain::actor::permission::Permission;
use crate::domain::board::{Bounds, Lane};
use crate::domain::clock::ClockClass;
use crate::domain::id::PersonId;
use crate::domain::ticket::Tier;
use crate::store::StoreError;
use crate::store::view::{BoardCard, BoardFilter, Holder, LaneCards, MOST_COUNTED, Workload};
use crate::web::shell::{Shared, Shell};
use crate::web::shown::{Moment, ShownClock, ShownInstant};
use crate::web::signed_in::SignedIn;

/// What stands for "nobody" in the address of the board.
const NOBODY: &str = "nobody";

/// The filter as the address of the page has it; empty means any.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Asked {
    pub(super) queue: String,
    pub(super) tier: String,
    pub(super) assignee: String,
}

#[derive(Serialize)]
struct BoardPage {
    problem: String,
    asked: Asked,
    is_filtered: bool,
    queues: Vec<Choice>,
    tiers: Vec<Choice>,
    holders: Vec<Choice>,
    people: Vec<Choice>,
    may_assign: bool,
    boards: Vec<ShownBoard>,
    workload: Vec<ShownLoad>,
    at: ShownInstant,
}

#[derive(Serialize)]
struct Choice {
    value: String,
    words: String,
    is_chosen: bool,
}

#[derive(Serialize)]
struct ShownBoard {
    id: &'static str,
    name: &'static str,
    lanes: Vec<ShownLane>,
}

#[derive(Serialize)]
struct ShownLane {
    name: &'static str,
    count: String,
    is_empty: bool,
    is_cut: bool,
    cards: Vec<ShownCard>,
}

#[derive(Serialize)]
struct ShownCard {
    number: String,
    version: u64,
    queue: String,
    tier: &'static str,
    holder: String,
    clock: ShownClock,
    may_assign: bool,
}

#[derive(Serialize)]
struct ShownLoad {
    name: String,
    open: u64,
    breached: u64,
    due_today: u64,
    capacity: u32,
    is_over: bool,
    is_away: bool,
    back_at: Option<ShownInstant>,
}

/// The boards of the page: what the law asks stands apart from what we promised.
const BOARDS: [(ClockClass, &str, &str); 3] = [
    (ClockClass::Statutory, "statutory", "Deadlines of the law"),
    (ClockClass::Service, "service", "Our own promises"),
    (ClockClass::Internal, "internal", "Inside the house"),
];

/// `GET /board`
pub(super) async fn show<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    shown(&shell, &who, asked, (StatusCode::OK, String::new())).await
}

/// The board as `asked`, with the words of what went wrong, if anything did.
pub(super) async fn shown<P>(
    shell: &Shell<P>,
    who: &SignedIn,
    asked: Asked,
    said: (StatusCode, String),
) -> Response {
    let (status, problem) = said;
    match loaded(shell, who, asked, problem).await {
        Ok((page, is_understood)) => {
            let status = if is_understood { status } else { StatusCode::UNPROCESSABLE_ENTITY };
            shell.page(&who.viewer, status, "board", "Board", &page)
        }
        Err(error) => shell.broken(&who.viewer, &error.into()),
    }
}

async fn loaded<P>(
    shell: &Shell<P>,
    who: &SignedIn,
    asked: Asked,
    problem: String,
) -> Result<(BoardPage, bool), StoreError> {
    let moment = shell.moment();
    let bounds = Bounds::at(moment.now, &moment.zone);
    let loads = who.app.store.workloads(&bounds).await?;
    let (filter, problem, is_understood) = match filter(&who.app, &asked, &loads) {
        Ok(filter) => (filter, problem, true),
        Err(unknown) => (BoardFilter::default(), unknown, false),
    };
    let may_assign = who.viewer.may(Permission::AssignOthers);
    let mut boards = Vec::with_capacity(BOARDS.len());
    for (class, id, name) in BOARDS {
        let lanes = who.app.store.board(class, &bounds, &filter).await?;
        if class == ClockClass::Internal && lanes.iter().all(|lane| lane.count == 0) {
            continue;
        }
        let lanes = lanes.iter().map(|lane| shown_lane(&moment, lane, &loads, may_assign));
        boards.push(ShownBoard { id, name, lanes: lanes.collect() });
    }
    let page = BoardPage {
        problem,
        is_filtered: filter != BoardFilter::default(),
        queues: queues(&who.app, &asked),
        tiers: tiers(&asked),
        holders: holders(&asked, &loads),
        people: loads.iter().map(|load| person(load, "")).collect(),
        may_assign,
        boards,
        workload: loads.iter().map(|load| shown_load(&moment, load)).collect(),
        at: moment.instant(moment.now),
        asked,
    };
    Ok((page, is_understood))
}

/// What `asked` means, or the words of what it names that is not there.
fn filter(app: &App, asked: &Asked, loads: &[Workload]) -> Result<BoardFilter, String> {
    let mut filter = BoardFilter::default();
    if !asked.queue.is_empty() {
        let standing = app.standing();
        let found = standing.desk.policy.rules.find_queue(&asked.queue);
        let queue = found.ok_or("There is no such queue; every queue is shown.")?;
        filter.queue = Some(queue.id.clone());
    }
    if !asked.tier.is_empty() {
        let tier = Tier::from_word(&asked.tier);
        filter.tier = Some(tier.ok_or("There is no such tier; every tier is shown.")?);
    }
    filter.holder = match asked.assignee.as_str() {
        "" => None,
        NOBODY => Some(Holder::Nobody),
        id => {
            let id = id.parse().ok().map(PersonId);
            let found = id.filter(|id| loads.iter().any(|load| load.person == *id));
            Some(Holder::Person(found.ok_or("There is no such person; everybody is shown.")?))
        }
    };
    Ok(filter)
}

fn queues(app: &App, asked: &Asked) -> Vec<Choice> {
    let choice = |queue: &crate::domain::rule::Queue| Choice {
        value: queue.id.clone(),
        words: queue.name.clone(),
        is_chosen: asked.queue == queue.id,
    };
    app.standing().desk.policy.rules.queues().iter().map(choice).collect()
}

fn tiers(asked: &Asked) -> Vec<Choice> {
    let choice = |tier: &Tier| Choice {
        value: tier.to_string(),
        words: format!("Tier {tier}"),
        is_chosen: asked.tier == tier.word(),
    };
    Tier::ALL.iter().map(choice).collect()
}

fn holders(asked: &Asked, loads: &[Workload]) -> Vec<Choice> {
    let nobody = Choice {
        value: NOBODY.to_owned(),
        words: "Nobody yet".to_owned(),
        is_chosen: asked.assignee == NOBODY,
    };
    let people = loads.iter().map(|load| person(load, &asked.assignee));
    std::iter::once(nobody).chain(people).collect()
}

fn person(load: &Workload, chosen: &str) -> Choice {
    let value = load.person.to_string();
    Choice { is_chosen: value == chosen, value, words: load.name.clone() }
}

fn shown_lane(
    moment: &Moment,
    lane: &LaneCards,
    loads: &[Workload],
    may_assign: bool,
) -> ShownLane {
    let shown = lane.cards.len() as u64;
    ShownLane {
        name: name_of(lane.lane),
        count: match lane.count {
            MOST_COUNTED => format!("{MOST_COUNTED} or more"),
            count => count.to_string(),
        },
        is_empty: lane.cards.is_empty(),
        is_cut: lane.count > shown,
        cards: lane.cards.iter().map(|card| shown_card(moment, card, loads, may_assign)).collect(),
    }
}

fn shown_card(
    moment: &Moment,
    card: &BoardCard,
    loads: &[Workload],
    may_assign: bool,
) -> ShownCard {
    ShownCard {
        number: card.number.to_string(),
        version: card.version,
        queue: card.queue.clone(),
        tier: card.tier.word(),
        holder: match card.holder {
            Holder::Nobody => String::new(),
            Holder::Person(id) => loads
                .iter()
                .find(|load| load.person == id)
                .map_or_else(|| "somebody who left".to_owned(), |load| load.name.clone()),
        },
        clock: moment.clock(&card.clock),
        may_assign,
    }
}

fn shown_load(moment: &Moment, load: &Workload) -> ShownLoad {
    let away = load.away.filter(|(from, until)| *from <= moment.now && moment.now < *until);
    ShownLoad {
        name: load.name.clone(),
        open: load.open,
        breached: load.breached,
        due_today: load.due_today,
        capacity: load.capacity,
        is_over: load.open > u64::from(load.capacity),
        is_away: away.is_some(),
        back_at: away.map(|(_, until)| moment.instant(until)),
    }
}

const fn name_of(lane: Lane) -> &'static str {
    match lane {
        Lane::Overdue => "Overdue",
        Lane::Hour => "Less than 1 hour",
        Lane::FourHours => "Less than 4 hours",
        Lane::Today => "Today",
        Lane::Tomorrow => "Tomorrow",
        Lane::Later => "Later",
        Lane::Paused => "Paused: we wait for the borrower",
    }
}
