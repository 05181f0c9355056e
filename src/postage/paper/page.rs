//! Lines, pages, and the PDF objects that print them.

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str};

use super::metric::glyph;
use super::{Paper, PaperError};

/// US Letter, in points.
const WIDTH: f32 = 612.0;
const HEIGHT: f32 = 792.0;
/// Left and right margin: one inch.
const MARGIN: f32 = 72.0;
/// Size of the letters and from one line to the next.
const SIZE: f32 = 11.0;
const LEADING: f32 = 15.0;
/// First base lines from the top, for a tri-folded sheet in a No. 10
/// double-window envelope: return window ½ to 1½ inch, address window 2 to 3⅛ inch.
const FROM_TOP: f32 = 50.0;
const TO_TOP: f32 = 158.0;
/// Left edge of what the windows show.
const WINDOW_LEFT: f32 = 54.0;
/// Where the date stands, and where the text begins.
const DATE_TOP: f32 = 260.0;
const TEXT_TOP: f32 = 296.0;
const NEXT_TOP: f32 = 72.0;
/// No text below this.
const TEXT_BOTTOM: f32 = 90.0;
/// Base line of the foot.
const FOOT: f32 = 50.0;
const FONT: Name<'static> = Name(b"F1");

/// A line in the font's own encoding.
type Line = Vec<u8>;

pub(super) fn pages(paper: &Paper) -> Result<Vec<u8>, PaperError> {
    let lines = lines(&paper.text)?;
    let pages = paged(&lines);
    let count = pages.len();
    let mut contents = Vec::with_capacity(count);
    for (at, lines) in pages.iter().enumerate() {
        let mut content = Content::new();
        let mut top = if at == 0 { TEXT_TOP } else { NEXT_TOP };
        if at == 0 {
            block(&mut content, &paper.from, WINDOW_LEFT, FROM_TOP)?;
            block(&mut content, &paper.to, WINDOW_LEFT, TO_TOP)?;
            show(&mut content, &encoded(&paper.date)?, MARGIN, HEIGHT - DATE_TOP);
        }
        for line in *lines {
            show(&mut content, line, MARGIN, HEIGHT - top);
            top += LEADING;
        }
        let number = match paper.locale.as_str() {
            "es" => format!("P\u{e1}gina {} de {count}", at + 1),
            _ => format!("Page {} of {count}", at + 1),
        };
        show(&mut content, &encoded(&paper.reference)?, MARGIN, FOOT);
        let number = encoded(&number)?;
        show(&mut content, &number, WIDTH - MARGIN - width(&number), FOOT);
        contents.push(content.finish().into_vec());
    }
    Ok(written(&contents))
}

fn block(content: &mut Content, lines: &[String], left: f32, top: f32) -> Result<(), PaperError> {
    let mut top = top;
    for line in lines {
        show(content, &encoded(line)?, left, HEIGHT - top);
        top += LEADING - 2.0;
    }
    Ok(())
}

fn show(content: &mut Content, line: &[u8], x: f32, y: f32) {
    content.begin_text();
    content.set_font(FONT, SIZE);
    content.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, y]);
    content.show(Str(line));
    content.end_text();
}

/// Lines no wider than the page, an empty one between paragraphs.
fn lines(text: &str) -> Result<Vec<Line>, PaperError> {
    let mut lines: Vec<Line> = Vec::new();
    for paragraph in text.trim().split("\n\n") {
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        wrap(paragraph, &mut lines)?;
    }
    Ok(lines)
}

fn wrap(text: &str, lines: &mut Vec<Line>) -> Result<(), PaperError> {
    let most = WIDTH - 2.0 * MARGIN;
    let mut line = Line::new();
    for word in text.split_whitespace() {
        let word = encoded(word)?;
        let mut joined = line.clone();
        if !joined.is_empty() {
            joined.push(b' ');
        }
        joined.extend_from_slice(&word);
        if width(&joined) <= most {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line = word;
        while width(&line) > most {
            let fits = (1..line.len()).rev().find(|length| width(&line[..*length]) <= most);
            let rest = line.split_off(fits.unwrap_or(1));
            lines.push(std::mem::replace(&mut line, rest));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    Ok(())
}

fn paged(lines: &[Line]) -> Vec<&[Line]> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // small and positive
    let room = |top: f32| ((HEIGHT - top - TEXT_BOTTOM) / LEADING) as usize;
    let first = room(TEXT_TOP).min(lines.len());
    let mut pages = vec![&lines[..first]];
    pages.extend(lines[first..].chunks(room(NEXT_TOP)));
    pages
}

fn encoded(text: &str) -> Result<Line, PaperError> {
    text.chars()
        .map(|character| {
            let found = glyph(character).map(|(byte, _)| byte);
            found.ok_or(PaperError::Character(character as u32))
        })
        .collect()
}

fn width(line: &[u8]) -> f32 {
    let thousandths: u32 = line
        .iter()
        .map(|byte| {
            // 0x80 to 0x9f are the few quotes and dashes: no wider than an em.
            let width = glyph(char::from(*byte)).map_or(1000, |(_, width)| width);
            u32::from(width)
        })
        .sum();
    #[allow(clippy::cast_precision_loss)] // a line has fewer than 2^24 units
    let width = thousandths as f32 * SIZE / 1000.0;
    width
}

fn written(contents: &[Vec<u8>]) -> Vec<u8> {
    let (catalog, tree, font) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let page_of = |at: usize| Ref::new(4 + 2 * i32::try_from(at).unwrap_or(0));
    let content_of = |at: usize| Ref::new(5 + 2 * i32::try_from(at).unwrap_or(0));
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let count = i32::try_from(contents.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids((0..contents.len()).map(page_of)).count(count);
    for (at, content) in contents.iter().enumerate() {
        let mut page = pdf.page(page_of(at));
        page.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT));
        page.parent(tree);
        page.contents(content_of(at));
        page.resources().fonts().pair(FONT, font);
        page.finish();
        pdf.stream(content_of(at), content);
    }
    let mut helvetica = pdf.type1_font(font);
    helvetica.base_font(Name(b"Helvetica"));
    helvetica.encoding_predefined(Name(b"WinAnsiEncoding"));
    helvetica.finish();
    pdf.finish()
}
