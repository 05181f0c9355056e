//! How hard a text is to read: the Flesch-Kincaid school grade for English
//! (Kincaid and others, 1975) and the Szigriszt-Pazos index for Spanish (1993,
//! read on the INFLESZ scale: below 40 very hard, from 55 normal, from 65 easy).

/// Counts behind an index, and the index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Words with a letter in them.
    pub words: usize,
    /// Sentences, headings and list entries.
    pub sentences: usize,
    /// Syllables, as the rules of the language guess them.
    pub syllables: usize,
    /// School grade (English) or perspicuity index (Spanish).
    pub index: f64,
}

/// Flesch-Kincaid: the school grade that reads `text` with ease. `None` for a
/// text without words.
#[must_use]
pub fn read_english(text: &str) -> Option<Reading> {
    let (words, sentences, syllables) = counted(text, english_syllables)?;
    let (per_sentence, per_word) = ratios(words, sentences, syllables);
    let index = 0.39 * per_sentence + 11.8 * per_word - 15.59;
    Some(Reading { words, sentences, syllables, index })
}

/// Szigriszt-Pazos: the higher, the easier. `None` for a text without words.
#[must_use]
pub fn read_spanish(text: &str) -> Option<Reading> {
    let (words, sentences, syllables) = counted(text, spanish_syllables)?;
    let (per_sentence, per_word) = ratios(words, sentences, syllables);
    let index = 206.835 - 62.3 * per_word - per_sentence;
    Some(Reading { words, sentences, syllables, index })
}

#[allow(clippy::cast_precision_loss)] // a letter has fewer words than 2^52
fn ratios(words: usize, sentences: usize, syllables: usize) -> (f64, f64) {
    (words as f64 / sentences as f64, syllables as f64 / words as f64)
}

/// Words, sentences, syllables.
fn counted(text: &str, syllables_of: fn(&str) -> usize) -> Option<(usize, usize, usize)> {
    let (mut words, mut sentences, mut syllables) = (0, 0, 0);
    for paragraph in text.split("\n\n") {
        let mut is_open = false;
        let tokens: Vec<&str> = paragraph.split_whitespace().collect();
        for (at, token) in tokens.iter().enumerate() {
            if is_address(token) {
                continue;
            }
            let word: String = token.chars().filter(|c| c.is_alphabetic() || *c == '\'').collect();
            if word.chars().any(char::is_alphabetic) {
                words += 1;
                syllables += syllables_of(&word.to_lowercase()).max(1);
                is_open = true;
            }
            let ends =
                token.trim_end_matches(['"', ')', '\u{201d}']).ends_with(['.', '!', '?', ':']);
            if is_open && ends && !is_abbreviation(token, tokens.get(at + 1)) {
                sentences += 1;
                is_open = false;
            }
        }
        sentences += usize::from(is_open);
    }
    (words > 0).then(|| (words, sentences.max(1), syllables))
}

/// A web or mail address is copied, not read.
fn is_address(token: &str) -> bool {
    token.contains("://") || token.contains('@') || token.starts_with("www.")
}

/// `a.m.`, `p.m.`, `Inc.`, or a point before a small letter: no end.
fn is_abbreviation(token: &str, next: Option<&&str>) -> bool {
    let continues = next.and_then(|next| next.chars().next()).is_some_and(char::is_lowercase);
    let is_short = token.trim_end_matches('.').chars().filter(|c| c.is_alphabetic()).count() <= 1;
    token.ends_with('.') && (continues || is_short || token.trim_end_matches('.').contains('.'))
}

/// Groups of vowels, less the silent endings.
fn english_syllables(word: &str) -> usize {
    let is_vowel = |c: char| "aeiouy".contains(c);
    let letters: Vec<char> = word.chars().filter(|c| c.is_ascii_alphabetic()).collect();
    let mut count = 0;
    let mut was_vowel = false;
    for letter in &letters {
        let is = is_vowel(*letter);
        count += usize::from(is && !was_vowel);
        was_vowel = is;
    }
    let plain: String = letters.iter().collect();
    let is_silent_e = plain.ends_with('e')
        && !plain.ends_with("le")
        && !plain.ends_with("ee")
        && !plain.ends_with("ye");
    let is_silent_ed = plain.ends_with("ed")
        && !plain.ends_with("ted")
        && !plain.ends_with("ded")
        && plain.len() > 3;
    let is_silent_es = plain.ends_with("es")
        && !["ses", "zes", "ces", "ges", "xes", "hes", "les", "ies"]
            .iter()
            .any(|end| plain.ends_with(end));
    if count > 1 && (is_silent_e || is_silent_ed || is_silent_es) {
        count -= 1;
    }
    count
}

/// Groups of vowels, where two strong ones, or a weak one with an accent, part.
fn spanish_syllables(word: &str) -> usize {
    let is_strong = |c: char| "aeoáéó".contains(c);
    let is_accented_weak = |c: char| "íú".contains(c);
    let is_weak = |c: char| "iuü".contains(c);
    let letters: Vec<char> = word.chars().collect();
    let mut count = 0;
    let mut before: Option<char> = None;
    for (at, &letter) in letters.iter().enumerate() {
        // `que`, `qui`, `gue`, `gui`: the u is not heard
        let is_mute = letter == 'u'
            && matches!(before, Some('q' | 'g'))
            && letters.get(at + 1).is_some_and(|next| "eiéí".contains(*next));
        let is_final_y = letter == 'y' && at + 1 == letters.len();
        let is_vowel =
            !is_mute && (is_strong(letter) || is_accented_weak(letter) || is_weak(letter));
        if is_vowel {
            let joins = before.is_some_and(|previous| {
                (is_weak(letter) && (is_strong(previous) || is_weak(previous)))
                    || (is_weak(previous) && is_strong(letter))
            });
            count += usize::from(!joins);
        } else if is_final_y && before.is_none() {
            count += 1;
        }
        before = (!is_mute).then_some(letter).or(before);
        if is_mute {
            before = None;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_those_of_the_dictionary() {
        for (word, syllables) in [
            ("we", 1),
            ("received", 2),
            ("email", 2),
            ("number", 2),
            ("automatic", 4),
            ("decide", 2),
            ("anything", 3),
            ("people", 2),
            ("pages", 2),
            ("loan", 1),
            ("sent", 1),
            ("started", 2),
            ("the", 1),
            ("supervisor", 4),
        ] {
            assert_eq!(english_syllables(word), syllables, "{word}");
        }
        for (word, syllables) in [
            ("recibimos", 4),
            ("correo", 3),
            ("número", 3),
            ("respuesta", 3),
            ("que", 1),
            ("aquí", 2),
            ("día", 2),
            ("cuenta", 2),
            ("electrónico", 5),
            ("llegó", 2),
            ("y", 1),
            ("guía", 2),
            ("deuda", 2),
            ("hipoteca", 4),
        ] {
            assert_eq!(spanish_syllables(word), syllables, "{word}");
        }
    }

    #[test]
    fn plain_words_read_easily_and_legal_ones_do_not() {
        let plain = "We got your note. We will read it. Then we will call you.";
        let legal = "Notwithstanding any contrary representation, the aforementioned \
            documentation necessitates comprehensive administrative consideration preceding \
            determination of eligibility for modification alternatives.";
        assert!(read_english(plain).unwrap().index < 3.0);
        assert!(read_english(legal).unwrap().index > 18.0);
        let plain = "Recibimos su nota. La vamos a leer. Luego le llamamos.";
        let legal = "No obstante cualquier representación contraria, la documentación \
            anteriormente mencionada requiere consideración administrativa comprensiva previa a la \
            determinación de elegibilidad.";
        assert!(read_spanish(plain).unwrap().index > 75.0);
        assert!(read_spanish(legal).unwrap().index < 30.0);
        assert_eq!(read_english(" 12 \n\n https://example.com "), None);
    }

    #[test]
    fn a_point_within_a_sentence_ends_none() {
        let reading =
            read_english("We are open from 8 a.m. to 8 p.m. on weekdays. Call us.").unwrap();
        assert_eq!(reading.sentences, 2);
    }
}
