//! Cuts HTML into tags and words. Anything a careful writer would not write is
//! named instead of guessed at.

/// One piece of HTML.
pub(super) enum Token<'a> {
    /// `<!doctype …>`.
    Doctype(&'a str),
    /// `<name …>`.
    Open(Tag<'a>),
    /// `</name>`.
    Close(String),
    /// Words between tags.
    Text(&'a str),
    /// What is no HTML: the words, and why.
    Wrong(&'a str, &'static str),
}

/// An opening tag.
pub(super) struct Tag<'a> {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// As written.
    pub(super) text: &'a str,
}

impl Tag<'_> {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

pub(super) fn tokens(html: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let Some(start) = rest.find('<') else {
            tokens.push(Token::Text(rest));
            break;
        };
        if start > 0 {
            tokens.push(Token::Text(&rest[..start]));
        }
        let tag = &rest[start..];
        let Some(length) = tag.find('>').map(|end| end + 1) else {
            tokens.push(Token::Wrong(tag.lines().next().unwrap_or(tag), "a tag without its >"));
            break;
        };
        tokens.push(one(&tag[..length]));
        rest = &tag[length..];
    }
    tokens
}

fn one(text: &str) -> Token<'_> {
    let inside = &text[1..text.len() - 1];
    if inside.starts_with("!--") {
        return Token::Wrong(text, "a comment would go out with the letter");
    }
    if inside.starts_with('!') {
        return Token::Doctype(text);
    }
    if let Some(name) = inside.strip_prefix('/') {
        return match is_name(name) {
            true => Token::Close(name.to_owned()),
            false => Token::Wrong(text, "no closing tag; write names in lower case"),
        };
    }
    let (name, attributes) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    if !is_name(name) {
        return Token::Wrong(text, "no tag: write &lt; for a plain <, and names in lower case");
    }
    match read_attributes(attributes) {
        Ok(attributes) => Token::Open(Tag { name: name.to_owned(), attributes, text }),
        Err(message) => Token::Wrong(text, message),
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn read_attributes(text: &str) -> Result<Vec<(String, String)>, &'static str> {
    const WRONG: &str = "write attributes as name=\"value\", with quotes";
    let mut attributes: Vec<(String, String)> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").ok_or(WRONG)?;
        let (value, after) = after.split_once('"').ok_or(WRONG)?;
        let is_plain =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        if !is_plain {
            return Err(WRONG);
        }
        if attributes.iter().any(|(known, _)| known == name) {
            return Err("an attribute is given twice");
        }
        attributes.push((name.to_owned(), value.to_owned()));
        rest = after.trim_start();
    }
    Ok(attributes)
}
