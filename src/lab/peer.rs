//! A client's TCP connection: what was read ahead of it is read again, what it takes is counted, and
//! it can end in a reset.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A client's connection.
#[derive(Debug)]
pub(super) struct Peer {
    tcp: TcpStream,
    /// What was read ahead, to be read first.
    ahead: io::Cursor<Vec<u8>>,
    sent: u64,
    most: Arc<AtomicU64>,
    reset: bool,
}

impl Peer {
    /// A connection of which `ahead` was read already. What it takes goes into `most` where it is more.
    pub(super) fn new(tcp: TcpStream, ahead: Vec<u8>, most: Arc<AtomicU64>) -> Self {
        Self { tcp, ahead: io::Cursor::new(ahead), sent: 0, most, reset: false }
    }

    /// Its end will be a reset.
    pub(super) fn reset(&mut self) {
        self.reset = true;
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if self.reset {
            // Where the system refuses, it ends like any other.
            let _ = self.tcp.set_zero_linger();
        }
    }
}

impl AsyncRead for Peer {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let at = usize::try_from(self.ahead.position()).unwrap_or(usize::MAX);
        if let Some(rest) = self.ahead.get_ref().get(at..).filter(|rest| !rest.is_empty()) {
            let len = rest.len().min(buf.remaining());
            buf.put_slice(rest.get(..len).unwrap_or_default());
            self.ahead.set_position(at.saturating_add(len) as u64);
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Peer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.tcp).poll_write(cx, buf);
        if let Poll::Ready(Ok(count)) = written {
            self.sent = self.sent.saturating_add(count as u64);
            self.most.fetch_max(self.sent, Ordering::Relaxed);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
