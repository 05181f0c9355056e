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
}

impl Web {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let listen = section.text("listen").parse().unwrap_or_else(|_| {
            section.problem("listen", "is no address with a port", "write e.g. 127.0.0.1:8025");
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
        });
        if !section.flag("allow_public") && !listen.ip().is_loopback() {
            let fix = "listen on 127.0.0.1, or put a log-in in front and set allow_public = true";
            section.problem("listen", "would show tickets to the network", fix);
        }
        let hosts = section.given_list("allowed_hosts");
        section.end();
        Self { listen, allowed_hosts: hosts.iter().map(|host| host.to_lowercase()).collect() }
    }
}
