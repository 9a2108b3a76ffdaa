//! A connection whose bytes somebody looks at on their way in, before whoever reads them does: to
//! count them, to weigh what they will take, or to leave some out. What is written passes as it is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Looks at what a peer sends.
pub(crate) trait Sift {
    /// These bytes came. Those that may go on are moved to the front; gives how many they are. An error
    /// ends the connection, and nothing of these bytes goes on.
    fn sift(&mut self, came: &mut [u8]) -> io::Result<usize>;
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Sieve<S, T> {
    inner: S,
    pub(super) sift: T,
}

impl<S, T> Sieve<S, T> {
    /// `inner`, whose bytes `sift` sees first.
    pub(super) fn through(inner: S, sift: T) -> Self {
        Self { inner, sift }
    }
}

impl<S: AsyncRead + Unpin, T: Sift + Unpin> AsyncRead for Sieve<S, T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        loop {
            match Pin::new(&mut this.inner).poll_read(cx, buf) {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
            let came = buf.filled_mut().get_mut(before..).unwrap_or_default();
            let all = came.len();
            if all == 0 {
                return Poll::Ready(Ok(()));
            }
            let pass = this.sift.sift(came)?;
            buf.set_filled(before.saturating_add(pass.min(all)));
            // That nothing passes is not the end.
            if pass > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin, T: Unpin> AsyncWrite for Sieve<S, T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Keeps digits alone, and takes no `!`.
    struct Digits;

    impl Sift for Digits {
        fn sift(&mut self, came: &mut [u8]) -> io::Result<usize> {
            if came.contains(&b'!') {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let digits: Vec<u8> = came.iter().copied().filter(u8::is_ascii_digit).collect();
            came[..digits.len()].copy_from_slice(&digits);
            Ok(digits.len())
        }
    }

    #[tokio::test]
    async fn what_is_left_out_is_no_end_and_what_is_written_passes() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut sieve = Sieve::through(near, Digits);
        let mut got = [0; 8];
        let sent = async {
            far.write_all(b"a").await.unwrap();
            tokio::task::yield_now().await; // so that it is read by itself
            far.write_all(b"b3c4").await.unwrap();
        };
        let (length, ()) = tokio::join!(sieve.read(&mut got), sent);
        assert_eq!(&got[..length.unwrap()], b"34");
        sieve.write_all(b"xyz").await.unwrap();
        assert_eq!(far.read(&mut got).await.unwrap(), 3);
        far.write_all(b"5!").await.unwrap();
        assert!(sieve.read(&mut got).await.is_err());
        drop(far);
        assert_eq!(sieve.read(&mut got).await.unwrap(), 0);
    }
}
