//! The key that signs letters for the sending domain.

use std::path::PathBuf;

use super::instance::is_host;
use super::reader::Section;

/// `[dkim]`; without a key file, letters leave unsigned by us.
#[derive(Clone, Debug)]
pub struct Dkim {
    /// Domain that signs, lower case.
    pub domain: String,
    /// Name of the public key below `_domainkey`.
    pub selector: String,
    /// PEM file of the private key.
    pub key_file: PathBuf,
}

impl Dkim {
    /// `from_address` is the sender of every letter: receivers want the signing
    /// domain to be its own or one above it (RFC 7489 §3.1.1).
    pub(crate) fn read(section: &Section<'_>, from_address: &str) -> Option<Self> {
        let own = from_address.rsplit_once('@').map(|(_, host)| host).unwrap_or_default();
        let domain = section.optional_text("domain").map(|text| text.to_ascii_lowercase());
        let selector = section.optional_text("selector");
        let key_file = section.optional_path("key_file");
        section.end();
        let key_file = key_file?;
        let domain = domain.unwrap_or_else(|| own.to_owned());
        let is_aligned = own == domain
            || own.strip_suffix(domain.as_str()).is_some_and(|below| below.ends_with('.'));
        if !is_host(&domain) || !is_aligned {
            let fix = "write the domain of smtp.from_address, or one above it";
            section.problem("domain", "does not sign for smtp.from_address", fix);
        }
        let selector = selector.unwrap_or_else(|| "tierline".to_owned());
        if !is_host(&selector) {
            section.problem("selector", "is no DNS name", "write letters, digits and dashes");
        }
        Some(Self { domain, selector, key_file })
    }
}
