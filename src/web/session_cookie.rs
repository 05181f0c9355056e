//! The cookie that holds a session's token.

use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::app::sign_in::Token;

/// Its name: the prefix makes browsers refuse it from other hosts, from other
/// paths, and without TLS (RFC 6265bis §4.1.3.2). Loopback counts as secure.
pub(crate) const NAME: &str = "__Host-tierline";

/// The cookie of `token`. Lax, not strict: links in our own notices must open
/// the page they name; no address changes anything on GET.
pub(crate) fn with(token: &Token) -> Cookie<'static> {
    Cookie::build((NAME, token.text().to_owned()))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

/// The cookie that takes it away.
pub(crate) fn without() -> Cookie<'static> {
    let mut cookie = Cookie::build((NAME, "")).path("/").secure(true).http_only(true).build();
    cookie.make_removal();
    cookie
}
