//! One form and its fields: empty, or as they were typed, with what is wrong.

use serde::Serialize;

use crate::web::agent::wish::Problem;
use crate::web::filled_form::FilledForm;

/// The form of one act.
#[derive(Debug, Serialize)]
pub(crate) struct Form {
    word: &'static str,
    /// Tells two forms of one act apart.
    key: String,
    label: String,
    /// Why it cannot be done now; empty when it can.
    why_not: String,
    is_open: bool,
    /// Whether there is nothing to fill in.
    is_plain: bool,
    /// Name of the field that its boxes are together; empty without boxes.
    about: &'static str,
    fields: Vec<Field>,
}

/// One field.
#[derive(Debug, Serialize)]
pub(crate) struct Field {
    name: String,
    id: String,
    label: String,
    is_area: bool,
    is_line: bool,
    is_choice: bool,
    is_tick: bool,
    is_hidden: bool,
    is_ticked: bool,
    value: String,
    choices: Vec<Choice>,
    /// What stands for no choice.
    none: &'static str,
    problem: String,
}

#[derive(Debug, Serialize)]
struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

impl Form {
    pub(crate) fn new(word: &'static str, label: &str) -> Self {
        Self {
            word,
            key: word.to_owned(),
            label: label.to_owned(),
            why_not: String::new(),
            is_open: false,
            is_plain: true,
            about: "",
            fields: Vec::new(),
        }
    }

    /// The `place`-th of several forms of its act.
    pub(crate) fn number(mut self, place: usize) -> Self {
        self.key = format!("{}-{place}", self.word);
        self
    }

    /// With one more field.
    pub(crate) fn with(mut self, mut field: Field) -> Self {
        field.id = match field.is_tick {
            true => format!("{}-box-{}", self.key, self.fields.len()),
            false => format!("{}-{}", self.key, field.name),
        };
        self.is_plain &= field.is_hidden;
        self.fields.push(field);
        self
    }

    /// Its boxes are one field together.
    pub(crate) const fn about(mut self, field: &'static str) -> Self {
        self.about = field;
        self
    }

    /// It cannot be done now.
    pub(crate) fn not_now(mut self, why: &str) -> Self {
        why.clone_into(&mut self.why_not);
        self
    }

    /// Whether `typed` came from this form.
    pub(crate) fn is_of(&self, act: &str, typed: &FilledForm) -> bool {
        let mut hidden = self.fields.iter().filter(|field| field.is_hidden);
        self.word == act && hidden.all(|field| typed.text(&field.name) == field.value)
    }

    pub(crate) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// With everything that was typed, and what is wrong with it.
    pub(crate) fn typed_in(mut self, typed: &FilledForm, problem: &Problem) -> Self {
        self.is_open = true;
        for field in &mut self.fields {
            field.type_in(typed.text(&field.name.clone()));
            if field.name == problem.field {
                problem.text.clone_into(&mut field.problem);
            }
        }
        self
    }

    /// Id of the field with a problem, when this is the form that failed.
    pub(crate) fn place_of_problem(&self, problem: &Problem) -> Option<String> {
        let field = self.fields.iter().find(|field| !field.problem.is_empty());
        let boxes = (!self.about.is_empty() && self.about == problem.field)
            .then(|| self.fields.first())
            .flatten();
        let place = field.or(boxes).map(|field| field.id.clone());
        self.is_open.then(|| place.unwrap_or_else(|| self.key.clone()))
    }
}

impl Field {
    fn new(name: String, label: &str) -> Self {
        Self {
            name,
            id: String::new(),
            label: label.to_owned(),
            is_area: false,
            is_line: false,
            is_choice: false,
            is_tick: false,
            is_hidden: false,
            is_ticked: false,
            value: String::new(),
            choices: Vec::new(),
            none: "Choose …",
            problem: String::new(),
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What no choice means.
    pub(crate) const fn or(mut self, none: &'static str) -> Self {
        self.none = none;
        self
    }

    /// A field of no act's form, as it was filled in.
    pub(crate) fn filled(mut self, form: &str, text: &str, problem: Option<&Problem>) -> Self {
        self.id = format!("{form}-{}", self.name);
        self.type_in(text);
        if let Some(problem) = problem.filter(|problem| problem.field == self.name) {
            problem.text.clone_into(&mut self.problem);
        }
        self
    }

    /// Several lines of text.
    pub(crate) fn area(name: &str, label: &str) -> Self {
        Self { is_area: true, ..Self::new(name.to_owned(), label) }
    }

    /// One line of text.
    pub(crate) fn line(name: &str, label: &str) -> Self {
        Self { is_line: true, ..Self::new(name.to_owned(), label) }
    }

    /// One of a list: value and label.
    pub(crate) fn choice(name: &str, label: &str, choices: Vec<(String, String)>) -> Self {
        let choice = |(value, label)| Choice { value, label, is_chosen: false };
        let choices = choices.into_iter().map(choice).collect();
        Self { is_choice: true, choices, ..Self::new(name.to_owned(), label) }
    }

    /// A box.
    pub(crate) fn tick(name: String, label: &str) -> Self {
        Self { is_tick: true, ..Self::new(name, label) }
    }

    /// Not shown.
    pub(crate) fn hidden(name: &str, value: &str) -> Self {
        Self { is_hidden: true, value: value.to_owned(), ..Self::new(name.to_owned(), "") }
    }

    fn type_in(&mut self, text: &str) {
        for choice in &mut self.choices {
            choice.is_chosen = choice.value == text;
        }
        self.is_ticked = self.is_tick && !text.is_empty();
        if !self.is_hidden {
            text.clone_into(&mut self.value);
        }
    }
}
