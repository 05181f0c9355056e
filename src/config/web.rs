//! Health, metrics and read-only pages.

use std::net::{Ipv4Addr, SocketAddr};

use super::reader::Section;

/// `[web]`
#[derive(Clone, Debug)]
pub struct Web {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Host names a browser may use beside loopback names, lower case.
    pub allowed_hosts: Vec<String>,
    /// Where browsers find the pages, without a slash at the end: for links.
    pub public_url: Option<String>,
    /// Header in which a proxy in front names the browser's address.
    pub client_address_header: Option<String>,
}

impl Web {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let listen = section.text("listen").parse().unwrap_or_else(|_| {
            section.problem("listen", "is no address with a port", "write e.g. 127.0.0.1:8025");
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
        });
        if !section.flag("allow_public") && !listen.ip().is_loopback() {
            let fix = "listen on 127.0.0.1 behind a proxy with TLS, or set allow_public = true";
            section.problem("listen", "would carry secrets over the network in clear", fix);
        }
        let hosts = section.given_list("allowed_hosts");
        let public_url = section.optional_text("public_url").map(|url| trimmed(section, &url));
        let client_address_header = section.optional_text("client_address_header");
        if client_address_header.as_deref().is_some_and(|name| !is_header_name(name)) {
            let fix = "write the name alone, e.g. X-Real-IP";
            section.problem("client_address_header", "is no name of a header", fix);
        }
        section.end();
        Self {
            listen,
            allowed_hosts: hosts.iter().map(|host| host.to_lowercase()).collect(),
            public_url,
            client_address_header,
        }
    }
}

fn trimmed(section: &Section<'_>, url: &str) -> String {
    if !url.starts_with("https://") && !url.starts_with("http://") {
        let fix = "write e.g. https://desk.example.com";
        section.problem("public_url", "is no address of a page", fix);
    }
    url.trim_end_matches('/').to_owned()
}

fn is_header_name(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
