//! Dialling: name, guard, TCP, TLS; each phase timed and typed. The address that the guard
//! permits is the one that is dialled. What every address showed is kept for the round.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::client::TlsStream;

use super::Inner;
use super::budget::{Budget, Metered};
use super::legacy;
use super::origins::{EdgeSlot, Known};
use super::tls::Offer;
use crate::chain::{ConnectFailure, DnsFailure, Edge, Obsolete, Phase, Resolution, Session, TlsFailure};
use crate::link::{Host, Origin, Scheme};

/// TCP beneath TLS. rustls asks for 4 KiB at a time, whatever there is: each record of audio would
/// cost several calls of the system.
pub(crate) type Buffered = BufReader<Metered<TcpStream>>;

/// What is read of TCP at once beneath TLS, in bytes: the largest record (RFC 8446 5.2) and its header.
const RECORD: usize = 5 + (16 << 10) + 256;

/// An open connection, in cleartext or not.
#[derive(Debug)]
pub(crate) enum Wire {
    /// http.
    Plain(Metered<TcpStream>),
    /// https.
    Tls(Box<TlsStream<Buffered>>),
}

impl Wire {
    /// What the peer may still send.
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        match self {
            Self::Plain(tcp) => tcp.budget(),
            Self::Tls(tls) => tls.get_ref().0.get_ref().budget(),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Self::Tls(tls) => match Pin::new(tls.as_mut()).poll_read(cx, buf) {
                // Many servers close without close_notify. HTTP's own framing tells whether
                // something is missing, so this is an end like any other.
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
                other => other,
            },
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, bufs),
            Self::Tls(tls) => Pin::new(tls.as_mut()).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(tcp) => tcp.is_write_vectored(),
            Self::Tls(tls) => tls.is_write_vectored(),
        }
    }
}

/// The phases of a dial, as a hop shows them.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    pub(crate) dns: Phase<Arc<Resolution>, DnsFailure>,
    pub(crate) connect: Phase<SocketAddr, ConnectFailure>,
    pub(crate) tls: Phase<Arc<Session>, TlsFailure>,
}

impl Steps {
    fn unresolved(dns: Phase<Arc<Resolution>, DnsFailure>) -> Self {
        Self { dns, connect: Phase::NotReached, tls: Phase::NotReached }
    }

    fn with(dns: Phase<Arc<Resolution>, DnsFailure>, edge: &Edge) -> Self {
        let connect = match &edge.connect {
            Phase::NotReached => Phase::NotReached,
            Phase::Done { took, fact: () } => Phase::Done { took: *took, fact: edge.address },
            Phase::Failed { took, why } => Phase::Failed { took: *took, why: why.clone() },
        };
        Self { dns, connect, tls: edge.tls.clone() }
    }
}

/// A dial that gave a connection.
#[derive(Debug)]
pub(crate) struct Dialled {
    pub(crate) steps: Steps,
    pub(crate) address: SocketAddr,
    pub(crate) session: Option<Arc<Session>>,
    pub(crate) wire: Wire,
}

impl Inner {
    /// Where an origin's connections go, after `--connect-to`, and what its name resolves to.
    /// A name is resolved once a round; a failure is asked again where `again` says so.
    pub(crate) async fn resolve(&self, origin: &Origin, again: bool) -> (u16, Phase<Arc<Resolution>, DnsFailure>) {
        let (host, port) = self.settings.overrides.target(&origin.host, origin.port);
        (port, self.resolve_target(&host, port, again).await)
    }

    /// Resolves what is dialled, through the round's cache.
    pub(crate) async fn resolve_target(
        &self,
        host: &Host,
        port: u16,
        again: bool,
    ) -> Phase<Arc<Resolution>, DnsFailure> {
        let slot = self.origins.name(host, port);
        let mut known = slot.lock().await;
        if let Some(phase) = known.as_ref()
            && !(again && phase.failure().is_some())
        {
            return phase.clone();
        }
        let settings = &self.settings;
        let phase = settings.resolver.resolve(host, port, &settings.overrides, settings.limits.dns).await;
        *known = Some(phase.clone());
        phase
    }

    /// Dials an origin: its addresses in order, until one works. The failed phases are those of
    /// the last address tried.
    pub(crate) async fn dial(&self, origin: &Origin, offer: Offer, again: bool) -> Result<Dialled, Steps> {
        let (port, dns) = self.resolve(origin, again).await;
        let Some(resolution) = dns.fact().map(Arc::clone) else { return Err(Steps::unresolved(dns)) };
        let record = self.origins.record(origin);
        let mut last = Steps::unresolved(Phase::NotReached);
        let until = Instant::now() + self.settings.limits.hop;
        let addresses = resolution.addresses.iter().take(self.settings.limits.addresses);
        let mut edges: Vec<_> = addresses
            .map(|ip| {
                let address = SocketAddr::new(*ip, port);
                (address, record.edge(address))
            })
            .collect();
        // Those that are known to be down come last; the others keep their order.
        edges.sort_by_key(|(_, slot)| slot.try_lock().is_ok_and(|known| known.is_down()));
        for (i, (address, slot)) in edges.into_iter().enumerate() {
            // Many dead addresses may not take longer than a hop may.
            if i > 0 && Instant::now() >= until {
                break;
            }
            let (edge, wire) = self.reach(origin, address, offer, &slot).await;
            let steps = Steps::with(dns.clone(), &edge);
            if let Some(wire) = wire {
                let session = edge.tls.fact().map(Arc::clone);
                return Ok(Dialled { steps, address, session, wire });
            }
            last = steps;
        }
        if resolution.addresses.is_empty() {
            last =
                Steps::unresolved(Phase::Failed { took: dns.took().unwrap_or_default(), why: DnsFailure::NoAddress });
        }
        Err(last)
    }

    /// Opens one address and keeps what it showed: the first success, else the last failure. The
    /// slot is held while nothing is known of the address, so that its handshake is made once.
    async fn reach(&self, origin: &Origin, address: SocketAddr, offer: Offer, slot: &EdgeSlot) -> (Edge, Option<Wire>) {
        let mut held = slot.lock().await;
        if held.edge.is_none() {
            let (edge, wire) = self.open(origin, address, offer).await;
            held.keep(&edge);
            return (edge, wire);
        }
        drop(held);
        let (edge, wire) = self.open(origin, address, offer).await;
        slot.lock().await.keep(&edge);
        (edge, wire)
    }

    /// The handshake of an address that nobody has made in this round; a failure is made sure of
    /// once. Gives what is known of the address.
    pub(crate) async fn visit(&self, origin: &Origin, address: SocketAddr, slot: &EdgeSlot) -> Edge {
        let mut held = slot.lock().await;
        loop {
            if let Some(edge) = settled(&held) {
                return edge.clone();
            }
            let (edge, _wire) = self.open(origin, address, Offer::Any).await;
            held.keep(&edge);
        }
    }

    /// Guard, TCP, TLS.
    async fn open(&self, origin: &Origin, address: SocketAddr, offer: Offer) -> (Edge, Option<Wire>) {
        let began = Instant::now();
        let tcp = match self.connect(address).await {
            Ok(tcp) => tcp,
            Err(why) => {
                let connect = Phase::Failed { took: began.elapsed(), why };
                return (Edge { address, connect, tls: Phase::NotReached }, None);
            }
        };
        let connect = Phase::Done { took: began.elapsed(), fact: () };
        let limits = &self.settings.limits;
        // What was under way on streams that were ended may still come: a connection's window of it.
        let unread = self.shared_window(limits.window);
        let budget = Budget::new(limits.before_head, limits.slack.saturating_add(unread.into()));
        let tcp = Metered::new(tcp, budget);
        if origin.scheme == Scheme::Http {
            return (Edge { address, connect, tls: Phase::NotReached }, Some(Wire::Plain(tcp)));
        }
        let tcp = BufReader::with_capacity(RECORD, tcp);
        let began = Instant::now();
        match self.handshaker.handshake(tcp, &origin.host, address.ip(), offer, limits.tls).await {
            Ok((stream, session)) => {
                let tls = Phase::Done { took: began.elapsed(), fact: Arc::new(session) };
                (Edge { address, connect, tls }, Some(Wire::Tls(Box::new(stream))))
            }
            Err(refused) => {
                let took = began.elapsed();
                let mut why = refused.why;
                if refused.perhaps_obsolete
                    && let Some(obsolete) = self.ask_legacy(origin, address).await
                {
                    why = TlsFailure::Obsolete(obsolete);
                }
                (Edge { address, connect, tls: Phase::Failed { took, why } }, None)
            }
        }
    }

    /// Asks a server that refused the handshake for what it speaks, in the two ways that current
    /// clients have given up. `None` where it answers neither.
    async fn ask_legacy(&self, origin: &Origin, address: SocketAddr) -> Option<Obsolete> {
        for offer in [legacy::Offer::Tls11, legacy::Offer::RsaKeyExchange] {
            let tcp = self.connect(address).await.ok()?;
            let asking = legacy::ask(tcp, &origin.host, offer);
            if let Ok(Ok(obsolete)) = timeout(self.settings.limits.tls, asking).await {
                return Some(obsolete);
            }
        }
        None
    }

    /// TCP to an address that the guard permits.
    pub(crate) async fn connect(&self, address: SocketAddr) -> Result<TcpStream, ConnectFailure> {
        if !self.settings.guard.permits(address.ip()) {
            return Err(ConnectFailure::Blocked(address.ip()));
        }
        match timeout(self.settings.limits.connect, TcpStream::connect(address)).await {
            Err(_elapsed) => Err(ConnectFailure::Timeout),
            Ok(Err(error)) => Err(classify(&error)),
            Ok(Ok(tcp)) => {
                self.counts.connection();
                // Requests are single small writes: waiting to fill a segment only costs time.
                // A socket that cannot be told so works all the same.
                let _ = tcp.set_nodelay(true);
                Ok(tcp)
            }
        }
    }
}

/// What is known of an address that needs no further look.
fn settled(known: &Known) -> Option<&Edge> {
    known.edge.as_ref().filter(|edge| known.tries > 1 || !is_worth_a_second_try(edge))
}

/// The same, once whoever looks at it now has seen it.
pub(crate) async fn seen(slot: &EdgeSlot) -> Option<Edge> {
    settled(&*slot.lock().await).cloned()
}

/// Whether a second try may show another thing: a blocked address stays blocked.
fn is_worth_a_second_try(edge: &Edge) -> bool {
    match (&edge.connect, &edge.tls) {
        (Phase::Failed { why: ConnectFailure::Blocked(_), .. }, _)
        | (_, Phase::Failed { why: TlsFailure::Obsolete(_), .. }) => false,
        (connect, tls) => connect.failure().is_some() || tls.failure().is_some(),
    }
}

fn classify(error: &io::Error) -> ConnectFailure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectFailure::Refused,
        io::ErrorKind::TimedOut => ConnectFailure::Timeout,
        io::ErrorKind::NetworkUnreachable => ConnectFailure::NoNetwork,
        io::ErrorKind::HostUnreachable | io::ErrorKind::AddrNotAvailable => ConnectFailure::Unreachable,
        _ => ConnectFailure::Other(error.to_string()),
    }
}
