//! One ticket from the store's read model to what its page shows.

use crate::app::read_words::ReadTicket;
use crate::domain::classify::{Evidence, Field};
use crate::domain::id::PersonId;
use crate::domain::letter::Task;
use crate::domain::work::MoveKind;
use crate::store::person::Person;
use crate::store::view::{self, MoveLine};
use crate::store::work::NoteLine;
use crate::web::page::{self, LinkKind, TicketHead};

/// Both parts of the body's text count from its beginning.
const BODY: &[Field] = &[Field::NewText, Field::QuotedText];

/// Everything that was written about a ticket.
pub(super) fn words(read: ReadTicket) -> page::TicketWords {
    let note = |note: NoteLine| page::NoteWords {
        kind: note.kind,
        author: note.author,
        written_at: note.written_at,
        text: note.text,
    };
    let (detail, mut texts) = (read.detail, read.letters);
    let letters = detail.letters.into_iter().map(|line| {
        let (subject, text) = texts.remove(&line.id).unwrap_or_default();
        let recipient = line.recipient.clone();
        page::LetterWords { line: letter(line), recipient, subject, text }
    });
    page::TicketWords {
        requester: detail.ticket.requester,
        letters: letters.collect(),
        mails: detail.mails.into_iter().map(mail_words).collect(),
        notes: read.notes.into_iter().map(note).collect(),
    }
}

fn mail_words(mail: view::MailLine) -> page::MailWords {
    let seen = mail.trace.map(|trace| trace.understanding);
    let whole = u32::try_from(mail.head.text.len()).unwrap_or(u32::MAX);
    page::MailWords {
        disposition: mail.disposition,
        received_at: mail.received_at,
        from: mail.head.from,
        subject: mail.head.subject,
        language: seen.as_ref().map(|seen| seen.language.clone()).unwrap_or_default(),
        marks: seen.as_ref().map(|seen| ranges(seen.evidence(), BODY)).unwrap_or_default(),
        secrets: seen.as_ref().map(|seen| ranges(seen.secrets(), BODY)).unwrap_or_default(),
        subject_secrets: seen
            .as_ref()
            .map(|seen| ranges(seen.secrets(), &[Field::Subject]))
            .unwrap_or_default(),
        // A mail that nothing was understood of is shown whole.
        new_text: seen.map_or_else(|| vec![(0, whole)], |seen| seen.new_text),
        text: mail.head.text,
        attachments: mail.head.attachments,
        defects: mail.head.defects,
        completeness: mail.head.completeness,
    }
}

fn ranges<'a>(evidence: impl Iterator<Item = &'a Evidence>, of: &[Field]) -> Vec<(u32, u32)> {
    let spans = evidence.flat_map(|one| &one.spans);
    spans.filter(|span| of.contains(&span.field)).map(|span| (span.start, span.end)).collect()
}

fn letter(letter: view::LetterLine) -> page::LetterLine {
    page::LetterLine {
        template: letter.template,
        locale: letter.locale,
        state: letter.state,
        reason: letter.reason.unwrap_or_default(),
        attempts: u32::try_from(letter.attempts).unwrap_or(u32::MAX),
        written_at: letter.written_at,
        handed_over_at: letter.handed_over_at,
        bounced_at: letter.bounced_at,
        meets: letter.meets,
    }
}

/// Everything about a ticket but words.
pub(super) fn shown(
    detail: view::TicketDetail,
    links: Vec<MoveLine>,
    persons: &[Person],
) -> page::TicketPage {
    let ticket_id = detail.ticket.id;
    let event = |line: view::EventLine| page::EventLine {
        seq: line.seq,
        at: line.event.at,
        who: named(&line.event.actor, persons),
        actor: line.event.actor,
        kind: line.event.kind,
        particulars: line.event.particulars,
        hash: line.hash.hex(),
    };
    let task = |task: view::TaskLine| Task {
        id: task.id,
        ticket_id,
        kind: task.kind,
        due_on: task.due_on,
        clock_kind: task.clock_kind,
    };
    page::TicketPage {
        head: TicketHead::from(&detail.ticket),
        clocks: detail.clocks,
        matters: detail.matters,
        traces: detail.mails.into_iter().filter_map(|mail| mail.trace).collect(),
        letters: detail.letters.into_iter().map(letter).collect(),
        tasks: detail.tasks.into_iter().map(task).collect(),
        events: detail.events.into_iter().map(event).collect(),
        links: links.into_iter().map(link).collect(),
    }
}

/// The name of who acted; the engine and whoever has none stay as they are.
fn named(actor: &str, persons: &[Person]) -> String {
    let id = actor.strip_prefix("person:").and_then(|id| id.parse().ok()).map(PersonId);
    let found = persons.iter().find(|person| Some(person.id) == id);
    found.map_or_else(|| actor.to_owned(), |person| person.name.clone())
}

fn link(line: MoveLine) -> page::LinkLine {
    let kind = match (line.kind, line.is_source) {
        (MoveKind::Merge, true) => LinkKind::JoinedTo,
        (MoveKind::Merge, false) => LinkKind::Joined,
        (MoveKind::Split, true) => LinkKind::PartedInto,
        (MoveKind::Split, false) => LinkKind::PartedFrom,
    };
    page::LinkLine { kind, number: line.other }
}
