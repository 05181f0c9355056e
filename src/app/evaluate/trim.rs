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
    /// Absent when the reply stands in another file.
    body: Option<String>,
    /// Absent when only something else was marked in it.
    visible: Option<String>,
}

/// How the cutting did.
#[derive(Clone, Debug, Serialize)]
pub struct TrimScores {
    /// Replies.
    pub texts: usize,
    /// Lines without `body` and `visible`: nothing to compare.
    pub skipped: usize,
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
    let read = lines::read(file, |trim: &Trim| {
        if trim.id.trim().is_empty() { Err("`id` is empty".to_owned()) } else { Ok(()) }
    })?;
    let lines = read.len();
    let trims: Vec<(String, String, String)> =
        read.into_iter().filter_map(|trim| Some((trim.id, trim.body?, trim.visible?))).collect();
    let cut = on_every_core(&trims, |(_, body, _)| {
        let ranges = new_text::visible(body);
        let parts = ranges
            .iter()
            .map(|&(start, end)| body.get(start as usize..end as usize).unwrap_or_default());
        words(&parts.collect::<Vec<_>>().join("\n"))
    });
    let (mut lost_words, mut kept_words) = (Vec::new(), Vec::new());
    for ((id, _, visible), cut) in trims.iter().zip(&cut) {
        let wanted = words(visible);
        if *cut == wanted {
            continue;
        }
        let has_lost = wanted.iter().any(|word| !cut.contains(word)) || cut.len() < wanted.len();
        if has_lost { &mut lost_words } else { &mut kept_words }.push(id.clone());
    }
    let exact = trims.len() - lost_words.len() - kept_words.len();
    let exact_share = measure::ratio(exact, trims.len());
    let skipped = lines - trims.len();
    Ok(TrimScores { texts: trims.len(), skipped, exact, exact_share, lost_words, kept_words })
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
