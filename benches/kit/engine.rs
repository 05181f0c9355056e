//! A whole engine as the program builds it, with approved letters.

use std::sync::Arc;

use secrecy::SecretString;
use tierline::app::App;
use tierline::clock::{Clock, SystemClock};
use tierline::domain::actor::Role;
use tierline::store::template::NewTemplateVersion;
use tierline::store::{Store, StoreOptions, Vault};

use super::desk::standing;
use super::wording::renderer;

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
