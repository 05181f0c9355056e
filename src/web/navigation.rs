//! What the head of each page leads to, for those who may go there.

use serde::Serialize;

use super::viewer::Viewer;
use crate::domain::actor::permission::Permission;

/// A place in the head of each page.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Place {
    path: &'static str,
    words: &'static str,
    #[serde(skip)]
    permission: Permission,
}

/// Every place, in the order in which they are shown.
const PLACES: &[Place] = &[
    Place { path: "/", words: "Tickets", permission: Permission::SeeTickets },
    Place { path: "/board", words: "Board", permission: Permission::SeeReports },
    Place { path: "/escalations", words: "Escalations", permission: Permission::WorkTickets },
    Place { path: "/reports", words: "Reports", permission: Permission::SeeReports },
    Place { path: "/health", words: "Health", permission: Permission::SeeHealth },
    Place { path: "/outbox", words: "Outbox", permission: Permission::SeeHealth },
    Place { path: "/quarantine", words: "Quarantine", permission: Permission::SeeHealth },
    Place { path: "/people", words: "People", permission: Permission::AddPersons },
    Place { path: "/templates", words: "Templates", permission: Permission::SeeWording },
    Place { path: "/policies", words: "Policies", permission: Permission::SeePolicies },
    Place { path: "/clocks", words: "Clocks", permission: Permission::SeeRecord },
    Place { path: "/letters", words: "Letters", permission: Permission::SeeRecord },
    Place { path: "/audit", words: "Record", permission: Permission::SeeRecord },
    Place { path: "/work", words: "My work", permission: Permission::WorkTickets },
    Place { path: "/queues", words: "Queues", permission: Permission::WorkTickets },
    Place { path: "/search", words: "Search", permission: Permission::SeeWords },
];

/// The places that `viewer` may go to.
pub(crate) fn places(viewer: &Viewer) -> Vec<Place> {
    PLACES.iter().filter(|place| viewer.may(place.permission)).copied().collect()
}
