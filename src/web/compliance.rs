//! The console in which compliance officers release wording and policy, and face examiners.

mod audit;
mod clocks;
mod form;
mod letter;
mod letters;
mod original;
mod pack;
mod picture;
mod policies;
mod policy;
mod preview;
mod review;
mod review_act;
mod shown_review;
mod table_file;
mod templates;
mod timeline;

use axum::routing::{get, post};

use super::gate::Need::Whole;
use super::page::TicketPages;
use super::site::Site;
use crate::domain::actor::permission::Permission::{
    ActivatePolicies, Approve, SeePolicies, SeeRecord, SeeTickets, SeeWording, SeeWords,
};

/// Its page templates: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("correct", include_str!("../../templates/web/compliance/correct.hbs")),
    ("secret_again", include_str!("../../templates/web/compliance/secret_again.hbs")),
    ("pieces", include_str!("../../templates/web/compliance/pieces.hbs")),
    ("clocks", include_str!("../../templates/web/compliance/clocks.hbs")),
    ("audit", include_str!("../../templates/web/compliance/audit.hbs")),
    ("letters", include_str!("../../templates/web/compliance/letters.hbs")),
    ("letter", include_str!("../../templates/web/compliance/letter.hbs")),
    ("letter_body", include_str!("../../templates/web/compliance/letter_body.hbs")),
    ("pack", include_str!("../../templates/web/compliance/pack.hbs")),
    ("original", include_str!("../../templates/web/compliance/original.hbs")),
    ("timeline", include_str!("../../templates/web/compliance/timeline.hbs")),
    ("lane", include_str!("../../templates/web/compliance/lane.hbs")),
    ("policies", include_str!("../../templates/web/compliance/policies.hbs")),
    ("policy", include_str!("../../templates/web/compliance/policy.hbs")),
    ("templates", include_str!("../../templates/web/compliance/templates.hbs")),
    ("review", include_str!("../../templates/web/compliance/review.hbs")),
    ("review_acts", include_str!("../../templates/web/compliance/review_acts.hbs")),
];

/// Adds its routes.
pub(super) fn add<P: TicketPages>(site: Site<P>) -> Site<P> {
    mails(examined(released(site)))
}

/// Where two persons release wording and policy.
fn released<P: TicketPages>(site: Site<P>) -> Site<P> {
    let version = "/templates/{name}/{version}";
    let preview = "/templates/{name}/{version}/preview";
    let submit = "/templates/{name}/{version}/submit";
    let act = "/templates/{name}/{version}/{act}";
    let activate = "/policies/{revision}/activate";
    site.get("/templates", Whole(SeeWording), get(templates::list::<P>))
        .get(version, Whole(SeeWording), get(review::show::<P>))
        .get(preview, Whole(SeeWording), get(preview::show::<P>))
        .post(submit, Whole(SeeWording), post(review_act::submit::<P>))
        .post(act, Whole(Approve), post(review_act::act::<P>))
        .get("/policies", Whole(SeePolicies), get(policies::list::<P>))
        .get("/policies/{revision}", Whole(SeePolicies), get(policy::show::<P>))
        .post("/policies/{revision}/approve", Whole(Approve), post(policy::approve::<P>))
        .post(activate, Whole(ActivatePolicies), post(policy::activate::<P>))
}

/// What an examiner asks for.
fn examined<P: TicketPages>(site: Site<P>) -> Site<P> {
    site.get("/clocks", Whole(SeeRecord), get(clocks::list::<P>))
        .get("/clocks.csv", Whole(SeeRecord), get(clocks::file::<P>))
        .get("/tickets/{number}/timeline", Whole(SeeTickets), get(timeline::show::<P>))
        .get("/audit", Whole(SeeRecord), get(audit::search::<P>))
        .post("/audit/export", Whole(SeeRecord), post(audit::export::<P>))
        .get("/tickets/{number}/pack", Whole(SeeRecord), get(pack::show::<P>))
        .get("/letters", Whole(SeeRecord), get(letters::list::<P>))
        .get("/letters/{id}", Whole(SeeRecord), get(letter::show::<P>))
}

/// Mails as they came.
fn mails<P: TicketPages>(site: Site<P>) -> Site<P> {
    let original = "/tickets/{number}/mails/{mail}/original";
    let page = "/tickets/{number}/mails/{mail}/original/page";
    let source = "/tickets/{number}/mails/{mail}/source";
    let attachment = "/tickets/{number}/mails/{mail}/attachments/{index}";
    site.get(original, Whole(SeeWords), get(original::show::<P>))
        .get(page, Whole(SeeWords), get(original::page::<P>))
        .get(source, Whole(SeeWords), get(original::source::<P>))
        .get(attachment, Whole(SeeWords), get(original::attachment::<P>))
}
