//! The configuration as this program read it, without secrets.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::config::Setting;
use crate::web::shell::Shared;
use crate::web::signed_in::SignedIn;

#[derive(Serialize)]
struct ConfigurationPage {
    revision: String,
    settings: Vec<ShownSetting>,
}

#[derive(Serialize)]
struct ShownSetting {
    key: String,
    value: String,
    place: String,
}

/// `GET /configuration`
pub(in crate::web) async fn show<P: Send + Sync + 'static>(
    State(shell): Shared<P>,
    who: SignedIn,
) -> Response {
    let shown = |setting: &Setting| ShownSetting {
        key: setting.key.clone(),
        value: setting.value.clone(),
        place: setting.place.clone().unwrap_or_default(),
    };
    let page = ConfigurationPage {
        revision: who.app.standing().desk.policy.revision.clone(),
        settings: shell.configuration.iter().map(shown).collect(),
    };
    shell.page(&who.viewer, StatusCode::OK, "configuration", "Configuration", &page)
}
