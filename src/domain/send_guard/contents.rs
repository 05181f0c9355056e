//! What a letter of the law must say: one of several complete ways to say it.

use super::file::ContentsRow;
use crate::domain::wording::Searched;

/// Whether no way is complete. A way is complete in one language; each of its
/// phrases (`a | b`: one of them) must be there.
pub(super) fn are_missing(ways: &[ContentsRow], text: &Searched<'_>) -> bool {
    let says = |phrases: &[String]| phrases.iter().all(|phrase| text.has(phrase));
    !ways.iter().any(|way| says(&way.en) || says(&way.es))
}
