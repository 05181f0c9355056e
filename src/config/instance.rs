//! Who we are: the instance and the servicer it works for.

use jiff::tz::TimeZone;

use super::reader::Section;

/// `[instance]`
#[derive(Clone, Debug)]
pub struct Instance {
    /// One word for logs and metrics.
    pub name: String,
    /// Host part of our Message-IDs and reply addresses, lower case.
    pub mail_host: String,
    /// Zone in which legal dates, business hours and job times are read.
    pub timezone: TimeZone,
}

/// `[servicer]`: what letters say about the servicer.
#[derive(Clone, Debug)]
pub struct Servicer {
    /// Public name.
    pub name: String,
    /// Telephone number.
    pub phone: String,
    /// When a person answers, in English.
    pub hours_en: String,
    /// When a person answers, in Spanish.
    pub hours_es: String,
    /// Web site.
    pub url: String,
    /// Postal address, one line.
    pub postal_address: String,
}

impl Instance {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let name = section.text("name");
        if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            section.problem("name", "is not one word", "write letters, digits and dashes only");
        }
        let mail_host = section.text("mail_host").to_ascii_lowercase();
        if !is_host(&mail_host) {
            section.problem("mail_host", "is not a host name", "write e.g. mail.example.com");
        }
        let timezone = TimeZone::get(&section.text("timezone")).unwrap_or_else(|_| {
            let fix = "write a name of the IANA database, e.g. America/New_York";
            section.problem("timezone", "is not a known zone", fix);
            TimeZone::UTC
        });
        section.end();
        Self { name, mail_host, timezone }
    }
}

impl Servicer {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let servicer = Self {
            name: line(section, "name"),
            phone: line(section, "phone"),
            hours_en: line(section, "hours_en"),
            hours_es: line(section, "hours_es"),
            url: line(section, "url"),
            postal_address: line(section, "postal_address"),
        };
        if !servicer.url.starts_with("https://") {
            section.problem("url", "is not an https address", "write https://…");
        }
        section.end();
        servicer
    }
}

fn line(section: &Section<'_>, key: &str) -> String {
    let text = section.text(key);
    if text.trim().is_empty() || text.contains(char::is_control) {
        section.problem(key, "must be one line of text", "letters show it to borrowers");
    }
    text
}

/// Whether `text` is a host name by RFC 1123 2.1.
pub(crate) fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}
