//! All patterns of the policy over one mail: one pass for the literals, then
//! each candidate is confirmed only around the places its literal was seen.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use super::edge;
use super::literal::Literal;
use super::pattern::{Confirm, Pattern};
use super::{Evidence, MOST_SPANS};
use crate::domain::classify::{Field, Span};
use crate::domain::fold::Folded;

/// Matches of one pattern in one part that are looked at; a text that repeats
/// one word ten thousand times costs no more.
const MOST_MATCHES: usize = 64;

/// Bytes of all literals up to which the automaton is dense, at most some 30 MB.
const MOST_DENSE: usize = 128 * 1024;

/// Evidence lines that must, or must not, have fired as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// All of these.
    pub all: Vec<usize>,
    /// At least one of these, unless empty.
    pub any: Vec<usize>,
    /// None of these.
    pub none: Vec<usize>,
}

/// One line of evidence: a weight for seeing something somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceLine {
    /// Id, e.g. `escrow.shortage`.
    pub id: String,
    /// Weight of the first match; negative speaks against.
    pub weight: f64,
    /// Most that repeated matches add up to, same sign as the weight.
    pub cap: f64,
    /// Parts it looks at.
    pub fields: Vec<Field>,
    /// Pattern numbers.
    pub any: Vec<usize>,
    /// Pattern numbers of which one must be near, unless empty.
    pub near: Vec<usize>,
    /// Pattern numbers of which none may be near.
    pub not: Vec<usize>,
    /// What near means, folded bytes between the two.
    pub within: usize,
    /// Other lines it depends on.
    pub needs: Needs,
}

/// Where patterns and lines matched in one mail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hits {
    lines: Vec<Vec<Place>>,
}

/// A match with its place in the original.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    span: Span,
    is_prominent: bool,
}

impl Hits {
    /// Whether the line fired.
    #[must_use]
    pub fn has(&self, line: usize) -> bool {
        self.lines.get(line).is_some_and(|places| !places.is_empty())
    }
}

/// Every pattern and evidence line of the policy.
#[derive(Debug, Default)]
pub struct Matcher {
    patterns: Vec<Pattern>,
    /// Which literal of which pattern each one of the automaton is.
    owners: Vec<(usize, usize)>,
    automaton: Option<AhoCorasick>,
    /// Lines that look at each pattern.
    lines: Vec<EvidenceLine>,
    /// Folded bytes at the beginning of the new text that count more.
    opening: usize,
    /// By how much.
    emphasis: f64,
}

/// One part of a mail, folded.
#[derive(Debug)]
pub struct Part<'a> {
    /// Which.
    pub field: Field,
    /// Its text.
    pub folded: &'a Folded,
}

impl Matcher {
    /// Builds the automaton over all literals.
    ///
    /// # Errors
    /// When the literals together exceed what the automaton can hold.
    pub fn new(
        patterns: Vec<Pattern>,
        lines: Vec<EvidenceLine>,
        opening: usize,
        emphasis: f64,
    ) -> Result<Self, String> {
        let mut owners = Vec::new();
        let mut literals: Vec<&[u8]> = Vec::new();
        for (number, pattern) in patterns.iter().enumerate() {
            for (place, literal) in pattern.literals.iter().enumerate() {
                owners.push((number, place));
                literals.push(&literal.bytes);
            }
        }
        // A dense automaton is fastest, but its memory grows with every state;
        // with thousands of rules the compact one is nearly as fast.
        let bytes: usize = literals.iter().map(|literal| literal.len()).sum();
        let kind =
            if bytes > MOST_DENSE { AhoCorasickKind::ContiguousNFA } else { AhoCorasickKind::DFA };
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .kind(Some(kind))
            .build(literals)
            .map_err(|error| error.to_string())?;
        Ok(Self { owners, automaton: Some(automaton), patterns, lines, opening, emphasis })
    }

    /// All evidence lines.
    #[must_use]
    pub fn lines(&self) -> &[EvidenceLine] {
        &self.lines
    }

    /// All patterns.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Finds everything in every part, then settles what depends on what.
    #[must_use]
    pub fn find(&self, parts: &[Part<'_>]) -> Hits {
        let mut hits = Hits { lines: vec![Vec::new(); self.lines.len()] };
        for part in parts.iter().filter(|part| !part.folded.bytes().is_empty()) {
            let matches = self.pattern_matches(part.folded.bytes());
            for (number, line) in self.lines.iter().enumerate() {
                if line.fields.contains(&part.field)
                    && let Some(places) = hits.lines.get_mut(number)
                {
                    self.collect_places(line, part, &matches, places);
                }
            }
        }
        self.settle_needs(&mut hits);
        hits
    }

    fn collect_places(
        &self,
        line: &EvidenceLine,
        part: &Part<'_>,
        matches: &[Vec<(usize, usize)>],
        places: &mut Vec<Place>,
    ) {
        let of = |numbers: &'_ [usize]| {
            numbers.iter().filter_map(|&number| matches.get(number)).flatten().copied().collect()
        };
        let mut found: Vec<(usize, usize)> = of(&line.any);
        if found.is_empty() {
            return;
        }
        let (near, not): (Vec<_>, Vec<_>) = (of(&line.near), of(&line.not));
        let is_close = |one: &(usize, usize), other: &(usize, usize)| {
            other.0 <= one.1 + line.within && one.0 <= other.1 + line.within
        };
        found.retain(|one| line.near.is_empty() || near.iter().any(|other| is_close(one, other)));
        found.retain(|one| !not.iter().any(|other| is_close(one, other)));
        found.sort_unstable();
        let mut last_end = 0;
        for (start, end) in found {
            if start < last_end {
                continue;
            }
            last_end = end;
            let (from, to) = part.folded.original_range(start, end);
            let span = Span { field: part.field, start: from, end: to };
            let is_prominent = part.field == Field::Subject
                || (part.field == Field::NewText && start < self.opening);
            places.push(Place { span, is_prominent });
        }
    }

    /// A line whose needs are not met is taken back. Needs look only at lines
    /// without needs of their own, so one round settles all.
    fn settle_needs(&self, hits: &mut Hits) {
        for (number, line) in self.lines.iter().enumerate() {
            let needs = &line.needs;
            let is_met = needs.all.iter().all(|&other| hits.has(other))
                && (needs.any.is_empty() || needs.any.iter().any(|&other| hits.has(other)))
                && !needs.none.iter().any(|&other| hits.has(other));
            if !is_met && let Some(places) = hits.lines.get_mut(number) {
                places.clear();
            }
        }
    }

    /// The line as it goes into a trace, `None` when it did not fire.
    #[must_use]
    pub fn evidence(&self, number: usize, hits: &Hits) -> Option<Evidence> {
        let line = self.lines.get(number)?;
        let places = hits.lines.get(number).filter(|places| !places.is_empty())?;
        let sum: f64 = places
            .iter()
            .map(|place| line.weight * if place.is_prominent { self.emphasis } else { 1.0 })
            .sum();
        let cap = if places.iter().any(|place| place.is_prominent) {
            line.cap * self.emphasis
        } else {
            line.cap
        };
        let weight = if line.weight < 0.0 { sum.max(cap) } else { sum.min(cap) };
        let spans = places.iter().take(MOST_SPANS).map(|place| place.span).collect();
        Some(Evidence { rule: line.id.clone(), weight: (weight * 1000.0).round() / 1000.0, spans })
    }

    /// Matches of every pattern, in order of place.
    fn pattern_matches(&self, text: &[u8]) -> Vec<Vec<(usize, usize)>> {
        let Some(automaton) = &self.automaton else { return vec![Vec::new(); self.patterns.len()] };
        search(automaton, text, self.patterns.len(), |literal| {
            let (owner, place) = self.owners.get(literal).copied()?;
            let pattern = self.patterns.get(owner)?;
            Some((owner, pattern, pattern.literals.get(place)?))
        })
    }
}

/// Every pattern over one text: `automaton` finds the literals, `owner_of` says
/// which of `patterns` patterns a literal belongs to.
pub(super) fn search<'a>(
    automaton: &AhoCorasick,
    text: &[u8],
    patterns: usize,
    owner_of: impl Fn(usize) -> Option<(usize, &'a Pattern, &'a Literal)>,
) -> Vec<Vec<(usize, usize)>> {
    let mut matches: Vec<Vec<(usize, usize)>> = vec![Vec::new(); patterns];
    let mut windows: Vec<(usize, &'a Pattern, (usize, usize))> = Vec::new();
    let mut last_window = vec![usize::MAX; patterns];
    for seen in automaton.find_overlapping_iter(text) {
        let Some((owner, pattern, literal)) = owner_of(seen.pattern().as_usize()) else { continue };
        if literal.begins_word && !is_boundary(text, seen.start())
            || literal.ends_word && !is_boundary(text, seen.end())
        {
            continue;
        }
        match pattern.confirm {
            Confirm::Literal => {
                if let Some(found) = matches.get_mut(owner)
                    && found.len() < MOST_MATCHES
                    && is_boundary(text, seen.start())
                    && is_boundary(text, seen.end())
                {
                    found.push((seen.start(), seen.end()));
                }
            }
            Confirm::Expression { before, after, .. } => {
                let reach = (
                    seen.start().saturating_sub(before),
                    // one byte more: the edge of a window is no word boundary
                    (seen.end() + after + 1).min(text.len()),
                );
                widen(&mut windows, &mut last_window, (owner, pattern), reach);
            }
        }
    }
    for (owner, pattern, reach) in windows {
        if let Some(found) = matches.get_mut(owner) {
            confirm(pattern, text, reach, found);
        }
    }
    matches
}

/// Adds a window, or widens the last one of the same pattern: no byte is
/// scanned twice for one pattern, however often its literal occurs.
fn widen<'a>(
    windows: &mut Vec<(usize, &'a Pattern, (usize, usize))>,
    last_window: &mut [usize],
    (owner, pattern): (usize, &'a Pattern),
    reach: (usize, usize),
) {
    let Some(last) = last_window.get_mut(owner) else { return };
    if let Some((_, _, open)) = windows.get_mut(*last)
        && reach.0 <= open.1
    {
        open.1 = open.1.max(reach.1);
        return;
    }
    *last = windows.len();
    windows.push((owner, pattern, reach));
}

fn confirm(
    pattern: &Pattern,
    text: &[u8],
    (from, to): (usize, usize),
    found: &mut Vec<(usize, usize)>,
) {
    let Confirm::Expression { regex, .. } = &pattern.confirm else { return };
    let Some(window) = text.get(..to) else { return };
    let mut at = from;
    while found.len() < MOST_MATCHES
        && let Some(hit) = regex.find_at(window, at)
    {
        if hit.end() == to && to < text.len() {
            break;
        }
        found.push((hit.start(), hit.end()));
        at = hit.end().max(at + 1);
    }
}

fn is_boundary(text: &[u8], at: usize) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| edge::is_word(*byte));
    is_word(at.checked_sub(1).and_then(|before| text.get(before))) != is_word(text.get(at))
}
