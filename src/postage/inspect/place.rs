//! Finds the line of a template that rendered words came from.

/// Line, from 1, of `source` on which `words` begin; of the first words of
/// them when a field stands between. 1 when they are in no line.
pub(super) fn line_of(source: &str, words: &str) -> usize {
    let wanted: Vec<&str> = words.split_whitespace().collect();
    if wanted.is_empty() {
        return 1;
    }
    let lines: Vec<(usize, &str)> = source
        .lines()
        .enumerate()
        .flat_map(|(at, line)| line.split_whitespace().map(move |word| (at + 1, word)))
        .collect();
    (1..=wanted.len())
        .rev()
        .find_map(|length| {
            let wanted = &wanted[..length];
            lines.windows(length).find_map(|window| {
                let is_here =
                    window.iter().zip(wanted).all(|((_, word), wanted)| word.contains(wanted));
                is_here.then(|| window[0].0)
            })
        })
        .unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_on_their_line_over_line_ends_and_fields() {
        let source = "<p>Hello,</p>\n<p>We promise to\nanswer {{answer_by}}.</p>\n";
        assert_eq!(line_of(source, "promise to answer"), 2);
        assert_eq!(line_of(source, "answer January 6"), 3);
        assert_eq!(line_of(source, "Hello,"), 1);
        assert_eq!(line_of(source, "nowhere"), 1);
        assert_eq!(line_of(source, ""), 1);
    }
}
