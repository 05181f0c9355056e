//! The console in which supervisors watch clocks and people.

use super::page::TicketPages;
use super::site::Site;

/// Its page templates: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[];

/// Adds its routes.
pub(super) const fn add<P: TicketPages>(site: Site<P>) -> Site<P> {
    site
}
