//! Who works on the pages, and what they read off them.

use tierline::domain::actor::Role;
use tierline::domain::id::TicketNumber;
use tierline::store::worker::WorkerChange;

use crate::harness::desk::mail;
use crate::sign_in::browser::{Answer, Browser, Site};

/// A signed-in person who has these skills.
pub async fn skilled(site: &Site, name: &str, role: Role, skills: &[&str]) -> Browser {
    let (browser, _) = site.signed_in(name, role).await;
    let change = WorkerChange {
        skills: Some(skills.iter().map(|skill| (*skill).to_owned()).collect()),
        ..WorkerChange::default()
    };
    let id = site.id_of(name).await;
    site.desk.store().change_worker(id, &change, "engine", site.desk.now()).await.unwrap();
    browser
}

/// Rosa writes; the number of the ticket.
pub async fn asks(site: &mut Site, subject: &str, text: &str) -> TicketNumber {
    site.desk.receives(&mail(subject, text).raw());
    site.desk.settles().await;
    site.desk.ticket(subject).await.ticket.number
}

/// The state of the ticket that a page shows.
pub fn seen(html: &str) -> String {
    let (_, rest) = html.split_once("name=\"seen\" value=\"").expect(html);
    rest.split('"').next().unwrap().to_owned()
}

/// Posts an act as its form on the ticket's page does.
pub async fn acts(
    browser: &mut Browser,
    number: &TicketNumber,
    act: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let page = browser.get(&format!("/tickets/{number}")).await;
    acts_on(browser, number, &seen(&page.html), act, fields).await
}

/// The same on a state that was seen earlier.
pub async fn acts_on(
    browser: &mut Browser,
    number: &TicketNumber,
    seen: &str,
    act: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let mut form = vec![("seen", seen)];
    form.extend_from_slice(fields);
    browser.post(&format!("/tickets/{number}/{act}"), &form).await
}

/// The page of the ticket.
pub async fn page(browser: &mut Browser, number: &TicketNumber) -> String {
    let answer = browser.get(&format!("/tickets/{number}")).await;
    assert_eq!(answer.status, 200, "{}", answer.html);
    answer.html
}
