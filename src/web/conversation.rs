//! What was said and done about a ticket, oldest first: mails, our letters,
//! notes of the house, and one grey line for each act.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::page::{EventLine, LetterWords, NoteWords, TicketPage, TicketWords};
use super::shown::{Moment, ShownInstant};
use super::ticket_words::{ShownMail, shown_mails};
use crate::domain::letter::LetterState;
use crate::domain::work::NoteKind;

/// One of the four.
#[derive(Default, Serialize)]
pub(super) struct ShownEntry {
    mail: Option<ShownMail>,
    letter: Option<ShownLetter>,
    note: Option<ShownNote>,
    line: Option<ShownLine>,
}

#[derive(Serialize)]
struct ShownNote {
    number: usize,
    title: &'static str,
    author: String,
    written_at: ShownInstant,
    text: String,
}

#[derive(Serialize)]
struct ShownLetter {
    number: usize,
    title: String,
    recipient: String,
    subject: String,
    locale: String,
    text: String,
    is_held: bool,
    meets: String,
    steps: Vec<ShownStep>,
}

/// One step of a letter's way.
#[derive(Serialize)]
struct ShownStep {
    glyph: &'static str,
    words: String,
    badge: &'static str,
    at: Option<ShownInstant>,
}

#[derive(Serialize)]
struct ShownLine {
    who: String,
    what: String,
    at: ShownInstant,
}

/// Everything that was said and done, oldest first.
pub(super) fn conversation(
    moment: &Moment,
    page: &TicketPage,
    words: &TicketWords,
) -> Vec<ShownEntry> {
    let none = ShownEntry::default;
    let mails = words.mails.iter().zip(shown_mails(moment, words));
    let mails =
        mails.map(|(mail, shown)| (mail.received_at, ShownEntry { mail: Some(shown), ..none() }));
    let letters = words.letters.iter().enumerate().map(|(index, one)| {
        let letter = Some(letter(moment, index, one));
        (one.line.written_at, ShownEntry { letter, ..none() })
    });
    let notes = words.notes.iter().enumerate().map(|(index, one)| {
        let note = Some(note(moment, index, one));
        (one.written_at, ShownEntry { note, ..none() })
    });
    let lines = page.events.iter().filter_map(|event| {
        let what = what(&event.kind, &event.particulars)?;
        let line = Some(line(moment, event, what));
        Some((event.at, ShownEntry { line, ..none() }))
    });
    let mut entries: Vec<(Timestamp, ShownEntry)> =
        mails.chain(letters).chain(notes).chain(lines).collect();
    entries.sort_by_key(|(at, _)| *at);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn note(moment: &Moment, index: usize, note: &NoteWords) -> ShownNote {
    ShownNote {
        number: index + 1,
        title: match note.kind {
            NoteKind::Note => "Internal note",
            NoteKind::Handover => "Internal hand-over note",
        },
        author: note.author.clone(),
        written_at: moment.instant(note.written_at),
        text: note.text.clone(),
    }
}

fn letter(moment: &Moment, index: usize, letter: &LetterWords) -> ShownLetter {
    let line = &letter.line;
    ShownLetter {
        number: index + 1,
        title: match line.template.as_str() {
            "reply" => "Our letter".to_owned(),
            template => format!("Our letter {template}"),
        },
        recipient: letter.recipient.clone(),
        subject: letter.subject.clone(),
        locale: line.locale.clone(),
        text: letter.text.clone(),
        is_held: line.state == LetterState::Held,
        meets: line.meets.join(", "),
        steps: steps(moment, letter),
    }
}

/// Written, then handed over or what keeps it, then whether it came back.
fn steps(moment: &Moment, letter: &LetterWords) -> Vec<ShownStep> {
    let line = &letter.line;
    let step = |glyph, badge, words: &str, at: Option<Timestamp>| ShownStep {
        glyph,
        badge,
        words: words.to_owned(),
        at: at.map(|at| moment.instant(at)),
    };
    let mut steps = vec![step("✓", "ok", "written", Some(line.written_at))];
    let reason = match line.reason.as_str() {
        "" => String::new(),
        reason => format!(": {}", reason.replace('_', " ")),
    };
    steps.push(match line.state {
        LetterState::HandedOver => step("✓", "ok", "handed over", line.handed_over_at),
        LetterState::Held => step("‖", "paused", &format!("held{reason}"), None),
        LetterState::Discarded => step("!", "breach", &format!("not sent{reason}"), None),
        LetterState::Uncertain => step("!", "risk", "nobody can know whether it left", None),
        state => step("◷", "soon", &format!("{}{reason}", state.word().replace('_', " ")), None),
    });
    if let Some(at) = line.bounced_at {
        steps.push(step("!", "breach", "came back", Some(at)));
    }
    steps
}

fn line(moment: &Moment, event: &EventLine, what: String) -> ShownLine {
    ShownLine { who: event.who.clone(), what, at: moment.instant(event.at) }
}

/// What an event says in the conversation; `None` when it says nothing there.
fn what(kind: &str, particulars: &Value) -> Option<String> {
    let of = |field: &str| particulars.get(field).and_then(Value::as_str).unwrap_or("?");
    Some(match kind {
        "ticket_opened" => "opened the ticket".to_owned(),
        "ticket_taken" => "took the ticket".to_owned(),
        "ticket_assigned" => "assigned the ticket".to_owned(),
        "ticket_returned" => format!("returned it to the queue {}", of("queue")),
        "ticket_requeued" => format!("moved it from {} to {}", of("from"), of("to")),
        "ticket_escalated" => format!("escalated it from {} to {}", of("from"), of("to")),
        "ticket_prioritized" => format!("raised its priority from {} to {}", of("from"), of("to")),
        "ticket_reclassified" => format!("said it is {}, not {}", of("to"), of("from")),
        "ticket_pended" => "set it to wait for the borrower".to_owned(),
        "ticket_released" => "released it for work".to_owned(),
        "ticket_resolved" => "resolved it".to_owned(),
        "ticket_closed" => "closed it".to_owned(),
        "ticket_reopened" => "reopened it".to_owned(),
        "ticket_merged" => format!("joined it to {}", of("into")),
        "ticket_merged_in" => format!("joined {} to it", of("from")),
        "ticket_split" => format!("made {} of some of its mails", of("into")),
        "ticket_split_off" => format!("made it of mails of {}", of("from")),
        "move_undone" => "undid the last join or split".to_owned(),
        "flag_raised" => format!("raised the flag {}", of("flag")),
        "escalation_claimed" => "claimed the escalation".to_owned(),
        "escalation_refused" => "refused the escalation".to_owned(),
        "clock_breached" => format!("saw {} breached", of("kind")),
        "letter_taken_back" => "took a letter back".to_owned(),
        _ => return None,
    })
}
