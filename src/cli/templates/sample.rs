//! Does every letter that the rules can choose load strictly, render in every
//! locale with every sample, and say what it must and nothing it must not?

use std::path::Path;

use crate::app::shipped;
use crate::cli::compose;
use crate::config::{Config, ConfigProblem};
use crate::domain::policy::Policy;
use crate::postage::inspect::{self, SampleServicer, TemplateFinding};
use crate::postage::render::{Renderer, SenderIdentity, TemplateVersion};

/// What the check of the templates found.
pub(in crate::cli) struct Checked {
    /// Letters that were rendered.
    pub(in crate::cli) rendered: usize,
    /// What is wrong.
    pub(in crate::cli) problems: Vec<ConfigProblem>,
    /// What is wrong with the words, as found.
    pub(in crate::cli) findings: Vec<TemplateFinding>,
}

/// Checks the configured templates; with a policy, also their words, and that
/// every letter it can choose is there.
pub(in crate::cli) fn check(
    config: &Config,
    dir: Option<&Path>,
    policy: Option<&Policy>,
) -> Checked {
    let failed = |problems| Checked { rendered: 0, problems, findings: Vec::new() };
    let sources = match shipped::templates(dir) {
        Ok(sources) => sources,
        Err(error) => return failed(vec![problem("", error.to_string())]),
    };
    let renderer = match Renderer::load(&sources) {
        Ok(renderer) => renderer,
        Err(problems) => {
            let problems = problems
                .into_iter()
                .map(|found| problem(&format!("{}:{}", found.file, found.line), found.message));
            return failed(problems.collect());
        }
    };
    let mut checked = failed(Vec::new());
    let Some(policy) = policy else { return checked };
    for version in renderer.versions() {
        let inspected = words(config, policy, &renderer, version);
        checked.rendered += inspected.rendered;
        checked.findings.extend(inspected.findings);
    }
    checked.problems = checked.findings.iter().map(worded).collect();
    let forms = renderer.versions().filter_map(|version| Some((version, version.form.as_ref()?)));
    for (version, form) in forms {
        if policy.replies.find_kind(&form.sent_as).is_none() {
            let file = format!("{}/template.toml", version.name);
            let message = format!("sent_as: rules/replies.toml has no `{}`", form.sent_as);
            checked.problems.push(problem(&file, message));
        }
    }
    for name in policy.letters.templates() {
        let missing = |locale: &&String| renderer.version(name, locale).is_none();
        for locale in policy.letters.locales().iter().filter(missing) {
            let message = "the letter table chooses it, and there is no such template".to_owned();
            checked.problems.push(problem(&format!("{name}/{locale}"), message));
        }
    }
    checked
}

/// Everything the checks say about the words of one version.
pub(in crate::cli) fn words(
    config: &Config,
    policy: &Policy,
    renderer: &Renderer,
    version: &TemplateVersion,
) -> inspect::Inspected {
    inspect::inspect(renderer, version, &policy.wording, &servicer(config), &sender(config))
}

fn worded(found: &TemplateFinding) -> ConfigProblem {
    let place = format!("{}:{}", found.file, found.line);
    let quoted = match found.words.as_str() {
        "" => String::new(),
        words => format!(": \u{201c}{words}\u{201d}"),
    };
    problem(&place, format!("{}: {}{quoted} [{}]", found.rule, found.message, found.sample))
}

fn problem(place: &str, message: String) -> ConfigProblem {
    ConfigProblem {
        key: String::new(),
        place: format!("templates/{place}"),
        value: None,
        message,
        fix: String::new(),
    }
}

fn sender(config: &Config) -> SenderIdentity {
    SenderIdentity {
        from_name: config.smtp.from_name.clone(),
        from_address: config.smtp.from_address.clone(),
        mail_host: config.instance.mail_host.to_lowercase(),
    }
}

fn servicer(config: &Config) -> SampleServicer {
    SampleServicer::of(&compose::servicer(config), &config.instance.mail_host)
}
