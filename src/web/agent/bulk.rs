//! One act for the tickets that were ticked in a list: first a page that says
//! what would change, then it is done, each ticket by itself.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::form::Field;
use super::queues::list_address;
use super::wish::{self, BEST, Problem};
use crate::app::App;
use crate::app::work::{self, Outcome, Ticked, Wish, WorkError};
use crate::domain::actor::Actor;
use crate::domain::actor::permission::Permission;
use crate::domain::id::TicketNumber;
use crate::domain::ticket::Priority;
use crate::store::StoreError;
use crate::web::filled_form::FilledForm;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::signed_in::SignedIn;

/// Name of the boxes before the tickets of a list.
pub(super) const TICKET: &str = "ticket:";
/// What can be done to several tickets: word, and what it is called.
const ACTS: &[(&str, &str)] =
    &[("requeue", "Move to another queue"), ("prioritize", "Sooner"), ("assign", "Assign")];
/// What is typed beside the ticks.
const TYPED: &[&str] = &["act", "queue", "priority", "person", "reason"];

#[derive(Serialize)]
struct BulkPage {
    problem: String,
    what: &'static str,
    is_done: bool,
    changing: usize,
    left: usize,
    lines: Vec<ShownOutcome>,
    fields: Vec<Field>,
    back: String,
}

#[derive(Serialize)]
struct ShownOutcome {
    number: String,
    seen: u64,
    /// What speaks against it; empty when it changes.
    why_not: String,
}

/// What was asked for.
struct Asked {
    several: Vec<Ticked>,
    wish: Wish,
    what: &'static str,
}

/// `POST /bulk`: what would change.
pub(super) async fn confirm<P: TicketPages>(
    State(shell): Shared<P>,
    signed_in: SignedIn,
    form: FilledForm,
) -> Response {
    answer(&shell, &signed_in, &form, false).await
}

/// `POST /bulk/done`: it changes.
pub(super) async fn done<P: TicketPages>(
    State(shell): Shared<P>,
    signed_in: SignedIn,
    form: FilledForm,
) -> Response {
    answer(&shell, &signed_in, &form, true).await
}

async fn answer<P: TicketPages>(
    shell: &Shell<P>,
    signed_in: &SignedIn,
    form: &FilledForm,
    is_done: bool,
) -> Response {
    let (app, by) = (&signed_in.app, &signed_in.actor);
    let page = match asked(form) {
        Err(problem) => refused(signed_in, form, &problem).await.map_err(WorkError::from),
        Ok(asked) if is_done => work::act_several(app, &asked.several, by, &asked.wish)
            .await
            .map(|outcomes| page(asked.what, true, &outcomes)),
        Ok(asked) => work::try_several(app, &asked.several, by, &asked.wish)
            .await
            .map(|outcomes| page(asked.what, false, &outcomes)),
    };
    match page {
        Ok(mut page) => {
            page.back = list_address(shell, signed_in, form.text("back"))
                .unwrap_or_else(|| "/queues".to_owned());
            if page.fields.is_empty() {
                page.fields = kept(form);
            }
            let status = match page.problem.as_str() {
                "" => StatusCode::OK,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            shell.page(&signed_in.viewer, status, "agent_bulk", "Several tickets", &page)
        }
        Err(error) => shell.broken(&signed_in.viewer, &error.into()),
    }
}

fn asked(form: &FilledForm) -> Result<Asked, Problem> {
    let several = form.ticked(TICKET).map(|(number, seen)| {
        let number = TicketNumber::parse(number)?;
        Some(Ticked { number, seen: seen.parse().ok()? })
    });
    let several: Option<Vec<Ticked>> = several.collect();
    let several = several.filter(|several| !several.is_empty());
    let several = several.ok_or_else(|| Problem::at("", "Tick at least one ticket."))?;
    let act = ACTS.iter().find(|(word, _)| *word == form.text("act"));
    let (word, what) = act.ok_or_else(|| Problem::at("act", "Choose what to do."))?;
    Ok(Asked { several, wish: wish::wish(word, form)?, what })
}

fn page<T>(what: &'static str, is_done: bool, outcomes: &[Outcome<T>]) -> BulkPage {
    let lines: Vec<ShownOutcome> = outcomes
        .iter()
        .map(|one| ShownOutcome {
            number: one.ticked.number.to_string(),
            seen: one.ticked.seen,
            why_not: match &one.answer {
                Ok(_) => String::new(),
                Err(error) => error.to_string(),
            },
        })
        .collect();
    let left = lines.iter().filter(|line| !line.why_not.is_empty()).count();
    BulkPage {
        problem: String::new(),
        what,
        is_done,
        changing: lines.len() - left,
        left,
        lines,
        fields: Vec::new(),
        back: String::new(),
    }
}

/// The form again, with everything that was typed and ticked.
async fn refused(
    signed_in: &SignedIn,
    form: &FilledForm,
    problem: &Problem,
) -> Result<BulkPage, StoreError> {
    let mut page = page::<()>("", false, &[]);
    problem.text.clone_into(&mut page.problem);
    page.fields = fields(&signed_in.app, &signed_in.actor, Some((form, problem))).await?;
    let ticks = form.ticked(TICKET);
    page.fields
        .extend(ticks.map(|(number, seen)| Field::hidden(&format!("{TICKET}{number}"), seen)));
    Ok(page)
}

/// What was typed, to be sent again with the tickets that change.
fn kept(form: &FilledForm) -> Vec<Field> {
    TYPED.iter().map(|name| Field::hidden(name, form.text(name))).collect()
}

/// What can be done to several tickets at once.
pub(super) async fn fields(
    app: &App,
    by: &Actor,
    typed: Option<(&FilledForm, &Problem)>,
) -> Result<Vec<Field>, StoreError> {
    let may_assign = by.role.may(Permission::AssignOthers);
    let acts = ACTS.iter().filter(|(word, _)| may_assign || *word != "assign");
    let acts = acts.map(|(word, label)| ((*word).to_owned(), (*label).to_owned()));
    let standing = app.standing();
    let queues = standing.desk.policy.rules.queues().iter();
    let queues = queues.map(|one| (one.id.clone(), one.name.clone()));
    let sooner = [Priority::High, Priority::Urgent].map(|one| (one.to_string(), one.to_string()));
    let mut fields = vec![
        Field::choice("act", "With those that are ticked", acts.collect()),
        Field::choice("queue", "Queue, to move them to", queues.collect()),
        Field::choice("priority", "Priority, for sooner", sooner.to_vec()),
        Field::line("reason", "Why, to move them or for sooner"),
    ];
    if may_assign {
        let mut persons = vec![(BEST.to_owned(), "Whoever fits best".to_owned())];
        let workers = app.store.persons().await?;
        let workers = workers.into_iter().filter(|one| one.role.may(Permission::WorkTickets));
        persons.extend(workers.map(|one| (one.id.to_string(), one.name)));
        fields.push(Field::choice("person", "Who gets them, to assign", persons));
    }
    let fill = |field: Field| {
        let text = typed.map_or("", |(form, _)| form.text(field.name())).to_owned();
        field.filled("bulk", &text, typed.map(|(_, problem)| problem))
    };
    Ok(fields.into_iter().map(fill).collect())
}
