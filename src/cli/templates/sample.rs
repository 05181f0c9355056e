//! Does every letter that the rules can choose load strictly and render, in
//! every locale, with sample values?

use jiff::Timestamp;

use crate::app::shipped;
use crate::config::{Config, ConfigProblem};
use crate::domain::id::{LetterId, TicketId, TicketNumber};
use crate::domain::letter::{AcknowledgmentContext, LetterIntent};
use crate::domain::policy::Policy;
use crate::postage::render::{Renderer, SenderIdentity, TemplateVersion};

/// What the check of the templates found.
pub(in crate::cli) struct Checked {
    /// Letters that were rendered.
    pub(in crate::cli) rendered: usize,
    /// What is wrong.
    pub(in crate::cli) problems: Vec<ConfigProblem>,
}

/// Checks the configured templates; with a policy, also that every letter it
/// can choose has its wording.
pub(in crate::cli) fn check(config: &Config, policy: Option<&Policy>) -> Checked {
    let sources = match shipped::templates(config.templates_dir.as_deref()) {
        Ok(sources) => sources,
        Err(error) => {
            let problems = vec![problem("", error.to_string())];
            return Checked { rendered: 0, problems };
        }
    };
    let renderer = match Renderer::load(&sources) {
        Ok(renderer) => renderer,
        Err(problems) => {
            let problems = problems
                .into_iter()
                .map(|found| problem(&format!("{}:{}", found.file, found.line), found.message));
            return Checked { rendered: 0, problems: problems.collect() };
        }
    };
    let mut checked = Checked { rendered: 0, problems: Vec::new() };
    let sender = sender(config);
    for version in renderer.versions() {
        for is_fdcpa_covered in [false, true] {
            let intent = intent(config, version, is_fdcpa_covered);
            match renderer.render(&intent, version, &sender) {
                Ok(_) => checked.rendered += 1,
                Err(error) => {
                    let place = format!("{}/{}", version.name, version.locale);
                    checked.problems.push(problem(&place, error.to_string()));
                }
            }
        }
    }
    let wanted = policy.map(|policy| policy.letters.templates()).unwrap_or_default();
    let locales = policy.map(|policy| policy.letters.locales()).unwrap_or_default();
    for name in wanted {
        for locale in locales.iter().filter(|locale| renderer.version(name, locale).is_none()) {
            let message = "the letter table chooses it, and there is no such template".to_owned();
            checked.problems.push(problem(&format!("{name}/{locale}"), message));
        }
    }
    checked
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

fn intent(config: &Config, version: &TemplateVersion, is_fdcpa_covered: bool) -> LetterIntent {
    let host = config.instance.mail_host.to_lowercase();
    let servicer = &config.servicer;
    let hours = if version.locale == "es" { &servicer.hours_es } else { &servicer.hours_en };
    LetterIntent {
        id: LetterId(uuid::Uuid::nil()),
        ticket_id: TicketId(uuid::Uuid::nil()),
        template: version.name.clone(),
        locale: version.locale.clone(),
        recipient: "rosa@example.com".to_owned(),
        dedupe_key: "sample".to_owned(),
        message_id: format!("sample@{host}"),
        reply_to: format!("reply+sample@{host}"),
        envelope_from: format!("bounce+sample@{host}"),
        in_reply_to: None,
        references: Vec::new(),
        context: AcknowledgmentContext {
            ticket_number: TicketNumber::from_serial(48_210_973_552).to_string(),
            received_on: "November 20, 2026".to_owned(),
            answer_by: "January 6, 2027".to_owned(),
            servicer_name: servicer.name.clone(),
            servicer_phone: servicer.phone.clone(),
            servicer_hours: hours.clone(),
            servicer_url: servicer.url.clone(),
            servicer_address: servicer.postal_address.clone(),
            is_fdcpa_covered,
        },
        written_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::MAX,
        meets: Vec::new(),
        hold: None,
    }
}
