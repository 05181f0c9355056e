//! What holds for every request and every response: the Host asked for is
//! ours, and the browser is told to load nothing else, frame nothing and keep
//! nothing.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{StatusCode, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
];

/// What a response is allowed to be and to load, where that is not a page
/// like any other. A handler says so in the extensions of its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// A page: our style sheet, keys and icon, no frame in or around it.
    #[default]
    Page,
    /// A page with a frame in it that shows one of our own sealed documents.
    PageWithFrame,
    /// A letter of ours in that frame, as its reader sees it: nothing runs and
    /// nothing is loaded, but its own style attributes count.
    SealedLetter,
    /// A stranger's words in that frame: nothing runs, nothing is loaded, no
    /// style counts.
    SealedWords,
    /// A file to keep, never to show.
    Download,
}

impl Allowance {
    const fn content_security_policy(self) -> &'static str {
        match self {
            Self::Page => CONTENT_SECURITY_POLICY,
            Self::PageWithFrame => {
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                 frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                 require-trusted-types-for 'script'; trusted-types 'none'"
            }
            Self::SealedLetter => {
                "default-src 'none'; style-src-attr 'unsafe-inline'; form-action 'none'; \
                 base-uri 'none'; frame-ancestors 'self'; sandbox"
            }
            Self::SealedWords => {
                "default-src 'none'; form-action 'none'; base-uri 'none'; \
                 frame-ancestors 'self'; sandbox"
            }
            Self::Download => {
                "default-src 'none'; form-action 'none'; base-uri 'none'; \
                 frame-ancestors 'none'; sandbox"
            }
        }
    }

    const fn framing(self) -> &'static str {
        match self {
            Self::SealedLetter | Self::SealedWords => "SAMEORIGIN",
            Self::Page | Self::PageWithFrame | Self::Download => "DENY",
        }
    }

    /// HTML, "create navigation params by fetching": a browser shows an error in
    /// place of a sandboxed document that also asks for an opener policy.
    const fn opener(self) -> &'static str {
        match self {
            Self::Page | Self::PageWithFrame => "same-origin",
            Self::SealedLetter | Self::SealedWords | Self::Download => "unsafe-none",
        }
    }

    /// `response` with this allowance.
    pub(crate) fn on(self, mut response: Response) -> Response {
        response.extensions_mut().insert(self);
        response
    }
}

/// Adds the headers that no response goes without. A page is never kept;
/// only an asset says otherwise for itself.
pub(crate) async fn with_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let allowance = response.extensions().get::<Allowance>().copied().unwrap_or_default();
    let headers = response.headers_mut();
    let own = [
        ("content-security-policy", allowance.content_security_policy()),
        ("x-frame-options", allowance.framing()),
        ("cross-origin-opener-policy", allowance.opener()),
    ];
    for (name, value) in own {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Names under which this server may be asked. Loopback names always are;
/// anything else would let a stranger's page, whose name was made to point
/// here, read tickets through the browser (DNS rebinding).
#[derive(Clone, Debug)]
pub(crate) struct Hosts(Vec<String>);

impl Hosts {
    /// `allowed` beside the loopback names, in lower case.
    pub(crate) fn new(allowed: &[String]) -> Self {
        Self(allowed.iter().map(|host| host.to_ascii_lowercase()).collect())
    }

    fn answer_for(&self, headers: &HeaderMap, version: Version) -> Result<(), StatusCode> {
        let mut values = headers.get_all(header::HOST).iter();
        let (first, second) = (values.next(), values.next());
        let Some(first) = first.filter(|_| second.is_none()) else {
            return if version == Version::HTTP_10 && second.is_none() {
                Err(StatusCode::MISDIRECTED_REQUEST)
            } else {
                Err(StatusCode::BAD_REQUEST)
            };
        };
        let host = first.to_str().map_err(|_| StatusCode::BAD_REQUEST)?.to_ascii_lowercase();
        let name = without_port(&host);
        if is_loopback(name) || self.0.iter().any(|known| known == name) {
            Ok(())
        } else {
            Err(StatusCode::MISDIRECTED_REQUEST)
        }
    }
}

/// Refuses requests for names that are not ours.
pub(crate) async fn only_our_hosts(hosts: Hosts, request: Request, next: Next) -> Response {
    match hosts.answer_for(request.headers(), request.version()) {
        Ok(()) => next.run(request).await,
        Err(status) => (status, "This server is not known under that name.\n").into_response(),
    }
}

/// Whether a change was asked for by a page of this very host: browsers say so
/// in `Sec-Fetch-Site` and `Origin`, and scripts cannot change either. A
/// request with neither did not come from a form of ours.
pub(crate) fn is_from_ourselves(headers: &HeaderMap) -> bool {
    let word = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_same_site = word("sec-fetch-site").map(|site| site == "same-origin");
    let host = word("host").unwrap_or_default();
    // Where no referrer is told, a browser says `null` of our own pages too
    // (Fetch, "append a request Origin header"): it tells nothing.
    let is_same_origin = word("origin").filter(|origin| *origin != "null").map(|origin| {
        origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host))
    });
    match (is_same_site, is_same_origin) {
        (None, None) => false,
        (site, origin) => site != Some(false) && origin != Some(false),
    }
}

fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    }
}

fn is_loopback(name: &str) -> bool {
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_runs_nothing_and_asks_for_no_opener_policy() {
        use Allowance::{Download, Page, PageWithFrame, SealedLetter, SealedWords};
        for allowance in [Page, PageWithFrame, SealedLetter, SealedWords, Download] {
            let policy = allowance.content_security_policy();
            assert!(policy.starts_with("default-src 'none'"), "{policy}");
            let is_sealed = policy.ends_with("; sandbox");
            assert_eq!(is_sealed, !policy.contains("script-src"), "{policy}");
            assert_eq!(is_sealed, allowance.opener() == "unsafe-none", "{allowance:?}");
            assert_eq!(is_sealed, !matches!(allowance, Page | PageWithFrame), "{allowance:?}");
            let is_framed = policy.contains("frame-ancestors 'self'");
            assert_eq!(is_framed, allowance.framing() == "SAMEORIGIN", "{allowance:?}");
        }
    }

    #[track_caller]
    fn check(hosts: &[&str], expected: Result<(), StatusCode>) {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, HeaderValue::from_str(host).unwrap());
        }
        let ours = Hosts::new(&["Desk.example.com".to_owned()]);
        assert_eq!(ours.answer_for(&headers, Version::HTTP_11), expected, "{hosts:?}");
    }

    #[test]
    fn a_change_comes_from_one_of_our_own_pages() {
        let check = |site: Option<&str>, origin: Option<&str>, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert("host", HeaderValue::from_static("desk.example.com"));
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_str(value).unwrap());
                }
            }
            assert_eq!(is_from_ourselves(&headers), expected, "{site:?} {origin:?}");
        };
        let (ours, theirs) = ("https://desk.example.com", "https://evil.example.com");
        check(Some("same-origin"), Some(ours), true);
        check(None, Some(ours), true);
        check(Some("same-origin"), None, true);
        check(Some("same-origin"), Some(theirs), false);
        check(Some("cross-site"), Some(ours), false);
        check(Some("same-site"), None, false);
        check(Some("none"), None, false);
        check(None, Some("null"), false);
        check(Some("same-origin"), Some("null"), true);
        check(Some("cross-site"), Some("null"), false);
        check(None, None, false);
    }

    #[test]
    fn only_our_own_names_are_answered() {
        for host in
            ["localhost", "LOCALHOST:8025", "127.0.0.1:8025", "[::1]:8025", "desk.example.com:443"]
        {
            check(&[host], Ok(()));
        }
        for host in ["evil.example.com", "localhost.evil.example.com", "10.0.0.1", "[::2]:80", ""] {
            check(&[host], Err(StatusCode::MISDIRECTED_REQUEST));
        }
        check(&[], Err(StatusCode::BAD_REQUEST));
        check(&["localhost", "evil.example.com"], Err(StatusCode::BAD_REQUEST));
    }
}
