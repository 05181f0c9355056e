//! From what was typed into a form to a person's wish, and from what speaks
//! against it to the field that it is about.

use jiff::SignedDuration;
use uuid::Uuid;

use crate::app::work::{Wish, WorkError};
use crate::domain::command::{Handover, Refusal};
use crate::domain::id::{EscalationId, MailId, PersonId, TicketNumber};
use crate::domain::ticket::Priority;
use crate::web::filled_form::FilledForm;
use crate::web::shown::Moment;

/// Name of the boxes before the mails of a split.
pub(super) const MAIL: &str = "mail:";
/// What stands for whoever fits best.
pub(super) const BEST: &str = "best";

/// What speaks against an act, for the person who wanted it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Field it is about; empty when it is about the whole.
    pub(crate) field: &'static str,
    /// In words.
    pub(crate) text: String,
    /// Whether somebody else was faster.
    pub(crate) is_conflict: bool,
}

impl Problem {
    pub(super) fn at(field: &'static str, text: &str) -> Self {
        Self { field, text: text.to_owned(), is_conflict: false }
    }

    /// What a person can do something about; the error itself when they cannot.
    pub(super) fn of(error: WorkError, moment: &Moment) -> Result<Self, WorkError> {
        let field = match &error {
            WorkError::Refused(refusal) => field_of(refusal),
            WorkError::NoSuchTicket(_) => "into",
            WorkError::NobodyFits => "person",
            WorkError::NothingToUndo => "",
            WorkError::Changed { what, who, at } => {
                return Ok(Self {
                    field: "",
                    text: faster(what, who, moment.now.duration_since(*at)),
                    is_conflict: true,
                });
            }
            _ => return Err(error),
        };
        Ok(Self::at(field, &sentence(&error.to_string())))
    }
}

fn faster(what: &str, who: &str, ago: SignedDuration) -> String {
    let seconds = ago.as_secs().max(0);
    let ago =
        if seconds < 60 { format!("{seconds} s ago") } else { format!("{} min ago", seconds / 60) };
    format!("{who} was faster: {what}, {ago}. Look at what changed below; what you typed is kept.")
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

const fn field_of(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoReason => "reason",
        Refusal::NoWords { .. } | Refusal::TooManyWords { .. } => "text",
        Refusal::HandoverIncomplete { part } => part,
        Refusal::NoSuchQueue { .. } | Refusal::NeedsHandover { .. } | Refusal::NotUp { .. } => {
            "queue"
        }
        Refusal::NotSooner { .. } => "priority",
        Refusal::NoSuchFlag { .. } => "flag",
        Refusal::NoSuchCategory { .. } | Refusal::SameCategory { .. } => "category",
        Refusal::SameTicket | Refusal::OtherSender | Refusal::OtherClosed => "into",
        Refusal::NoSkill { .. }
        | Refusal::NoLanguage { .. }
        | Refusal::Full { .. }
        | Refusal::Away { .. } => "person",
        _ => "",
    }
}

/// The version of the ticket that the person saw.
pub(super) fn seen(form: &FilledForm) -> Result<u64, Problem> {
    let text = "The form does not say which state of the ticket you saw. Send it again from here.";
    form.text("seen").parse().map_err(|_| Problem::at("", text))
}

/// What the person wants.
pub(super) fn wish(act: &str, form: &FilledForm) -> Result<Wish, Problem> {
    let reason = || form.text("reason").to_owned();
    Ok(match act {
        "take" => Wish::Take,
        "note" => Wish::Note(form.text("text").to_owned()),
        "resolve" => Wish::Resolve(reason()),
        "pend" => Wish::Pend(reason()),
        "escalate" => Wish::Escalate(queue(form)?, handover(form)),
        "assign" => Wish::Assign(match form.text("person") {
            BEST => None,
            _ => Some(PersonId(id(form, "person", "Choose who gets it.")?)),
        }),
        "requeue" => Wish::Requeue(queue(form)?, reason()),
        "reclassify" => Wish::Reclassify(
            match form.text("category") {
                "" => return Err(Problem::at("category", "Choose what it is about.")),
                category => category.to_owned(),
            },
            Some(form.text("queue").to_owned()).filter(|queue| !queue.is_empty()),
            reason(),
        ),
        "prioritize" => match Priority::from_word(form.text("priority")) {
            Some(priority) => Wish::Prioritize(priority, reason()),
            None => return Err(Problem::at("priority", "Choose a priority.")),
        },
        "return" => Wish::Return(reason()),
        "release" => Wish::Release(reason()),
        "close" => Wish::Close,
        "reopen" => Wish::Reopen(reason()),
        "raise" => match form.text("flag") {
            "" => return Err(Problem::at("flag", "Choose a flag.")),
            flag => Wish::Raise(flag.to_owned()),
        },
        "claim" => Wish::Claim(escalation(form)?),
        "refuse" => Wish::Refuse(escalation(form)?, reason()),
        "merge" => Wish::Merge(number(form)?),
        "split" => Wish::Split(mails(form)?),
        "undo" => Wish::Undo,
        "cause" => Wish::Cause(PersonId(id(form, "person", "Choose who caused the error.")?)),
        _ => return Err(Problem::at("", "There is no such act.")),
    })
}

/// Somebody else whom the wish names.
pub(super) const fn person_of(wish: &Wish) -> Option<PersonId> {
    match wish {
        Wish::Assign(person) => *person,
        Wish::Cause(person) => Some(*person),
        _ => None,
    }
}

fn queue(form: &FilledForm) -> Result<String, Problem> {
    match form.text("queue") {
        "" => Err(Problem::at("queue", "Choose a queue.")),
        queue => Ok(queue.to_owned()),
    }
}

/// One step or document on each line.
fn handover(form: &FilledForm) -> Handover {
    let lines = |field| form.text(field).lines().map(str::to_owned).collect();
    Handover {
        tried: lines("tried"),
        documents: lines("documents"),
        asked: form.text("asked").to_owned(),
    }
}

fn id(form: &FilledForm, field: &'static str, text: &str) -> Result<Uuid, Problem> {
    form.text(field).parse().map_err(|_| Problem::at(field, text))
}

fn escalation(form: &FilledForm) -> Result<EscalationId, Problem> {
    Ok(EscalationId(id(form, "escalation", "That is no escalation of this ticket.")?))
}

fn number(form: &FilledForm) -> Result<TicketNumber, Problem> {
    let text =
        "That is no ticket number: it has twelve digits, and the last one checks the others.";
    TicketNumber::parse(form.text("into")).ok_or_else(|| Problem::at("into", text))
}

fn mails(form: &FilledForm) -> Result<Vec<MailId>, Problem> {
    let ids = form.ticked(MAIL).map(|(id, _)| id.parse().map(MailId));
    ids.collect::<Result<_, _>>()
        .map_err(|_| Problem::at("mails", "That is no mail of this ticket."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rule_says_reads_as_a_sentence() {
        assert_eq!(sentence(&Refusal::NoReason.to_string()), "Give a reason.");
        assert_eq!(sentence("ñandú."), "Ñandú.");
        assert_eq!(sentence(""), ".");
    }

    #[test]
    fn who_was_faster_is_said_with_how_long_ago() {
        let said = faster("note written", "dana", SignedDuration::from_secs(40));
        assert!(said.starts_with("dana was faster: note written, 40 s ago."), "{said}");
        let said = faster("note written", "dana", SignedDuration::from_secs(-3));
        assert!(said.contains("0 s ago"), "{said}");
    }
}
