//! What came back from the composer's form, as a letter.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::app::work::reply_of;
use crate::domain::command::{FilledForm, Reply};
use crate::domain::draft::Draft;
use crate::web::filled_form::FilledForm as Form;

/// Beginning of the names of a wording's fields.
pub(super) const FIELD: &str = "field.";
/// Beginning of the names of confirmed rules.
pub(super) const CONFIRM: &str = "confirm.";

/// What a button of the form asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing that a button of ours asks for.
    Nothing,
    /// Something, without the versions that its writer saw.
    Unseen,
    /// Keep it.
    Save,
    /// Keep it, and say what speaks against it.
    Check,
    /// Keep it, and send it.
    Send,
    /// Keep it, and ask a supervisor to let it go.
    Release,
    /// Throw it away.
    Discard,
}

/// A letter on the page, and which versions its writer saw.
pub(super) struct Typed {
    /// The letter.
    pub(super) reply: Reply,
    /// Version of the draft; 0 before the first save.
    pub(super) draft_version: u64,
    /// Version of the ticket.
    pub(super) seen: Option<u64>,
}

impl Default for Typed {
    fn default() -> Self {
        Self { reply: empty(), draft_version: 0, seen: None }
    }
}

impl Typed {
    pub(super) fn of_draft(draft: &Draft) -> Self {
        let seen = Some(draft.seen_version);
        Self { reply: reply_of(&draft.words), draft_version: draft.version, seen }
    }

    pub(super) fn of_form(form: &Form) -> (Self, Asked) {
        let mut reply = empty();
        let kind = form.text("kind");
        if !kind.is_empty() {
            kind.clone_into(&mut reply.kind);
        }
        reply.subject = Some(form.text("subject").to_owned()).filter(|text| !text.is_empty());
        // a browser sends CR LF for each line end
        reply.text = form.text("text").replace("\r\n", "\n");
        reply.confirmed = form.ticked(CONFIRM).map(|(rule, _)| rule.to_owned()).collect();
        let template = form.text("template");
        if !template.is_empty() {
            let mut filled = form_of(template.to_owned());
            // Fields of another wording than the one that was shown are dropped.
            if form.text("shown_template") == template {
                let typed = form.ticked(FIELD);
                filled.typed =
                    typed.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            }
            reply.form = Some(filled);
        }
        let asked = match form.text("do") {
            "check" => Asked::Check,
            "send" => Asked::Send,
            "release" => Asked::Release,
            "discard" => Asked::Discard,
            "save" => Asked::Save,
            _ => Asked::Nothing,
        };
        let number = |field: &str| form.text(field).parse().ok();
        let (draft, seen) = (number("draft"), number("seen"));
        let is_of_page = draft.is_some() && seen.is_some();
        let asked = if is_of_page || asked == Asked::Discard { asked } else { Asked::Unseen };
        (Self { reply, draft_version: draft.unwrap_or(0), seen }, asked)
    }
}

pub(super) const fn form_of(template: String) -> FilledForm {
    FilledForm { template, typed: BTreeMap::new() }
}

fn empty() -> Reply {
    Reply {
        kind: "answer".to_owned(),
        subject: None,
        text: String::new(),
        release: None,
        confirmed: Vec::new(),
        undo: SignedDuration::ZERO,
        form: None,
        draft: None,
    }
}
