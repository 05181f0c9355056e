//! The templates that come inside the binary.

use rust_embed::RustEmbed;

use super::TemplateSources;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/templates/mail"]
struct Shipped;

/// Every file below `templates/mail/` as it was at build time (a debug build
/// reads them from the source tree). A file that is not UTF-8 is read with
/// replacement characters, which the checks of a template then see.
#[must_use]
pub fn shipped_sources() -> TemplateSources {
    Shipped::iter()
        .filter_map(|name| {
            let file = Shipped::get(&name)?;
            Some((name.into_owned(), String::from_utf8_lossy(&file.data).into_owned()))
        })
        .collect()
}
