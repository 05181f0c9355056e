//! The console in which agents work tickets.

mod compose;
mod release;

use axum::routing::{get, post};

use super::gate::Need::Whole;
use super::page::TicketPages;
use super::site::Site;
use crate::domain::actor::permission::Permission::{WorkTickets, WriteGuarded};

/// Its page templates: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("reply", include_str!("../../templates/web/agent/reply.hbs")),
    ("release", include_str!("../../templates/web/agent/release.hbs")),
];

/// Adds its routes.
pub(super) fn add<P: TicketPages>(site: Site<P>) -> Site<P> {
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
