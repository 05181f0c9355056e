//! What became of each mail of the day, as a table.

use serde::Serialize;

use crate::app::App;
use crate::cli::compose;
use crate::cli::exit::{CliError, Exit, OrExit as _};
use crate::cli::output::Output;
use crate::domain::decision::Trace;
use crate::store::view::{MailEntry, TicketDetail};

/// One mail, from the file to the letter.
#[derive(Serialize)]
struct Line {
    mail: String,
    disposition: String,
    ticket: String,
    matters: String,
    route: String,
    clocks: String,
    letter: String,
}

pub(super) async fn show(app: &App, output: &mut Output) -> Result<(), CliError> {
    let mailbox =
        app.store.open_mailbox("care", app.now()).await.map_err(compose::database_error)?;
    let entries =
        app.store.mail_list(mailbox.id, 1000, 0).await.map_err(compose::database_error)?;
    let mut lines = Vec::with_capacity(entries.len());
    for entry in &entries {
        let detail = match &entry.ticket {
            Some(number) => {
                app.store.ticket_detail(number).await.map_err(compose::database_error)?
            }
            None => None,
        };
        lines.push(line(entry, detail.as_ref()));
    }
    let heads =
        ["mail", "fate", "ticket", "matters", "queue · tier · priority", "clocks", "letter"];
    let rows: Vec<[String; 7]> = lines
        .iter()
        .map(|line| {
            [
                &line.mail,
                &line.disposition,
                &line.ticket,
                &line.matters,
                &line.route,
                &line.clocks,
                &line.letter,
            ]
            .map(Clone::clone)
        })
        .collect();
    output.table(heads, &rows, &lines).or_exit(Exit::Unavailable)
}

fn line(entry: &MailEntry, detail: Option<&TicketDetail>) -> Line {
    let name = entry.source_key.split_once('.').map_or(entry.source_key.as_str(), |(_, name)| name);
    let opens =
        detail.filter(|_| entry.mail.trace.as_ref().is_some_and(|trace| trace.route.is_some()));
    Line {
        mail: name.to_owned(),
        disposition: entry.mail.disposition.to_string(),
        ticket: entry.ticket.as_ref().map(ToString::to_string).unwrap_or_default(),
        matters: entry.mail.trace.as_ref().map(matters).unwrap_or_default(),
        route: entry.mail.trace.as_ref().map(route).unwrap_or_default(),
        clocks: opens.map(clocks).unwrap_or_default(),
        letter: letter(entry, opens),
    }
}

fn matters(trace: &Trace) -> String {
    let understanding = &trace.understanding;
    let mut words: Vec<String> =
        understanding.matters.iter().map(|matter| matter.category.clone()).collect();
    words.extend(understanding.kinds.iter().map(|kind| match kind.is_to_confirm {
        true => format!("[{}?]", kind.kind),
        false => format!("[{}]", kind.kind),
    }));
    words.join(" ")
}

fn route(trace: &Trace) -> String {
    let route = trace.route.as_ref();
    route.map_or_else(String::new, |route| {
        format!("{} · {} · {}", route.queue, route.tier, route.priority)
    })
}

fn clocks(detail: &TicketDetail) -> String {
    let clocks = detail
        .clocks
        .iter()
        .map(|clock| format!("{} {}", clock.kind, clock.due_on.strftime("%m-%d")));
    clocks.collect::<Vec<_>>().join(", ")
}

fn letter(entry: &MailEntry, detail: Option<&TicketDetail>) -> String {
    let sent = detail.and_then(|detail| detail.letters.first());
    match (sent, &entry.mail.trace) {
        (Some(letter), _) => format!("{} {} {}", letter.template, letter.locale, letter.state),
        (None, Some(trace)) => trace.letter.chars().take(60).collect(),
        (None, None) => String::new(),
    }
}
