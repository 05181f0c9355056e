//! Parses one template and refuses all that could surprise at sending time.
//! Strict mode alone does not: a misspelt `{{#if …}}` is silently false, and
//! two partials that call each other overflow the stack.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Path, PathSeg, Template};
use serde_json::Value;

use crate::domain::letter::AcknowledgmentContext;

use super::source::problem;
use super::{LetterForm, TemplateProblem};

/// Longest template, in bytes.
const MOST_BYTES: usize = 64 * 1024;
/// Deepest nesting of blocks: the parser recurses.
const MOST_DEPTH: usize = 8;

/// What a field may be used for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FieldKind {
    Text,
    YesNo,
}

/// The fields of the context, read from the type itself.
static FIELDS: LazyLock<BTreeMap<String, FieldKind>> = LazyLock::new(|| {
    let empty = AcknowledgmentContext {
        ticket_number: String::new(),
        received_on: String::new(),
        answer_by: String::new(),
        servicer_name: String::new(),
        servicer_phone: String::new(),
        servicer_hours: String::new(),
        servicer_url: String::new(),
        servicer_address: String::new(),
        is_fdcpa_covered: false,
        fields: BTreeMap::new(),
    };
    let Ok(Value::Object(fields)) = serde_json::to_value(empty) else { return BTreeMap::new() };
    let kind = |value: &Value| if value.is_boolean() { FieldKind::YesNo } else { FieldKind::Text };
    fields.into_iter().map(|(name, value)| (name, kind(&value))).collect()
});

/// Names of all fields, sorted.
pub(super) fn field_names() -> Vec<&'static str> {
    FIELDS.keys().map(String::as_str).collect()
}

/// The parsed template, or everything wrong with it. A `form` brings fields of
/// its own.
pub(super) fn parse(
    file: &str,
    text: &str,
    form: Option<&LetterForm>,
) -> Result<Template, Vec<TemplateProblem>> {
    if let Some(found) = too_much(file, text) {
        return Err(vec![found]);
    }
    let template = Template::compile(text).map_err(|error| {
        let line = error.pos().map_or(0, |(line, _)| line);
        vec![problem(file, line, &error.reason().to_string())]
    })?;
    let mut walk = Walk { file, form, problems: Vec::new() };
    walk.template(&template, 1);
    if walk.problems.is_empty() { Ok(template) } else { Err(walk.problems) }
}

/// Bounds that must hold before the recursive parser may see the text.
fn too_much(file: &str, text: &str) -> Option<TemplateProblem> {
    if text.len() > MOST_BYTES {
        return Some(problem(file, 0, "longer than 64 KiB"));
    }
    let mut depth = 0_usize;
    for (at, line) in text.lines().enumerate() {
        for tag in line.split("{{").skip(1) {
            let tag = tag.trim_start_matches(['~', ' ']);
            if tag.starts_with('{') {
                let message = "{{{ prints without escaping; write {{field}}";
                return Some(problem(file, at + 1, message));
            }
            if tag.split("}}").next().is_some_and(|inside| inside.contains('(')) {
                return Some(problem(file, at + 1, "expressions in parentheses are not allowed"));
            }
            match tag.as_bytes().first() {
                Some(b'#' | b'^') => depth += 1,
                Some(b'/') => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > MOST_DEPTH {
                return Some(problem(file, at + 1, "blocks nest deeper than 8"));
            }
        }
    }
    None
}

struct Walk<'a> {
    file: &'a str,
    form: Option<&'a LetterForm>,
    problems: Vec<TemplateProblem>,
}

impl Walk<'_> {
    /// `line`: where the surrounding block starts. Some elements (`{{else if}}`)
    /// have no place of their own; they must not escape the walk for that.
    fn template(&mut self, template: &Template, line: usize) {
        for (at, element) in template.elements.iter().enumerate() {
            self.element(element, template.mapping.get(at).map_or(line, |place| place.0));
        }
    }

    fn element(&mut self, element: &TemplateElement, line: usize) {
        match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
            TemplateElement::Expression(call) => self.expression(call, line),
            TemplateElement::HelperBlock(call) => self.block(call, line),
            TemplateElement::HtmlExpression(_) => {
                self.refuse(line, "{{& prints without escaping; write {{field}}");
            }
            TemplateElement::PartialExpression(_) | TemplateElement::PartialBlock(_) => {
                self.refuse(line, "partials are not allowed: a letter is approved as a whole");
            }
            _ => self.refuse(line, "decorators are not allowed"),
        }
    }

    fn expression(&mut self, call: &HelperTemplate, line: usize) {
        if !call.params.is_empty() || !call.hash.is_empty() {
            self.refuse(line, "only {{field}}, {{#if field}} and {{#unless field}} are allowed");
            return;
        }
        if self.field(&call.name, line) == Some(FieldKind::YesNo) {
            self.refuse(line, "a yes/no field cannot be printed; use it in {{#if …}}");
        }
    }

    fn block(&mut self, call: &HelperTemplate, line: usize) {
        let name = name_of(&call.name);
        if !matches!(name, Some("if" | "unless")) {
            let message =
                format!("block `{}` is not allowed, only `if` and `unless`", name.unwrap_or("?"));
            self.refuse(line, &message);
        }
        match call.params.as_slice() {
            [only] if call.hash.is_empty() && call.block_param.is_none() => {
                self.field(only, line);
            }
            _ => self.refuse(line, "a condition is one field, nothing else"),
        }
        for inner in [&call.template, &call.inverse].into_iter().flatten() {
            self.template(inner, line);
        }
    }

    fn field(&mut self, parameter: &Parameter, line: usize) -> Option<FieldKind> {
        let Some(name) = name_of(parameter) else {
            self.refuse(line, "only plain field names are allowed, no paths and no literals");
            return None;
        };
        let own = self.form.into_iter().flat_map(|form| &form.fields);
        let is_own = own.into_iter().any(|field| field.name == name);
        let kind = FIELDS.get(name).copied().or(is_own.then_some(FieldKind::Text));
        if kind.is_none() {
            let message =
                format!("there is no field `{name}`; there are: {}", field_names().join(", "));
            self.refuse(line, &message);
        }
        kind
    }

    fn refuse(&mut self, line: usize, message: &str) {
        self.problems.push(problem(self.file, line, message));
    }
}

fn name_of(parameter: &Parameter) -> Option<&str> {
    match parameter {
        Parameter::Name(name) => Some(name),
        Parameter::Path(Path::Relative((segments, _))) => match segments.as_slice() {
            [PathSeg::Named(name)] => Some(name),
            _ => None,
        },
        _ => None,
    }
}
