//! Before an act that counts, the person before the browser shows their own
//! secret once more: a browser left alone approves nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use secrecy::SecretString;

use super::shell::Shell;
use super::sign_in;
use super::viewer::Viewer;
use crate::app::sign_in::Reproof;

/// Where the browser is.
pub(crate) struct Network(IpAddr);

impl<P: Send + Sync + 'static> FromRequestParts<Arc<Shell<P>>> for Network {
    type Rejection = StatusCode;

    async fn from_request_parts(
        parts: &mut Parts,
        shell: &Arc<Shell<P>>,
    ) -> Result<Self, StatusCode> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let ConnectInfo(peer) = *peer.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok(Self(sign_in::network(shell, &parts.headers, peer)))
    }
}

/// Why `typed` does not prove the viewer; `None`: it does.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn problem<P>(
    shell: &Shell<P>,
    viewer: &Viewer,
    Network(from): Network,
    typed: &str,
) -> anyhow::Result<Option<String>> {
    let (Some(door), Some(session)) = (&shell.door, viewer.session()) else {
        return Ok(Some("Nobody is signed in.".to_owned()));
    };
    if typed.is_empty() {
        return Ok(Some("Type your secret: this act asks for it again.".to_owned()));
    }
    let secret = SecretString::from(typed);
    Ok(match door.show_secret_again(session, &secret, from).await? {
        Reproof::Proven => None,
        Reproof::Refused => Some("The secret is wrong. Letters in capitals count.".to_owned()),
        Reproof::Wait(free_at) => Some(sign_in::must_wait(shell, free_at)),
    })
}
