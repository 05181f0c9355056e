//! Literals a pattern cannot match without: what one Aho-Corasick pass looks for.

use regex_syntax::hir::{Hir, HirKind, literal};

/// At most this many literals stand for one pattern.
const MOST: usize = 256;

/// Every string the pattern can match, when these are few; `None` otherwise.
pub(super) fn exact(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    if !hir.properties().look_set().is_empty() {
        return None;
    }
    let mut extractor = literal::Extractor::new();
    extractor.limit_total(MOST).limit_repeat(4).limit_class(12).limit_literal_len(200);
    let found = extractor.extract(hir);
    let literals = found.literals()?;
    let is_whole =
        !literals.is_empty() && literals.iter().all(|one| one.is_exact() && one.len() > 1);
    is_whole.then(|| literals.iter().map(|one| one.as_bytes().to_vec()).collect())
}

/// A set of literals of which every match contains at least one.
pub(super) fn required(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let found = match hir.kind() {
        HirKind::Literal(one) => vec![one.0.to_vec()],
        HirKind::Capture(group) => required(&group.sub)?,
        HirKind::Repetition(repeated) if repeated.min > 0 => required(&repeated.sub)?,
        HirKind::Concat(parts) => parts
            .iter()
            .filter_map(|part| exact(part).or_else(|| required(part)))
            .max_by_key(|set| worth(set))?,
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(exact(branch).or_else(|| required(branch))?);
            }
            all
        }
        _ => return None,
    };
    (found.len() <= MOST && found.iter().all(|one| !one.is_empty())).then_some(found)
}

/// Long literals are rare in a text; many of them are not.
fn worth(set: &[Vec<u8>]) -> usize {
    let shortest = set.iter().map(Vec::len).min().unwrap_or(0);
    shortest * 8 / (8 + set.len()) + shortest.min(12)
}
