//! What a person can do with a ticket as its page shows it: who has it, why it
//! was chosen, what could not be done, and the forms.

use serde::Serialize;

use super::form::{Form, forms};
use crate::app::work::Offers;
use crate::domain::actor::Actor;
use crate::domain::assign::Why;
use crate::domain::clock::Clock;
use crate::web::shown::Moment;
use crate::web::ticket_page::Said;

/// The part of a ticket's page that is for those who work on it.
#[derive(Serialize)]
pub(crate) struct ShownActs {
    seen: u64,
    assignee: String,
    is_mine: bool,
    merged_into: String,
    chosen: String,
    failure: Option<ShownFailure>,
    forms: Vec<Form>,
}

#[derive(Serialize)]
struct ShownFailure {
    text: String,
    /// Id of the field, or of the form.
    place: String,
    is_conflict: bool,
}

impl ShownActs {
    /// What `by` is offered.
    pub(crate) fn new(offers: &Offers, by: &Actor, moment: &Moment, said: Said<'_>) -> Self {
        let forms = forms(offers, by, moment, said.failed);
        let has = offers.view.work.assignee;
        let name = offers.persons.iter().find(|one| Some(one.id) == has);
        let name = name.map_or_else(|| "somebody".to_owned(), |one| one.name.clone());
        let failure = said.failed.map(|failed| ShownFailure {
            text: failed.problem.text.clone(),
            place: forms
                .iter()
                .find_map(|form| form.place_of_problem(&failed.problem))
                .unwrap_or_default(),
            is_conflict: failed.problem.is_conflict,
        });
        Self {
            seen: offers.view.ticket.version,
            assignee: has.map(|_| name).unwrap_or_default(),
            is_mine: has == Some(by.person),
            merged_into: offers.merged_into.as_ref().map(ToString::to_string).unwrap_or_default(),
            chosen: if said.is_chosen { chosen(&offers.why, moment) } else { String::new() },
            failure,
            forms,
        }
    }
}

/// Why a ticket came before all others that wait.
fn chosen(why: &Why, moment: &Moment) -> String {
    let due = |clock: &Clock| format!("{} is due {}", clock.kind, moment.words(clock.due_at));
    match why {
        Why::Sale(on) => format!("A foreclosure sale is named for {}.", on.strftime("%b %-d, %Y")),
        Why::Law(clock) => format!("The law comes first: {} ({}).", due(clock), clock.citation),
        Why::Waited(since) => format!("It has waited since {}.", moment.words(*since)),
        Why::Promise(clock) => format!("Of our own promises its is the first: {}.", due(clock)),
        Why::Age(since) => format!("It has waited longest, since {}.", moment.words(*since)),
    }
}
