//! What decisions and letters rest on: the shipped rules and templates, and an
//! invented servicer.

use tierline::app::{Standing, shipped};
use tierline::domain::policy::Policy;
use tierline::domain::receive::{Desk, OwnAddresses, Servicer};
use tierline::domain::thread::ReplyKeys;
use tierline::postage::render::SenderIdentity;

const MAIL_HOST: &str = "mail.example.com";

/// The shipped rules, but for how many letters may leave in an hour.
pub fn policy() -> Policy {
    let mut files = shipped::rules(None).unwrap();
    let letters = files.get_mut("letters.toml").unwrap();
    let unlimited = letters.replace("all_per_hour = 500", "all_per_hour = 1000000");
    assert_ne!(*letters, unlimited, "the limit is not where it was");
    *letters = unlimited;
    Policy::load(files).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Policy and identities of an invented servicer.
pub fn standing() -> Standing {
    let line = |text: &str| text.to_owned();
    Standing {
        desk: Desk {
            policy: policy(),
            own: OwnAddresses {
                addresses: std::iter::once(line("care@example.com")).collect(),
                domains: std::iter::once(line(MAIL_HOST)).collect(),
                mail_host: line(MAIL_HOST),
            },
            servicer: Servicer {
                name: line("Example Mortgage Servicing"),
                phone: line("(202) 555-0142"),
                hours_en: line("Monday to Friday, 8 a.m. to 8 p.m. Eastern"),
                hours_es: line("lunes a viernes, de 8 a. m. a 8 p. m. hora del Este"),
                url: line("https://example.com/care"),
                address: line("PO Box 100, Springfield, VA 22150"),
            },
            reply_keys: ReplyKeys { current: (1, [3; 32]), accepted: Vec::new() },
        },
        sender: SenderIdentity {
            from_name: line("Example Mortgage Servicing"),
            from_address: line("care@example.com"),
            mail_host: line(MAIL_HOST),
        },
    }
}
