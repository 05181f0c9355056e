//! My work, and each queue: tickets by what is due next, filtered by what the
//! address says.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::SignedDuration;
use serde::Serialize;

use super::bulk;
use super::form::Field;
use super::line::{self, ShownLine};
use super::list_query::ListQuery;
use crate::app::read_words::read_subjects;
use crate::domain::policy::Policy;
use crate::store::StoreError;
use crate::store::saved_view::SavedView;
use crate::store::view::{Stretch, WorkFilter, WorkLine};
use crate::web::page::{PAGE_SIZE, TicketPages};
use crate::web::shell::{Shared, Shell};
use crate::web::signed_in::SignedIn;

/// What counts as soon, in the head of a list.
const SOON: SignedDuration = SignedDuration::from_hours(4);

/// One list.
struct List<'a> {
    path: &'a str,
    title: &'a str,
    /// What its address cannot ask for, since the path says it.
    fixed: &'static str,
    only: fn(&mut WorkFilter, &SignedIn, &str),
    /// What `only` is given.
    of: &'a str,
}

#[derive(Serialize)]
struct ListPage {
    path: String,
    address: String,
    is_of_one: bool,
    count: u64,
    late: u64,
    soon: u64,
    fields: Vec<Field>,
    bulk: Vec<Field>,
    problem: String,
    has_ticks: bool,
    lines: Vec<ShownLine>,
    is_empty: bool,
    page: u32,
    previous: String,
    next: String,
    views: Vec<ShownView>,
}

/// A list that the viewer keeps.
#[derive(Serialize)]
pub(super) struct ShownView {
    id: String,
    name: String,
    address: String,
}

impl From<SavedView> for ShownView {
    fn from(view: SavedView) -> Self {
        Self { id: view.id.to_string(), name: view.name, address: view.address }
    }
}

/// `GET /work`
pub(super) async fn mine<P: TicketPages>(
    State(shell): Shared<P>,
    signed_in: SignedIn,
    RawQuery(query): RawQuery,
) -> Response {
    let only = |filter: &mut WorkFilter, signed_in: &SignedIn, _: &str| {
        filter.assignee = Some(Some(signed_in.actor.person));
    };
    let list = List { path: "/work", title: "My work", fixed: "assignee", only, of: "" };
    answer(&shell, &signed_in, &list, query.as_deref().unwrap_or_default()).await
}

/// `GET /queues/{queue}`
pub(super) async fn queue<P: TicketPages>(
    State(shell): Shared<P>,
    signed_in: SignedIn,
    queue: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let standing = signed_in.app.standing();
    let queue = queue.ok().and_then(|Path(id)| standing.desk.policy.rules.find_queue(&id).cloned());
    let Some(queue) = queue else { return shell.missing(&signed_in.viewer) };
    let only = |filter: &mut WorkFilter, _: &SignedIn, of: &str| filter.queue = Some(of.to_owned());
    let (path, title) = (format!("/queues/{}", queue.id), format!("Queue {}", queue.name));
    let list = List { path: &path, title: &title, fixed: "queue", only, of: &queue.id };
    answer(&shell, &signed_in, &list, query.as_deref().unwrap_or_default()).await
}

async fn answer<P: TicketPages>(
    shell: &Shell<P>,
    signed_in: &SignedIn,
    list: &List<'_>,
    query: &str,
) -> Response {
    let standing = signed_in.app.standing();
    let policy = &standing.desk.policy;
    let mut asked = ListQuery::read(query, signed_in.actor.person, policy, shell.moment().now);
    (list.only)(&mut asked.filter, signed_in, list.of);
    match page(shell, signed_in, list, &asked, policy).await {
        Ok(page) => {
            let status = match asked.problem {
                Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
                None => StatusCode::OK,
            };
            shell.page(&signed_in.viewer, status, "agent_list", list.title, &page)
        }
        Err(error) => shell.broken(&signed_in.viewer, &error.into()),
    }
}

async fn page<P: TicketPages>(
    shell: &Shell<P>,
    signed_in: &SignedIn,
    list: &List<'_>,
    asked: &ListQuery,
    policy: &Policy,
) -> Result<ListPage, StoreError> {
    let (store, moment) = (&signed_in.app.store, shell.moment());
    let count = async |ahead: Option<SignedDuration>| match (ahead, asked.filter.due_by_at) {
        (None, _) => store.work_count(&asked.filter).await,
        (Some(ahead), asked_by_at) => {
            let by_at = moment.now.saturating_add(ahead).unwrap_or(moment.now);
            let due_by_at = asked_by_at.map_or(by_at, |at| at.min(by_at));
            let filter = WorkFilter { due_by_at: Some(due_by_at), ..asked.filter.clone() };
            store.work_count(&filter).await
        }
    };
    let (found, late, soon) = match asked.problem {
        Some(_) => (0, 0, 0),
        None => {
            (count(None).await?, count(Some(SignedDuration::ZERO)).await?, count(Some(SOON)).await?)
        }
    };
    let lines = if found == 0 { Vec::new() } else { lines(shell, signed_in, asked).await? };
    let seen = u64::from(asked.page) * u64::from(PAGE_SIZE) + lines.len() as u64;
    let views = store.saved_views(signed_in.actor.person).await?;
    Ok(ListPage {
        path: list.path.to_owned(),
        address: asked.address(list.path, 0),
        is_of_one: list.fixed == "assignee",
        count: found,
        late,
        soon: soon.saturating_sub(late),
        fields: asked.fields(policy, list.fixed),
        bulk: bulk::fields(&signed_in.app, &signed_in.actor, None).await?,
        problem: asked.problem.as_ref().map(|one| one.text.clone()).unwrap_or_default(),
        has_ticks: true,
        is_empty: lines.is_empty(),
        lines,
        page: asked.page.saturating_add(1),
        previous: asked
            .page
            .checked_sub(1)
            .map(|page| asked.address(list.path, page))
            .unwrap_or_default(),
        next: match seen < found {
            true => asked.address(list.path, asked.page.saturating_add(1)),
            false => String::new(),
        },
        views: views.into_iter().map(ShownView::from).collect(),
    })
}

/// The tickets of one page.
async fn lines<P: TicketPages>(
    shell: &Shell<P>,
    signed_in: &SignedIn,
    asked: &ListQuery,
) -> Result<Vec<ShownLine>, StoreError> {
    let store = &signed_in.app.store;
    let reader = signed_in.actor.person;
    let found = store.work_list(&asked.filter, reader, stretch_of(asked.page)).await?;
    shown_lines(shell, signed_in, found).await
}

/// The tickets of a page, from 0.
pub(super) fn stretch_of(page: u32) -> Stretch {
    let limit = u64::from(PAGE_SIZE);
    Stretch { limit, offset: u64::from(page) * limit }
}

/// Tickets with their clocks, once it is on record that their subjects are read.
pub(super) async fn shown_lines<P: TicketPages>(
    shell: &Shell<P>,
    signed_in: &SignedIn,
    found: Vec<WorkLine>,
) -> Result<Vec<ShownLine>, StoreError> {
    let (app, reader) = (&signed_in.app, signed_in.actor.person);
    let ids: Vec<_> = found.iter().map(|line| line.ticket.id).collect();
    read_subjects(app, &ids, reader).await?;
    let mut clocks = app.store.clocks_by_ticket(&ids).await?;
    let moment = shell.moment();
    Ok(found
        .into_iter()
        .map(|line| {
            let clocks = clocks.remove(&line.ticket.id).unwrap_or_default();
            line::shown(&moment, line, &clocks)
        })
        .collect())
}
