//! Joins the soft line breaks of `format=flowed` text (RFC 3676).

/// The paragraphs of a flowed text, one line each, quote marks kept.
pub(super) fn join(text: &str, deletes_space: bool) -> String {
    let mut joined = String::with_capacity(text.len());
    // quote depth of a paragraph that goes on
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_signature = content == "-- ";
        if open != Some(depth) || is_signature {
            begin_line(&mut joined, depth);
        }
        let is_soft = content.ends_with(' ') && !is_signature;
        let kept = if is_soft && deletes_space {
            content.strip_suffix(' ').unwrap_or(content)
        } else {
            content
        };
        joined.push_str(kept);
        open = is_soft.then_some(depth);
    }
    if joined.starts_with('\n') {
        joined.remove(0);
    }
    joined
}

fn begin_line(joined: &mut String, depth: usize) {
    joined.push('\n');
    if depth > 0 {
        joined.extend(std::iter::repeat_n('>', depth));
        joined.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_breaks_are_joined_within_one_quote_depth() {
        let text =
            "I paid \r\non Monday.\r\n\r\n> you \r\n> wrote\r\n>> deep \r\n From me\r\n-- \r\nRosa";
        assert_eq!(
            join(text, false),
            "I paid on Monday.\n\n> you wrote\n>> deep \nFrom me\n-- \nRosa"
        );
    }

    #[test]
    fn delsp_takes_the_space_away() {
        assert_eq!(join("hel \nlo", true), "hello");
        assert_eq!(join("", true), "");
    }
}
