//! The composer as its template shows it: the letter as typed, what speaks
//! against it, and what happened beside it.

use serde::Serialize;

use super::typed::Typed;
use super::waiting::{self, OtherDraft, WaitingLetter};
use crate::app::work::{self, FormChoice, WorkError};
use crate::domain::command::Checked;
use crate::domain::draft::DraftWords;
use crate::domain::id::TicketNumber;
use crate::domain::letter_field::{FieldKind, FieldProblem};
use crate::domain::send_guard::{Finding, Outcome};
use crate::domain::work::TicketView;
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

/// What there is to tell about the letter.
#[derive(Default)]
pub(super) struct Told {
    checked: Option<Checked>,
    problems: Vec<Problem>,
    draft_there: Option<DraftWords>,
    is_draft_moved: bool,
    /// Whether it was to be sent, and the findings stopped it.
    pub(super) is_stopped: bool,
}

/// Something to put right, and the field of the form it is about.
#[derive(Serialize)]
struct Problem {
    field: String,
    message: String,
}

#[derive(Serialize)]
pub(super) struct Composer {
    number: String,
    seen: u64,
    draft_version: u64,
    saved_at: Option<ShownInstant>,
    kinds: Vec<Choice>,
    is_reviewed: bool,
    forms: Vec<Choice>,
    form: Option<ShownForm>,
    template: String,
    subject: String,
    text: String,
    problems: Vec<Problem>,
    is_checked: bool,
    is_clear: bool,
    is_stopped: bool,
    findings: Vec<ShownFinding>,
    has_blocks: bool,
    is_released: bool,
    is_asked: bool,
    offers_verify: bool,
    preview: Option<String>,
    moved: Option<Moved>,
    is_draft_moved: bool,
    draft_there: Option<String>,
    others: Vec<OtherDraft>,
    waiting: Vec<WaitingLetter>,
    undo_seconds: i64,
}

#[derive(Serialize)]
struct Choice {
    id: String,
    words: String,
    is_chosen: bool,
}

#[derive(Serialize)]
struct ShownForm {
    purpose: String,
    fields: Vec<ShownField>,
}

#[derive(Serialize)]
struct ShownField {
    name: String,
    label: String,
    value: String,
    is_lines: bool,
    is_date: bool,
    problem: String,
}

#[derive(Serialize)]
struct ShownFinding {
    rule: String,
    is_block: bool,
    is_released: bool,
    is_confirmed: bool,
    line: Option<usize>,
    says: String,
    fix: String,
}

/// What somebody else did to the ticket meanwhile.
#[derive(Serialize)]
struct Moved {
    what: String,
    who: String,
    at: ShownInstant,
}

impl Told {
    pub(super) fn checked(checked: Checked) -> Self {
        Self { checked: Some(checked), ..Self::default() }
    }

    pub(super) fn draft_moved(draft_there: Option<DraftWords>) -> Self {
        Self { draft_there, is_draft_moved: true, ..Self::default() }
    }

    pub(super) fn nothing_asked() -> Self {
        Self::mended_by("Press one of the buttons: save, check, send or throw away")
    }

    pub(super) fn unseen() -> Self {
        Self::mended_by("The form did not say what you saw of the ticket; look, and press again")
    }

    fn mended_by(message: &str) -> Self {
        let (field, message) = ("text".to_owned(), message.to_owned());
        Self { problems: vec![Problem { field, message }], ..Self::default() }
    }

    pub(super) fn of_error(error: WorkError) -> Self {
        let of_field = |found: FieldProblem| Problem {
            field: format!("field-{}", found.field),
            message: found.to_string(),
        };
        let problems = match error {
            WorkError::Unfilled(found) => found.into_iter().map(of_field).collect(),
            WorkError::Changed { .. } => Vec::new(),
            error => vec![Problem { field: "text".to_owned(), message: error.to_string() }],
        };
        Self { problems, ..Self::default() }
    }
}

impl Composer {
    pub(super) async fn load(
        moment: &Moment,
        by: &SignedIn,
        number: &TicketNumber,
        typed: Typed,
        told: Told,
    ) -> Result<Self, WorkError> {
        let found = by.app.store.find_view(number).await?;
        let view = found.ok_or_else(|| WorkError::NoSuchTicket(number.clone()))?;
        let forms = work::forms(&by.app, &view).await?;
        let draft = by.app.store.find_draft(view.ticket.id, by.actor.person).await?;
        let release = draft.as_ref().and_then(|draft| draft.release.as_ref());
        let released = release.map(|release| release.rules.clone()).unwrap_or_default();
        let findings = findings(&told, &typed, &released);
        let chosen = typed.reply.form.as_ref().map(|form| form.template.clone());
        let form = forms.iter().find(|form| Some(&form.template) == chosen.as_ref());
        let kinds = kinds(by, &typed, form);
        Ok(Self {
            number: number.to_string(),
            seen: view.ticket.version,
            draft_version: typed.draft_version,
            saved_at: draft.as_ref().map(|draft| moment.instant(draft.saved_at)),
            is_reviewed: kinds.iter().any(|(choice, reviewed)| choice.is_chosen && *reviewed),
            kinds: kinds.into_iter().map(|(choice, _)| choice).collect(),
            form: form.map(|form| shown_form(form, &typed, &told)),
            forms: forms.iter().map(|form| choice_of(form, chosen.as_deref())).collect(),
            template: form.map(|form| form.template.clone()).unwrap_or_default(),
            moved: moved(moment, by, &view, typed.seen).await?,
            others: waiting::others(moment, by, &view).await?,
            waiting: waiting::letters(moment, by, &view).await?,
            is_checked: told.checked.is_some(),
            is_clear: told.checked.is_some() && findings.is_empty(),
            is_stopped: told.is_stopped,
            has_blocks: findings.iter().any(|one| one.is_block && !one.is_released),
            is_released: release.is_some(),
            is_asked: draft.is_some_and(|draft| draft.asked_at.is_some()),
            offers_verify: findings.iter().any(|one| one.rule == "loan_fact" && !one.is_released),
            preview: told.checked.as_ref().filter(|_| form.is_some()).map(|one| one.text.clone()),
            findings,
            problems: told.problems,
            is_draft_moved: told.is_draft_moved,
            draft_there: told.draft_there.map(|words| words.text),
            subject: typed.reply.subject.unwrap_or_default(),
            text: typed.reply.text,
            undo_seconds: super::UNDO.as_secs(),
        })
    }
}

/// The kinds of letters; with a wording the kind is the wording's.
fn kinds(by: &SignedIn, typed: &Typed, form: Option<&FormChoice>) -> Vec<(Choice, bool)> {
    let standing = by.app.standing();
    let chosen = form.map_or(typed.reply.kind.as_str(), |form| form.sent_as.as_str());
    let kinds = standing.desk.policy.replies.kinds().iter();
    kinds
        .map(|kind| {
            let (id, words) = (kind.id.clone(), kind.name.clone());
            (Choice { is_chosen: id == chosen, id, words }, kind.is_reviewed)
        })
        .collect()
}

fn choice_of(form: &FormChoice, chosen: Option<&str>) -> Choice {
    Choice {
        id: form.template.clone(),
        words: form.purpose.clone(),
        is_chosen: chosen == Some(&form.template),
    }
}

fn shown_form(form: &FormChoice, typed: &Typed, told: &Told) -> ShownForm {
    let values = typed.reply.form.as_ref().map(|form| &form.typed);
    let fields = form.fields.iter().filter(|field| field.kind != FieldKind::Writer);
    let fields = fields.map(|field| {
        let id = format!("field-{}", field.name);
        let problem = told.problems.iter().find(|problem| problem.field == id);
        let value = values.and_then(|values| values.get(&field.name));
        ShownField {
            name: field.name.clone(),
            label: field.label.clone(),
            value: value.cloned().unwrap_or_default(),
            is_lines: field.kind == FieldKind::Lines,
            is_date: field.kind == FieldKind::Date,
            problem: problem.map(|problem| problem.message.clone()).unwrap_or_default(),
        }
    });
    ShownForm { purpose: form.purpose.clone(), fields: fields.collect() }
}

fn findings(told: &Told, typed: &Typed, released: &[String]) -> Vec<ShownFinding> {
    let Some(checked) = &told.checked else { return Vec::new() };
    let shown = |finding: &Finding| ShownFinding {
        is_block: finding.outcome == Outcome::Blocks,
        is_released: released.contains(&finding.rule),
        is_confirmed: typed.reply.confirmed.contains(&finding.rule),
        line: finding.line(&checked.text),
        rule: finding.rule.clone(),
        says: finding.says.clone(),
        fix: finding.fix.clone(),
    };
    checked.findings.iter().map(shown).collect()
}

/// What another person did since the writer last saw the ticket.
async fn moved(
    moment: &Moment,
    by: &SignedIn,
    view: &TicketView,
    seen: Option<u64>,
) -> Result<Option<Moved>, WorkError> {
    if seen.is_none_or(|seen| seen == view.ticket.version) {
        return Ok(None);
    }
    let last = work::last_change(&by.app, view).await?;
    let is_own = last.by == Some(by.actor.person);
    let moved = Moved { what: last.what, who: last.who, at: moment.instant(last.at) };
    Ok((!is_own).then_some(moved))
}
