//! The console in which operators run the system and see no content.

mod calendar;
mod configuration;
mod health;
mod outbox;
mod people;
mod quarantine;

use axum::routing::{get, post};

use super::gate::Need::Whole;
use super::page::TicketPages;
use super::site::Site;
use crate::domain::actor::permission::Permission;

/// Its page templates: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("health", include_str!("../../templates/web/operator/health.hbs")),
    ("outbox", include_str!("../../templates/web/operator/outbox.hbs")),
    ("quarantine", include_str!("../../templates/web/operator/quarantine.hbs")),
    ("people", include_str!("../../templates/web/operator/people.hbs")),
    ("invited", include_str!("../../templates/web/operator/invited.hbs")),
    ("calendar", include_str!("../../templates/web/operator/calendar.hbs")),
    ("calendars", include_str!("../../templates/web/operator/calendars.hbs")),
    ("configuration", include_str!("../../templates/web/operator/configuration.hbs")),
];

/// Adds its routes.
pub(super) fn add<P: TicketPages>(site: Site<P>) -> Site<P> {
    use Permission::{AddPersons, SeeHealth};
    site.get("/health", Whole(SeeHealth), get(health::show::<P>))
        .get("/outbox", Whole(SeeHealth), get(outbox::list::<P>))
        .post("/outbox/{letter}", Whole(SeeHealth), post(outbox::act::<P>))
        .get("/quarantine", Whole(SeeHealth), get(quarantine::list::<P>))
        .get("/people", Whole(AddPersons), get(people::list::<P>))
        .post("/people", Whole(AddPersons), post(people::invite::<P>))
        .post("/people/{person}", Whole(AddPersons), post(people::act::<P>))
        .get("/calendars", Whole(SeeHealth), get(calendar::list::<P>))
        .get("/calendars/{calendar}", Whole(SeeHealth), get(calendar::show::<P>))
        .get("/configuration", Whole(SeeHealth), get(configuration::show::<P>))
}
