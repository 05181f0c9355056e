//! A whole engine as the program builds it, with approved letters and without
//! the limits that would keep a bench from writing them.

use std::sync::Arc;

use secrecy::SecretString;
use tierline::app::{App, Standing, shipped};
use tierline::clock::{Clock, SystemClock};
use tierline::domain::actor::Role;
use tierline::domain::policy::Policy;
use tierline::domain::receive::{Desk, OwnAddresses, Servicer};
use tierline::domain::thread::ReplyKeys;
use tierline::postage::render::{Renderer, SenderIdentity};
use tierline::store::template::NewTemplateVersion;
use tierline::store::{Store, StoreOptions, Vault};

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

/// An engine over a freshly migrated database under safe durability.
pub async fn engine(url: &str) -> App {
    let options =
        StoreOptions { url: url.to_owned(), allow_unsafe_durability: false, max_connections: 8 };
    Store::migrate(&options).await.unwrap();
    let store = Store::open(&options, Vault::from_entries([(1, [7; 32])]).unwrap()).await.unwrap();
    let app = App::new(store, Arc::new(SystemClock), "bench".to_owned(), standing());
    approve_templates(&app).await;
    app
}

async fn approve_templates(app: &App) {
    let now = SystemClock.now();
    let secret = SecretString::from("a secret of the bench, long enough");
    let ana = app.store.add_person("ana", Role::Agent, &secret, "bench", now).await.unwrap();
    let cora = app.store.add_person("cora", Role::Compliance, &secret, "bench", now).await.unwrap();
    for version in renderer().versions() {
        let new = NewTemplateVersion {
            hash: version.hash,
            name: version.name.clone(),
            locale: version.locale.clone(),
            subject: version.subject.clone(),
            text: version.text.clone(),
            html: version.html.clone(),
            about: tierline::store::template::TemplateAbout::default(),
            author: ana,
        };
        app.store.import_template_version(&new, now).await.unwrap();
        app.store.approve(version.hash, cora, now).await.unwrap();
    }
}

/// The shipped templates, compiled.
pub fn renderer() -> Renderer {
    let sources = shipped::templates(None).unwrap();
    Renderer::load(&sources).unwrap_or_else(|problems| panic!("{problems:?}"))
}
