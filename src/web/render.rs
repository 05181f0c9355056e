//! Pages from templates: strict, escaped, checked once at start-up.

use handlebars::Handlebars;
use serde::Serialize;

use super::viewer::ShownViewer;
use super::{agent, assets, compliance, operator, supervisor};

const TEMPLATES: &[(&str, &str)] = &[
    ("layout", include_str!("../../templates/web/layout.hbs")),
    ("clock", include_str!("../../templates/web/clock.hbs")),
    ("tickets", include_str!("../../templates/web/tickets.hbs")),
    ("ticket", include_str!("../../templates/web/ticket.hbs")),
    ("ticket_why", include_str!("../../templates/web/ticket_why.hbs")),
    ("ticket_letters", include_str!("../../templates/web/ticket_letters.hbs")),
    ("conversation", include_str!("../../templates/web/conversation.hbs")),
    ("notice", include_str!("../../templates/web/notice.hbs")),
    ("passage", include_str!("../../templates/web/passage.hbs")),
    ("problem", include_str!("../../templates/web/problem.hbs")),
    ("sign_in", include_str!("../../templates/web/sign_in.hbs")),
    ("code", include_str!("../../templates/web/code.hbs")),
    ("recovery_codes", include_str!("../../templates/web/recovery_codes.hbs")),
    ("invitation", include_str!("../../templates/web/invitation.hbs")),
    ("account", include_str!("../../templates/web/account.hbs")),
];

/// A page that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A template is broken: found at start-up.
    #[error("the page template is broken")]
    Template(#[from] Box<handlebars::TemplateError>),
    /// A template names something the page does not have.
    #[error("the page cannot be rendered")]
    Render(#[from] Box<handlebars::RenderError>),
}

/// The compiled page templates.
pub struct Pages {
    registry: Handlebars<'static>,
    style_path: String,
    keys_path: String,
    icon_path: String,
}

/// What every page has around its own part.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    /// Title and heading.
    pub(crate) title: &'a str,
    /// Name of the instance.
    pub(crate) instance: &'a str,
    /// Who looks.
    pub(crate) viewer: &'a ShownViewer,
}

#[derive(Serialize)]
struct Framed<'a, P: Serialize> {
    title: &'a str,
    instance: &'a str,
    viewer: &'a ShownViewer,
    style_path: &'a str,
    keys_path: &'a str,
    icon_path: &'a str,
    page: &'a P,
}

impl Pages {
    /// Compiles the built-in templates.
    ///
    /// # Errors
    /// When one of them is broken.
    pub fn new() -> Result<Self, PageError> {
        let mut registry = Handlebars::new();
        registry.set_strict_mode(true);
        registry.register_escape_fn(handlebars::html_escape);
        let consoles =
            [agent::TEMPLATES, supervisor::TEMPLATES, compliance::TEMPLATES, operator::TEMPLATES];
        for (name, text) in TEMPLATES.iter().chain(consoles.into_iter().flatten()) {
            registry.register_template_string(name, text).map_err(Box::new)?;
        }
        let [style_path, keys_path, icon_path] =
            [assets::style(), assets::keys(), assets::icon()].map(|asset| asset.path);
        Ok(Self { registry, style_path, keys_path, icon_path })
    }

    /// The whole document of template `name`.
    ///
    /// # Errors
    /// When the template names something `page` does not have.
    pub(crate) fn render(
        &self,
        name: &str,
        frame: &Frame<'_>,
        page: &impl Serialize,
    ) -> Result<String, PageError> {
        let framed = Framed {
            title: frame.title,
            instance: frame.instance,
            viewer: frame.viewer,
            style_path: &self.style_path,
            keys_path: &self.keys_path,
            icon_path: &self.icon_path,
            page,
        };
        Ok(self.registry.render(name, &framed).map_err(Box::new)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two consoles once had a `lane` each, and the later one took both pages.
    #[test]
    fn no_two_templates_have_one_name() {
        let consoles =
            [agent::TEMPLATES, supervisor::TEMPLATES, compliance::TEMPLATES, operator::TEMPLATES];
        let all = TEMPLATES.iter().chain(consoles.into_iter().flatten());
        let mut names: Vec<&str> = all.map(|(name, _)| *name).collect();
        names.sort_unstable();
        for pair in names.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
    }
}
