//! Where the links of a letter lead: only to the servicer's own hosts.

/// Hosts that `text` names in a web address, lower case, each with the words it
/// was found in. An address without a host comes with an empty one.
pub(super) fn hosts_in(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for token in text.split(|c: char| c.is_whitespace() || "<>\"'()[]".contains(c)) {
        let lower = token.to_ascii_lowercase();
        let rest = match lower.split_once("://") {
            Some((_, rest)) => rest,
            None if lower.starts_with("www.") => lower.as_str(),
            None => continue,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // `https://ours.example@elsewhere.example` leads elsewhere
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = host.split(':').next().unwrap_or_default().trim_end_matches(['.', ',']);
        found.push((host.to_owned(), token.to_owned()));
    }
    found
}

/// Whether `host` is one of ours or lies below one of ours.
#[must_use]
pub fn is_own_host(host: &str, own: &[String]) -> bool {
    own.iter().any(|ours| {
        host == ours || host.strip_suffix(ours.as_str()).is_some_and(|sub| sub.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_hosts_are_ours() {
        let own = ["example.com".to_owned()];
        let hosts =
            |text: &str| hosts_in(text).into_iter().map(|(host, _)| host).collect::<Vec<_>>();
        for (text, host, is_ours) in [
            ("see https://example.com/help.", "example.com", true),
            ("see www.example.com.", "www.example.com", false),
            ("<a href=\"HTTPS://Help.Example.com:443/x\">", "help.example.com", true),
            ("https://example.com@evil.example/", "evil.example", false),
            ("https://evilexample.com", "evilexample.com", false),
            ("ftp://example.com.evil.example", "example.com.evil.example", false),
        ] {
            assert_eq!(hosts(text), [host], "{text}");
            assert_eq!(is_own_host(host, &own) && !host.starts_with("www."), is_ours, "{text}");
        }
        assert!(hosts("no link, a@b.example, e.g. this").is_empty());
    }
}
