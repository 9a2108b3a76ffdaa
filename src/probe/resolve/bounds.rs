//! Bounds of what a name server answers, kept before the library that reads DNS makes room for it: it
//! trusts the counts in a message's header (65,535 questions are 5 MB, whatever follows), and it keeps
//! some hundred bytes for each record. So counts are lowered on the way in, and a message over TCP is
//! cut. Where that takes away what the counts still promise, the library finds the message too short.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hickory_resolver::net::runtime::iocompat::AsyncIoTokioAsStd;
use hickory_resolver::net::runtime::{DnsUdpSocket, RuntimeProvider, TokioRuntimeProvider};
use tokio::net::{TcpStream, UdpSocket};

use super::super::sieve::{Sieve, Sift};
use crate::chain::MAX_GIVEN;

/// Bytes of a message over TCP that are read; a datagram has room for fewer.
const MESSAGE: u16 = 0x4000;

/// Bytes of a message's header (RFC 1035 4.1.1), the last eight of which are its counts.
const HEADER: u16 = 12;
const COUNTS: u16 = 4;

/// What a message may hold of questions (it repeats the one that was asked) and records in all. Fits a byte.
const PARTS: u16 = MAX_GIVEN + 1;

/// Lowers the counts of a header to [`PARTS`] in all, the first ones.
#[derive(Clone, Copy, Debug)]
struct Counts {
    left: u16,
    /// The upper byte of the count under way.
    upper: u8,
}

impl Default for Counts {
    fn default() -> Self {
        Self { left: PARTS, upper: 0 }
    }
}

impl Counts {
    /// The byte that stands for this one at `at` of a message.
    fn pass(&mut self, at: u16, byte: u8) -> u8 {
        if !(COUNTS..HEADER).contains(&at) {
            return byte;
        }
        if at.is_multiple_of(2) {
            // What is left fits a byte, so the upper one of whatever goes on is none.
            self.upper = byte;
            return 0;
        }
        let count = u16::from_be_bytes([self.upper, byte]);
        let most = count.min(self.left);
        // Behind a part that is cut short nothing is where the next part is looked for.
        self.left = if count > self.left { 0 } else { self.left.saturating_sub(count) };
        u8::try_from(most).unwrap_or(u8::MAX)
    }
}

/// What comes over a TCP connection: two bytes of length before each message (RFC 7766 8).
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// Where in a message: [`Stage::Length`] has its upper byte, where that came.
    stage: Stage,
    counts: Counts,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Length { upper: Option<u8> },
    Message { at: u16, length: u16 },
}

impl Default for Stage {
    fn default() -> Self {
        Self::Length { upper: None }
    }
}

impl Messages {
    /// The byte that stands for this one; none where it is beyond what is read.
    fn pass(&mut self, byte: u8) -> Option<u8> {
        match self.stage {
            Stage::Length { upper: None } => {
                self.stage = Stage::Length { upper: Some(byte) };
                Some(byte.min(MESSAGE.to_be_bytes()[0]))
            }
            Stage::Length { upper: Some(upper) } => {
                let length = u16::from_be_bytes([upper, byte]);
                self.counts = Counts::default();
                self.stage = if length == 0 { Stage::default() } else { Stage::Message { at: 0, length } };
                let [_, lower] = length.min(MESSAGE).to_be_bytes();
                Some(lower)
            }
            Stage::Message { at, length } => {
                let next = at.saturating_add(1);
                self.stage = if next >= length { Stage::default() } else { Stage::Message { at: next, length } };
                (at < MESSAGE).then(|| self.counts.pass(at, byte))
            }
        }
    }
}

impl Sift for Messages {
    fn sift(&mut self, came: &mut [u8]) -> io::Result<usize> {
        let mut pass = 0_usize;
        for at in 0..came.len() {
            if let Some(byte) = came.get(at).and_then(|&byte| self.pass(byte))
                && let Some(place) = came.get_mut(pass)
            {
                *place = byte;
                pass = pass.saturating_add(1);
            }
        }
        Ok(pass)
    }
}

/// Lowers the counts of a datagram.
fn lower(datagram: &mut [u8]) {
    let mut counts = Counts::default();
    for (at, byte) in (0..HEADER).zip(datagram) {
        *byte = counts.pass(at, *byte);
    }
}

/// A socket that gives datagrams with counts that were lowered.
pub(super) struct Datagrams(UdpSocket);

impl DnsUdpSocket for Datagrams {
    type Time = <TokioRuntimeProvider as RuntimeProvider>::Timer;

    fn poll_recv_from(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<(usize, SocketAddr)>> {
        let (length, peer) = ready!(DnsUdpSocket::poll_recv_from(&self.0, cx, buf))?;
        lower(buf.get_mut(..length).unwrap_or_default());
        Poll::Ready(Ok((length, peer)))
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, buf: &[u8], target: SocketAddr) -> Poll<io::Result<usize>> {
        DnsUdpSocket::poll_send_to(&self.0, cx, buf, target)
    }
}

/// tokio's sockets, within the bounds of this module.
#[derive(Clone, Default)]
pub(super) struct Bounded(TokioRuntimeProvider);

type Opening<S> = Pin<Box<dyn Send + Future<Output = io::Result<S>>>>;

impl RuntimeProvider for Bounded {
    type Handle = <TokioRuntimeProvider as RuntimeProvider>::Handle;
    type Timer = <TokioRuntimeProvider as RuntimeProvider>::Timer;
    type Udp = Datagrams;
    type Tcp = AsyncIoTokioAsStd<Sieve<TcpStream, Messages>>;

    fn create_handle(&self) -> Self::Handle {
        self.0.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        bind: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Opening<Self::Tcp> {
        let opening = self.0.connect_tcp(server, bind, timeout);
        Box::pin(async move {
            let AsyncIoTokioAsStd(stream) = opening.await?;
            Ok(AsyncIoTokioAsStd(Sieve::through(stream, Messages::default())))
        })
    }

    fn bind_udp(&self, local: SocketAddr, server: SocketAddr) -> Opening<Self::Udp> {
        let opening = self.0.bind_udp(local, server);
        Box::pin(async move { opening.await.map(Datagrams) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(counts: [u16; 4], body: usize) -> Vec<u8> {
        let head = [7, 7, 0x81, 0x80].into_iter().chain(counts.into_iter().flat_map(u16::to_be_bytes));
        head.chain((0..body).map(|at| at.to_le_bytes()[0])).collect()
    }

    fn counts(message: &[u8]) -> Vec<u16> {
        message[4..12].chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
    }

    #[test]
    fn counts_are_lowered_to_what_is_read_and_no_further() {
        for (given, left) in [
            ([1, 2, 0, 1], [1, 2, 0, 1]),
            ([1, 1500, 0, 1], [1, 254, 0, 0]),
            ([1, 200, 53, 1], [1, 200, 53, 1]),
            ([1, 200, 300, 7], [1, 200, 54, 0]),
            ([0xdede, 0xdede, 0xdede, 0xdede], [255, 0, 0, 0]),
            ([256, 0, 0, 0], [255, 0, 0, 0]),
        ] {
            let mut datagram = message(given, 20);
            lower(&mut datagram);
            assert_eq!(counts(&datagram), left, "{given:?}");
            assert_eq!(datagram[12..], message(given, 20)[12..], "nothing else is changed");
            assert_eq!(datagram[..4], [7, 7, 0x81, 0x80]);
        }
        for short in 0..12 {
            lower(&mut message([9, 9, 9, 9], 0)[..short]);
        }
    }

    #[test]
    fn a_stream_is_cut_and_lowered_wherever_it_is_read() {
        let most = usize::from(MESSAGE);
        let messages = [
            message([1, 1500, 0, 0], 24_000),
            vec![],
            message([1, 1, 0, 0], 30),
            message([1, 9, 0, 0], 65_000),
            vec![1],
        ];
        let mut sent = Vec::new();
        for one in &messages {
            sent.extend(u16::try_from(one.len()).unwrap().to_be_bytes());
            sent.extend(one);
        }
        for piece in [1, 2, 3, 13, 1000, 200_000] {
            let mut got = Vec::new();
            let mut sieve = Messages::default();
            for came in sent.chunks(piece) {
                let mut came = came.to_vec();
                let pass = sieve.sift(&mut came).unwrap();
                got.extend_from_slice(&came[..pass]);
            }
            let mut rest = got.as_slice();
            for one in &messages {
                let (length, after) = rest.split_first_chunk::<2>().unwrap();
                let (read, after) = after.split_at(u16::from_be_bytes(*length).into());
                assert_eq!(read.len(), one.len().min(most));
                assert_eq!(read.get(12..), one.get(12..read.len()));
                rest = after;
            }
            assert_eq!(rest, [0_u8; 0]);
            assert_eq!(counts(&got[2..]), [1, 254, 0, 0]);
        }
    }
}
