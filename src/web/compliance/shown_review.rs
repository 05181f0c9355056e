//! From a review to the words on its page.

use serde::Serialize;

use super::form::Problem;
use super::templates::{ShownState, ShownStop, name, short, shown_stop, state};
use crate::app::review::{PartDiff, Preview, Review};
use crate::app::wording_diff;
use crate::domain::actor::permission::Permission;
use crate::domain::approval::TemplateState;
use crate::domain::wording::Piece;
use crate::store::template::TemplateVersion;
use crate::web::filled_form::FilledForm;
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

/// What an officer says before a release: name of the field and the words.
pub(super) const CHECKS: [(&str, &str); 4] = [
    ("read", "I read every change, in the text and in the HTML."),
    ("law", "What the law asks this letter to say is there, and its citations hold."),
    ("language", "The other language says the same, or this one goes out alone on purpose."),
    ("dates", "It is in force from when it should be."),
];
/// Asked for only when the checks found something.
pub(super) const FINDINGS_CHECK: (&str, &str) =
    ("findings", "I know what the checks found, and it may stay.");

/// What was typed into a form of the page, so that nothing is typed twice.
#[derive(Default, Serialize)]
pub(super) struct Typed {
    pub(super) sample: usize,
    pub(super) pair: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) comment: String,
    pub(super) reason: String,
    #[serde(skip)]
    pub(super) checked: Vec<&'static str>,
}

impl Typed {
    /// As a form came back.
    pub(super) fn of(form: &FilledForm) -> Self {
        let text = |field| form.text(field).to_owned();
        let names = CHECKS.iter().chain([&FINDINGS_CHECK]).map(|(name, _)| *name);
        Self {
            sample: 0,
            pair: text("pair"),
            from: text("from"),
            to: text("to"),
            comment: text("comment"),
            reason: text("reason"),
            checked: names.filter(|name| form.text(name) == "yes").collect(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ShownReview {
    name: String,
    locale: String,
    version: String,
    hash: String,
    state_word: &'static str,
    state: ShownState,
    purpose: String,
    audience: String,
    author: String,
    is_own: bool,
    approver: String,
    approved_at: Option<ShownInstant>,
    from_at: Option<ShownInstant>,
    to_at: Option<ShownInstant>,
    rejection: String,
    rejected_by: String,
    rejected_at: Option<ShownInstant>,
    stopped: Option<ShownStop>,
    in_force: Option<ShownFormer>,
    parts: Vec<ShownPart>,
    changes: Vec<ShownChange>,
    findings: Vec<String>,
    samples: Vec<ShownSample>,
    preview: Option<ShownPreview>,
    pairs: Vec<ShownPair>,
    checks: Vec<ShownCheck>,
    acts: Acts,
    problem: Problem,
    typed: Typed,
}

#[derive(Serialize)]
struct ShownFormer {
    version: String,
    approver: String,
    approved_at: Option<ShownInstant>,
}

#[derive(Serialize)]
struct ShownPart {
    part: &'static str,
    pieces: Vec<ShownPiece>,
    removed: usize,
    added: usize,
}

/// A run of words.
#[derive(Serialize)]
pub(super) struct ShownPiece {
    is_removed: bool,
    is_added: bool,
    text: String,
}

#[derive(Serialize)]
struct ShownChange {
    sign: &'static str,
    word: &'static str,
    what: String,
}

#[derive(Serialize)]
struct ShownSample {
    index: usize,
    name: &'static str,
    is_shown: bool,
}

#[derive(Serialize)]
struct ShownPreview {
    index: usize,
    sample: &'static str,
    subject: String,
    text: String,
    paper: String,
    error: String,
}

#[derive(Serialize)]
struct ShownPair {
    version: String,
    hash: String,
    locale: String,
    is_chosen: bool,
}

#[derive(Serialize)]
struct ShownCheck {
    name: &'static str,
    words: &'static str,
    is_checked: bool,
}

/// Which acts the viewer can do now.
#[derive(Serialize)]
struct Acts {
    approve: bool,
    send_back: bool,
    submit: bool,
    withdraw: bool,
    stop: bool,
    start: bool,
}

/// The page of `review` for whoever looks.
pub(super) fn shown(
    review: &Review,
    by: &SignedIn,
    moment: &Moment,
    problem: Problem,
    typed: Typed,
) -> ShownReview {
    let (version, persons) = (&review.version, &review.persons);
    let instant = |at: Option<jiff::Timestamp>| at.map(|at| moment.instant(at));
    let chosen = review.previews.get(typed.sample).or_else(|| review.previews.first());
    ShownReview {
        name: version.name.clone(),
        locale: version.locale.clone(),
        version: short(version),
        hash: version.hash.hex(),
        state_word: version.state.word(),
        state: state(version, moment),
        purpose: version.about.purpose.clone(),
        audience: version.about.audience.to_string(),
        author: name(persons, Some(version.author)),
        is_own: version.author == by.actor.person,
        approver: name(persons, version.approved_by),
        approved_at: instant(version.approved_at),
        from_at: instant(version.effective_from_at),
        to_at: instant(version.effective_to_at),
        rejection: version.rejection.clone().unwrap_or_default(),
        rejected_by: name(persons, version.rejected_by),
        rejected_at: instant(version.rejected_at),
        stopped: review.stopped.as_ref().map(|stop| shown_stop(stop, persons, moment)),
        in_force: review.in_force.as_ref().map(|former| ShownFormer {
            version: short(former),
            approver: name(persons, former.approved_by),
            approved_at: instant(former.approved_at),
        }),
        parts: review.parts.iter().map(part).collect(),
        changes: review
            .changes
            .iter()
            .map(|one| ShownChange {
                sign: if one.is_added { "+" } else { "−" },
                word: if one.is_added { "new" } else { "gone" },
                what: one.what.clone(),
            })
            .collect(),
        findings: review.findings.clone(),
        samples: samples(&review.previews, chosen),
        preview: chosen.map(|chosen| preview(chosen, &review.previews)),
        pairs: review.pairs.iter().map(|pair| shown_pair(pair, &typed.pair)).collect(),
        checks: checks(!review.findings.is_empty(), &typed),
        acts: acts(review, by),
        problem,
        typed,
    }
}

fn acts(review: &Review, by: &SignedIn) -> Acts {
    let may = by.viewer.may(Permission::Approve);
    let is_own = review.version.author == by.actor.person;
    let state = review.version.state;
    Acts {
        approve: may && !is_own && state == TemplateState::InReview,
        send_back: may && state == TemplateState::InReview,
        submit: is_own && state == TemplateState::Draft,
        withdraw: may && state != TemplateState::Retired,
        stop: may && review.stopped.is_none(),
        start: may && review.stopped.is_some(),
    }
}

fn part(part: &PartDiff) -> ShownPart {
    let (removed, added) = wording_diff::count(&part.pieces);
    ShownPart { part: part.part, pieces: part.pieces.iter().map(piece).collect(), removed, added }
}

fn piece(piece: &Piece) -> ShownPiece {
    let (is_removed, is_added, text) = match piece {
        Piece::Same(text) => (false, false, text),
        Piece::Removed(text) => (true, false, text),
        Piece::Added(text) => (false, true, text),
    };
    ShownPiece { is_removed, is_added, text: text.clone() }
}

fn samples(previews: &[Preview], chosen: Option<&Preview>) -> Vec<ShownSample> {
    let is_shown = |one: &Preview| chosen.is_some_and(|chosen| chosen.sample == one.sample);
    let sample = |(index, one): (usize, &Preview)| ShownSample {
        index,
        name: one.sample,
        is_shown: is_shown(one),
    };
    previews.iter().enumerate().map(sample).collect()
}

fn preview(chosen: &Preview, all: &[Preview]) -> ShownPreview {
    let (subject, text, error) = match &chosen.words {
        Ok(words) => (words.subject.clone(), words.text.clone(), String::new()),
        Err(error) => (String::new(), String::new(), error.clone()),
    };
    ShownPreview {
        index: all.iter().position(|one| one.sample == chosen.sample).unwrap_or_default(),
        sample: chosen.sample,
        subject,
        text,
        paper: chosen.paper.clone(),
        error,
    }
}

fn shown_pair(pair: &TemplateVersion, chosen: &str) -> ShownPair {
    let hash = pair.hash.hex();
    ShownPair { version: short(pair), locale: pair.locale.clone(), is_chosen: hash == chosen, hash }
}

fn checks(has_findings: bool, typed: &Typed) -> Vec<ShownCheck> {
    let asked = CHECKS.iter().chain(has_findings.then_some(&FINDINGS_CHECK));
    let check = |(name, words): &(&'static str, &'static str)| ShownCheck {
        name,
        words,
        is_checked: typed.checked.contains(name),
    };
    asked.map(check).collect()
}
