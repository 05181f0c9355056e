//! Finds the parts of a mail (RFC 2046 §5) in one pass over its lines, with a
//! stack of open boundaries instead of recursion.

use std::collections::BTreeSet;

use super::entity::Entity;
use super::field::{is_blank_line, looks_like_field, next_line};
use super::{MimeLimits, boundary};
use crate::domain::mail::Defect;

/// One part. Multiparts hold no body of their own; their children name them as
/// `parent`. A parent always stands before its children.
#[derive(Debug)]
pub(super) struct Part<'x> {
    pub(super) entity: Entity,
    pub(super) parent: Option<usize>,
    /// Bytes as they stand in the mail, still transfer-encoded.
    pub(super) body: &'x [u8],
    /// Kept as one lump because a limit was met; never read as text.
    pub(super) is_opaque: bool,
}

struct Open {
    part: usize,
    boundary: Vec<u8>,
}

#[derive(Clone, Copy)]
enum State {
    /// Before the first or after the last part of a multipart.
    Between,
    /// In the header of a part that began at this offset.
    Header(usize),
    /// In the body of this part, which began at this offset.
    Body(usize, usize),
}

struct Walk<'x, 'd> {
    raw: &'x [u8],
    parts: Vec<Part<'x>>,
    starts: Vec<usize>,
    has_children: Vec<bool>,
    open: Vec<Open>,
    state: State,
    limits: MimeLimits,
    defects: &'d mut BTreeSet<Defect>,
}

/// All parts of the mail whose own header says `root` and whose body is `raw`.
/// The first is the mail itself.
pub(super) fn walk<'x>(
    mut root: Entity,
    raw: &'x [u8],
    limits: &MimeLimits,
    defects: &mut BTreeSet<Defect>,
) -> Vec<Part<'x>> {
    if root.is_multipart()
        && let Some(guess) = boundary::guess(root.boundary.as_deref(), raw)
    {
        defects.insert(Defect::BrokenMultipart);
        root.boundary = Some(guess);
    }
    let mut walk = Walk {
        raw,
        parts: Vec::new(),
        starts: Vec::new(),
        has_children: Vec::new(),
        open: Vec::new(),
        state: State::Between,
        limits: *limits,
        defects,
    };
    walk.begin_part(root, 0);
    if !walk.open.is_empty() {
        walk.read_lines();
    }
    walk.finish()
}

impl<'x> Walk<'x, '_> {
    fn read_lines(&mut self) {
        let mut at = 0;
        while at < self.raw.len() {
            let next = next_line(self.raw, at);
            let line = &self.raw[at..next];
            if line.starts_with(b"--")
                && let Some((level, is_last)) = self.matching_boundary(line)
            {
                self.end_part(at);
                self.close_above(level, at, is_last);
                self.state = if is_last { State::Between } else { State::Header(next) };
            } else if let State::Header(start) = self.state {
                self.read_header_line(start, at, next);
            }
            if self.parts.len() >= self.limits.max_parts.max(1) {
                return self.lump_rest(next);
            }
            at = next;
        }
    }

    /// The innermost open boundary that `line` carries, and whether it closes.
    fn matching_boundary(&self, line: &[u8]) -> Option<(usize, bool)> {
        let mark = line.strip_prefix(b"--")?.trim_ascii_end();
        self.open.iter().enumerate().rev().find_map(|(level, open)| {
            boundary::carried(mark, &open.boundary).map(|is_last| (level, is_last))
        })
    }

    /// Closes every multipart deeper than `level`, and that one too when its
    /// last boundary was met.
    fn close_above(&mut self, level: usize, at: usize, is_last: bool) {
        while self.open.len() > level + 1 {
            self.defects.insert(Defect::BrokenMultipart);
            self.close_multipart(at);
        }
        if is_last {
            self.close_multipart(at);
        }
    }

    fn close_multipart(&mut self, at: usize) {
        let Some(open) = self.open.pop() else { return };
        if self.has_children[open.part] {
            return;
        }
        // its boundary never came: what it holds is read as text
        self.defects.insert(Defect::BrokenMultipart);
        let part = &mut self.parts[open.part];
        part.entity.media = String::from("text/plain");
        part.body = body_between(self.raw, self.starts[open.part], at);
    }

    fn read_header_line(&mut self, start: usize, at: usize, next: usize) {
        let line = &self.raw[at..next];
        if is_blank_line(line) {
            let entity = Entity::read(&self.raw[start..at], self.defects);
            self.begin_part(entity, next);
        } else if at == start && !looks_like_field(line) {
            self.begin_part(Entity::default(), at);
        }
    }

    fn begin_part(&mut self, mut entity: Entity, body_at: usize) {
        let parent = self.open.last().map(|open| open.part);
        if let Some(parent) = parent {
            self.has_children[parent] = true;
            if entity.media.is_empty() && self.parts[parent].entity.media == "multipart/digest" {
                entity.media = String::from("message/rfc822");
            }
        }
        let part = self.parts.len();
        let is_too_deep = self.open.len() >= self.limits.max_depth;
        self.state = State::Body(part, body_at);
        if entity.is_multipart() {
            match entity.boundary.take() {
                Some(_) if is_too_deep => {
                    self.defects.insert(Defect::TooDeep);
                }
                Some(boundary) => {
                    self.open.push(Open { part, boundary });
                    self.state = State::Between;
                }
                None => {
                    self.defects.insert(Defect::BrokenMultipart);
                    entity.media = String::from("text/plain");
                }
            }
        }
        let is_opaque = entity.is_multipart() && is_too_deep;
        self.parts.push(Part { entity, parent, body: &[], is_opaque });
        self.starts.push(body_at);
        self.has_children.push(false);
    }

    /// The part being read ends before the line at `at`.
    fn end_part(&mut self, at: usize) {
        match self.state {
            State::Body(part, start) => self.parts[part].body = body_between(self.raw, start, at),
            State::Header(start) if start < at => {
                let entity = Entity::read(&self.raw[start..at], self.defects);
                self.begin_part(entity, at);
                self.end_part_without_body(at);
            }
            State::Header(_) | State::Between => {}
        }
    }

    /// A header without a body: were it a multipart, it closes empty.
    fn end_part_without_body(&mut self, at: usize) {
        let last = self.parts.len().saturating_sub(1);
        if self.open.last().is_some_and(|open| open.part == last) {
            self.close_multipart(at);
        }
        self.state = State::Between;
    }

    /// The limit is met: everything not yet read becomes one opaque part.
    fn lump_rest(&mut self, next: usize) {
        let from = match self.state {
            State::Body(part, start) if part > 0 => {
                self.parts[part].is_opaque = true;
                self.parts[part].entity = Entity::default();
                self.parts[part].entity.media = String::from("application/octet-stream");
                self.parts[part].body = self.raw.get(start..).unwrap_or_default();
                None
            }
            State::Header(start) => Some(start),
            State::Body(..) | State::Between => Some(next),
        };
        if let Some(from) = from.filter(|from| *from < self.raw.len()) {
            let mut entity = Entity::default();
            entity.media = String::from("application/octet-stream");
            let body = self.raw.get(from..).unwrap_or_default();
            self.parts.push(Part { entity, parent: Some(0), body, is_opaque: true });
        }
        self.defects.insert(Defect::TooManyParts);
        self.open.clear();
        self.state = State::Between;
    }

    fn finish(mut self) -> Vec<Part<'x>> {
        let end = self.raw.len();
        self.end_part(end);
        while !self.open.is_empty() {
            self.defects.insert(Defect::BrokenMultipart);
            self.close_multipart(end);
        }
        self.parts
    }
}

/// Bytes of a part without the line end that belongs to the boundary.
fn body_between(raw: &[u8], start: usize, end: usize) -> &[u8] {
    let body = raw.get(start..end.max(start)).unwrap_or_default();
    if end >= raw.len() {
        return body;
    }
    let body = body.strip_suffix(b"\n").unwrap_or(body);
    body.strip_suffix(b"\r").unwrap_or(body)
}

#[cfg(test)]
mod tests;
