//! Every queue in figures, and the lists that a person keeps.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::list_query::ListQuery;
use super::lists::ShownView;
use crate::app::saved_view;
use crate::domain::id::ViewId;
use crate::store::StoreError;
use crate::store::view::QueueFigures;
use crate::web::filled_form::FilledForm;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::ShownInstant;
use crate::web::signed_in::SignedIn;

#[derive(Serialize)]
struct QueuesPage {
    queues: Vec<ShownQueue>,
    views: Vec<ShownView>,
    problem: String,
}

#[derive(Serialize)]
struct ShownQueue {
    id: String,
    name: String,
    tier: String,
    is_yours: bool,
    open: u64,
    waiting: u64,
    late: u64,
    next_due_at: Option<ShownInstant>,
}

/// `GET /queues`
pub(super) async fn show<P: TicketPages>(State(shell): Shared<P>, signed_in: SignedIn) -> Response {
    answer(&shell, &signed_in, "").await
}

/// `POST /views`: keeps the list at an address under a name.
pub(super) async fn save<P: TicketPages>(
    State(shell): Shared<P>,
    signed_in: SignedIn,
    form: FilledForm,
) -> Response {
    let Some(address) = list_address(&shell, &signed_in, form.text("address")) else {
        return answer(&shell, &signed_in, "That is no address of a list.").await;
    };
    let person = signed_in.actor.person;
    match saved_view::save(&signed_in.app, person, form.text("name"), &address).await {
        Ok(true) => Redirect::to(&address).into_response(),
        Ok(false) => answer(&shell, &signed_in, "Give the list a name of 1 to 60 letters.").await,
        Err(error) => shell.broken(&signed_in.viewer, &error.into()),
    }
}

/// `POST /views/remove`
pub(super) async fn remove<P: TicketPages>(
    State(shell): Shared<P>,
    signed_in: SignedIn,
    form: FilledForm,
) -> Response {
    let (app, person) = (&signed_in.app, signed_in.actor.person);
    let removed = match form.text("view").parse() {
        Ok(id) => app.store.remove_view(person, ViewId(id), app.now()).await,
        Err(_) => Ok(false),
    };
    match removed {
        Ok(true) => Redirect::to("/queues").into_response(),
        Ok(false) => answer(&shell, &signed_in, "You keep no such list.").await,
        Err(error) => shell.broken(&signed_in.viewer, &error.into()),
    }
}

/// The address as this program writes it, when it is one of a list.
pub(super) fn list_address<P>(
    shell: &Shell<P>,
    signed_in: &SignedIn,
    typed: &str,
) -> Option<String> {
    let (path, query) = typed.split_once('?').unwrap_or((typed, ""));
    let standing = signed_in.app.standing();
    let policy = &standing.desk.policy;
    let is_list = path == "/work"
        || path
            .strip_prefix("/queues/")
            .is_some_and(|queue| policy.rules.find_queue(queue).is_some());
    let asked = ListQuery::read(query, signed_in.actor.person, policy, shell.moment().now);
    (is_list && asked.problem.is_none()).then(|| asked.address(path, 0))
}

async fn answer<P: TicketPages>(shell: &Shell<P>, signed_in: &SignedIn, problem: &str) -> Response {
    let status = match problem {
        "" => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    match page(shell, signed_in, problem).await {
        Ok(page) => shell.page(&signed_in.viewer, status, "agent_queues", "Queues", &page),
        Err(error) => shell.broken(&signed_in.viewer, &error.into()),
    }
}

async fn page<P: TicketPages>(
    shell: &Shell<P>,
    signed_in: &SignedIn,
    problem: &str,
) -> Result<QueuesPage, StoreError> {
    let (app, moment) = (&signed_in.app, shell.moment());
    let figures = app.store.queue_figures(moment.now).await?;
    let mut figures: HashMap<String, QueueFigures> =
        figures.into_iter().map(|one| (one.queue.clone(), one)).collect();
    let me = app.store.load_worker(signed_in.actor.person).await?;
    let standing = app.standing();
    let queues = standing.desk.policy.rules.queues().iter().map(|queue| {
        let found = figures.remove(&queue.id);
        let figure = |of: fn(&QueueFigures) -> u64| found.as_ref().map_or(0, of);
        ShownQueue {
            id: queue.id.clone(),
            name: queue.name.clone(),
            tier: queue.tier.to_string(),
            is_yours: me.has_skills(queue),
            open: figure(|one| one.open),
            waiting: figure(|one| one.waiting),
            late: figure(|one| one.late),
            next_due_at: found
                .as_ref()
                .and_then(|one| one.next_due_at)
                .map(|at| moment.instant(at)),
        }
    });
    let queues = queues.collect();
    let views = app.store.saved_views(signed_in.actor.person).await?;
    let views = views.into_iter().map(ShownView::from).collect();
    Ok(QueuesPage { queues, views, problem: problem.to_owned() })
}
