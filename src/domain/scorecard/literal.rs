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

/// Literals of which every match contains at least one, and how much of the
/// match may lie on either side of it.
pub(super) struct Required {
    pub(super) literals: Vec<Vec<u8>>,
    /// Most bytes of a match before the literal.
    pub(super) before: usize,
    /// Most bytes of a match after it.
    pub(super) after: usize,
}

impl Required {
    fn whole(literals: Vec<Vec<u8>>) -> Self {
        Self { literals, before: 0, after: 0 }
    }

    fn is_sound(&self) -> bool {
        self.literals.len() <= MOST && self.literals.iter().all(|one| !one.is_empty())
    }
}

/// What every match of the pattern contains; `None` when there is no such
/// thing, or no limit to its length.
pub(super) fn required(hir: &Hir) -> Option<Required> {
    let found = match hir.kind() {
        HirKind::Literal(one) => Required::whole(vec![one.0.to_vec()]),
        HirKind::Capture(group) => required(&group.sub)?,
        HirKind::Repetition(repeated) if repeated.min > 0 => {
            let longest = hir.properties().maximum_len()?;
            Required { before: longest, after: longest, ..required(&repeated.sub)? }
        }
        HirKind::Concat(parts) => best_part(parts)?,
        HirKind::Alternation(branches) => {
            let mut all = Required::whole(Vec::new());
            for branch in branches {
                let one = exact(branch).map(Required::whole).or_else(|| required(branch))?;
                all.literals.extend(one.literals);
                all.before = all.before.max(one.before);
                all.after = all.after.max(one.after);
            }
            all
        }
        _ => return None,
    };
    found.is_sound().then_some(found)
}

/// The part with the rarest literals.
fn best_part(parts: &[Hir]) -> Option<Required> {
    let length = |some: &[Hir]| some.iter().map(|part| part.properties().maximum_len()).sum();
    let mut best: Option<(usize, Required)> = None;
    for (at, part) in parts.iter().enumerate() {
        let found = exact(part).map(Required::whole).or_else(|| required(part));
        let Some(mut found) = found.filter(Required::is_sound) else { continue };
        let before: Option<usize> = length(parts.get(..at).unwrap_or_default());
        let after: Option<usize> = length(parts.get(at + 1..).unwrap_or_default());
        found.before += before?;
        found.after += after?;
        let value = worth(&found.literals);
        if best.as_ref().is_none_or(|(most, _)| value > *most) {
            best = Some((value, found));
        }
    }
    best.map(|(_, found)| found)
}

/// Long literals are rare in a text; many of them are not.
fn worth(set: &[Vec<u8>]) -> usize {
    let shortest = set.iter().map(Vec::len).min().unwrap_or(0);
    shortest * 8 / (8 + set.len()) + shortest.min(12)
}
