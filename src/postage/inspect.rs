//! Checks a template version before anybody reviews it: every sample context
//! is rendered, and what was rendered is held against the table of wording, the
//! rules of HTML, and its own text part.

mod markup;
mod place;
mod sample;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::render::{Renderer, SenderIdentity, TemplateVersion, Words};
use crate::domain::wording::{
    LetterChannel, Piece, SampleWords, WordingBook, WordingFinding, difference, is_own_host,
};

pub use sample::SampleServicer;

/// One thing wrong with a template, with its place and its words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TemplateFinding {
    /// Path below `templates/mail/`.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Id of the row of `letters-wording.toml`, or `html`, `text`, `reading`,
    /// `link`, `render`.
    pub rule: String,
    /// The words that are wrong; empty when something is missing.
    pub words: String,
    /// What is wrong, and what to write instead.
    pub message: String,
    /// The sample it was seen in.
    pub sample: String,
}

impl fmt::Display for TemplateFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, rule, words, message, sample } = self;
        write!(f, "{file}:{line}: {rule}: {message}")?;
        if !words.is_empty() {
            write!(f, ": \u{201c}{words}\u{201d}")?;
        }
        write!(f, " [{sample}]")
    }
}

/// What the check of one version came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Letters rendered, mail and paper.
    pub rendered: usize,
    /// What is wrong, sorted by file and line; each thing once.
    pub findings: Vec<TemplateFinding>,
}

/// Checks one version.
#[must_use]
pub fn inspect(
    renderer: &Renderer,
    version: &TemplateVersion,
    book: &WordingBook,
    servicer: &SampleServicer,
    sender: &SenderIdentity,
) -> Inspected {
    let mut inspection = Inspection { version, book, servicer, inspected: Inspected::default() };
    for sample in sample::samples(servicer, version) {
        inspection.mail(renderer, &sample, sender);
        if !version.print.is_empty() {
            inspection.paper(renderer, &sample);
        }
    }
    inspection.done()
}

/// A letter with the values of one sample.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The sample.
    pub sample: &'static str,
    /// Subject, text and HTML, or why there are none.
    pub words: Result<Words, String>,
    /// The letter on paper; empty when the version has none.
    pub paper: String,
}

/// The letter with the values of every sample.
#[must_use]
pub fn previews(
    renderer: &Renderer,
    version: &TemplateVersion,
    servicer: &SampleServicer,
) -> Vec<Preview> {
    sample::samples(servicer, version)
        .iter()
        .map(|sample| Preview {
            sample: sample.name,
            words: renderer.wording(&sample.context, version).map_err(|error| error.to_string()),
            paper: match version.print.as_str() {
                "" => String::new(),
                _ => renderer.paper(&sample.context, version).unwrap_or_default(),
            },
        })
        .collect()
}

struct Inspection<'a> {
    version: &'a TemplateVersion,
    book: &'a WordingBook,
    servicer: &'a SampleServicer,
    inspected: Inspected,
}

impl Inspection<'_> {
    fn mail(&mut self, renderer: &Renderer, sample: &sample::Sample, sender: &SenderIdentity) {
        let intent = sample::intent(self.version, sample, &sender.mail_host);
        let rendered = renderer
            .render(&intent, self.version, sender)
            .and_then(|_| renderer.wording(&sample.context, self.version));
        let words = match rendered {
            Ok(words) => words,
            Err(error) => return self.found("txt", "render", "", &error.to_string(), sample),
        };
        self.inspected.rendered += 1;
        if sample.is_read {
            let findings = self.book.inspect(&SampleWords {
                channel: LetterChannel::Mail,
                subject: &words.subject,
                text: &words.text,
                ..self.words(sample, &sample.values)
            });
            self.take("txt", findings, sample);
        }
        let (html_text, problems) = markup::read(&words.html, &self.version.locale);
        for problem in problems {
            self.found("html", "html", &problem.words, &problem.message, sample);
        }
        for (host, href) in markup::links(&words.html) {
            if !is_own_host(&host, &self.servicer.own_hosts) {
                let message = format!("leads to `{host}`, which is not ours");
                self.found("html", "link", &href, &message, sample);
            }
        }
        if let Some((words, message)) = unlike(&words.text, &html_text) {
            self.found("html", "text", &words, &message, sample);
        }
    }

    fn paper(&mut self, renderer: &Renderer, sample: &sample::Sample) {
        match renderer.paper(&sample.context, self.version) {
            Ok(text) => {
                self.inspected.rendered += 1;
                if sample.is_read {
                    let findings = self.book.inspect(&SampleWords {
                        channel: LetterChannel::Print,
                        text: &text,
                        ..self.words(sample, &sample.values)
                    });
                    self.take("print", findings, sample);
                }
            }
            Err(error) => self.found("print", "render", "", &error.to_string(), sample),
        }
    }

    fn words<'s>(
        &'s self,
        sample: &sample::Sample,
        values: &'s BTreeMap<String, String>,
    ) -> SampleWords<'s> {
        SampleWords {
            template: &self.version.name,
            audience: self.version.audience,
            locale: &self.version.locale,
            channel: LetterChannel::Mail,
            is_fdcpa_covered: sample.context.is_fdcpa_covered,
            subject: "",
            text: "",
            values,
            own_hosts: &self.servicer.own_hosts,
        }
    }

    fn take(&mut self, part: &str, findings: Vec<WordingFinding>, sample: &sample::Sample) {
        for found in findings {
            let part = if found.is_in_subject { "subject" } else { part };
            self.found(part, &found.rule, &found.words, &found.message, sample);
        }
    }

    fn found(&mut self, part: &str, rule: &str, words: &str, message: &str, at: &sample::Sample) {
        let version = self.version;
        let source = match part {
            "subject" => &version.subject,
            "html" => &version.html,
            "print" => &version.print,
            _ => &version.text,
        };
        self.inspected.findings.push(TemplateFinding {
            file: format!("{}/{}.{part}.hbs", version.name, version.locale),
            line: place::line_of(source, words),
            rule: rule.to_owned(),
            words: words.to_owned(),
            message: message.to_owned(),
            sample: at.name.to_owned(),
        });
    }

    /// The same thing seen in several samples is told once.
    fn done(mut self) -> Inspected {
        self.inspected.findings.sort();
        let mut seen = BTreeSet::new();
        self.inspected.findings.retain(|found| {
            seen.insert((
                found.file.clone(),
                found.rule.clone(),
                found.words.clone(),
                found.message.clone(),
            ))
        });
        self.inspected
    }
}

/// The first words in which text part and HTML differ.
fn unlike(text: &str, html: &str) -> Option<(String, String)> {
    difference(text, html).into_iter().find_map(|piece| match piece {
        Piece::Same(_) => None,
        Piece::Removed(words) => {
            let message = "the text part says what the HTML does not".to_owned();
            Some((first(&words), message))
        }
        Piece::Added(words) => {
            let message = "the HTML says what the text part does not".to_owned();
            Some((first(&words), message))
        }
    })
}

fn first(words: &str) -> String {
    words.split_whitespace().take(12).collect::<Vec<_>>().join(" ")
}
