//! Groups template files by name and locale and reads each `template.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::domain::digest::Digest;
use crate::domain::letter_field::LetterField;
use crate::domain::wording::Audience;

use super::{
    LetterForm, REQUIRED_LOCALES, TemplateProblem, TemplateSources, TemplateVersion, check,
};

/// Three parts make a letter.
const PARTS: [&str; 3] = ["subject", "txt", "html"];
/// The same letter on paper, for those that must be had in writing.
const PRINT: &str = "print";

/// `template.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateFile {
    purpose: String,
    /// Read by people.
    #[serde(rename = "basis")]
    _basis: String,
    wording: String,
    locales: Vec<String>,
    must_mention: Vec<String>,
    /// To whom it may go; whoever wrote to us unless it says otherwise.
    #[serde(default = "anyone")]
    audience: Audience,
    /// Kind of `rules/replies.toml` that it counts as, when only a person sends it.
    #[serde(default)]
    sent_as: Option<String>,
    /// What that person fills in.
    #[serde(default)]
    field: Vec<LetterField>,
}

/// What a person fills in, by `template.toml` as it was imported; `None` for a
/// letter of the engine.
#[must_use]
pub fn form_of(about: &str) -> Option<LetterForm> {
    let file: TemplateFile = toml::from_str(about).ok()?;
    file.form()
}

impl TemplateFile {
    fn form(&self) -> Option<LetterForm> {
        let sent_as = self.sent_as.clone()?;
        let (purpose, fields) = (self.purpose.clone(), self.field.clone());
        Some(LetterForm { purpose, sent_as, fields })
    }

    /// What is wrong with its fields.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.sent_as.is_none() && !self.field.is_empty() {
            faults.push("nobody fills in its fields; write `sent_as`".to_owned());
        }
        for (at, field) in self.field.iter().enumerate() {
            let LetterField { name, .. } = field;
            let is_plain = |c: u8| c.is_ascii_lowercase() || c == b'_';
            if name.is_empty() || !name.bytes().all(is_plain) {
                faults.push(format!("field `{name}`: write a name of small letters and _"));
            }
            if check::field_names().contains(&name.as_str())
                || self.field.iter().take(at).any(|other| other.name == *name)
            {
                faults.push(format!("field `{name}` is there already; give it another name"));
            }
            for locale in &self.locales {
                if let Err(problem) = field.written(field.sample_for(locale), locale, "Ana Ruiz") {
                    faults.push(format!("the sample of field {problem}"));
                }
            }
        }
        faults
    }
}

const fn anyone() -> Audience {
    Audience::Anyone
}

/// Path of one part below `templates/mail/`.
pub(super) fn path(name: &str, locale: &str, part: &str) -> String {
    format!("{name}/{locale}.{part}.hbs")
}

/// Every version whose files are all there; what is missing goes into `problems`.
pub(super) fn versions(
    sources: &TemplateSources,
    problems: &mut Vec<TemplateProblem>,
) -> Vec<TemplateVersion> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in sources.keys() {
        match file.split_once('/') {
            Some((name, rest)) if !rest.contains('/') => {
                names.entry(name).or_default().insert(rest);
            }
            _ => problems.push(problem(file, 0, "put the file into a directory of its template")),
        }
    }
    if names.is_empty() {
        problems.push(problem("", 0, "there is no template at all"));
    }
    names.iter().flat_map(|(name, files)| of_template(sources, name, files, problems)).collect()
}

fn of_template(
    sources: &TemplateSources,
    name: &str,
    files: &BTreeSet<&str>,
    problems: &mut Vec<TemplateProblem>,
) -> Vec<TemplateVersion> {
    let about = format!("{name}/template.toml");
    let Some(text) = sources.get(&about) else {
        problems.push(problem(&about, 0, "the file is missing"));
        return Vec::new();
    };
    let file: TemplateFile = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
            problems.push(problem(&about, line, error.message()));
            return Vec::new();
        }
    };
    problems.extend(file.faults().iter().map(|fault| problem(&about, 0, fault)));
    for locale in REQUIRED_LOCALES {
        if !file.locales.iter().any(|written| written == locale) {
            let message = format!("locale `{locale}` is missing: every letter has one");
            problems.push(problem(&about, 0, &message));
        }
    }
    refuse_strays(name, files, &file, problems);
    file.locales
        .iter()
        .filter_map(|locale| of_locale(sources, name, locale, &file, problems))
        .collect()
}

fn refuse_strays(
    name: &str,
    files: &BTreeSet<&str>,
    file: &TemplateFile,
    problems: &mut Vec<TemplateProblem>,
) {
    let is_known = |stray: &str| {
        let parts = file.locales.iter().flat_map(|locale| PARTS.map(|part| (locale, part)));
        let papers = file.locales.iter().map(|locale| (locale, PRINT));
        stray == "template.toml"
            || parts.chain(papers).any(|(locale, part)| stray == format!("{locale}.{part}.hbs"))
    };
    for stray in files.iter().filter(|stray| !is_known(stray)) {
        let message = "no part of this template; name it in `locales` or remove it";
        problems.push(problem(&format!("{name}/{stray}"), 0, message));
    }
}

fn of_locale(
    sources: &TemplateSources,
    name: &str,
    locale: &str,
    file: &TemplateFile,
    problems: &mut Vec<TemplateProblem>,
) -> Option<TemplateVersion> {
    let texts = PARTS.map(|part| {
        let file = path(name, locale, part);
        let text = sources.get(&file);
        if text.is_none() {
            problems.push(problem(&file, 0, "the file is missing"));
        }
        text
    });
    let [Some(subject), Some(text), Some(html)] = texts else { return None };
    let print = sources.get(&path(name, locale, PRINT));
    let is_printed_elsewhere =
        file.locales.iter().any(|other| sources.contains_key(&path(name, other, PRINT)));
    if print.is_none() && is_printed_elsewhere {
        let message = "the file is missing: another locale has a letter on paper";
        problems.push(problem(&path(name, locale, PRINT), 0, message));
    }
    let mut parts = vec![("txt", text), ("html", html)];
    parts.extend(print.map(|words| (PRINT, words)));
    for (part, words) in parts {
        for field in &file.must_mention {
            if !words.contains(&format!("{{{{{field}}}}}")) {
                let message = format!("must mention {{{{{field}}}}} (template.toml, must_mention)");
                problems.push(problem(&path(name, locale, part), 0, &message));
            }
        }
    }
    let fields = check::field_names().join(" ");
    let mut content = [name, locale, subject, text, html, &fields].map(str::as_bytes).to_vec();
    content.extend(print.map(String::as_bytes));
    // What is filled in is part of what is approved.
    let form = file.form();
    let filled = form.as_ref().map(|form| format!("{} {:?}", form.sent_as, form.fields));
    content.extend(filled.as_ref().map(String::as_bytes));
    Some(TemplateVersion {
        name: name.to_owned(),
        locale: locale.to_owned(),
        subject: subject.trim_end().to_owned(),
        text: text.clone(),
        html: html.clone(),
        print: print.cloned().unwrap_or_default(),
        audience: file.audience,
        purpose: file.purpose.clone(),
        about: sources.get(&format!("{name}/template.toml")).cloned().unwrap_or_default(),
        wording: file.wording.clone(),
        form,
        hash: Digest::of_fields(&content),
    })
}

pub(super) fn problem(file: &str, line: usize, message: &str) -> TemplateProblem {
    TemplateProblem { file: file.to_owned(), line, message: message.to_owned() }
}
