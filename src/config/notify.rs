//! How ladders tell people: where the desk's pages are, and endpoints that are
//! called.

use super::reader::Section;
use super::secret::SecretSource;

/// `[notify]`
#[derive(Clone, Debug, Default)]
pub struct Notify {
    /// Address of the ticket pages, to which a notice links; empty: no link.
    pub ticket_url: String,
    /// Hosts that may be called, lower case.
    pub allowed_hosts: Vec<String>,
}

/// `[[webhook]]`
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Name by which ladders call it.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// Secret of the signature.
    pub secret: SecretSource,
}

impl Notify {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let ticket_url = section.text("ticket_url");
        let is_link = ["https://", "http://"].iter().any(|start| ticket_url.starts_with(start));
        if !ticket_url.is_empty() && !is_link {
            section.problem("ticket_url", "is no address of a page", "write https://…/tickets/");
        }
        let hosts = section.given_list("allowed_hosts");
        section.end();
        Self { ticket_url, allowed_hosts: hosts.iter().map(|host| host.to_lowercase()).collect() }
    }
}

/// All endpoints; their names are unique.
pub(crate) fn webhooks(root: &Section<'_>) -> Vec<Webhook> {
    let mut webhooks: Vec<Webhook> = Vec::new();
    for section in &root.tables("webhook") {
        let name = section.required_text("name");
        let url = section.required_text("url");
        let secret = section.secret("secret");
        if webhooks.iter().any(|other| other.name == name) {
            section.problem("name", "is the name of another webhook too", "give each its own");
        }
        if secret.is_none() && !section.has("secret_file") && !section.has("secret_env") {
            section.problem("secret_file", "must be given", "write the file of the secret");
        }
        section.end();
        webhooks.extend(secret.map(|secret| Webhook { name, url, secret }));
    }
    webhooks
}
