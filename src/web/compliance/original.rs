//! A mail as it came: its own page in a sealed frame, its bytes as text, and
//! what was attached as files to keep.

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;

use super::timeline::found;
use crate::app::original::{self, SafePage};
use crate::app::read_words::read_words;
use crate::store::view::MailLine;
use crate::web::guard::Allowance;
use crate::web::page::TicketPages;
use crate::web::shell::{Shared, Shell};
use crate::web::shown::{Moment, ShownInstant};
use crate::web::signed_in::SignedIn;

#[derive(Serialize)]
struct ShownOriginal {
    number: String,
    mail: usize,
    from: Vec<String>,
    to: Vec<String>,
    subject: String,
    received_at: ShownInstant,
    attachments: Vec<ShownAttached>,
}

#[derive(Serialize)]
struct ShownAttached {
    index: usize,
    name: String,
    kind: String,
    size: u64,
}

/// `GET /tickets/{number}/mails/{mail}/original`
pub(super) async fn show<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((number, mail)): Path<(String, String)>,
) -> Response {
    let (line, at) = match the(&shell, &by, &number, &mail).await {
        Ok(found) => found,
        Err(answer) => return *answer,
    };
    let shown = shown(&shell.moment(), number, at, &line);
    let answer = shell.page(&by.viewer, StatusCode::OK, "original", "A mail as it came", &shown);
    Allowance::PageWithFrame.on(answer)
}

/// `GET /tickets/{number}/mails/{mail}/original/page`
pub(super) async fn page<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((number, mail)): Path<(String, String)>,
) -> Response {
    let (line, _) = match the(&shell, &by, &number, &mail).await {
        Ok(found) => found,
        Err(answer) => return *answer,
    };
    let body = match original::page(&by.app, &line, by.actor.person).await {
        Ok(SafePage::Safe(body)) => body,
        Ok(SafePage::None) => "<p>This mail has no page of its own: read its text.</p>".to_owned(),
        Ok(SafePage::TooMuch) => {
            "<p>Its page is too large to be shown safely: read its text.</p>".to_owned()
        }
        Err(error) => return shell.broken(&by.viewer, &error.into()),
    };
    let html = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>Mail</title></head>\
         <body>{body}</body></html>"
    );
    Allowance::SealedWords.on(Html(html).into_response())
}

/// `GET /tickets/{number}/mails/{mail}/source`
pub(super) async fn source<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((number, mail)): Path<(String, String)>,
) -> Response {
    let (line, _) = match the(&shell, &by, &number, &mail).await {
        Ok(found) => found,
        Err(answer) => return *answer,
    };
    match original::source(&by.app, &line, by.actor.person).await {
        Ok(text) => {
            let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            Allowance::SealedWords.on((plain, text).into_response())
        }
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

/// `GET /tickets/{number}/mails/{mail}/attachments/{index}`
pub(super) async fn attachment<P: TicketPages>(
    State(shell): Shared<P>,
    by: SignedIn,
    Path((number, mail, index)): Path<(String, String, String)>,
) -> Response {
    let (line, _) = match the(&shell, &by, &number, &mail).await {
        Ok(found) => found,
        Err(answer) => return *answer,
    };
    let index = index.parse().unwrap_or(0);
    match original::attachment(&by.app, &line, index, by.actor.person).await {
        Ok(Some(file)) => {
            let headers = [
                (header::CONTENT_TYPE, file.media_type),
                (header::CONTENT_DISPOSITION, disposition(&file.name)),
            ];
            Allowance::Download.on((headers, file.bytes).into_response())
        }
        Ok(None) => missing(&shell, &by),
        Err(error) => shell.broken(&by.viewer, &error.into()),
    }
}

/// RFC 6266: a plain name for old programs, the true one percent-encoded
/// (RFC 8187), both of them only ever a name to save under.
fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    let whole: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

/// The mail with this number, from 1, once it is on record who reads on its
/// ticket.
async fn the<P: TicketPages>(
    shell: &Shell<P>,
    by: &SignedIn,
    number: &str,
    mail: &str,
) -> Result<(MailLine, usize), Box<Response>> {
    let ticket = found(shell, by, number).await?.ticket;
    let at: usize = mail.parse().unwrap_or(0);
    match read_words(&by.app, &ticket.number, by.actor.person).await {
        Ok(detail) => {
            let mails = detail.map(|read| read.detail.mails).unwrap_or_default();
            let line = at.checked_sub(1).and_then(|place| mails.into_iter().nth(place));
            line.map(|line| (line, at)).ok_or_else(|| Box::new(missing(shell, by)))
        }
        Err(error) => Err(Box::new(shell.broken(&by.viewer, &error.into()))),
    }
}

fn missing<P: TicketPages>(shell: &Shell<P>, by: &SignedIn) -> Response {
    let text = "There is no such mail on that ticket.";
    shell.notice(&by.viewer, StatusCode::NOT_FOUND, "No such mail", text)
}

fn shown(moment: &Moment, number: String, mail: usize, line: &MailLine) -> ShownOriginal {
    let named = |all: &[crate::domain::mail::Address]| -> Vec<String> {
        all.iter().map(|one| format!("{} <{}>", one.name, one.address)).collect()
    };
    let head = &line.head;
    ShownOriginal {
        number,
        mail,
        from: named(&head.from),
        to: named(&head.to),
        subject: head.subject.clone(),
        received_at: moment.instant(line.received_at),
        attachments: head
            .attachments
            .iter()
            .enumerate()
            .map(|(at, one)| ShownAttached {
                index: at + 1,
                name: one.name.clone(),
                kind: one.sniffed_type.clone(),
                size: one.size,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_never_leaves_its_header() {
        let made = disposition("a\"\r\nX-Evil: 1; ñ.pdf");
        assert_eq!(
            made,
            "attachment; filename=\"a___X-Evil__1___.pdf\"; \
             filename*=UTF-8''a%22%0D%0AX-Evil%3A%201%3B%20%C3%B1.pdf"
        );
    }
}
