//! Makes a letter's bytes from an approved wording and a typed context. The
//! templates are parsed once, when they are loaded; what is wrong with one is
//! found then, not when a borrower waits.

mod assemble;
mod check;
mod reply;
mod shipped;
mod source;

pub use reply::reply_bytes;
pub use shipped::shipped_sources;
pub use source::form_of;

use std::collections::BTreeMap;
use std::fmt;

use handlebars::{Context, Handlebars, no_escape};

use crate::domain::digest::Digest;
use crate::domain::letter::{AcknowledgmentContext, LetterIntent};
use crate::domain::letter_field::{FieldKind, LetterField};
use crate::domain::wording::Audience;

use super::clean;

/// Path below `templates/mail/` (`ack_general/en.txt.hbs`) → text.
pub type TemplateSources = BTreeMap<String, String>;

/// Locales that every template must be written in.
pub const REQUIRED_LOCALES: [&str; 2] = ["en", "es"];

/// Longest value of a context field that gets into a letter, in characters.
const MOST_FIELD: usize = 300;
/// Lines of a field that has several.
const MOST_LINES: usize = 60;
/// Longest subject, in characters.
const MOST_SUBJECT: usize = 150;

/// One thing wrong with a template, with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateProblem {
    /// Path below `templates/mail/`.
    pub file: String,
    /// Line, from 1; 0 when the whole file or directory is meant.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// One wording in one language: what compliance approves is its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateVersion {
    /// Template name, e.g. `ack_general`.
    pub name: String,
    /// `en`, `es` …
    pub locale: String,
    /// Source of the subject.
    pub subject: String,
    /// Source of the text part.
    pub text: String,
    /// Source of the HTML part.
    pub html: String,
    /// Source of the letter on paper; empty when there is none.
    pub print: String,
    /// To whom it may go.
    pub audience: Audience,
    /// What the letter is for.
    pub purpose: String,
    /// `template.toml` as written; empty when the version comes from the database.
    pub about: String,
    /// Note of its author about the wording, e.g. that counsel must review it.
    pub wording: String,
    /// What a person who sends it fills in; `None` when the engine sends it.
    pub form: Option<LetterForm>,
    /// Over name, locale, subject, text, HTML, paper and the fields of the context.
    pub hash: Digest,
}

/// A wording that only a person sends, and what they fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterForm {
    /// What the letter is for.
    pub purpose: String,
    /// What it counts as: an id of `rules/replies.toml`.
    pub sent_as: String,
    /// What is filled in.
    pub fields: Vec<LetterField>,
}

/// Who writes: the same for every letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderIdentity {
    /// Name shown, e.g. the servicer's.
    pub from_name: String,
    /// Address of the From header.
    pub from_address: String,
    /// Host part of Message-IDs and reply addresses.
    pub mail_host: String,
}

/// Why a letter got no bytes. Never sent like this: a person must look.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The version is not among the loaded ones, or was changed since.
    #[error("template {name} ({locale}) is not loaded in this version")]
    UnknownVersion {
        /// Template name.
        name: String,
        /// Locale.
        locale: String,
    },
    /// The intent asks for another template than the version given.
    #[error("the letter asks for template {wanted}, the version is of {given}")]
    WrongTemplate {
        /// `name/locale` of the intent.
        wanted: String,
        /// `name/locale` of the version.
        given: String,
    },
    /// An address that cannot stand in an envelope.
    #[error("{field} is not a plain address")]
    Address {
        /// Which one.
        field: &'static str,
    },
    /// Our own Message-ID is malformed or at another host.
    #[error("the Message-ID is not one of ours")]
    MessageId,
    /// A date outside 1970–9999.
    #[error("the date cannot be written in a header")]
    Date,
    /// The template failed on this context.
    #[error("template: {0}")]
    Template(String),
    /// The builder gave up.
    #[error("building the letter: {0}")]
    Build(String),
    /// The bytes break a rule that every letter must keep.
    #[error("the bytes are not fit to send: {0}")]
    NotFit(&'static str),
}

/// All templates, parsed.
#[derive(Debug)]
pub struct Renderer {
    versions: BTreeMap<(String, String), TemplateVersion>,
    /// Subjects and text parts: nothing is escaped.
    text: Handlebars<'static>,
    /// HTML parts: every value is escaped.
    html: Handlebars<'static>,
}

impl Renderer {
    /// Parses and checks every template.
    ///
    /// # Errors
    /// Every problem found, sorted by file and line: a syntax error, a field
    /// that the context does not have, unescaped output, a partial, a helper
    /// other than `if` and `unless`, a missing locale or file.
    pub fn load(sources: &TemplateSources) -> Result<Self, Vec<TemplateProblem>> {
        let mut problems = Vec::new();
        let versions = source::versions(sources, &mut problems);
        let mut renderer = Self { versions: BTreeMap::new(), text: strict(), html: strict() };
        renderer.text.register_escape_fn(no_escape);
        for version in versions {
            renderer.register(version, &mut problems);
        }
        problems.sort();
        problems.dedup();
        if problems.is_empty() { Ok(renderer) } else { Err(problems) }
    }

    /// Compiles versions as the database holds them. One that does not compile
    /// is left out and named in the problems.
    #[must_use]
    pub fn of_versions(versions: Vec<TemplateVersion>) -> (Self, Vec<TemplateProblem>) {
        let mut problems = Vec::new();
        let mut renderer = Self { versions: BTreeMap::new(), text: strict(), html: strict() };
        renderer.text.register_escape_fn(no_escape);
        for version in versions {
            let known = problems.len();
            let key = (version.name.clone(), version.locale.clone());
            renderer.register(version, &mut problems);
            if problems.len() > known {
                renderer.versions.remove(&key);
            }
        }
        (renderer, problems)
    }

    fn register(&mut self, version: TemplateVersion, problems: &mut Vec<TemplateProblem>) {
        let (name, locale) = (&version.name, &version.locale);
        for (part, text) in [
            ("subject", &version.subject),
            ("txt", &version.text),
            ("html", &version.html),
            ("print", &version.print),
        ] {
            let file = source::path(name, locale, part);
            match check::parse(&file, text, version.form.as_ref()) {
                Ok(template) if part == "html" => self.html.register_template(&file, template),
                Ok(template) => self.text.register_template(&file, template),
                Err(mut found) => problems.append(&mut found),
            }
        }
        self.versions.insert((name.clone(), locale.clone()), version);
    }

    /// The loaded version of a template in a locale.
    #[must_use]
    pub fn version(&self, name: &str, locale: &str) -> Option<&TemplateVersion> {
        self.versions.get(&(name.to_owned(), locale.to_owned()))
    }

    /// Every loaded version, sorted by name and locale.
    pub fn versions(&self) -> impl Iterator<Item = &TemplateVersion> {
        self.versions.values()
    }

    /// The exact bytes of one letter: pure ASCII, CRLF line ends, no line over
    /// 998 octets. The same intent and version always give the same bytes.
    ///
    /// # Errors
    /// When the version is not loaded, an address or id is malformed, or the
    /// bytes would break a rule of the wire.
    pub fn render(
        &self,
        intent: &LetterIntent,
        version: &TemplateVersion,
        sender: &SenderIdentity,
    ) -> Result<Vec<u8>, RenderError> {
        let (name, locale) = (&version.name, &version.locale);
        if (&intent.template, &intent.locale) != (name, locale) {
            return Err(RenderError::WrongTemplate {
                wanted: format!("{}/{}", intent.template, intent.locale),
                given: format!("{name}/{locale}"),
            });
        }
        if self.version(name, locale).is_none_or(|loaded| loaded.hash != version.hash) {
            let (name, locale) = (name.clone(), locale.clone());
            return Err(RenderError::UnknownVersion { name, locale });
        }
        let wording = self.wording(&intent.context, version)?;
        let writer = match version.form {
            Some(_) => assemble::Writer::Person,
            None => assemble::Writer::Engine,
        };
        assemble::assemble(intent, (&wording, &[]), sender, writer)
    }

    /// The words of a letter with its fields filled in, before they become bytes.
    ///
    /// # Errors
    /// When the template fails on this context.
    pub fn wording(
        &self,
        context: &AcknowledgmentContext,
        version: &TemplateVersion,
    ) -> Result<Words, RenderError> {
        let context = Context::wraps(cleaned(context, version)).map_err(failed)?;
        let part = |registry, part| filled(registry, version, part, &context);
        Ok(Words {
            subject: clean::line(&part(&self.text, "subject")?, MOST_SUBJECT),
            text: part(&self.text, "txt")?,
            html: part(&self.html, "html")?,
        })
    }

    /// The words of the letter on paper; empty when the version has none.
    ///
    /// # Errors
    /// When the template fails on this context.
    pub fn paper(
        &self,
        context: &AcknowledgmentContext,
        version: &TemplateVersion,
    ) -> Result<String, RenderError> {
        let context = Context::wraps(cleaned(context, version)).map_err(failed)?;
        filled(&self.text, version, "print", &context)
    }
}

fn filled(
    registry: &Handlebars<'static>,
    version: &TemplateVersion,
    part: &str,
    context: &Context,
) -> Result<String, RenderError> {
    let file = source::path(&version.name, &version.locale, part);
    registry.render_with_context(&file, context).map_err(failed)
}

fn failed(error: handlebars::RenderError) -> RenderError {
    RenderError::Template(error.to_string())
}

/// A wording with its fields filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

fn strict() -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry
}

/// One line per field, so that no value can add a line to a letter, but for a
/// field of several lines.
fn cleaned(context: &AcknowledgmentContext, version: &TemplateVersion) -> AcknowledgmentContext {
    let line = |text: &String| clean::line(text, MOST_FIELD);
    let typed = |field: &LetterField| {
        let value = context.fields.get(&field.name)?;
        let value = match field.kind {
            FieldKind::Lines => {
                let lines = value.lines().take(MOST_LINES);
                lines.map(|one| clean::line(one, MOST_FIELD)).collect::<Vec<_>>().join("\n")
            }
            _ => line(value),
        };
        Some((field.name.clone(), value))
    };
    AcknowledgmentContext {
        ticket_number: line(&context.ticket_number),
        received_on: line(&context.received_on),
        answer_by: line(&context.answer_by),
        servicer_name: line(&context.servicer_name),
        servicer_phone: line(&context.servicer_phone),
        servicer_hours: line(&context.servicer_hours),
        servicer_url: line(&context.servicer_url),
        servicer_address: line(&context.servicer_address),
        is_fdcpa_covered: context.is_fdcpa_covered,
        fields: version.form.iter().flat_map(|form| &form.fields).filter_map(typed).collect(),
    }
}
