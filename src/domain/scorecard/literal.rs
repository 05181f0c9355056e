//! Literals a pattern cannot match without: what one Aho-Corasick pass looks for.

use regex_syntax::hir::{Hir, HirKind, Look, literal};

use super::edge::{self, Side};
use super::rarity;

/// At most this many literals stand for one pattern.
const MOST: usize = 256;
/// At most this many stand for several of its parts together.
const MOST_JOINED: usize = 64;
/// Parts that are taken together at most.
const LONGEST_RUN: usize = 5;

/// A string that every match contains, or one of several of which it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) bytes: Vec<u8>,
    /// Within a match a word begins where it begins.
    pub(super) begins_word: bool,
    /// Within a match a word ends where it ends.
    pub(super) ends_word: bool,
}

/// Whether what stands beside a part is always the end of a word.
#[derive(Clone, Copy)]
struct Edges {
    before: bool,
    after: bool,
}

/// Every string the pattern can match, when these are few; `None` otherwise.
pub(super) fn exact(hir: &Hir) -> Option<Vec<Literal>> {
    // Every pattern begins and ends at the edge of a word.
    Some(with_edges(strings(hir)?, Edges { before: true, after: true }))
}

fn strings(hir: &Hir) -> Option<Vec<Vec<u8>>> {
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

fn with_edges(strings: Vec<Vec<u8>>, edges: Edges) -> Vec<Literal> {
    let literal = |bytes: Vec<u8>| Literal {
        begins_word: edges.before && bytes.first().is_some_and(|byte| edge::is_word(*byte)),
        ends_word: edges.after && bytes.last().is_some_and(|byte| edge::is_word(*byte)),
        bytes,
    };
    strings.into_iter().map(literal).collect()
}

/// Literals of which every match contains at least one, and how much of the
/// match may lie on either side of it.
pub(super) struct Required {
    pub(super) literals: Vec<Literal>,
    /// Most bytes of a match before the literal.
    pub(super) before: usize,
    /// Most bytes of a match after it.
    pub(super) after: usize,
}

impl Required {
    fn whole(strings: Vec<Vec<u8>>, edges: Edges) -> Self {
        Self { literals: with_edges(strings, edges), before: 0, after: 0 }
    }

    /// One letter is in every text: looking for it would find nothing out.
    fn is_worth_it(&self) -> bool {
        self.is_sound() && self.literals.iter().all(|one| one.bytes.len() > 1)
    }

    fn is_sound(&self) -> bool {
        self.literals.len() <= MOST && self.literals.iter().all(|one| !one.bytes.is_empty())
    }
}

/// What every match of the pattern contains; `None` when there is no such
/// thing, or no limit to its length.
pub(super) fn required(hir: &Hir) -> Option<Required> {
    required_between(hir, Edges { before: true, after: true })
}

fn required_between(hir: &Hir, edges: Edges) -> Option<Required> {
    let found = match hir.kind() {
        HirKind::Literal(one) => Required::whole(vec![one.0.to_vec()], edges),
        HirKind::Capture(group) => required_between(&group.sub, edges)?,
        HirKind::Repetition(repeated) if repeated.min > 0 => {
            let longest = hir.properties().maximum_len()?;
            let inner = Edges { before: false, after: false };
            Required { before: longest, after: longest, ..required_between(&repeated.sub, inner)? }
        }
        HirKind::Concat(parts) => best_run(parts, edges)?,
        HirKind::Alternation(branches) => {
            let mut all = Required::whole(Vec::new(), edges);
            for branch in branches {
                let one = strings(branch)
                    .map(|found| Required::whole(found, edges))
                    .or_else(|| required_between(branch, edges))?;
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

/// The part, or the few parts together, whose literals are seen least often.
fn best_run(parts: &[Hir], edges: Edges) -> Option<Required> {
    let length = |some: &[Hir]| some.iter().map(|part| part.properties().maximum_len()).sum();
    let mut best: Option<(f64, Required)> = None;
    for at in 0..parts.len() {
        for until in at + 1..=parts.len().min(at + LONGEST_RUN) {
            let (Some(before), Some(run), Some(after)) =
                (parts.get(..at), parts.get(at..until), parts.get(until..))
            else {
                continue;
            };
            let beside = Edges {
                before: ends_word(before.iter().rev(), Side::End, edges.before),
                after: ends_word(after.iter(), Side::Start, edges.after),
            };
            let Some(mut found) = of_run(run, beside).filter(Required::is_worth_it) else {
                continue;
            };
            let (before, after): (Option<usize>, Option<usize>) = (length(before), length(after));
            found.before += before?;
            found.after += after?;
            let bits = rarity::bits(found.literals.iter().map(|one| one.bytes.as_slice()));
            if best.as_ref().is_none_or(|(most, _)| bits > *most) {
                best = Some((bits, found));
            }
        }
    }
    best.map(|(_, found)| found)
}

fn of_run(run: &[Hir], beside: Edges) -> Option<Required> {
    if let [part] = run {
        return strings(part)
            .map(|found| Required::whole(found, beside))
            .or_else(|| required_between(part, beside));
    }
    let joined = strings(&Hir::concat(run.to_vec()))?;
    (joined.len() <= MOST_JOINED).then(|| Required::whole(joined, beside))
}

/// Whether what is nearest among `beside` never is a letter of a word, up to
/// the edge of the whole, of which `outer` says the same.
fn ends_word<'h>(beside: impl Iterator<Item = &'h Hir>, side: Side, outer: bool) -> bool {
    for part in beside {
        if matches!(part.kind(), HirKind::Look(Look::WordAscii)) {
            return true;
        }
        let nearest = edge::of(part, side);
        if nearest.may_be_word {
            return false;
        }
        if !nearest.may_be_empty {
            return true;
        }
    }
    outer
}

#[cfg(test)]
mod tests {
    use super::super::pattern::parse;
    use super::*;

    fn literals(pattern: &str) -> Vec<String> {
        let found = required(&parse(pattern).unwrap()).unwrap().literals;
        let shown = |one: &Literal| {
            let edge = |is_edge: bool| if is_edge { "|" } else { "" };
            let text = String::from_utf8_lossy(&one.bytes).into_owned();
            format!("{}{text}{}", edge(one.begins_word), edge(one.ends_word))
        };
        found.iter().map(shown).collect()
    }

    #[test]
    fn parts_that_stand_side_by_side_are_looked_for_together() {
        assert_eq!(
            literals("(?:please |and )(?:do not|dont) (?:\\w{1,8} )?x"),
            ["|please do not|", "|please dont|", "|and do not|", "|and dont|"]
        );
    }

    #[test]
    fn a_literal_beside_a_space_stands_at_the_edge_of_a_word() {
        assert_eq!(literals("(?:no|any) (?:\\w{1,8} )?supervisors?"), ["|supervisor"]);
        assert_eq!(literals("\\w{1,8}supervisor"), ["supervisor|"]);
        assert_eq!(literals("foreclos\\w{1,5}"), ["|foreclos"]);
    }

    #[test]
    fn the_rarer_part_is_looked_for() {
        assert_eq!(literals("have (?:\\w{1,8} )?forborne"), ["|forborne|"]);
        let of_two = literals("(?:of|in|on|at|by|to|up|so|no|it)\\w{1,3}x");
        assert_eq!((of_two.len(), of_two[0].as_str()), (10, "|of"), "never a single letter");
        assert_eq!(literals("(?:you|they) (?:\\w{1,8} )?misapplied"), ["|misapplied|"]);
    }
}
