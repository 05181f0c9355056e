//! The persons of a desk, and what they do.

use tierline::app::work::{self, Done, Wish, WorkError};
use tierline::domain::actor::{Actor, Role};
use tierline::domain::command::Reply;
use tierline::domain::id::{PersonId, TicketNumber};
use tierline::domain::work::TicketView;
use tierline::store::worker::WorkerChange;

use crate::harness::desk::{TestDesk, mail, person};

pub fn actor(person: PersonId, name: &str, role: Role) -> Actor {
    Actor { person, name: name.to_owned(), role }
}

pub fn ana(desk: &TestDesk) -> Actor {
    actor(desk.ana, "Ana Ruiz", Role::Agent)
}

pub fn cora(desk: &TestDesk) -> Actor {
    actor(desk.cora, "Cora Bell", Role::Compliance)
}

pub async fn sam(desk: &TestDesk) -> Actor {
    actor(person(desk.store(), "sam", Role::Supervisor).await, "Sam Ode", Role::Supervisor)
}

/// What a person can do.
pub async fn can(desk: &TestDesk, person: PersonId, skills: &[&str], capacity: u32) {
    let change = WorkerChange {
        skills: Some(skills.iter().map(|skill| (*skill).to_owned()).collect()),
        languages: Some(vec!["en".to_owned()]),
        capacity: Some(capacity),
        ..WorkerChange::default()
    };
    desk.store().change_worker(person, &change, "engine", desk.now()).await.unwrap();
}

/// Rosa writes about her escrow; the number of the ticket.
pub async fn asks(desk: &mut TestDesk, subject: &str, text: &str) -> TicketNumber {
    desk.receives(&mail(subject, text).raw());
    desk.settles().await;
    desk.ticket(subject).await.ticket.number
}

pub async fn try_act(
    desk: &TestDesk,
    number: &TicketNumber,
    by: &Actor,
    wish: Wish,
) -> Result<Done, WorkError> {
    work::act(&desk.app, number, by, None, &wish).await
}

pub async fn act(desk: &TestDesk, number: &TicketNumber, by: &Actor, wish: Wish) -> Done {
    try_act(desk, number, by, wish).await.unwrap()
}

/// Why it is not done.
pub async fn refused(desk: &TestDesk, number: &TicketNumber, by: &Actor, wish: Wish) -> String {
    try_act(desk, number, by, wish).await.unwrap_err().to_string()
}

pub async fn view(desk: &TestDesk, number: &TicketNumber) -> TicketView {
    desk.store().find_view(number).await.unwrap().unwrap()
}

pub fn letter(kind: &str, text: &str) -> Wish {
    Wish::Reply(Reply {
        kind: kind.to_owned(),
        subject: None,
        text: text.to_owned(),
        release: None,
        confirmed: Vec::new(),
        undo: jiff::SignedDuration::ZERO,
        form: None,
        draft: None,
    })
}
