//! A person's own words as a letter: no template, no header of a robot, the text
//! as it was written and the same in HTML.

use super::assemble::{self, Writer};
use super::{MOST_SUBJECT, RenderError, SenderIdentity, Words};
use crate::domain::letter::{AttachedFile, LetterIntent};
use crate::postage::clean;

/// Longest line of a person's text, in characters; a longer one is cut up.
const MOST_LINE: usize = 10_000;

/// The exact bytes of a person's letter. The same arguments always give the
/// same bytes.
///
/// # Errors
/// When an address or id is malformed, the subject is empty, or the bytes would
/// break a rule of the wire.
pub fn reply_bytes(
    intent: &LetterIntent,
    (subject, text): (&str, &str),
    files: &[AttachedFile],
    sender: &SenderIdentity,
) -> Result<Vec<u8>, RenderError> {
    let lines: Vec<String> = text.lines().map(|line| clean::line(line, MOST_LINE)).collect();
    let words = Words {
        subject: clean::line(subject, MOST_SUBJECT),
        text: format!("{}\n", lines.join("\n")),
        html: html(&lines, &intent.locale),
    };
    assemble::assemble(intent, (&words, files), sender, Writer::Person)
}

/// A paragraph for each run of lines, a break for each line.
fn html(lines: &[String], locale: &str) -> String {
    let language = if locale == "es" { "es" } else { "en" };
    let mut body = String::new();
    for part in lines.split(|line| line.is_empty()).filter(|part| !part.is_empty()) {
        let escaped: Vec<String> = part.iter().map(|line| handlebars::html_escape(line)).collect();
        body.push_str(&format!("<p>{}</p>\n", escaped.join("<br>\n")));
    }
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\">\
         <title></title></head>\n<body>\n{body}</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_person_are_never_markup() {
        let lines = ["Dear Rosa,", "", "2 < 3 & <b>bold</b>", "next line"].map(str::to_owned);
        let html = html(&lines, "en");
        assert!(html.contains("<p>Dear Rosa,</p>"), "{html}");
        assert!(html.contains("2 &lt; 3 &amp; &lt;b&gt;bold&lt;/b&gt;<br>\nnext line"), "{html}");
    }
}
