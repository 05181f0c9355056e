//! What a reviewer needs to decide on a wording: how it differs from the one in
//! force, how it reads with sample values, and what the checks say.

use super::{App, Standing, approve, wording_diff};
use crate::domain::wording::{Piece, TwoWordings, WordingChange, changes};
use crate::postage::inspect::{self, SampleServicer};
use crate::postage::render::Renderer;
use crate::store::StoreError;
use crate::store::person::Person;
use crate::store::template::{StoppedTemplate, TemplateState, TemplateVersion};

pub use crate::postage::inspect::Preview;

/// Fewer digits could name a version by accident.
const FEWEST_DIGITS: usize = 8;

/// One part of a letter that differs.
#[derive(Clone, Debug)]
pub struct PartDiff {
    /// `subject`, `text`, `HTML`, `paper`.
    pub part: &'static str,
    /// From the version in force to this one.
    pub pieces: Vec<Piece>,
}

/// A version with all that a decision on it rests on.
#[derive(Debug)]
pub struct Review {
    /// The version.
    pub version: TemplateVersion,
    /// Another version of the same template and language that letters use now.
    pub in_force: Option<TemplateVersion>,
    /// What it changes, part by part.
    pub parts: Vec<PartDiff>,
    /// What it changes, in words.
    pub changes: Vec<WordingChange>,
    /// What the checks say; empty when they found nothing.
    pub findings: Vec<String>,
    /// The letter with each sample's values.
    pub previews: Vec<Preview>,
    /// Versions of the other languages that wait for an approval too.
    pub pairs: Vec<TemplateVersion>,
    /// The stop switch, when it is on.
    pub stopped: Option<StoppedTemplate>,
    /// Everybody, to name who did what.
    pub persons: Vec<Person>,
}

/// The one version of template `name` whose hash begins with `digits`.
///
/// # Errors
/// When the database does not answer.
pub async fn find_version(
    app: &App,
    name: &str,
    digits: &str,
) -> Result<Option<TemplateVersion>, StoreError> {
    if digits.len() < FEWEST_DIGITS {
        return Ok(None);
    }
    let all = app.store.template_versions().await?;
    let mut found =
        all.into_iter().filter(|one| one.name == name && one.hash.hex().starts_with(digits));
    Ok(found.next().filter(|_| found.next().is_none()))
}

/// Everything about `version`.
///
/// # Errors
/// When the database does not answer.
pub async fn review(app: &App, version: TemplateVersion) -> Result<Review, StoreError> {
    let (store, standing) = (&app.store, app.standing());
    let in_force = store.find_approved(&version.name, &version.locale, app.now()).await?;
    let in_force = in_force.filter(|other| other.hash != version.hash);
    let mut pairs = store.template_versions().await?;
    pairs.retain(|other| {
        other.name == version.name
            && other.locale != version.locale
            && other.state == TemplateState::InReview
    });
    let stopped = store.stopped_templates().await?;
    let (findings, previews) = tried(&standing, &version);
    Ok(Review {
        parts: in_force.as_ref().map(|former| parts(former, &version)).unwrap_or_default(),
        changes: in_force
            .as_ref()
            .map(|former| worded(&standing, former, &version))
            .unwrap_or_default(),
        stopped: stopped.into_iter().find(|one| one.name == version.name),
        persons: store.persons().await?,
        in_force,
        findings,
        previews,
        pairs,
        version,
    })
}

/// The letter as each sample makes it.
#[must_use]
pub fn previews(app: &App, version: &TemplateVersion) -> Vec<Preview> {
    tried(&app.standing(), version).1
}

fn tried(standing: &Standing, version: &TemplateVersion) -> (Vec<String>, Vec<Preview>) {
    let compiled = approve::loaded(version);
    let (renderer, problems) = Renderer::of_versions(vec![compiled.clone()]);
    if !problems.is_empty() {
        return (problems.iter().map(ToString::to_string).collect(), Vec::new());
    }
    let (servicer, book) = (servicer(standing), &standing.desk.policy.wording);
    let inspected = inspect::inspect(&renderer, &compiled, book, &servicer, &standing.sender);
    let findings = inspected.findings.iter().map(ToString::to_string).collect();
    (findings, inspect::previews(&renderer, &compiled, &servicer))
}

fn parts(former: &TemplateVersion, new: &TemplateVersion) -> Vec<PartDiff> {
    [
        ("subject", &former.subject, &new.subject),
        ("text", &former.text, &new.text),
        ("HTML", &former.html, &new.html),
        ("paper", &former.about.print, &new.about.print),
    ]
    .into_iter()
    .filter(|(_, former, new)| former != new)
    .map(|(part, former, new)| PartDiff { part, pieces: wording_diff::by_words(former, new) })
    .collect()
}

fn worded(
    standing: &Standing,
    former: &TemplateVersion,
    new: &TemplateVersion,
) -> Vec<WordingChange> {
    let whole = |one: &TemplateVersion| {
        [one.subject.as_str(), &one.text, &one.html, &one.about.print].join("\n")
    };
    let two = TwoWordings {
        template: &new.name,
        audience: new.about.audience,
        locale: &new.locale,
        former: &whole(former),
        new: &whole(new),
    };
    changes(&standing.desk.policy.wording, &two)
}

fn servicer(standing: &Standing) -> SampleServicer {
    SampleServicer::of(&standing.desk.servicer, &standing.sender.mail_host)
}
