//! How the senders of mail are checked.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::reader::Section;

/// Shorter, and every slow name server would look like an attack.
const LEAST_TIMEOUT: Duration = Duration::from_millis(200);
/// A batch of mails waits for its slowest look-ups.
const MOST_TIMEOUT: Duration = Duration::from_secs(15);

/// `[trust]`
#[derive(Clone, Debug)]
pub struct Trust {
    /// Whether signatures are checked here, which needs name servers.
    pub verify_signatures: bool,
    /// The name server that is asked.
    pub resolver: SocketAddr,
    /// Longest time for the look-ups of one mail.
    pub lookup_timeout: Duration,
}

impl Trust {
    pub(crate) fn read(section: &Section<'_>) -> Self {
        let resolver = section.text("resolver").parse().unwrap_or_else(|_| {
            section.problem("resolver", "is no address with a port", "write e.g. 127.0.0.1:53");
            SocketAddr::from((Ipv4Addr::LOCALHOST, 53))
        });
        let lookup_timeout = section.duration("lookup_timeout");
        if !(LEAST_TIMEOUT..=MOST_TIMEOUT).contains(&lookup_timeout) {
            section.problem("lookup_timeout", "is out of reason", "write 200ms to 15s");
        }
        let verify_signatures = section.flag("verify_signatures");
        section.end();
        Self { verify_signatures, resolver, lookup_timeout }
    }
}
