//! The console in which agents work tickets.

pub(super) mod acts;
mod bulk;
mod compose;
mod form;
mod line;
mod list_query;
mod lists;
mod next;
mod queues;
mod release;
mod search;
pub(super) mod shown_acts;
mod wish;

use axum::routing::{get, post};

use super::gate::Need::Whole;
use super::page::TicketPages;
use super::site::Site;
use crate::domain::actor::permission::Permission::{SeeWords, WorkTickets, WriteGuarded};

/// Its page templates: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("agent_acts", include_str!("../../templates/web/agent/acts.hbs")),
    ("agent_told", include_str!("../../templates/web/agent/told.hbs")),
    ("agent_form", include_str!("../../templates/web/agent/form.hbs")),
    ("agent_field", include_str!("../../templates/web/agent/field.hbs")),
    ("agent_list", include_str!("../../templates/web/agent/list.hbs")),
    ("agent_queues", include_str!("../../templates/web/agent/queues.hbs")),
    ("agent_bulk", include_str!("../../templates/web/agent/bulk.hbs")),
    ("agent_rows", include_str!("../../templates/web/agent/rows.hbs")),
    ("agent_search", include_str!("../../templates/web/agent/search.hbs")),
    ("agent_views", include_str!("../../templates/web/agent/views.hbs")),
    ("reply", include_str!("../../templates/web/agent/reply.hbs")),
    ("release", include_str!("../../templates/web/agent/release.hbs")),
];

/// Adds its routes.
pub(super) fn add<P: TicketPages>(site: Site<P>) -> Site<P> {
    let site = answers(site)
        .post("/next", Whole(WorkTickets), post(next::take::<P>))
        .get("/work", Whole(WorkTickets), get(lists::mine::<P>))
        .get("/queues", Whole(WorkTickets), get(queues::show::<P>))
        .get("/queues/{queue}", Whole(WorkTickets), get(lists::queue::<P>))
        .post("/bulk", Whole(WorkTickets), post(bulk::confirm::<P>))
        .post("/bulk/done", Whole(WorkTickets), post(bulk::done::<P>))
        .get("/search", Whole(SeeWords), get(search::show::<P>))
        .post("/search", Whole(SeeWords), post(search::search::<P>))
        .get("/search/{search}", Whole(SeeWords), get(search::kept::<P>))
        .post("/views", Whole(WorkTickets), post(queues::save::<P>))
        .post("/views/remove", Whole(WorkTickets), post(queues::remove::<P>));
    acts::ACTS.iter().fold(site, |site, act| {
        let need = Whole(act.permission);
        site.post(
            act.path,
            need,
            post(move |shell, signed_in, number, form| {
                acts::act::<P>(act, shell, signed_in, number, form)
            }),
        )
    })
}

/// Where a letter is written, released by a second person, taken back.
fn answers<P: TicketPages>(site: Site<P>) -> Site<P> {
    let draft = "/tickets/{number}/drafts/{person}";
    site.get("/tickets/{number}/reply", Whole(WorkTickets), get(compose::show::<P>))
        .post("/tickets/{number}/reply", Whole(WorkTickets), post(compose::act::<P>))
        .get(draft, Whole(WriteGuarded), get(release::show::<P>))
        .post(draft, Whole(WriteGuarded), post(release::release::<P>))
        .post(
            "/tickets/{number}/letters/{letter}/take-back",
            Whole(WorkTickets),
            post(release::take_back::<P>),
        )
        .post(
            "/tickets/{number}/letters/{letter}/release",
            Whole(WorkTickets),
            post(release::release_letter::<P>),
        )
}
