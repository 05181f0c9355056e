//! What the elements of a page mean for its text.

/// Whether the renderer indents what stands in `tag`.
pub(super) fn indents(tag: &str) -> bool {
    matches!(tag, "ul" | "ol" | "blockquote")
}

/// Whether an element stands on lines of its own.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "table"
            | "tr"
            | "caption"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "nav"
            | "aside"
            | "address"
            | "center"
            | "form"
            | "fieldset"
            | "figure"
            | "figcaption"
            | "dl"
            | "dt"
            | "dd"
            | "ul"
            | "ol"
            | "menu"
            | "dir"
            | "li"
            | "pre"
            | "blockquote"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "body"
            | "html"
            | "details"
            | "summary"
    )
}

/// Whether an inline style keeps the element from being seen.
pub(super) fn hides(style: &str) -> bool {
    let reach = style.floor_char_boundary(2048);
    let mut compact = style.get(..reach).unwrap_or_default().to_ascii_lowercase();
    compact.retain(|c| !c.is_ascii_whitespace());
    let is_zero = |property: &str| {
        compact
            .split(property)
            .skip(1)
            .any(|after| !after.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
    };
    ["display:none", "visibility:hidden", "mso-hide:all"].iter().any(|s| compact.contains(s))
        || is_zero("font-size:0")
        || is_zero(";opacity:0")
        || is_zero("max-height:0")
}

#[cfg(test)]
mod tests {
    use super::hides;

    #[test]
    fn only_a_style_that_hides_everything_hides() {
        for hidden in
            ["display: none", "Visibility:Hidden", "font-size:0px;", "color:red;opacity:0"]
        {
            assert!(hides(hidden), "{hidden}");
        }
        for seen in ["", "font-size:0.8em", "font-size:10px", "opacity:0.5", "display:block"] {
            assert!(!hides(seen), "{seen}");
        }
    }
}
