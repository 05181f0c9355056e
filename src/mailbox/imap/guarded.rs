//! The socket, with or without TLS, behind the guard: what passes here is what
//! the parser gets to see.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::guard::{Guard, Limits, Rule};
use crate::fault;

/// A connection to the server.
#[derive(Debug)]
pub(super) enum Socket {
    /// Without TLS; loopback only.
    Plain(TcpStream),
    /// Inside TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

/// A broken rule, carried through `io::Error` past the parser's stream.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the server's bytes break the rule {0}")]
pub(super) struct Violation(pub(super) Rule);

/// A socket whose incoming bytes are guarded.
#[derive(Debug)]
pub(super) struct Guarded {
    socket: Socket,
    guard: Guard,
    received: u64,
}

impl Guarded {
    pub(super) fn new(socket: Socket, limits: Limits) -> Self {
        Self { socket, guard: Guard::new(limits), received: 0 }
    }

    /// Bytes received since the connection was made.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Sets how many bytes the server may send from here on.
    pub(super) fn allow(&mut self, bytes: u64) {
        self.guard.allow(bytes);
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = match &mut this.socket {
            Socket::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Socket::Tls(tls) => Pin::new(tls.as_mut()).poll_read(cx, buf),
        };
        let Poll::Ready(Ok(())) = polled else { return polled };
        let fresh = buf.filled().get(before..).unwrap_or(&[]);
        this.received = this.received.saturating_add(u64::try_from(fresh.len()).unwrap_or(0));
        match this.guard.feed(fresh) {
            Ok(()) => {
                if this.guard.is_in_literal() {
                    fault::point("c2");
                }
                Poll::Ready(Ok(()))
            }
            Err(rule) => {
                buf.set_filled(before);
                Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, Violation(rule))))
            }
        }
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().socket {
            Socket::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Socket::Tls(tls) => Pin::new(tls.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().socket {
            Socket::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Socket::Tls(tls) => Pin::new(tls.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().socket {
            Socket::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Socket::Tls(tls) => Pin::new(tls.as_mut()).poll_shutdown(cx),
        }
    }
}
