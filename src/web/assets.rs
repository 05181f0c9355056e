//! The style sheet, the keys and the icon, under names that change with their bytes, so
//! that a browser may keep them for ever.

use crate::domain::digest::Digest;

/// Every page has the first; the consoles add their own.
const CSS: &str = concat!(
    include_str!("../../templates/web/page.css"),
    include_str!("../../templates/web/agent.css"),
    include_str!("../../templates/web/supervisor.css"),
    include_str!("../../templates/web/compliance.css"),
    include_str!("../../templates/web/operator.css"),
);
const KEYS: &str = include_str!("../../templates/web/keys.js");
const ICON: &str = include_str!("../../templates/web/icon.svg");

/// One file a browser may ask for.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    /// Path on this server.
    pub(crate) path: String,
    /// Media type.
    pub(crate) media_type: &'static str,
    /// Contents.
    pub(crate) text: &'static str,
}

/// The style sheet.
pub(crate) fn style() -> Asset {
    named("page", "css", "text/css; charset=utf-8", CSS)
}

/// What a keyboard does beside Tab and Enter.
pub(crate) fn keys() -> Asset {
    named("keys", "js", "text/javascript; charset=utf-8", KEYS)
}

/// The icon of the tab.
pub(crate) fn icon() -> Asset {
    named("icon", "svg", "image/svg+xml", ICON)
}

fn named(name: &str, ending: &str, media_type: &'static str, text: &'static str) -> Asset {
    let hash: String = Digest::of(text.as_bytes()).hex().chars().take(16).collect();
    Asset { path: format!("/assets/{name}.{hash}.{ending}"), media_type, text }
}
