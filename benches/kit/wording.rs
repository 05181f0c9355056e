//! The shipped wording, loaded.

use tierline::app::shipped;
use tierline::postage::render::Renderer;

/// The shipped templates, compiled.
pub fn renderer() -> Renderer {
    let sources = shipped::templates(None).unwrap();
    Renderer::load(&sources).unwrap_or_else(|problems| panic!("{problems:?}"))
}
