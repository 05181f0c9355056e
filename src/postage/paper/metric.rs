//! Widths of Helvetica, for breaking lines, and its WinAnsi encoding. From the
//! metrics that Adobe publishes for the fourteen standard fonts.

/// Width of each character from U+0020 to U+007E, in thousandths of the size.
const ASCII: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// The byte that prints `character` in WinAnsi, and its width; `None` when the
/// font has no glyph for it.
pub(super) fn glyph(character: char) -> Option<(u8, u16)> {
    let code = character as u32;
    if let 0x20..=0x7e = code {
        let width = ASCII.get(usize::try_from(code - 0x20).ok()?)?;
        return Some((u8::try_from(code).ok()?, *width));
    }
    let latin = |width| u8::try_from(code).ok().map(|byte| (byte, width));
    match character {
        '\u{2018}' => Some((0x91, 222)),
        '\u{2019}' => Some((0x92, 222)),
        '\u{201c}' => Some((0x93, 333)),
        '\u{201d}' => Some((0x94, 333)),
        '\u{2022}' => Some((0x95, 350)),
        '\u{2013}' => Some((0x96, 556)),
        '\u{2014}' => Some((0x97, 1000)),
        '\u{a0}' => Some((b' ', 278)),
        '\u{a1}' => latin(333),
        '\u{bf}' => latin(611),
        '\u{a7}' => latin(556),
        '\u{ab}' | '\u{bb}' => latin(556),
        '\u{b0}' => latin(400),
        '\u{aa}' => latin(370),
        '\u{ba}' => latin(365),
        '\u{c0}'..='\u{c5}' | '\u{c8}'..='\u{cb}' | '\u{dd}' => latin(667),
        '\u{c7}' | '\u{d1}' | '\u{d9}'..='\u{dc}' => latin(722),
        '\u{cc}'..='\u{cf}' | '\u{ec}'..='\u{ef}' => latin(278),
        '\u{d2}'..='\u{d6}' => latin(778),
        '\u{e0}'..='\u{e5}' | '\u{e8}'..='\u{eb}' => latin(556),
        '\u{f1}'..='\u{f6}' | '\u{f9}'..='\u{fc}' => latin(556),
        '\u{e7}' | '\u{fd}' | '\u{ff}' => latin(500),
        '\u{df}' => latin(611),
        _ => None,
    }
}
