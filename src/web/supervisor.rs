//! The console in which supervisors watch clocks and people.

mod assign;
mod board;
mod escalations;
mod finding;
mod forecast;
mod reports;

use axum::routing::{get, post};

use super::gate::Need::Whole;
use super::page::TicketPages;
use super::site::Site;
use crate::domain::actor::permission::Permission;

/// Its page templates: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("board", include_str!("../../templates/web/supervisor/board.hbs")),
    ("board_lane", include_str!("../../templates/web/supervisor/lane.hbs")),
    ("workload", include_str!("../../templates/web/supervisor/workload.hbs")),
    ("escalations", include_str!("../../templates/web/supervisor/escalations.hbs")),
    ("escalation", include_str!("../../templates/web/supervisor/escalation.hbs")),
    ("reports", include_str!("../../templates/web/supervisor/reports.hbs")),
    ("report", include_str!("../../templates/web/supervisor/report.hbs")),
    ("forecast", include_str!("../../templates/web/supervisor/forecast.hbs")),
    ("bars", include_str!("../../templates/web/supervisor/bars.hbs")),
    ("heat", include_str!("../../templates/web/supervisor/heat.hbs")),
];

/// Adds its routes.
pub(super) fn add<P: TicketPages>(site: Site<P>) -> Site<P> {
    use Permission::{AssignOthers, SeeReports, WorkTickets};
    site.get("/board", Whole(SeeReports), get(board::show::<P>))
        .post("/board/assign", Whole(AssignOthers), post(assign::assign::<P>))
        .get("/board/forecast", Whole(SeeReports), get(forecast::show::<P>))
        .get("/escalations", Whole(WorkTickets), get(escalations::list::<P>))
        .get("/escalations/{escalation}", Whole(WorkTickets), get(escalations::show::<P>))
        .post("/escalations/{escalation}", Whole(WorkTickets), post(escalations::settle::<P>))
        .get("/reports", Whole(SeeReports), get(reports::list::<P>))
        .get("/reports/{report}", Whole(SeeReports), get(reports::show::<P>))
}
