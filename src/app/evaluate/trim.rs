//! New text and quoted text against replies that people have cut.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::lines::{self, Refusal};
use super::{measure, on_every_core};
use crate::domain::new_text;

/// A reply and what is new in it.
#[derive(Clone, Debug, Deserialize)]
struct Trim {
    id: String,
    body: String,
    visible: String,
}

/// How the cutting did.
#[derive(Clone, Debug, Serialize)]
pub struct TrimScores {
    /// Replies.
    pub texts: usize,
    /// Replies whose new text is exactly as cut by hand, but for white space.
    pub exact: usize,
    /// Share of them.
    pub exact_share: f64,
    /// Replies of which words were lost that are new: the worse mistake.
    pub lost_words: Vec<String>,
    /// Replies in which words were kept that are not new.
    pub kept_words: Vec<String>,
}

/// Scores the cutting of new text against `file`: `id`, `body`, `visible`.
///
/// # Errors
/// When it cannot be read, or with every wrong line.
pub fn score_trims(file: &Path) -> Result<TrimScores, Refusal> {
    let trims = lines::read(file, |_: &Trim| Ok(()))?;
    let cut = on_every_core(&trims, |trim| {
        let ranges = new_text::visible(&trim.body);
        let parts = ranges
            .iter()
            .map(|&(start, end)| trim.body.get(start as usize..end as usize).unwrap_or_default());
        words(&parts.collect::<Vec<_>>().join("\n"))
    });
    let (mut lost_words, mut kept_words) = (Vec::new(), Vec::new());
    for (trim, cut) in trims.iter().zip(&cut) {
        let wanted = words(&trim.visible);
        if *cut == wanted {
            continue;
        }
        let has_lost = wanted.iter().any(|word| !cut.contains(word)) || cut.len() < wanted.len();
        if has_lost { &mut lost_words } else { &mut kept_words }.push(trim.id.clone());
    }
    let exact = trims.len() - lost_words.len() - kept_words.len();
    let exact_share = measure::ratio(exact, trims.len());
    Ok(TrimScores { texts: trims.len(), exact, exact_share, lost_words, kept_words })
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
